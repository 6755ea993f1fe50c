package org.kalamdb.suite;

import static org.assertj.core.api.Assertions.assertThat;
import static org.kalamdb.suite.Sql.refused;
import static org.kalamdb.suite.Sql.rows;

import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.kalamdb.Session;
import org.kalamdb.error.KalamException;
import org.kalamdb.test.TestDatabase;

/** CHECK, NOT NULL, generated and automatic columns. */
class ConstraintsTest {
  private TestDatabase database;
  private Session s;

  @BeforeEach
  void open() {
    database = TestDatabase.create();
    s = database.db().session();
  }

  @AfterEach
  void close() {
    s.close();
    database.close();
  }

  private void reopen() {
    s.close();
    s = database.reopen().session();
  }

  @Test
  void check_unnamed_getsPostgresName() {
    s.execute(
        "CREATE TABLE t (a INT CHECK (a > 0) CHECK (a < 10), b INT, CHECK (b <> 5), CHECK (a <> b),"
            + " CONSTRAINT low CHECK (a + b < 20), CHECK (1 = 1 OR a = 0 AND b = 0))");
    assertThat(refused("23514", () -> s.execute("INSERT INTO t VALUES (0, 1)")).reason())
        .isEqualTo("new row for relation \"t\" violates check constraint \"t_a_check\"");
    assertThat(refused("23514", () -> s.execute("INSERT INTO t VALUES (10, 1)")).reason())
        .contains("\"t_a_check1\"");
    assertThat(refused("23514", () -> s.execute("INSERT INTO t VALUES (1, 5)")).reason())
        .contains("\"t_b_check\"");
    assertThat(refused("23514", () -> s.execute("INSERT INTO t VALUES (7, 7)")).reason())
        .contains("\"t_check\"");
    assertThat(refused("23514", () -> s.execute("INSERT INTO t VALUES (9, 12)")).reason())
        .contains("\"low\"");
    s.execute("INSERT INTO t VALUES (NULL, NULL), (1, NULL)");
    reopen();
    refused("23514", () -> s.execute("UPDATE t SET a = -1"));
    assertThat(rows(s, "SELECT a FROM t ORDER BY a")).containsExactly("1", "null");
  }

  @Test
  void check_whatIsNoCondition_isRefusedWhereItStands() {
    KalamException error =
        refused("42703", () -> s.execute("CREATE TABLE t (a INT CHECK (b > 0))"));
    assertThat(error.column()).isEqualTo(30);
    refused("42804", () -> s.execute("CREATE TABLE t (a INT CHECK (a + 1))"));
    refused("42803", () -> s.execute("CREATE TABLE t (a INT CHECK (count(*) > 1))"));
    refused("0A000", () -> s.execute("CREATE TABLE t (a INT CHECK (a = (SELECT 1)))"));
    refused(
        "42710",
        () ->
            s.execute(
                "CREATE TABLE t (a INT CONSTRAINT c CHECK (a > 0) CONSTRAINT c CHECK (a < 9))"));
    refused("42P01", () -> s.query("SELECT * FROM t"));
  }

  @Test
  void primaryKey_named_isNamedInErrors() {
    s.execute(
        "CREATE TABLE t (a INT, CONSTRAINT only_one PRIMARY KEY (a)); INSERT INTO t VALUES (1)");
    assertThat(refused("23505", () -> s.execute("INSERT INTO t VALUES (1)")).reason())
        .contains("\"only_one\"");
  }

  @Test
  void generated_columns_followTheirRow() {
    s.execute(
        "CREATE TABLE t (id INT PRIMARY KEY, a INT, b INT GENERATED ALWAYS AS (a * 2) STORED,"
            + " up TEXT GENERATED ALWAYS AS (upper('x' || CAST(a AS TEXT))) STORED NOT NULL, CHECK (b < 100))");
    s.execute("INSERT INTO t (id, a) VALUES (1, 3); INSERT INTO t VALUES (2, 4, DEFAULT, DEFAULT)");
    assertThat(rows(s, "INSERT INTO t VALUES (3, 5) RETURNING b, up")).containsExactly("10|X5");
    assertThat(rows(s, "UPDATE t SET a = a + 1 WHERE id = 1 RETURNING *"))
        .containsExactly("1|4|8|X4");
    s.execute("UPDATE t SET b = DEFAULT WHERE id = 2");
    s.execute("INSERT INTO t (id, a) VALUES (3, 7) ON CONFLICT (id) DO UPDATE SET a = EXCLUDED.a");
    refused("23514", () -> s.execute("UPDATE t SET a = 50 WHERE id = 1"));
    refused("23502", () -> s.execute("UPDATE t SET a = NULL WHERE id = 1"));
    s.execute("STORAGE FLUSH TABLE t");
    s.execute("UPDATE t SET a = 1 WHERE id = 2");
    reopen();
    assertThat(rows(s, "SELECT * FROM t ORDER BY id"))
        .containsExactly("1|4|8|X4", "2|1|2|X1", "3|7|14|X7");
  }

