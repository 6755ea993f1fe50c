package org.kalamdb.crash;

import java.util.List;
import org.kalamdb.KalamDB;
import org.kalamdb.Session;
import org.kalamdb.query.Row;

/**
 * Changes of the catalog beside the writers, one step after the other, round and round; which step
 * is next is in {@code c.s_progress}. Steps in a transaction with that number are done exactly when
 * it says so; the others just before, so that they may be one ahead of it.
 */
final class SchemaWriter {
  static final int NUMBER = 100;

  /** A storage that tables are moved to and from, if there is one of this name. */
  static final String STORAGE = "archive";

  private static final int EXTRA_ROWS = 50;

  /** In their order. */
  private enum Step {
    ADD_COLUMN,
    CREATE_TABLE,
    CREATE_INDEX,
    MOVE_AWAY,
    RENAME_TABLE,
    WIDEN_TYPE,
    TRUNCATE,
    MOVE_BACK,
    DROP_COLUMN,
    DROP_TABLE;

    static Step of(long n) {
      return values()[(int) (n % values().length)];
    }

    boolean isTransaction() {
      return this == CREATE_TABLE || this == RENAME_TABLE || this == DROP_TABLE;
    }
  }

  private SchemaWriter() {}

  static int steps() {
    return Step.values().length;
  }

  static long stored(Session session) {
    return session.query("SELECT n FROM c.s_progress WHERE writer = ?", NUMBER).single().getLong(0);
  }

  /** Does step {@code n}, counted from 0. */
  static void run(KalamDB db, Session session, long n) {
    Step step = Step.of(n);
    if (step.isTransaction()) {
      session.inTransaction(
          own -> {
            change(own, step);
            advance(own, n);
            return n;
          });
    } else {
      change(session, step);
      if (step == Step.CREATE_INDEX) {
        db.execute("STORAGE FLUSH TABLE c.extra");
      }
      session.inTransaction(
          own -> {
            advance(own, n);
            return n;
          });
    }
  }

  private static void change(Session session, Step step) {
    switch (step) {
      case ADD_COLUMN ->
          session.execute("ALTER TABLE c.u_items ADD COLUMN IF NOT EXISTS x INT DEFAULT 7");
      case CREATE_TABLE -> {
        session.execute("CREATE TABLE c.extra (id INT PRIMARY KEY, v INT UNIQUE)");
        session.execute(
            "INSERT INTO c.extra SELECT i, -i FROM generate_series(1, ?) AS g (i)", EXTRA_ROWS);
      }
      case CREATE_INDEX -> session.execute("CREATE INDEX IF NOT EXISTS u_items_x ON c.u_items (x)");
      case MOVE_AWAY -> move(session, STORAGE);
      case RENAME_TABLE -> session.execute("ALTER TABLE c.extra RENAME TO renamed");
      case WIDEN_TYPE -> session.execute("ALTER TABLE c.renamed ALTER COLUMN v TYPE BIGINT");
      case TRUNCATE -> session.execute("TRUNCATE c.renamed");
      case MOVE_BACK -> move(session, "local");
      case DROP_COLUMN -> {
        session.execute("DROP INDEX IF EXISTS c.u_items_x");
        session.execute("ALTER TABLE c.u_items DROP COLUMN IF EXISTS x");
      }
      case DROP_TABLE -> session.execute("DROP TABLE c.renamed");
    }
  }

  private static void move(Session session, String storage) {
    if (hasStorage(session)) {
      session.execute("ALTER TABLE c.u_items SET (STORAGE_ID = '" + storage + "')");
    }
  }

  private static boolean hasStorage(Session session) {
    return session.query("SHOW STORAGES").list().stream()
        .anyMatch(row -> row.getString(0).equals(STORAGE));
  }

  private static void advance(Session session, long n) {
    session.execute("UPDATE c.s_progress SET n = ? WHERE writer = ? AND n = ?", n + 1, NUMBER, n);
  }

  /** Compares the catalog and the rows of the extra table with how many steps were done. */
  static void check(Session session, Findings findings) {
    Step next = Step.of(stored(session));
    List<String> columns =
        session.query("SHOW COLUMNS FROM c.u_items").list().stream()
            .map(row -> row.getString(0))
            .toList();
    expect(columns.contains("x"), next, Step.ADD_COLUMN, Step.DROP_COLUMN, "column x", findings);
    List<String> tables =
        session.query("SHOW TABLES IN c").list().stream().map(Row::toString).toList();
    boolean extra = tables.stream().anyMatch(table -> table.contains("extra"));
    boolean renamed = tables.stream().anyMatch(table -> table.contains("renamed"));
    expect(extra, next, Step.CREATE_TABLE, Step.RENAME_TABLE, "table extra", findings);
    expect(renamed, next, Step.RENAME_TABLE, Step.DROP_TABLE, "table renamed", findings);
    if (hasStorage(session)) {
      String options = session.query("SHOW CREATE TABLE c.u_items").single().toString();
      expect(options.contains(STORAGE), next, Step.MOVE_AWAY, Step.MOVE_BACK, "storage", findings);
    }
    if (extra || renamed) {
      Row found =
          session
              .query(
                  "SELECT count(*), count(DISTINCT v), sum(id) FROM c."
                      + (extra ? "extra" : "renamed"))
              .single();
      boolean full =
          found.getLong(0) == EXTRA_ROWS
              && found.getLong(1) == EXTRA_ROWS
              && found.getLong(2) == EXTRA_ROWS * (EXTRA_ROWS + 1L) / 2;
      boolean empty = found.getLong(0) == 0;
      int order = next.compareTo(Step.TRUNCATE);
      findings.check(
          order < 0 ? full : order > 0 ? empty : full || empty,
          "rows of the extra table before " + next + ": " + found);
    }
  }

  /** Something is there from one step to another; a step without a transaction may be done. */
  private static void expect(
      boolean there, Step next, Step from, Step to, String what, Findings findings) {
    boolean expected = next.compareTo(from) > 0 && next.compareTo(to) <= 0;
    boolean maybeDone = (next == from || next == to) && !next.isTransaction();
    findings.check(there == expected || maybeDone, what + " before " + next + ": " + there);
  }
}
