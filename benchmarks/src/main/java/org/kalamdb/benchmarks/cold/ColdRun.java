package org.kalamdb.benchmarks.cold;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.duckdb.DuckDBAppender;
import org.jspecify.annotations.Nullable;
import org.kalamdb.Durability;
import org.kalamdb.KalamDB;
import org.kalamdb.KalamOptions;
import org.kalamdb.Session;
import org.kalamdb.benchmarks.DataDirectory;
import org.kalamdb.benchmarks.Machine;
import org.kalamdb.benchmarks.MarkedPage;
import org.kalamdb.benchmarks.tpch.Answer;
import org.kalamdb.query.PreparedQuery;
import org.kalamdb.query.Row;

/**
 * Writes and reads the cold tier beside DuckDB, which has the same rows in a Parquet file of its
 * own making and reads our segments too. All run in turns; each answer is compared before its times
 * count.
 */
public final class ColdRun {
  private static final String SECTION = "Cold tier: written by benchmarks/cold";
  private static final int THREADS = 2;
  private static final int PIECES = 4;
  private static final int BATCH = 5_000;
  private static final int WARMUP = 3;
  private static final int ROUNDS = 9;
  private static final int USER_ROWS = 200;
  private static final int LARGE_USER_ROWS = 1_000;
  private static final String LARGE_USER = "large";

  private final Path root;
  private final String commit;
  private final boolean quick;
  private final @Nullable Pattern chosen;
  private final long rows;
  private final int users;
  private final List<String> written = new ArrayList<>();

  private ColdRun(Path root, String commit, boolean quick, @Nullable Pattern chosen) {
    this.root = root;
    this.commit = commit;
    this.quick = quick;
    this.chosen = chosen;
    this.rows = quick ? 200_000 : 2_000_000;
    this.users = quick || chosen != null ? 100 : 10_000;
  }

  /**
   * Arguments: the checkout, its commit, then {@code [--quick] [PATTERN]}. Only a run of all
   * queries that is not quick changes docs/benchmarks.md.
   */
  public static void main(String[] arguments) throws Exception {
    int at = 2;
    boolean quick = arguments.length > at && arguments[at].equals("--quick");
    at += quick ? 1 : 0;
    Pattern chosen = arguments.length > at ? Pattern.compile(arguments[at++]) : null;
    if (arguments.length > at) {
      System.err.println("usage: benchmarks/cold [--quick] [PATTERN]");
      System.exit(2);
    }
    new ColdRun(Path.of(arguments[0]), arguments[1], quick, chosen).run();
  }

  private void run() throws Exception {
    Path target = Files.createDirectories(root.resolve("benchmarks/target"));
    System.setProperty(DataDirectory.ROOT_PROPERTY, target.resolve("data").toString());
    Instant start = Instant.now();
    try (DataDirectory directory = new DataDirectory();
        DataDirectory parquet = new DataDirectory();
        KalamDB db = KalamDB.open(directory.path(), options());
        Session session = db.session();
        DuckDbCold duck = new DuckDbCold(THREADS)) {
      session.execute("CREATE NAMESPACE cold");
      session.useNamespace("cold");
      writeMessages(session, duck, directory.path(), parquet.path());
      writeNotes(db, session, duck, parquet.path());
      duck.createView("messages", parquet.path().resolve("messages.parquet").toString());
      duck.createView("notes", parquet.path().resolve("notes.parquet").toString());
      duck.createView("segments", messageFiles(directory.path()) + "/*.parquet");
      List<String> times = new ArrayList<>();
      check(ColdQuery.groups(), db, duck);
      for (ColdQuery query : ColdQuery.all(rows, user(users / 2), LARGE_USER)) {
        if (chosen == null || chosen.matcher(query.name()).find()) {
          times.add(measure(query, db, duck));
          System.out.println(times.get(times.size() - 1));
        }
      }
      report(start, duck.version(), times);
    }
  }

  private static KalamOptions options() {
    return KalamOptions.builder()
        .durability(Durability.NONE)
        .queryThreads(THREADS)
        .backgroundCompaction(false)
        .build();
  }

  private static String user(int number) {
    return String.format(Locale.ROOT, "user-%05d", number);
  }

  private static double seconds(long start) {
    return (System.nanoTime() - start) / 1e9;
  }

  private static double median(double[] values) {
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    return sorted[sorted.length / 2];
  }