  @Test
  void generated_column_isNotWritten() {
    s.execute("CREATE TABLE t (id INT PRIMARY KEY, b INT GENERATED ALWAYS AS (id + 1) STORED)");
    refused("428C9", () -> s.execute("INSERT INTO t VALUES (1, 2)"));
    refused("428C9", () -> s.execute("INSERT INTO t (id, b) VALUES (1, 2)"));
    refused("428C9", () -> s.execute("INSERT INTO t SELECT 1, 2"));
    refused("428C9", () -> s.execute("UPDATE t SET b = 1"));
    s.execute("INSERT INTO t SELECT 1");
    assertThat(rows(s, "SELECT * FROM t")).containsExactly("1|2");
  }

  @Test
  void generated_expressionThatMayChange_isRefused() {
    refused(
        "42P17",
        () -> s.execute("CREATE TABLE t (a TIMESTAMPTZ GENERATED ALWAYS AS (now()) STORED)"));
    refused(
        "42P17",
        () ->
            s.execute(
                "CREATE TABLE t (a INT, b INT GENERATED ALWAYS AS (a) STORED,"
                    + " c INT GENERATED ALWAYS AS (b) STORED)"));
    refused("42P17", () -> s.execute("CREATE TABLE t (a INT GENERATED ALWAYS AS (a + 1) STORED)"));
    refused("42804", () -> s.execute("CREATE TABLE t (a INT GENERATED ALWAYS AS (true) STORED)"));
    refused(
        "42601",
        () -> s.execute("CREATE TABLE t (a INT DEFAULT 1 GENERATED ALWAYS AS (2) STORED)"));
  }

  @Test
  void identity_numbersRise_andAlwaysIsNotWritten() {
    s.execute(
        "CREATE TABLE a (id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY, x INT);"
            + "CREATE TABLE b (id BIGINT GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY, x INT);"
            + "CREATE TABLE c (id SERIAL PRIMARY KEY, u UUID AUTO_INCREMENT(UUID), x INT)");
    s.execute("INSERT INTO a (x) VALUES (1), (2), (3); INSERT INTO a VALUES (DEFAULT, 4)");
    assertThat(rows(s, "SELECT x FROM a ORDER BY id")).containsExactly("1", "2", "3", "4");
    refused("428C9", () -> s.execute("INSERT INTO a VALUES (1, 1)"));
    refused("428C9", () -> s.execute("UPDATE a SET id = 1"));
    s.execute("INSERT INTO b VALUES (7, 1); INSERT INTO b (x) VALUES (2)");
    assertThat(rows(s, "SELECT x FROM b ORDER BY id")).containsExactly("1", "2");
    s.execute("INSERT INTO c (x) VALUES (1)");
    assertThat(s.query("SELECT u FROM c").single().get(0)).isInstanceOf(UUID.class);
    refused("23502", () -> s.execute("INSERT INTO c VALUES (NULL, NULL, 1)"));
    refused("42804", () -> s.execute("CREATE TABLE d (id INT GENERATED ALWAYS AS IDENTITY)"));
  }

  @Test
  void showCreateTable_withConstraints_makesTheSameTable() {
    s.execute(
        "CREATE TABLE t (id BIGINT GENERATED ALWAYS AS IDENTITY, a INT DEFAULT 7 NOT NULL,"
            + " g INT GENERATED ALWAYS AS (a + 1) STORED, CONSTRAINT pk PRIMARY KEY (id),"
            + " CONSTRAINT small CHECK (a < 1000))");
    String sql = (String) s.query("SHOW CREATE TABLE t").single().get(1);
    s.execute("DROP TABLE t");
    s.execute(sql);
    assertThat(s.query("SHOW CREATE TABLE t").single().get(1)).isEqualTo(sql);
    refused("23514", () -> s.execute("INSERT INTO t (a) VALUES (1000)"));
  }

  @Test
  void tableWithoutKey_keepsDuplicatesApart() {
    s.execute(
        "CREATE TABLE t (a INT, b TEXT, CHECK (a < 9)); INSERT INTO t VALUES (1, 'x'), (1, 'x'), (2, NULL)");
    s.execute("INSERT INTO t VALUES (1, 'x') ON CONFLICT DO NOTHING");
    assertThat(rows(s, "SELECT * FROM t ORDER BY a"))
        .containsExactly("1|x", "1|x", "1|x", "2|null");
    s.execute("STORAGE FLUSH TABLE t; INSERT INTO t SELECT * FROM t; CREATE INDEX ON t (a)");
    assertThat(s.execute("UPDATE t SET b = 'y' WHERE a = 2")).isEqualTo(2);
    assertThat(s.execute("DELETE FROM t WHERE a = 1 AND b = 'x'")).isEqualTo(6);
    refused("42P10", () -> s.execute("INSERT INTO t VALUES (1, 'x') ON CONFLICT (a) DO NOTHING"));
    refused("42703", () -> s.execute("INSERT INTO t (_row_id, a) VALUES (1, 1)"));
    refused("42704", () -> s.execute("CREATE TABLE c (t BIGINT REFERENCES t)"));
    reopen();
    assertThat(rows(s, "SELECT * FROM t")).containsExactly("2|y", "2|y");
    assertThat(rows(s, "DESCRIBE t")).hasSize(2);
  }
}
