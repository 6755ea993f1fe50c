package org.kalamdb.benchmarks.live;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.HdrHistogram.Histogram;
import org.jspecify.annotations.Nullable;
import org.kalamdb.Durability;
import org.kalamdb.KalamDB;
import org.kalamdb.KalamOptions;
import org.kalamdb.Session;
import org.kalamdb.benchmarks.DataDirectory;
import org.kalamdb.benchmarks.LiveLatencyBenchmark;
import org.kalamdb.benchmarks.Machine;
import org.kalamdb.benchmarks.MarkedPage;
import org.kalamdb.live.Subscription;
import org.kalamdb.live.SubscriptionOptions;
import org.kalamdb.live.SubscriptionOptions.Overflow;
import org.kalamdb.query.PreparedQuery;
import org.kalamdb.query.Result;

/**
 * Live queries measured: from commit to callback, what subscriptions cost a commit and the heap,
 * fan-out, events a second, and changes of queries with state beside running the query again, by us
 * and by databases that have nothing else. Not JMH benchmarks: times begin on one thread and end on
 * another.
 */
public final class LiveRun {
  private static final String SECTION = "Live queries: written by benchmarks/live";
  private static final int MATCHING = 10;

  private final Path root;
  private final String commit;
  private final boolean quick;
  private final @Nullable Pattern chosen;
  private final StringBuilder report = new StringBuilder();

  /** Below every value written so far, so that each write changes something. */
  private int lowest;

  private LiveRun(Path root, String commit, boolean quick, @Nullable Pattern chosen) {
    this.root = root;
    this.commit = commit;
    this.quick = quick;
    this.chosen = chosen;
  }

  /**
   * Arguments: the checkout, its commit, then {@code [--quick] [PATTERN]}. Only a run of everything
   * that is not quick changes docs/benchmarks.md.
   */
  public static void main(String[] arguments) throws Exception {
    int at = 2;
    boolean quick = arguments.length > at && arguments[at].equals("--quick");
    at += quick ? 1 : 0;
    Pattern chosen = arguments.length > at ? Pattern.compile(arguments[at++]) : null;
    if (arguments.length > at) {
      System.err.println("usage: benchmarks/live [--quick] [PATTERN]");
      System.exit(2);
    }
    new LiveRun(Path.of(arguments[0]), arguments[1], quick, chosen).run();
  }

  private interface Measurement {
    void run() throws Exception;
  }

  private void run() throws Exception {
    Path target = Files.createDirectories(root.resolve("benchmarks/target"));
    System.setProperty(DataDirectory.ROOT_PROPERTY, target.resolve("data").toString());
    Instant start = Instant.now();
    measure("latency", this::latency);
    measure("cost", this::costOfSubscriptions);
    measure("fan-out", this::fanOut);
    measure("heap", this::heap);
    measure("throughput", this::throughput);
    measure("results", this::results);
    publish(start);
  }

  private void measure(String name, Measurement measurement) throws Exception {
    if (chosen == null || chosen.matcher(name).find()) {
      System.out.println("measuring " + name);
      measurement.run();
    }
  }

  private void publish(Instant start) throws IOException {
    String circumstances =
        String.format(
            Locale.ROOT,
            "- %s, commit %s%s%n- %s%n- %s%n- %s%n- load average %.2f after the run%n%n",
            start.truncatedTo(ChronoUnit.MINUTES),
            commit,
            quick ? ", quick" : "",
            Machine.hardware(),
            Machine.java(),
            Machine.libraries(),
            Machine.load());
    String markdown = circumstances + report;
    System.out.println();
    System.out.print(markdown);
    if (!quick && chosen == null) {
      MarkedPage.write(root.resolve("docs/benchmarks.md"), SECTION, markdown);
    }
  }

  private void line(String format, Object... values) {
    String line = String.format(Locale.ROOT, format, values);
    report.append(line).append('\n');
    System.out.println(line);
  }

  private static double micros(Histogram histogram, double percentile) {
    return histogram.getValueAtPercentile(percentile) / 1e3;
  }

  private static Histogram histogram() {
    return new Histogram(TimeUnit.MINUTES.toNanos(5), 3);
  }

  /** A database with one table of messages of one user. */
  private static final class Bench implements AutoCloseable {
    private final DataDirectory directory = new DataDirectory();
    private final KalamDB db;
    private final Session session;
    private final List<Subscription> subscriptions = new ArrayList<>();

