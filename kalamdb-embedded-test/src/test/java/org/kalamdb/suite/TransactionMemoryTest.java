package org.kalamdb.suite;

import static org.assertj.core.api.Assertions.assertThat;
import static org.kalamdb.suite.Sql.refused;
import static org.kalamdb.suite.Sql.rows;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.kalamdb.KalamDB;
import org.kalamdb.KalamOptions;
import org.kalamdb.Session;

/** What a transaction may hold has a limit, and a statement that meets it has changed nothing. */
class TransactionMemoryTest {
  private static final int FITTING = 1_000;

  private KalamDB db;
  private Session s;

  @BeforeEach
  void open() {
    db = KalamDB.openInMemory(KalamOptions.builder().transactionMemoryBytes(1L << 20).build());
    s = db.session();
    s.execute("CREATE TABLE t (id INT PRIMARY KEY, n INT, b TEXT)");
    s.execute("INSERT INTO t SELECT i, i, 'x' FROM generate_series(1, " + FITTING + ") AS g (i)");
  }

  @AfterEach
  void close() {
    s.close();
    db.close();
  }

  @Test
  void statementsTooLargeForTheLimit_are53200AndChangeNothing(@TempDir Path directory)
      throws Exception {
    Path file = directory.resolve("rows.csv");
    StringBuilder lines = new StringBuilder();
    for (int i = 0; i < 20_000; i++) {
      lines.append(-i - 1).append(",1,abc\n");
    }
    Files.writeString(file, lines);
    for (String statement :
        List.of(
            "INSERT INTO t SELECT i, i, 'x' FROM generate_series(2000, 30000) AS g (i)",
            "INSERT INTO t SELECT i, i, 'x' FROM generate_series(1, 30000) AS g (i)"
                + " ON CONFLICT DO NOTHING",
            "UPDATE t SET b = repeat('y', 2000)",
            "DELETE FROM t USING generate_series(1, 30) AS g (i)",
            "MERGE INTO t USING generate_series(1, 30000) AS g (i) ON id = i"
                + " WHEN NOT MATCHED THEN INSERT VALUES (i, i, 'x')",
            "CREATE TABLE u AS SELECT i FROM generate_series(1, 30000) AS g (i)",
            "COPY t FROM '" + file + "'",
            "WITH a AS (UPDATE t SET n = n + 1 RETURNING id)"
                + " SELECT repeat('z', 2000) || id FROM a")) {
      refused("53200", () -> s.execute(statement));
      assertThat(rows(s, "SELECT count(*), sum(n), max(b) FROM t"))
          .as(statement)
          .containsExactly(FITTING + "|" + FITTING * (FITTING + 1L) / 2 + "|x");
    }
    refused("42P01", () -> s.query("SELECT * FROM u"));
  }

  @Test
  void transactionTooLargeForTheLimit_isSpoiled() {
    s.execute("BEGIN");
    refused(
        "53200",
        () -> {
          for (int i = 0; i < 40; i++) {
            s.execute(
                "INSERT INTO t SELECT 2000 + 100 * ? + i, 0, 'x' FROM generate_series(1, 100) AS g"
                    + " (i)",
                i);
          }
        });
    refused("25P02", () -> s.execute("DELETE FROM t"));
    s.execute("ROLLBACK");
    assertThat(Sql.count(s, "t")).isEqualTo(FITTING);
  }

  @Test
  void rowsWrittenAgainAndAgain_countOnce() {
    s.execute("BEGIN");
    for (int i = 0; i < 30; i++) {
      s.execute("UPDATE t SET n = n + 1 WHERE id <= 500");
    }
    s.execute("COMMIT");
    assertThat(rows(s, "SELECT n FROM t WHERE id IN (500, 501) ORDER BY id"))
        .containsExactly("530", "501");
  }
}