  /** Flushes in pieces, compacts these, and has DuckDB write the same rows as often. */
  private void writeMessages(Session session, DuckDbCold duck, Path ours, Path theirs)
      throws Exception {
    session.execute(
        "CREATE SHARED TABLE messages ("
            + ColdRows.COLUMNS
            + ") WITH (FLUSH_POLICY = 'rows:100000000')");
    duck.createTable("loaded", ColdRows.COLUMNS);
    long piece = rows / PIECES;
    double[] flushes = new double[PIECES];
    try (DuckDBAppender appender = duck.appender("loaded");
        PreparedQuery insert = session.prepare("INSERT INTO messages VALUES (?, ?, ?, ?, ?, ?)")) {
      for (int i = 0; i < PIECES; i++) {
        for (long id = i * piece; id < (i + 1) * piece; id += BATCH) {
          List<@Nullable Object[]> batch = new ArrayList<>();
          for (long row = id; row < Math.min(id + BATCH, (i + 1) * piece); row++) {
            batch.add(ColdRows.row(row));
            DuckDbCold.append(appender, ColdRows.row(row));
          }
          insert.executeBatch(batch);
        }
        long start = System.nanoTime();
        session.execute("STORAGE FLUSH TABLE cold.messages");
        flushes[i] = piece / seconds(start);
      }
    }
    Path file = theirs.resolve("messages.parquet");
    double[] copies = new double[PIECES];
    long theirBytes = 0;
    for (int i = 0; i < PIECES; i++) {
      Files.deleteIfExists(file);
      long start = System.nanoTime();
      theirBytes = duck.copy("loaded", "id", file);
      copies[i] = rows / seconds(start);
    }
    duck.dropTable("loaded");
    long start = System.nanoTime();
    session.execute("STORAGE COMPACT TABLE cold.messages");
    double compaction = rows / seconds(start);
    addWritten("flush, rows/s", median(flushes), median(copies));
    addWritten("compaction, rows/s", compaction, median(copies));
    addWritten("bytes on disk", bytes(messageFiles(ours)), theirBytes);
  }

  /**
   * A user table with a segment for each user; DuckDB has the users' rows in one file, in order.
   */
  private void writeNotes(KalamDB db, Session session, DuckDbCold duck, Path theirs)
      throws Exception {
    session.execute(
        "CREATE USER TABLE notes ("
            + ColdRows.COLUMNS
            + ") WITH (FLUSH_POLICY = 'rows:100000000')");
    duck.createTable("loaded", "owner TEXT, " + ColdRows.COLUMNS.replace(" PRIMARY KEY", ""));
    try (DuckDBAppender appender = duck.appender("loaded")) {
      for (int number = 0; number <= users; number++) {
        boolean large = number == users;
        String user = large ? LARGE_USER : user(number);
        List<@Nullable Object[]> batch = new ArrayList<>();
        for (int i = 0; i < (large ? LARGE_USER_ROWS : USER_ROWS); i++) {
          Object[] row = ColdRows.row((long) number * LARGE_USER_ROWS + i);
          batch.add(row);
          List<@Nullable Object> owned = new ArrayList<>(Arrays.asList(row));
          owned.add(0, user);
          DuckDbCold.append(appender, owned.toArray());
        }
        try (Session own = db.session(user);
            PreparedQuery insert =
                own.prepare("INSERT INTO cold.notes VALUES (?, ?, ?, ?, ?, ?)")) {
          insert.executeBatch(batch);
        }
      }
    }
    long all = (long) users * USER_ROWS + LARGE_USER_ROWS;
    long start = System.nanoTime();
    session.execute("STORAGE FLUSH TABLE cold.notes");
    double flush = all / seconds(start);
    // Those that are asked for are cold whatever the policy leaves hot.
    session.execute("STORAGE FLUSH TABLE cold.notes FOR USER '" + user(users / 2) + "'");
    session.execute("STORAGE FLUSH TABLE cold.notes FOR USER '" + LARGE_USER + "'");
    start = System.nanoTime();
    duck.copy("loaded", "owner, id", theirs.resolve("notes.parquet"));
    addWritten(
        String.format(Locale.ROOT, "flush of %,d users, rows/s", users + 1),
        flush,
        all / seconds(start));
    duck.dropTable("loaded");
  }

  private void addWritten(String what, double ours, double theirs) {
    String row =
        String.format(
            Locale.ROOT, "| %s | %,.0f | %,.0f | %.2f |", what, ours, theirs, ours / theirs);
    System.out.println(row);
    written.add(row);
  }

  private static Path messageFiles(Path directory) throws IOException {
    try (Stream<Path> files = Files.walk(directory.resolve("cold"))) {
      return files
          .filter(path -> path.endsWith("messages") && Files.isDirectory(path))
          .findFirst()
          .orElseThrow();
    }
  }

