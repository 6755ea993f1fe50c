package org.kalamdb.suite;

import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.kalamdb.KalamDB;
import org.kalamdb.Session;

/**
 * The contents that {@link DamageTest} damages. As a program: opens the database of its argument,
 * commits {@link #LAST} one by one, says {@code done} and waits to be killed.
 */
final class DamageWriter {
  /** A statement of a user; of the application, if there is none. */
  record Step(@Nullable String user, String sql) {}

  /** Each is one commit. */
  static final List<Step> LAST = last();

  private DamageWriter() {}

  private static List<Step> last() {
    List<Step> steps = new ArrayList<>();
    for (int i = 0; i < 30; i++) {
      String user = i % 2 == 0 ? "alice" : "bob";
      steps.add(
          switch (i % 5) {
            case 0 -> new Step(user, "INSERT INTO k.t VALUES (" + (2_000 + i) + ", 3, 'late')");
            case 1 -> new Step(user, "UPDATE k.t SET v = 'later', n = 6 WHERE id = " + (i + 1));
            case 2 -> new Step(null, "INSERT INTO k.s VALUES (" + (500 + i) + ", 'late')");
            case 3 -> new Step(user, "DELETE FROM k.t WHERE id = " + (i + 20));
            default -> new Step(null, "UPDATE k.s SET v = v || '!' WHERE id BETWEEN 10 AND 12");
          });
    }
    return steps;
  }

  static void run(KalamDB db, Step step) {
    if (step.user() == null) {
      db.execute(step.sql());
    } else {
      try (Session session = db.session(step.user())) {
        session.execute(step.sql());
      }
    }
  }

  /**
   * Rows in all tiers, deleted ones, indexes, several tables.
   *
   * @param step told in between: first half-way, when nothing is hot but {@code k.s}
   */
  static void fill(KalamDB db, Consumer<KalamDB> step) {
    db.execute("CREATE NAMESPACE k");
    db.execute("CREATE USER TABLE k.t (id BIGINT PRIMARY KEY, n INT, v TEXT)");
    db.execute("CREATE INDEX t_n ON k.t (n)");
    db.execute("CREATE SHARED TABLE k.s (id BIGINT PRIMARY KEY, v TEXT)");
    db.execute("CREATE SHARED TABLE k.u (id BIGINT PRIMARY KEY, code TEXT UNIQUE)");
    for (String user : List.of("alice", "bob")) {
      try (Session session = db.session(user)) {
        session.execute(
            "INSERT INTO k.t SELECT i, (i % 7)::int, 'cold ' || i || repeat('x', 50)"
                + " FROM generate_series(1, 400) g(i)");
      }
    }
    db.execute("INSERT INTO k.s SELECT i, 'shared ' || i FROM generate_series(1, 300) g(i)");
    db.execute("INSERT INTO k.u SELECT i, 'code ' || i FROM generate_series(1, 100) g(i)");
    db.execute("STORAGE FLUSH TABLE k.t");
    db.execute("STORAGE FLUSH TABLE k.u");
    step.accept(db);
    try (Session alice = db.session("alice")) {
      alice.execute("UPDATE k.t SET v = 'changed ' || id WHERE id % 5 = 0");
      step.accept(db);
      alice.execute("DELETE FROM k.t WHERE id % 11 = 0");
      for (int i = 1_000; i < 1_050; i++) {
        alice.execute("INSERT INTO k.t VALUES (?, ?, ?)", i, i % 7, "hot " + i);
      }
    }
    step.accept(db);
    db.execute("DELETE FROM k.s WHERE id > 250");
    db.execute("UPDATE k.u SET code = 'new ' || id WHERE id < 20");
  }

  /** All rows, as a scan finds them. */
  static List<String> rows(KalamDB db) {
    List<String> rows = new ArrayList<>();
    for (String user : List.of("alice", "bob")) {
      try (Session session = db.session(user)) {
        Sql.rows(session, "SELECT id, n, v FROM k.t ORDER BY id")
            .forEach(row -> rows.add(user + " " + row));
      }
    }
    try (Session application = db.session()) {
      Sql.rows(application, "SELECT id, v FROM k.s ORDER BY id").forEach(r -> rows.add("s " + r));
      Sql.rows(application, "SELECT id, code FROM k.u ORDER BY id")
          .forEach(r -> rows.add("u " + r));
    }
    return rows;
  }

  /** The same, and what indexes and manifests answer. */
  static List<String> contents(KalamDB db) {
    List<String> rows = rows(db);
    for (String user : List.of("alice", "bob")) {
      try (Session session = db.session(user)) {
        rows.addAll(Sql.rows(session, "SELECT count(*) FROM k.t"));
        for (int n = 0; n < 7; n++) {
          rows.addAll(Sql.rows(session, "SELECT id FROM k.t WHERE n = " + n + " ORDER BY id"));
        }
      }
    }
    return rows;
  }

  public static void main(String[] arguments) throws Exception {
    PrintStream out =
        new PrintStream(
            new java.io.FileOutputStream(java.io.FileDescriptor.out), true, StandardCharsets.UTF_8);
    try (KalamDB db = KalamDB.open(Path.of(arguments[0]))) {
      LAST.forEach(step -> run(db, step));
      out.println("done");
      Thread.sleep(600_000);
    }
  }
}
