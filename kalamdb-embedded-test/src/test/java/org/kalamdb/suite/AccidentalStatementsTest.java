package org.kalamdb.suite;

import static org.assertj.core.api.Assertions.assertThat;
import static org.kalamdb.suite.Sql.refused;
import static org.kalamdb.suite.Sql.rows;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.kalamdb.KalamDB;
import org.kalamdb.Session;
import org.kalamdb.error.KalamException;

/**
 * Texts that a parser for other dialects takes for something else, or drops a part of, without a
 * word: each does what it says here, or is refused at its place.
 */
class AccidentalStatementsTest {
  private KalamDB db;
  private Session s;

  @BeforeEach
  void open() {
    db = KalamDB.openInMemory();
    s = db.session();
    s.execute("CREATE NAMESPACE n; USE n");
  }

  @AfterEach
  void close() {
    s.close();
    db.close();
  }

  @Test
  void createTableOfAType_isOfThatType() {
    s.execute("CREATE SHARED TABLE a (id INT PRIMARY KEY)");
    s.execute("CREATE USER TABLE b (id INT PRIMARY KEY)");
    s.execute("CREATE STREAM TABLE c (id INT) WITH (TTL_SECONDS = 60)");
    assertThat(rows(s, "SHOW CREATE TABLE a").get(0)).contains("CREATE SHARED TABLE");
    assertThat(rows(s, "SHOW CREATE TABLE b").get(0)).contains("CREATE USER TABLE");
    assertThat(rows(s, "SHOW CREATE TABLE c").get(0)).contains("CREATE STREAM TABLE");
    refused("0A000", () -> s.execute("CREATE SHARD TABLE d (id INT)"));
    refused("0A000", () -> s.execute("CREATE SHARED USER TABLE d (id INT)"));
    refused("0A000", () -> s.execute("CREATE STREAM c (id INT)"));
  }

  @Test
  void statementsBehindASemicolon_areRunOrTheirErrorIsGiven() {
    s.execute(
        "CREATE TABLE t (id INT PRIMARY KEY); INSERT INTO t VALUES (1); INSERT INTO t VALUES (2)");
    assertThat(Sql.count(s, "t")).isEqualTo(2);
    KalamException error =
        refused("42601", () -> s.execute("INSERT INTO t VALUES (3);\n INSERT IN t VALUES (4)"));
    assertThat(error.line()).isEqualTo(2);
    assertThat(error.column()).isEqualTo(9);
    refused("42601", () -> s.execute("INSERT INTO t VALUES (3) INSERT INTO t VALUES (4)"));
    refused("42601", () -> s.query("SELECT 1 SELECT 2"));
    assertThat(Sql.count(s, "t")).isEqualTo(2);
  }

  @Test
  void showStatements_listWhatTheyName() {
    s.execute("CREATE TABLE t (id INT PRIMARY KEY)");
    assertThat(rows(s, "SHOW NAMESPACES").toString()).contains("n", "default");
    assertThat(rows(s, "SHOW TABLES").toString()).contains("t");
    refused("42601", () -> s.query("SHOW NAMESPACES n"));
    refused("42601", () -> s.query("SHOW"));
    assertThat(rows(s, "SHOW NAMESPACE")).containsExactly("n");
  }

  @Test
  void clausesOfOtherDialects_areNotDropped() {
    s.execute("CREATE TABLE t (id INT PRIMARY KEY, n INT); INSERT INTO t VALUES (1, 1), (2, 2)");
    for (String sql :
        new String[] {
          "DELETE FROM t ORDER BY id LIMIT 1",
          "UPDATE t SET n = 0 LIMIT 1",
          "INSERT IGNORE INTO t VALUES (1, 1)",
          "REPLACE INTO t VALUES (1, 1)",
          "INSERT INTO t VALUES (1, 1) ON DUPLICATE KEY UPDATE n = 2",
          "SELECT TOP 1 * FROM t",
          "SELECT * FROM t FOR UPDATE",
          "SELECT * FROM t USE INDEX (i)",
          "SELECT * FROM t WITH (NOLOCK)",
          "CREATE TABLE x (id INT) ENGINE = InnoDB",
          "CREATE TABLE x (id INT) PARTITION BY RANGE (id)",
          "CREATE TABLE x (id INT COMMENT 'c')",
          "CREATE TABLE x (id INT) WITH (no_such_option = 1)",
          "CREATE INDEX i ON t (n) WHERE n > 1",
          "CREATE INDEX i ON t ((n + 1))",
          "TRUNCATE t RESTART IDENTITY PARTITION p"
        }) {
      KalamException error = null;
      try {
        s.execute(sql);
      } catch (KalamException e) {
        error = e;
      }
      assertThat(error).as(sql).isNotNull();
      assertThat(error.sqlState()).as(sql + ": " + error).isIn("42601", "0A000", "22023");
    }
    assertThat(rows(s, "SELECT * FROM t ORDER BY id")).containsExactly("1|1", "2|2");
    refused("42P01", () -> s.query("SELECT * FROM x"));
  }
}