  private static long bytes(Path folder) throws IOException {
    long bytes = 0;
    try (Stream<Path> files = Files.list(folder)) {
      for (Path file : files.filter(path -> path.toString().endsWith(".parquet")).toList()) {
        bytes += Files.size(file);
      }
    }
    return bytes;
  }

  private static Session session(KalamDB db, ColdQuery query) {
    Session session = query.user() == null ? db.session() : db.session(query.user());
    session.useNamespace("cold");
    return session;
  }

  private static List<@Nullable Object[]> ours(PreparedQuery prepared, Object... parameters) {
    return prepared.query(parameters).stream().map(Row::toArray).toList();
  }

  private static void check(ColdQuery query, KalamDB db, DuckDbCold duck) throws SQLException {
    try (Session session = session(db, query);
        PreparedQuery ours = session.prepare(query.ours());
        PreparedStatement theirs = duck.prepare(query.duckSql())) {
      SplittableRandom random = new SplittableRandom(3);
      for (int i = 0; i < query.repeats(); i++) {
        Object[] parameters = query.parameters().draw(random);
        String difference =
            Answer.difference(ours(ours, parameters), DuckDbCold.query(theirs, parameters));
        if (difference != null) {
          throw new IllegalStateException("Wrong answer, " + query.name() + ": " + difference);
        }
      }
    }
  }

  /** Milliseconds of one execution, median of the rounds, as a row of the table. */
  private String measure(ColdQuery query, KalamDB db, DuckDbCold duck) throws SQLException {
    check(query, db, duck);
    int rounds = quick ? 3 : ROUNDS;
    double[] ours = new double[rounds];
    double[] theirs = new double[rounds];
    double[] segments = new double[rounds];
    boolean shared = query.user() == null;
    try (Session session = session(db, query);
        PreparedQuery own = session.prepare(query.ours());
        PreparedStatement parquet = duck.prepare(query.duckSql());
        PreparedStatement readingOurs =
            duck.prepare(shared ? query.ours().replace("messages", "segments") : "SELECT 1")) {
      for (int round = -WARMUP; round < rounds; round++) {
        int slot = Math.max(round, 0);
        SplittableRandom random = new SplittableRandom(100L + round);
        List<Object[]> drawn =
            Stream.generate(() -> query.parameters().draw(random)).limit(query.repeats()).toList();
        long start = System.nanoTime();
        for (Object[] parameters : drawn) {
          ours(own, parameters);
        }
        ours[slot] = seconds(start) * 1e3 / query.repeats();
        start = System.nanoTime();
        for (Object[] parameters : drawn) {
          DuckDbCold.query(parquet, parameters);
        }
        theirs[slot] = seconds(start) * 1e3 / query.repeats();
        start = System.nanoTime();
        for (Object[] parameters : shared ? drawn : List.<Object[]>of()) {
          DuckDbCold.query(readingOurs, parameters);
        }
        segments[slot] = seconds(start) * 1e3 / query.repeats();
      }
    }
    return String.format(
        Locale.ROOT,
        "| %s | %.3f | %.3f | %.2f | %s |",
        query.name(),
        median(ours),
        median(theirs),
        median(ours) / median(theirs),
        shared ? String.format(Locale.ROOT, "%.3f", median(segments)) : "");
  }

  private void report(Instant start, String duckVersion, List<String> times) throws IOException {
    StringBuilder text = new StringBuilder();
    text.append(
        String.format(
            Locale.ROOT,
            "- %s, commit %s, %,d rows, %,d users, %d threads%n- %s%n- %s%n- %s, DuckDB %s%n- load average %.2f after the run%n%n",
            start.truncatedTo(ChronoUnit.MINUTES),
            commit,
            rows,
            users + 1,
            THREADS,
            Machine.hardware(),
            Machine.java(),
            Machine.libraries(),
            duckVersion,
            Machine.load()));
    text.append(
        "| Query | KalamDB, ms | DuckDB on its Parquet, ms | KalamDB / DuckDB | DuckDB on our segments, ms |\n");
    text.append("|---|---:|---:|---:|---:|\n");
    times.forEach(row -> text.append(row).append('\n'));
    text.append(
        "\n| Writing | KalamDB | DuckDB's COPY | KalamDB / DuckDB |\n|---|---:|---:|---:|\n");
    written.forEach(row -> text.append(row).append('\n'));
    System.out.println();
    System.out.print(text);
    if (!quick && chosen == null) {
      MarkedPage.write(root.resolve("docs/benchmarks.md"), SECTION, text.toString());
    }
    Files.writeString(
        root.resolve("benchmarks/target/cold.md"), text.toString(), StandardCharsets.UTF_8);
  }
}
