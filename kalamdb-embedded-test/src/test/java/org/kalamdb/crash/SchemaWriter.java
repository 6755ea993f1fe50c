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
  private static final int EXTRA_ROWS = 50;
  private static final int STEPS = 6;

  private SchemaWriter() {}

  static long stored(Session session) {
    return session.query("SELECT n FROM c.s_progress WHERE writer = ?", NUMBER).single().getLong(0);
  }

  /** Does step {@code n}, counted from 0. */
  static void run(KalamDB db, Session session, long n) {
    switch ((int) (n % STEPS)) {
      case 0 -> session.execute("ALTER TABLE c.u_items ADD COLUMN IF NOT EXISTS x INT DEFAULT 7");
      case 1 ->
          session.inTransaction(
              own -> {
                own.execute("CREATE TABLE c.extra (id INT PRIMARY KEY, v INT UNIQUE)");
                own.execute(
                    "INSERT INTO c.extra SELECT i, -i FROM generate_series(1, ?) AS g (i)",
                    EXTRA_ROWS);
                advance(own, n);
                return n;
              });
      case 2 -> {
        session.execute("CREATE INDEX IF NOT EXISTS u_items_x ON c.u_items (x)");
        db.execute("STORAGE FLUSH TABLE c.extra");
      }
      case 3 -> session.execute("TRUNCATE c.extra");
      case 4 -> {
        session.execute("DROP INDEX IF EXISTS c.u_items_x");
        session.execute("ALTER TABLE c.u_items DROP COLUMN IF EXISTS x");
      }
      default ->
          session.inTransaction(
              own -> {
                own.execute("DROP TABLE c.extra");
                advance(own, n);
                return n;
              });
    }
    if (!isTransaction(n)) {
      session.inTransaction(
          own -> {
            advance(own, n);
            return n;
          });
    }
  }

  private static boolean isTransaction(long n) {
    return n % STEPS == 1 || n % STEPS == STEPS - 1;
  }

  private static void advance(Session session, long n) {
    session.execute("UPDATE c.s_progress SET n = ? WHERE writer = ? AND n = ?", n + 1, NUMBER, n);
  }

  /** Compares the catalog and the rows of the extra table with how many steps were done. */
  static void check(Session session, Findings findings) {
    long next = stored(session);
    int step = (int) (next % STEPS);
    boolean maybeDone = !isTransaction(next);
    List<String> columns =
        session.query("SHOW COLUMNS FROM c.u_items").list().stream()
            .map(row -> row.getString(0))
            .toList();
    boolean column = columns.contains("x");
    boolean columnExpected = step >= 1 && step <= 4;
    findings.check(
        column == columnExpected || (maybeDone && (step == 0 || step == 4)),
        "column x before step " + step + ": " + columns);
    boolean table =
        session.query("SHOW TABLES IN c").list().stream()
            .map(Row::toString)
            .anyMatch(row -> row.contains("extra"));
    findings.equal("table extra before step " + step, table, step >= 2 && step <= 5);
    if (table) {
      Row found =
          session.query("SELECT count(*), count(DISTINCT v), sum(id) FROM c.extra").single();
      boolean full =
          found.getLong(0) == EXTRA_ROWS
              && found.getLong(1) == EXTRA_ROWS
              && found.getLong(2) == EXTRA_ROWS * (EXTRA_ROWS + 1L) / 2;
      boolean empty = found.getLong(0) == 0;
      findings.check(
          step < 3 ? full : step > 3 ? empty : full || empty,
          "rows of table extra before step " + step + ": " + found);
    }
  }
}