    private Bench() {
      db =
          KalamDB.open(
              directory.path(), KalamOptions.builder().durability(Durability.NONE).build());
      db.execute("CREATE NAMESPACE live");
      db.execute(
          "CREATE USER TABLE live.messages (id BIGINT PRIMARY KEY, room INT, content TEXT)"
              + " WITH (FLUSH_POLICY = 'rows:1000000000')");
      session = db.session("alice");
      session.useNamespace("live");
    }

    private void subscribe(
        String sql, SubscriptionOptions options, Told told, @Nullable Object... parameters) {
      subscriptions.add(session.subscribe(sql, options, told, parameters));
    }

    private PreparedQuery insert() {
      return session.prepare("INSERT INTO messages VALUES (?, ?, 'some words of a message')");
    }

    @Override
    public void close() {
      subscriptions.forEach(Subscription::close);
      session.close();
      db.close();
      directory.close();
    }
  }

  // ---- from commit to callback

  private void latency() {
    line(
        "| Insert to callback | from call p50 | from call p99 | from return p50 | from return p99 |");
    line("|---|---:|---:|---:|---:|");
    LiveLatencyBenchmark benchmark =
        quick ? new LiveLatencyBenchmark(1_000, 2_000) : new LiveLatencyBenchmark(5_000, 20_000);
    for (LiveLatencyBenchmark.Latency latency : benchmark.run(System.out::println)) {
      line(
          "| %s, %,d idle subscriptions | %.1f us | %.1f us | %.1f us | %.1f us |",
          latency.setting(),
          latency.idleSubscriptions(),
          micros(latency.fromCall(), 50),
          micros(latency.fromCall(), 99),
          micros(latency.fromReturn(), 50),
          micros(latency.fromReturn(), 99));
    }
    line("");
  }

  // ---- what subscriptions cost

  /** All counts are open side by side and take turns, as a machine is not the same for long. */
  private void costOfSubscriptions() {
    line(
        "| Subscriptions to one user's table, %d of which match | insert p50 | insert p99 | to the last callback p50 |",
        MATCHING);
    line("|---|---:|---:|---:|");
    List<CostOfSubscriptions> counts = new ArrayList<>();
    try {
      for (int count : quick ? new int[] {0, 1_000, 10_000} : new int[] {0, 1_000, 100_000}) {
        counts.add(new CostOfSubscriptions(count));
      }
      int rounds = quick ? 4 : 10;
      for (int round = 0; round < 2 * rounds; round++) {
        for (CostOfSubscriptions count : counts) {
          count.insert(quick ? 1_000 : 4_000, round >= rounds);
        }
      }
      counts.forEach(count -> line("%s", count.row()));
    } finally {
      counts.forEach(CostOfSubscriptions::close);
    }
    line("");
  }

  /** What an insert costs beside so many subscriptions. */
  private static final class CostOfSubscriptions implements AutoCloseable {
    private final int count;
    private final int matching;
    private final Bench bench = new Bench();
    private final PreparedQuery insert = bench.insert();
    private final Told told = new Told();
    private final Histogram calls = histogram();
    private final Histogram callbacks = histogram();
    private long next;

    CostOfSubscriptions(int count) {
      this.count = count;
      this.matching = Math.min(MATCHING, count);
      for (int i = 0; i < count; i++) {
        int room = i < MATCHING ? 0 : i;
        bench.subscribe(
            "SELECT * FROM messages WHERE room = ?", SubscriptionOptions.defaults(), told, room);
      }
      told.awaitReady(count);
    }

    void insert(int times, boolean counts) {
      for (int i = 0; i < times; i++) {
        long start = System.nanoTime();
        insert.execute(next++, 0);
        long returned = System.nanoTime();
        long last = matching == 0 ? returned : told.awaitEvents(matching);
        if (counts) {
          calls.recordValue(returned - start);
          callbacks.recordValue(Math.max(0, last - start));
        }
      }
    }

    String row() {
      return String.format(
          Locale.ROOT,
          "| %,d | %.2f us | %.1f us | %s |",
          count,
          micros(calls, 50),
          micros(calls, 99),
          matching == 0 ? "" : String.format(Locale.ROOT, "%.1f us", micros(callbacks, 50)));
    }

    @Override
    public void close() {
      insert.close();
      bench.close();
    }
  }

