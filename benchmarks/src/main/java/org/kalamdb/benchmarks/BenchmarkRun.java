package org.kalamdb.benchmarks;

import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.kalamdb.benchmarks.LiveLatencyBenchmark.Latency;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.results.format.ResultFormatType;
import org.openjdk.jmh.runner.BenchmarkList;
import org.openjdk.jmh.runner.BenchmarkListEntry;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.format.OutputFormatFactory;
import org.openjdk.jmh.runner.options.ChainedOptionsBuilder;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import org.openjdk.jmh.runner.options.VerboseMode;

/**
 * One run of the benchmarks: every workload with every engine in turn by JMH, then the latency of
 * live queries, then the report. Only a full run changes docs/benchmarks.md and
 * benchmarks/history/; a quick or partial one prints its tables and leaves its JSON in
 * benchmarks/target/, where JMH leaves its own.
 */
public final class BenchmarkRun {
  private static final double QUIET_LOAD = 2;
  private static final int PATIENCE_MINUTES = 10;

  private final Path root;
  private final String commit;
  private final boolean quick;
  private final @Nullable String pattern;
  private final @Nullable String profiler;
  private final @Nullable String engine;

  private BenchmarkRun(
      Path root,
      String commit,
      boolean quick,
      @Nullable String pattern,
      @Nullable String profiler,
      @Nullable String engine) {
    this.root = root;
    this.commit = commit;
    this.quick = quick;
    this.pattern = pattern;
    this.profiler = profiler;
    this.engine = engine;
  }

  /**
   * Arguments: the checkout, its commit, then {@code [--quick] [--engine NAME] [--profiler
   * NAME[:OPTIONS]] [PATTERN]}.
   */
  public static void main(String[] arguments) throws Exception {
    boolean quick = false;
    String pattern = null;
    String profiler = null;
    String engine = null;
    for (int i = 2; i < arguments.length; i++) {
      if (arguments[i].equals("--quick")) {
        quick = true;
      } else if (arguments[i].equals("--profiler") && i + 1 < arguments.length) {
        profiler = arguments[++i];
      } else if (arguments[i].equals("--engine") && i + 1 < arguments.length) {
        engine = arguments[++i];
      } else if (arguments[i].startsWith("-") || pattern != null) {
        System.err.println(
            "usage: benchmarks/run [--quick] [--engine NAME] [--profiler NAME[:OPTIONS]] [PATTERN]");
        System.exit(2);
      } else {
        pattern = arguments[i];
      }
    }
    new BenchmarkRun(Path.of(arguments[0]), arguments[1], quick, pattern, profiler, engine).run();
  }

  private void run() throws IOException, InterruptedException, RunnerException {
    boolean full = !quick && pattern == null && profiler == null && engine == null;
    Path target = Files.createDirectories(root.resolve("benchmarks/target"));
    String data = target.resolve("data").toString();
    System.setProperty(DataDirectory.ROOT_PROPERTY, data);

    if (!quick) {
      Machine.awaitQuiet(QUIET_LOAD, PATIENCE_MINUTES);
    }
    Instant start = Instant.now();
    double loadBefore = Machine.load();
    Collection<RunResult> results = measureWorkloads(target.resolve("jmh.json"), data);
    double loadAfter = Machine.load();
    List<Latency> latencies = matchesLive() ? measureLive() : List.of();

    List<String> circumstances = circumstances(start, loadBefore, loadAfter);
    String markdown = Report.markdown(circumstances, results, latencies);
    System.out.println();
    System.out.print(markdown);
    String name =
        start.truncatedTo(ChronoUnit.MINUTES).toString().replaceAll("[:Z]", "") + "-" + commit;
    Path folder = full ? Files.createDirectories(root.resolve("benchmarks/history")) : target;
    Files.writeString(
        folder.resolve(name + ".json"),
        Report.json(circumstances, results, latencies),
        StandardCharsets.UTF_8);
    if (full) {
      MarkedPage.write(
          root.resolve("docs/benchmarks.md"), "results: written by benchmarks/run", markdown);
    }
  }

