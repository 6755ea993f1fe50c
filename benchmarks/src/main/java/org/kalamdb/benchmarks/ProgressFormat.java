package org.kalamdb.benchmarks;

import java.io.IOException;
import java.io.PrintStream;
import java.util.Collection;
import java.util.Locale;
import org.openjdk.jmh.infra.BenchmarkParams;
import org.openjdk.jmh.infra.IterationParams;
import org.openjdk.jmh.results.BenchmarkResult;
import org.openjdk.jmh.results.IterationResult;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.format.OutputFormat;

/** JMH's own long log into a file, and one line per benchmark and fork for the person who waits. */
final class ProgressFormat implements OutputFormat {
  private final OutputFormat log;
  private final PrintStream terminal;
  private final int runs;
  private int started;

  ProgressFormat(OutputFormat log, PrintStream terminal, int runs) {
    this.log = log;
    this.terminal = terminal;
    this.runs = runs;
  }

  @Override
  public void startBenchmark(BenchmarkParams params) {
    started++;
    StringBuilder line = new StringBuilder();
    line.append(String.format(Locale.ROOT, "[%d/%d] %s", started, runs, simpleName(params)));
    params.getParamsKeys().forEach(key -> line.append(' ').append(params.getParam(key)));
    terminal.print(line.append(" ... "));
    terminal.flush();
    log.startBenchmark(params);
  }

  @Override
  public void endBenchmark(BenchmarkResult result) {
    if (result != null) {
      terminal.printf(
          Locale.ROOT,
          "p50 %.2f us%n",
          result.getPrimaryResult().getStatistics().getPercentile(50));
    } else {
      terminal.println("failed");
    }
    log.endBenchmark(result);
  }

  private static String simpleName(BenchmarkParams params) {
    String[] parts = params.getBenchmark().split("\\.", -1);
    return parts[parts.length - 2] + "." + parts[parts.length - 1];
  }

  @Override
  public void iteration(BenchmarkParams params, IterationParams iteration, int number) {
    log.iteration(params, iteration, number);
  }

  @Override
  public void iterationResult(
      BenchmarkParams params, IterationParams iteration, int number, IterationResult data) {
    log.iterationResult(params, iteration, number, data);
  }

  @Override
  public void startRun() {
    log.startRun();
  }

  @Override
  public void endRun(Collection<RunResult> results) {
    log.endRun(results);
  }

  @Override
  public void print(String text) {
    log.print(text);
  }

  @Override
  public void println(String text) {
    log.println(text);
  }

  @Override
  public void verbosePrintln(String text) {
    log.verbosePrintln(text);
  }

  @Override
  public void write(int b) {
    log.write(b);
  }

  @Override
  public void write(byte[] bytes) throws IOException {
    log.write(bytes);
  }

  @Override
  public void flush() {
    log.flush();
  }

  @Override
  public void close() {
    log.close();
  }
}