  private void fanOut() {
    int listeners = quick ? 1_000 : 10_000;
    int rounds = quick ? 50 : 300;
    try (Bench bench = new Bench();
        PreparedQuery insert = bench.insert()) {
      Told told = new Told();
      for (int i = 0; i < listeners; i++) {
        bench.subscribe("SELECT * FROM messages", SubscriptionOptions.lastRows(0), told);
      }
      told.awaitReady(listeners);
      Histogram times = histogram();
      for (int i = 0; i < rounds * 2; i++) {
        long start = System.nanoTime();
        insert.execute((long) i, 0);
        long last = told.awaitEvents(listeners);
        if (i >= rounds) {
          times.recordValue(last - start);
        }
      }
      line("| One commit to %,d listeners, call to last callback | p50 | p99 |", listeners);
      line("|---|---:|---:|");
      line("| | %.0f us | %.0f us |", micros(times, 50), micros(times, 99));
      line("");
    }
  }

  private void heap() {
    int count = quick ? 20_000 : 100_000;
    try (Bench bench = new Bench()) {
      Told told = new Told();
      bench.subscribe(
          "SELECT * FROM messages WHERE room = ?", SubscriptionOptions.lastRows(0), told, -1);
      told.awaitReady(1);
      ((ArrayList<Subscription>) bench.subscriptions).ensureCapacity(count + 1);
      long before = usedHeap();
      for (int i = 0; i < count; i++) {
        bench.subscribe(
            "SELECT * FROM messages WHERE room = ?", SubscriptionOptions.defaults(), told, i);
      }
      told.awaitReady(count);
      long different = usedHeap() - before;
      before = usedHeap();
      for (int i = 0; i < count; i++) {
        bench.subscribe(
            "SELECT * FROM messages WHERE room = ?", SubscriptionOptions.defaults(), told, 1);
      }
      told.awaitReady(count);
      long same = usedHeap() - before;
      line("| Heap of an idle subscription, of %,d | bytes |", count);
      line("|---|---:|");
      line("| each with another constant | %d |", different / count);
      line("| all the same query | %d |", same / count);
      line("");
    }
  }

