package org.kalamdb.benchmarks;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.DoubleUnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.HdrHistogram.Histogram;
import org.jspecify.annotations.Nullable;
import org.kalamdb.benchmarks.LiveLatencyBenchmark.Latency;
import org.openjdk.jmh.infra.BenchmarkParams;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.util.Statistics;

/** The tables of a run, as they stand in docs/benchmarks.md. */
final class Report {
  private static final Map<String, String> WORKLOADS =
      Map.of(
          "InsertBenchmark", "insert one row",
          "PointSelectBenchmark", "select one of 100,000 rows by key",
          "LastRowsBenchmark", "last 50 rows of one of 1,000 users",
          "ScanBenchmark", "count and sum by group over 100,000 rows");

  private Report() {}

  /** Facts about a run, one line each, and its tables, in Markdown. */
  static String markdown(
      List<String> circumstances, Collection<RunResult> results, List<Latency> latencies) {
    StringBuilder text = new StringBuilder();
    circumstances.forEach(line -> text.append("- ").append(line).append('\n'));
    if (!results.isEmpty()) {
      text.append(
          """

          | Workload | KalamDB p50 | SQLite p50 | KalamDB / SQLite | KalamDB p99 | SQLite p99 |
          |---|---:|---:|---:|---:|---:|
          """);
      rows(results).forEach(row -> text.append(row).append('\n'));
    }
    if (!latencies.isEmpty()) {
      text.append(
          """

          | Insert to live callback | from call p50 | from call p99 | from return p50 | from return p99 | began before return |
          |---|---:|---:|---:|---:|---:|
          """);
      latencies.forEach(latency -> text.append(row(latency)).append('\n'));
    }
    return text.toString();
  }

  private static List<String> rows(Collection<RunResult> results) {
    List<String> rows = new ArrayList<>();
    for (RunResult result : results) {
      BenchmarkParams params = result.getParams();
      String engine = params.getParam("engine");
      if (engine.startsWith("kalamdb")) {
        Statistics ours = statistics(result);
        Statistics theirs = null;
        for (RunResult other : results) {
          if (isSame(params, other.getParams(), "sqlite")) {
            theirs = statistics(other);
          }
        }
        rows.add(row(workload(params, engine), ours, theirs));
      }
    }
    return rows;
  }

  private static Statistics statistics(RunResult result) {
    return result.getPrimaryResult().getStatistics();
  }

  /** The same benchmark with the same parameters but for the engine. */
  private static boolean isSame(BenchmarkParams one, BenchmarkParams other, String engine) {
    return one.getBenchmark().equals(other.getBenchmark())
        && other.getParam("engine").equals(engine)
        && one.getParamsKeys().stream()
            .filter(key -> !key.equals("engine"))
            .allMatch(key -> one.getParam(key).equals(other.getParam(key)));
  }

  private static String workload(BenchmarkParams params, String engine) {
    String[] name = params.getBenchmark().split("\\.", -1);
    String workload = WORKLOADS.getOrDefault(name[name.length - 2], name[name.length - 2]);
    if (params.getParamsKeys().contains("durability")) {
      workload += ", " + params.getParam("durability").toLowerCase(Locale.ROOT);
    }
    int dash = engine.indexOf('-');
    return dash < 0 ? workload : workload + ", " + engine.substring(dash + 1);
  }

  private static String row(String workload, Statistics ours, @Nullable Statistics theirs) {
    double p50 = ours.getPercentile(50);
    if (theirs == null) {
      return "| "
          + workload
          + " | "
          + time(p50)
          + " | | | "
          + time(ours.getPercentile(99))
          + " | |";
    }
    return String.format(
        Locale.ROOT,
        "| %s | %s | %s | %.2f | %s | %s |",
        workload,
        time(p50),
        time(theirs.getPercentile(50)),
        p50 / theirs.getPercentile(50),
        time(ours.getPercentile(99)),
        time(theirs.getPercentile(99)));
  }

  private static String row(Latency latency) {
    return String.format(
        Locale.ROOT,
        "| %s, 1 subscription%s | %s | %s | %s | %s | %.0f %% |",
        latency.durability().name().toLowerCase(Locale.ROOT),
        latency.idleSubscriptions() == 0
            ? ""
            : String.format(Locale.ROOT, " and %,d idle ones", latency.idleSubscriptions()),
        time(micros(latency.fromCall(), 50)),
        time(micros(latency.fromCall(), 99)),
        time(micros(latency.fromReturn(), 50)),
        time(micros(latency.fromReturn(), 99)),
        100.0 * latency.beforeReturn() / latency.fromCall().getTotalCount());
  }

  private static double micros(Histogram histogram, double percentile) {
    return histogram.getValueAtPercentile(percentile) / 1e3;
  }

  /** Three digits that count: 8.21 us, 142 us, 12.9 ms. */
  private static String time(double micros) {
    return micros < 1_000 ? digits(micros) + " us" : digits(micros / 1_000) + " ms";
  }

  private static String digits(double value) {
    int decimals = value < 10 ? 2 : value < 100 ? 1 : 0;
    return String.format(Locale.ROOT, "%." + decimals + "f", value);
  }

  /** All of a run as JSON: percentiles only, for JMH's own file has every sample and megabytes. */
  static String json(
      List<String> circumstances, Collection<RunResult> results, List<Latency> latencies) {
    return "{\n  \"circumstances\": "
        + array(circumstances.stream().map(Report::quoted))
        + ",\n  \"workloadMicros\": "
        + array(results.stream().map(Report::json))
        + ",\n  \"liveLatencyMicros\": "
        + array(latencies.stream().map(Report::json))
        + "\n}\n";
  }

  private static String array(Stream<String> elements) {
    return elements.collect(Collectors.joining(",\n    ", "[\n    ", "\n  ]"));
  }

  private static String json(RunResult result) {
    BenchmarkParams params = result.getParams();
    String parameters =
        params.getParamsKeys().stream()
            .map(key -> quoted(key) + ": " + quoted(params.getParam(key)))
            .collect(Collectors.joining(", "));
    Statistics statistics = statistics(result);
    return "{\"benchmark\": "
        + quoted(params.getBenchmark())
        + ", \"params\": {"
        + parameters
        + "}, \"samples\": "
        + statistics.getN()
        + ", \"percentiles\": "
        + percentiles(statistics::getPercentile)
        + "}";
  }

  private static String json(Latency latency) {
    return "{\"durability\": "
        + quoted(latency.durability().name())
        + ", \"idleSubscriptions\": "
        + latency.idleSubscriptions()
        + ", \"samples\": "
        + latency.fromCall().getTotalCount()
        + ", \"fromCall\": "
        + percentiles(p -> micros(latency.fromCall(), p))
        + ", \"fromReturn\": "
        + percentiles(p -> micros(latency.fromReturn(), p))
        + ", \"beforeReturn\": "
        + latency.beforeReturn()
        + "}";
  }

  private static String percentiles(DoubleUnaryOperator at) {
    return String.format(
        Locale.ROOT,
        "{\"p50\": %.3f, \"p90\": %.3f, \"p99\": %.3f, \"p99.9\": %.3f, \"max\": %.3f}",
        at.applyAsDouble(50),
        at.applyAsDouble(90),
        at.applyAsDouble(99),
        at.applyAsDouble(99.9),
        at.applyAsDouble(100));
  }

  private static String quoted(String text) {
    return '"' + text.replace("\\", "\\\\").replace("\"", "\\\"") + '"';
  }
}
