package org.kalamdb.benchmarks.cold;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.kalamdb.Durability;
import org.kalamdb.KalamDB;
import org.kalamdb.KalamOptions;
import org.kalamdb.Session;
import org.kalamdb.benchmarks.DataDirectory;
import org.kalamdb.query.PreparedQuery;

/**
 * What very many small partitions cost: an explicit flush of all of them, opening the database
 * afterwards, after a clean close and after a kill, and statements that are about the table or
 * about one user.
 */
public final class PartitionsRun {
  private static final int ROUNDS = 5;
  private static final String LAST = "the last one";

  private final int users;
  private final int rows;
  private final String program;

  private PartitionsRun(int users, int rows, String program) {
    this.users = users;
    this.rows = rows;
    this.program = program;
  }

  /**
   * Arguments: the checkout and its commit, then {@code [USERS [ROWS]]}; or, as {@code run} calls
   * it, {@code --kill DIRECTORY}.
   */
  public static void main(String[] arguments) throws Exception {
    if (arguments.length == 2 && arguments[0].equals("--kill")) {
      writeAndDie(Path.of(arguments[1]));
    }
    int users = arguments.length > 2 ? Integer.parseInt(arguments[2]) : 100_000;
    int rows = arguments.length > 3 ? Integer.parseInt(arguments[3]) : 10;
    Path target = Path.of(arguments[0]).resolve("benchmarks/target/data");
    System.setProperty(DataDirectory.ROOT_PROPERTY, target.toString());
    new PartitionsRun(users, rows, arguments[1]).run();
  }

  /** As a process is killed: nothing is closed. */
  private static void writeAndDie(Path directory) {
    KalamDB db = KalamDB.open(directory, options());
    Session session = db.session(LAST);
    session.execute("INSERT INTO p.notes VALUES (1, 'x', 1)");
    db.execute("STORAGE FLUSH TABLE p.notes FOR USER '" + LAST + "'");
    Runtime.getRuntime().halt(9);
  }

  private static KalamOptions options() {
    return KalamOptions.builder()
        .durability(Durability.NONE)
        .hotLimitBytes(4L << 30, 8L << 30)
        .build();
  }

  private void run() throws Exception {
    System.out.printf(
        Locale.ROOT, "commit %s, %,d users with %,d rows each%n", program, users, rows);
    try (DataDirectory directory = new DataDirectory()) {
      try (KalamDB db = KalamDB.open(directory.path(), options())) {
        load(db);
        timed("flush", 1, () -> db.execute("STORAGE FLUSH TABLE p.notes"));
        statements(db);
        try (Session session = db.session(user(users / 2))) {
          session.execute("INSERT INTO p.notes VALUES (-1, 'new', 1)");
        }
        timed("flush of one row more", 1, () -> db.execute("STORAGE FLUSH TABLE p.notes"));
      }
      timed("open after a clean close", ROUNDS, () -> open(directory.path()));
      kill(directory.path());
      timed("open after a kill", 1, () -> open(directory.path()));
      try (KalamDB db = KalamDB.open(directory.path(), options())) {
        statements(db);
      }
    }
  }

  private static void open(Path directory) {
    KalamDB.open(directory, options()).close();
  }

  private void load(KalamDB db) {
    db.execute("CREATE NAMESPACE p");
    db.execute(
        "CREATE USER TABLE p.notes (id BIGINT PRIMARY KEY, body TEXT, n INTEGER)"
            + " WITH (FLUSH_POLICY = 'rows:100000000')");
    timed(
        "load",
        1,
        () -> {
          for (int user = 0; user < users; user++) {
            List<@Nullable Object[]> batch = new ArrayList<>();
            for (int row = 0; row < rows; row++) {
              batch.add(new Object[] {(long) row, "note " + row + " of " + user, row});
            }
            try (Session session = db.session(user(user));
                PreparedQuery insert = session.prepare("INSERT INTO p.notes VALUES (?, ?, ?)")) {
              insert.executeBatch(batch);
            }
          }
        });
  }

  private static String user(int number) {
    return String.format(Locale.ROOT, "user-%06d", number);
  }

  private void statements(KalamDB db) {
    timed("SHOW TABLES", ROUNDS, () -> drain(db, "SHOW TABLES IN p"));
    timed("DESCRIBE", ROUNDS, () -> drain(db, "DESCRIBE TABLE p.notes"));
    try (Session session = db.session(user(users / 3))) {
      timed("one user's rows", ROUNDS, () -> drain(session, "SELECT * FROM p.notes"));
    }
  }

  private static void drain(KalamDB db, String sql) {
    try (Session session = db.session()) {
      drain(session, sql);
    }
  }

  private static void drain(Session session, String sql) {
    if (session.query(sql).list().isEmpty()) {
      throw new IllegalStateException("No rows: " + sql);
    }
  }

  private static void kill(Path directory) throws Exception {
    String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
    Process process =
        new ProcessBuilder(
                java,
                "-cp",
                System.getProperty("java.class.path"),
                PartitionsRun.class.getName(),
                "--kill",
                directory.toString())
            .inheritIO()
            .start();
    if (!process.waitFor(10, TimeUnit.MINUTES) || process.exitValue() != 9) {
      process.destroyForcibly();
      throw new IllegalStateException("The program that was to die did not");
    }
  }

  private static void timed(String what, int rounds, Runnable action) {
    StringBuilder times = new StringBuilder();
    for (int i = 0; i < rounds; i++) {
      long start = System.nanoTime();
      action.run();
      times.append(String.format(Locale.ROOT, " %,.1f", (System.nanoTime() - start) / 1e6));
    }
    System.out.printf("%-26s%s ms%n", what, times);
  }
}