  private static long usedHeap() {
    long used = Long.MAX_VALUE;
    for (int i = 0; i < 5; i++) {
      System.gc();
      try {
        Thread.sleep(200);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
      used = Math.min(used, ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed());
    }
    return used;
  }

  // ---- events a second

  private void throughput() {
    line("| Changed rows told in a second, writer and listeners together | rows/s |");
    line("|---|---:|");
    for (int subscriptions : new int[] {1, 1_000}) {
      try (Bench bench = new Bench();
          PreparedQuery insert = bench.insert()) {
        Told told = new Told();
        for (int i = 0; i < subscriptions; i++) {
          bench.subscribe(
              "SELECT * FROM messages",
              SubscriptionOptions.lastRows(0).withQueue(10_000, Overflow.BLOCK),
              told);
        }
        told.awaitReady(subscriptions);
        long id = 0;
        int transaction = subscriptions == 1 ? 100 : 10;
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(quick ? 2 : 10);
        long start = System.nanoTime();
        int transactions = 0;
        while (System.nanoTime() < end) {
          long first = id;
          bench.session.inTransaction(
              tx -> {
                for (int i = 0; i < transaction; i++) {
                  insert.execute(first + i, 0);
                }
                return null;
              });
          id += transaction;
          transactions++;
        }
        told.awaitEvents(transactions * subscriptions);
        double seconds = (System.nanoTime() - start) / 1e9;
        line(
            "| into %,d subscriptions, %d rows a transaction | %,.0f |",
            subscriptions, transaction, told.rows() / seconds);
      }
    }
    line("");
  }

  // ---- queries with state

  private record Query(String name, String sql) {}

  private void results() throws SQLException {
    int rows = quick ? 10_000 : 100_000;
    List<Query> queries =
        List.of(
            new Query("top 50", "SELECT id, g, v FROM t ORDER BY v, id LIMIT 50"),
            new Query("GROUP BY, 1,000 groups", "SELECT g, count(*), sum(v) FROM t GROUP BY g"),
            new Query(
                "join with 1,000 rows, one in ten",
                "SELECT t.id, t.v, r.w FROM t JOIN r ON r.g = t.g WHERE r.w = 1"));
    line(
        "| Change of one of %,d rows, from the call of UPDATE to its effect on | live, to the callback | query run again | H2, trigger | SQLite | DuckDB |",
        rows);
    line("|---|---:|---:|---:|---:|---:|");
    List<int[]> left = new ArrayList<>();
    List<int[]> right = new ArrayList<>();
    SplittableRandom random = new SplittableRandom(3);
    for (int i = 0; i < rows; i++) {
      left.add(new int[] {i, i % 1_000, random.nextInt(1_000_000)});
    }
    for (int i = 0; i < 1_000; i++) {
      right.add(new int[] {i, i % 10});
    }
    List<StringBuilder> lines = ours(queries, left, right);
    for (RequeryRival rival : RequeryRival.all()) {
      try (RequeryRival open = rival) {
        System.out.println("  " + open.name());
        open.execute("CREATE TABLE t (id INT PRIMARY KEY, g INT, v INT)");
        open.execute("CREATE TABLE r (g INT PRIMARY KEY, w INT)");
        open.fill("t", left);
        open.fill("r", right);
        open.execute("CREATE INDEX t_v ON t (v, id)");
        for (int q = 0; q < queries.size(); q++) {
          lines.get(q).append(" ").append(theirs(open, queries.get(q), rows)).append(" |");
        }
      }
    }
    lines.forEach(text -> line("%s", text));
    line("");
  }

  private List<StringBuilder> ours(List<Query> queries, List<int[]> left, List<int[]> right) {
    List<StringBuilder> lines = new ArrayList<>();
    try (Bench bench = new Bench()) {
      bench.db.execute(
          "CREATE SHARED TABLE live.r (g INT PRIMARY KEY, w INT) WITH (ACCESS_LEVEL = 'PUBLIC')");
      bench.db.execute(
          "CREATE USER TABLE live.t (id INT PRIMARY KEY, g INT, v INT) WITH (FLUSH_POLICY = 'rows:1000000000')");
      fill(bench.session, "live.t", left);
      try (Session admin = bench.db.session()) {
        fill(admin, "live.r", right);
      }
      for (Query query : queries) {
        lines.add(ours(bench, query, left.size()));
      }
    }
    return lines;
  }

  private static void fill(Session session, String table, List<int[]> rows) {
    String marks = "?, ".repeat(rows.get(0).length - 1) + "?";
    session.inTransaction(
        tx -> {
          try (PreparedQuery insert =
              session.prepare("INSERT INTO " + table + " VALUES (" + marks + ")")) {
            for (int[] row : rows) {
              Object[] values = new Object[row.length];
              for (int i = 0; i < row.length; i++) {
                values[i] = row[i];
              }
              insert.execute(values);
            }
          }
          return null;
        });
  }

  private StringBuilder ours(Bench bench, Query query, int rows) {
    int samples = quick ? 500 : 5_000;
    Histogram live = histogram();
    Told told = new Told();
    bench.subscribe(query.sql, SubscriptionOptions.defaults(), told);
    told.awaitReady(1);
    SplittableRandom random = new SplittableRandom(7);
    try (PreparedQuery update = bench.session.prepare("UPDATE t SET v = ? WHERE id = ?")) {
      for (int i = 0; i < samples * 2; i++) {
        int id = affecting(random, rows);
        // Smaller than all others: it comes in at the top, and changes every query's result.
        long start = System.nanoTime();
        update.execute(--lowest, id);
        long last = told.awaitEvents(1);
        if (i >= samples) {
          live.recordValue(last - start);
        }
      }
      bench.subscriptions.remove(bench.subscriptions.size() - 1).close();
      Histogram again = histogram();
      int runs = quick ? 20 : 100;
      for (int i = 0; i < runs * 2; i++) {
        long start = System.nanoTime();
        update.execute(--lowest, affecting(random, rows));
        try (Result result = bench.session.query(query.sql)) {
          result.list();
        }
        if (i >= runs) {
          again.recordValue(System.nanoTime() - start);
        }
      }
      return new StringBuilder(
          String.format(
              Locale.ROOT,
              "| %s | %.1f us | %,.0f us |",
              query.name,
              micros(live, 50),
              micros(again, 50)));
    }
  }

  /** A row whose group the join lets through. */
  private static int affecting(SplittableRandom random, int rows) {
    return random.nextInt(rows / 10) * 10 + 1;
  }

  private String theirs(RequeryRival rival, Query query, int rows) throws SQLException {
    int runs = quick ? 10 : 50;
    Histogram times = histogram();
    SplittableRandom random = new SplittableRandom(7);
    try (RequeryRival.Observation observation =
        rival.observe("UPDATE t SET v = ? WHERE id = ?", query.sql)) {
      for (int i = 0; i < runs * 2; i++) {
        long nanos = observation.observe(-i - 1, affecting(random, rows));
        if (i >= runs) {
          times.recordValue(nanos);
        }
      }
    }
    return String.format(Locale.ROOT, "%,.0f us", micros(times, 50));
  }
}
