package org.kalamdb.benchmarks.tpch;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.kalamdb.Durability;
import org.kalamdb.KalamDB;
import org.kalamdb.KalamOptions;
import org.kalamdb.Session;
import org.kalamdb.benchmarks.DataDirectory;
import org.kalamdb.benchmarks.Machine;
import org.kalamdb.benchmarks.MarkedPage;
import org.kalamdb.error.KalamException;
import org.kalamdb.query.Row;

/**
 * Runs TPC-H on KalamDB and on DuckDB beside each other: loads, flushes everything to the cold
 * tier, hands DuckDB the same Parquet files, and runs each query on both in turns. Each answer is
 * compared before its times count.
 */
public final class TpchRun {
  private static final String NAMESPACE = "tpch";
  private static final int WARMUP = 2;
  private static final int ROUNDS = 5;
  private static final String SECTION = "TPC-H: written by benchmarks/tpch";

  private final Path root;
  private final String commit;
  private double scale = 1;
  private int threads = 2;
  private boolean quick;

  private TpchRun(Path root, String commit) {
    this.root = root;
    this.commit = commit;
  }

  /**
   * Arguments: the checkout, its commit, then {@code [--scale X] [--threads N] [--quick]}. Only a
   * run at scale 1 or more that is not quick changes docs/benchmarks.md.
   */
  public static void main(String[] arguments) throws Exception {
    TpchRun run = new TpchRun(Path.of(arguments[0]), arguments[1]);
    for (int i = 2; i < arguments.length; i++) {
      if (arguments[i].equals("--scale") && i + 1 < arguments.length) {
        run.scale = Double.parseDouble(arguments[++i]);
      } else if (arguments[i].equals("--threads") && i + 1 < arguments.length) {
        run.threads = Integer.parseInt(arguments[++i]);
      } else if (arguments[i].equals("--quick")) {
        run.quick = true;
      } else {
        System.err.println("usage: benchmarks/tpch [--scale X] [--threads N] [--quick]");
        System.exit(2);
      }
    }
    run.run();
  }

  private void run() throws IOException, SQLException {
    Path target = Files.createDirectories(root.resolve("benchmarks/target"));
    System.setProperty(DataDirectory.ROOT_PROPERTY, target.resolve("data").toString());
    Instant start = Instant.now();
    try (DataDirectory directory = new DataDirectory();
        KalamDB db = KalamDB.open(directory.path(), options());
        Session session = db.session()) {
      load(session);
      try (DuckDbTpch duck = new DuckDbTpch(directory.path(), NAMESPACE, threads)) {
        List<Times> times = new ArrayList<>();
        for (int number = 1; number <= TpchQueries.COUNT; number++) {
          Times measured = measure(number, session, duck);
          System.out.println(measured.row());
          times.add(measured);
        }
        report(start, duck.version(), times);
      }
    }
  }

  private KalamOptions options() {
    return KalamOptions.builder().durability(Durability.NONE).queryThreads(threads).build();
  }

  private void load(Session session) {
    long start = System.nanoTime();
    TpchLoader loader = new TpchLoader(session, NAMESPACE, scale);
    loader.createTables();
    loader.load(
        0,
        1,
        (table, rows) -> {
          if (rows % 500_000 == 0) {
            System.out.printf(Locale.ROOT, "%s: %,d rows%n", table, rows);
          }
        });
    System.out.printf(Locale.ROOT, "loaded in %.0f s%n", seconds(start));
    start = System.nanoTime();
    loader.flush();
    System.out.printf(Locale.ROOT, "flushed in %.0f s%n", seconds(start));
  }

  private static double seconds(long start) {
    return (System.nanoTime() - start) / 1e9;
  }

  /** Times of one query in milliseconds. */
  private record Times(int number, double ours, double theirs, @Nullable String problem) {
    String row() {
      return problem == null
          ? String.format(
              Locale.ROOT, "| %d | %.1f | %.1f | %.2f |", number, ours, theirs, ours / theirs)
          : String.format(Locale.ROOT, "| %d | %s | | |", number, problem);
    }
  }

  private Times measure(int number, Session session, DuckDbTpch duck) throws SQLException {
    String sql = TpchQueries.query(number, scale);
    String difference;
    try {
      difference = Answer.difference(ours(session, sql), duck.query(sql));
    } catch (KalamException e) {
      return new Times(number, 0, 0, "refused: " + e.getMessage());
    }
    if (difference != null) {
      return new Times(number, 0, 0, "wrong: " + difference);
    }
    int rounds = quick ? 1 : ROUNDS;
    int warmup = quick ? 0 : WARMUP;
    double[] ours = new double[rounds];
    double[] theirs = new double[rounds];
    for (int round = -warmup; round < rounds; round++) {
      int slot = Math.max(round, 0);
      long start = System.nanoTime();
      ours(session, sql);
      ours[slot] = seconds(start) * 1e3;
      start = System.nanoTime();
      duck.query(sql);
      theirs[slot] = seconds(start) * 1e3;
    }
    return new Times(number, median(ours), median(theirs), null);
  }

  private static double median(double[] values) {
    Arrays.sort(values);
    return values[values.length / 2];
  }

  private static List<@Nullable Object[]> ours(Session session, String sql) {
    return session.query(sql).stream().map(Row::toArray).toList();
  }

  private void report(Instant start, String duckVersion, List<Times> times) throws IOException {
    StringBuilder text = new StringBuilder();
    text.append(
        String.format(
            Locale.ROOT,
            "- %s, commit %s, scale %s, %d threads%n- %s%n- %s%n- %s, DuckDB %s%n- load average %.2f after the run%n%n",
            start.truncatedTo(ChronoUnit.MINUTES),
            commit,
            scale,
            threads,
            Machine.hardware(),
            Machine.java(),
            Machine.libraries(),
            duckVersion,
            Machine.load()));
    text.append(
        "| Query | KalamDB p50, ms | DuckDB p50, ms | KalamDB / DuckDB |\n|---:|---:|---:|---:|\n");
    times.forEach(query -> text.append(query.row()).append('\n'));
    List<Times> measured = times.stream().filter(query -> query.problem() == null).toList();
    double logs = measured.stream().mapToDouble(q -> Math.log(q.ours() / q.theirs())).sum();
    text.append(
        String.format(
            Locale.ROOT,
            "%nGeometric mean of %d ratios: %.2f%n",
            measured.size(),
            Math.exp(logs / measured.size())));
    System.out.println();
    System.out.print(text);
    if (scale >= 1 && !quick) {
      MarkedPage.write(root.resolve("docs/benchmarks.md"), SECTION, text.toString());
    }
    Files.writeString(
        root.resolve("benchmarks/target/tpch.md"), text.toString(), StandardCharsets.UTF_8);
  }
}
