package org.kalamdb.suite;

import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.kalamdb.KalamDB;
import org.kalamdb.KalamOptions;
import org.kalamdb.query.Result;
import org.kalamdb.query.ResultBatch;

/**
 * A program that sorts more rows than it may hold in memory, says {@code spilled} when it has their
 * first batch, and then holds on to the result until it is killed. Argument: the directory.
 */
final class Spiller {
  static final KalamOptions OPTIONS = KalamOptions.builder().queryMemoryBytes(2 << 20).build();

  private Spiller() {}

  static void fill(KalamDB db) {
    db.execute("CREATE TABLE d (n INT PRIMARY KEY)");
    db.execute("INSERT INTO d VALUES (0), (1), (2), (3), (4), (5), (6), (7), (8), (9)");
  }

  /** A hundred thousand rows in an order that has to be made. */
  static final String SORT =
      "SELECT a.n, b.n, c.n, e.n, f.n, 'some text that takes space' AS text"
          + " FROM d a, d b, d c, d e, d f ORDER BY f.n, e.n DESC, c.n, b.n, a.n";

  /** The same rows in one partition, which is larger than the memory. */
  static final String WINDOW =
      "SELECT a.n, 'some text that takes space' || a.n AS text, max(b.n) OVER (ORDER BY f.n, e.n"
          + " ROWS BETWEEN 3 PRECEDING AND CURRENT ROW) FROM d a, d b, d c, d e, d f";

  /** The same rows as a common table, which is read twice. */
  static final String COMMON =
      "WITH w AS MATERIALIZED (SELECT a.n, 'some text that takes space' || b.n AS text"
          + " FROM d a, d b, d c, d e, d f) SELECT * FROM w WHERE n >= (SELECT min(n) FROM w)";

  public static void main(String[] arguments) throws InterruptedException {
    PrintStream out =
        new PrintStream(
            new java.io.FileOutputStream(java.io.FileDescriptor.out), true, StandardCharsets.UTF_8);
    KalamDB db = KalamDB.open(Path.of(arguments[0]), OPTIONS);
    fill(db);
    try (Result result = db.query(SORT)) {
      ResultBatch first = result.nextBatch();
      out.println(first == null ? "empty" : "spilled");
      Thread.sleep(Long.MAX_VALUE);
    }
  }
}