  private boolean matchesLive() {
    return profiler == null
        && engine == null
        && (pattern == null
            || Pattern.compile(pattern).matcher(LiveLatencyBenchmark.class.getName()).find());
  }

  private Collection<RunResult> measureWorkloads(Path json, String data)
      throws IOException, RunnerException {
    String include = pattern == null ? ".*" : pattern;
    int runs = runs(include, engine != null);
    if (runs == 0) {
      return List.of();
    }
    ChainedOptionsBuilder options =
        new OptionsBuilder()
            .include(include)
            .mode(Mode.SampleTime)
            .timeUnit(TimeUnit.MICROSECONDS)
            .shouldFailOnError(true)
            .jvmArgsAppend("-D" + DataDirectory.ROOT_PROPERTY + "=" + data)
            .forks(quick ? 1 : 2)
            .warmupIterations(quick ? 2 : 4)
            .warmupTime(TimeValue.seconds(1))
            .measurementIterations(quick ? 2 : 5)
            .measurementTime(TimeValue.seconds(quick ? 1 : 2))
            .resultFormat(ResultFormatType.JSON)
            .result(json.toString());
    if (profiler != null) {
      int colon = profiler.indexOf(':');
      options.addProfiler(
          colon < 0 ? profiler : profiler.substring(0, colon),
          colon < 0 ? "" : profiler.substring(colon + 1));
    }
    if (engine != null) {
      options.param("engine", engine);
    }
    Path log = root.resolve("benchmarks/target/jmh.log");
    try (PrintStream logStream = new PrintStream(log.toFile(), StandardCharsets.UTF_8)) {
      System.out.println("JMH log: " + root.relativize(log));
      return new Runner(
              options.build(),
              new ProgressFormat(
                  OutputFormatFactory.createFormatInstance(logStream, VerboseMode.NORMAL),
                  System.out,
                  runs))
          .run();
    }
  }

  /** How many combinations of benchmark and parameters the pattern chooses. */
  private static int runs(String include, boolean oneEngine) {
    int runs = 0;
    BenchmarkList list = BenchmarkList.defaultList();
    for (BenchmarkListEntry entry :
        list.getAll(
            OutputFormatFactory.createFormatInstance(
                new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8),
                VerboseMode.SILENT),
            List.of())) {
      if (Pattern.compile(include).matcher(entry.getUsername()).find()) {
        runs +=
            entry.getParams().hasValue()
                ? entry.getParams().get().entrySet().stream()
                    .mapToInt(
                        p -> oneEngine && p.getKey().equals("engine") ? 1 : p.getValue().length)
                    .reduce(1, (a, b) -> a * Math.max(1, b))
                : 1;
      }
    }
    return runs;
  }

  private List<Latency> measureLive() {
    LiveLatencyBenchmark live =
        quick ? new LiveLatencyBenchmark(1_000, 2_000) : new LiveLatencyBenchmark(5_000, 20_000);
    return live.run(System.out::println);
  }

  private List<String> circumstances(Instant start, double loadBefore, double loadAfter)
      throws IOException {
    List<String> lines = new ArrayList<>();
    lines.add(
        start.truncatedTo(ChronoUnit.MINUTES) + ", commit " + commit + (quick ? ", quick" : ""));
    lines.add(
        String.format(
            Locale.ROOT,
            "%s; appending 256 bytes and syncing takes %.0f us (p50)",
            Machine.hardware(),
            Machine.syncMicros()));
    lines.add(Machine.java());
    lines.add(Machine.libraries());
    lines.add(
        String.format(
            Locale.ROOT,
            "load average %.2f before and %.2f after the workloads, which use one thread themselves",
            loadBefore,
            loadAfter));
    return lines;
  }
}
