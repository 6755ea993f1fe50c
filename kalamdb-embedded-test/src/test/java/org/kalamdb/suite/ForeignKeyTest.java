package org.kalamdb.suite;

import static org.assertj.core.api.Assertions.assertThat;
import static org.kalamdb.suite.Sql.refused;
import static org.kalamdb.suite.Sql.rows;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.kalamdb.Session;
import org.kalamdb.live.Subscription;
import org.kalamdb.live.SubscriptionOptions;
import org.kalamdb.test.RecordingListener;
import org.kalamdb.test.TestDatabase;

/** FOREIGN KEY: both sides, referential actions, concurrent transactions, users. */
class ForeignKeyTest {
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

  private void flush() {
    s.execute("STORAGE FLUSH ALL");
  }

  @Test
  void insert_withoutParent_isRefused() {
    s.execute(
        "CREATE TABLE p (id INT PRIMARY KEY, u TEXT UNIQUE);"
            + "CREATE TABLE c (id INT PRIMARY KEY, p BIGINT REFERENCES p, u TEXT REFERENCES p (u))");
    s.execute("INSERT INTO p VALUES (1, 'a'), (2, NULL)");
    s.execute("INSERT INTO c VALUES (1, 1, 'a'), (2, NULL, NULL)");
    assertThat(refused("23503", () -> s.execute("INSERT INTO c VALUES (3, 5, NULL)")).reason())
        .isEqualTo(
            "insert or update on table \"c\" violates foreign key constraint \"c_p_fkey\":"
                + " key (p)=(5) is not present in table \"p\"");
    refused("23503", () -> s.execute("INSERT INTO c VALUES (3, 9223372036854775807, NULL)"));
    refused("23503", () -> s.execute("INSERT INTO c VALUES (3, 1, 'b')"));
    refused("23503", () -> s.execute("UPDATE c SET p = 3 WHERE id = 2"));
    flush();
    s.execute("INSERT INTO c VALUES (4, 2, 'a')");
    refused("23503", () -> s.execute("UPDATE c SET u = 'z'"));
    assertThat(refused("23503", () -> s.execute("DELETE FROM p WHERE id = 2")).reason())
        .isEqualTo(
            "update or delete on table \"p\" violates foreign key constraint \"c_p_fkey\" on table"
                + " \"c\": key (id)=(2) is still referenced from table \"c\"");
    refused("23503", () -> s.execute("UPDATE p SET u = 'b' WHERE id = 1"));
    s.execute("UPDATE p SET u = 'b' WHERE id = 2");
    flush();
    s.close();
    s = database.reopen().session();
    refused("23503", () -> s.execute("DELETE FROM p"));
    s.execute("DELETE FROM c WHERE p = 2; DELETE FROM p WHERE id = 2; DELETE FROM c");
    s.execute("DELETE FROM p");
  }

  @Test
  void actions_followTheParent() {
    s.execute(
        "CREATE TABLE p (id INT PRIMARY KEY);"
            + "CREATE TABLE cascades (id INT PRIMARY KEY, p INT REFERENCES p ON DELETE CASCADE ON UPDATE CASCADE);"
            + "CREATE TABLE nulls (id INT PRIMARY KEY, p INT REFERENCES p ON DELETE SET NULL ON UPDATE SET NULL);"
            + "CREATE TABLE defaults (id INT PRIMARY KEY, p INT DEFAULT 9 REFERENCES p ON DELETE SET DEFAULT);"
            + "CREATE TABLE grand (id INT PRIMARY KEY REFERENCES cascades ON DELETE CASCADE)");
    s.execute("INSERT INTO p VALUES (1), (2), (9)");
    s.execute(
        "INSERT INTO cascades VALUES (1, 1), (2, 2); INSERT INTO nulls VALUES (1, 1), (2, 2)");
    s.execute("INSERT INTO defaults VALUES (1, 1); INSERT INTO grand VALUES (1)");
    flush();
    s.execute("UPDATE p SET id = 5 WHERE id = 2");
    assertThat(rows(s, "SELECT * FROM cascades ORDER BY id")).containsExactly("1|1", "2|5");
    assertThat(rows(s, "SELECT * FROM nulls ORDER BY id")).containsExactly("1|1", "2|null");
    assertThat(s.execute("DELETE FROM p WHERE id = 1")).isEqualTo(1);
    assertThat(rows(s, "SELECT * FROM cascades")).containsExactly("2|5");
    assertThat(rows(s, "SELECT * FROM grand")).isEmpty();
    assertThat(rows(s, "SELECT * FROM nulls ORDER BY id")).containsExactly("1|null", "2|null");
    assertThat(rows(s, "SELECT * FROM defaults")).containsExactly("1|9");
    refused("23503", () -> s.execute("DELETE FROM p WHERE id = 9"));
  }

  @Test
  void noAction_isCheckedAtTheEnd_restrictIsNot() {
    s.execute(
        "CREATE TABLE p (id INT PRIMARY KEY);"
            + "CREATE TABLE c (id INT PRIMARY KEY, p INT REFERENCES p);"
            + "CREATE TABLE r (id INT PRIMARY KEY, p INT REFERENCES p ON UPDATE RESTRICT)");
    s.execute("INSERT INTO p VALUES (1), (2), (3); INSERT INTO c VALUES (1, 1), (2, 2)");
    s.execute("UPDATE p SET id = 4 - id");
    s.execute("INSERT INTO r VALUES (1, 1)");
    refused("23503", () -> s.execute("UPDATE p SET id = 4 - id"));
  }

  @Test
  void selfReference_withinAStatement_isFound() {
    s.execute("CREATE TABLE t (id INT PRIMARY KEY, up INT REFERENCES t (id) ON DELETE CASCADE)");
    s.execute("INSERT INTO t VALUES (1, 1), (2, 3), (3, 1), (4, 2)");
    refused("23503", () -> s.execute("INSERT INTO t VALUES (5, 6)"));
    s.execute("DELETE FROM t WHERE id = 3");
    assertThat(rows(s, "SELECT id FROM t")).containsExactly("1");
    s.execute("DELETE FROM t");
  }

  @Test
  void severalColumns_matchSimple() {
    s.execute(
        "CREATE TABLE p (a INT, b TEXT, PRIMARY KEY (a, b));"
            + "CREATE TABLE c (id INT PRIMARY KEY, x TEXT, y INT,"
            + " CONSTRAINT both_ways FOREIGN KEY (x, y) REFERENCES p (b, a) ON DELETE SET NULL)");
    s.execute("INSERT INTO p VALUES (1, 'a')");
    s.execute("INSERT INTO c VALUES (1, 'a', 1), (2, NULL, 7), (3, 'q', NULL)");
    assertThat(refused("23503", () -> s.execute("INSERT INTO c VALUES (4, 'b', 1)")).reason())
        .contains("key (x, y)=(b, 1)");
    s.execute("DELETE FROM p");
    assertThat(rows(s, "SELECT * FROM c ORDER BY id"))
        .containsExactly("1|null|null", "2|null|7", "3|q|null");
  }

  @Test
  void transaction_seesItsOwnParentsAndChildren() {
    s.execute(
        "CREATE TABLE p (id INT PRIMARY KEY); CREATE TABLE c (id INT PRIMARY KEY, p INT REFERENCES p)");
    s.execute("BEGIN; INSERT INTO p VALUES (1); INSERT INTO c VALUES (1, 1); COMMIT");
    s.execute(
        "BEGIN; DELETE FROM c; DELETE FROM p; INSERT INTO p VALUES (2); INSERT INTO c VALUES (1, 2)");
    refused("23503", () -> s.execute("DELETE FROM p"));
    s.execute("ROLLBACK; BEGIN; DELETE FROM c; DELETE FROM p");
    refused("23503", () -> s.execute("INSERT INTO c VALUES (1, 1)"));
    s.execute("ROLLBACK");
    assertThat(rows(s, "SELECT * FROM c")).containsExactly("1|1");
  }

  @Test
  void childAndParentOfTwoTransactions_firstCommitterWins() {
    s.execute(
        "CREATE TABLE p (id INT PRIMARY KEY, n INT); CREATE TABLE c (id INT PRIMARY KEY, p INT REFERENCES p)");
    s.execute("INSERT INTO p VALUES (1, 0), (2, 0), (3, 0)");
    try (Session other = database.db().session()) {
      s.execute("BEGIN; INSERT INTO c VALUES (1, 1)");
      other.execute("BEGIN; DELETE FROM p WHERE id = 1");
      s.execute("COMMIT");
      refused("40001", () -> other.execute("COMMIT"));
      refused("23503", () -> other.execute("DELETE FROM p WHERE id = 1"));

      s.execute("BEGIN; INSERT INTO c VALUES (2, 2)");
      other.execute("DELETE FROM p WHERE id = 2");
      refused("40001", () -> s.execute("COMMIT"));
      refused("23503", () -> s.execute("INSERT INTO c VALUES (2, 2)"));

      s.execute("BEGIN; INSERT INTO c VALUES (3, 3)");
      other.execute("UPDATE p SET n = 1 WHERE id = 3");
      s.execute("COMMIT");
    }
    assertThat(rows(s, "SELECT * FROM c ORDER BY id")).containsExactly("1|1", "3|3");
  }

  @Test
  void userTables_referToTheirOwnAndToSharedRows() {
    s.execute(
        "CREATE NAMESPACE u; USE u; CREATE TABLE kinds (id INT PRIMARY KEY) WITH (ACCESS_LEVEL = 'PUBLIC');"
            + "CREATE USER TABLE p (id INT PRIMARY KEY, kind INT REFERENCES kinds ON DELETE CASCADE);"
            + "CREATE USER TABLE c (id INT PRIMARY KEY, p INT REFERENCES p ON DELETE CASCADE)");
    s.execute("INSERT INTO kinds VALUES (1), (2)");
    try (Session alice = database.db().session("alice");
        Session bob = database.db().session("bob")) {
      alice.execute("USE u; INSERT INTO p VALUES (1, 1), (2, 2); INSERT INTO c VALUES (1, 1)");
      bob.execute("USE u; INSERT INTO p VALUES (3, 1)");
      refused("23503", () -> bob.execute("INSERT INTO c VALUES (1, 1)"));
      refused("23503", () -> bob.execute("INSERT INTO p VALUES (4, 3)"));
      bob.execute("INSERT INTO c VALUES (1, 3)");
      flush();
      s.execute("DELETE FROM kinds WHERE id = 1");
      assertThat(rows(alice, "SELECT id FROM p")).containsExactly("2");
      assertThat(rows(alice, "SELECT id FROM c")).isEmpty();
      assertThat(rows(bob, "SELECT id FROM p")).isEmpty();
      assertThat(rows(bob, "SELECT id FROM c")).isEmpty();
    }
  }

  @Test
  void declaration_thatCannotHold_isRefused() {
    s.execute("CREATE TABLE p (id INT PRIMARY KEY, n INT); CREATE TABLE keyless (a INT)");
    refused("42P01", () -> s.execute("CREATE TABLE c (p INT REFERENCES nope)"));
    refused("42830", () -> s.execute("CREATE TABLE c (p INT REFERENCES p (n))"));
    refused("42704", () -> s.execute("CREATE TABLE c (p INT REFERENCES keyless)"));
    refused("42703", () -> s.execute("CREATE TABLE c (p INT REFERENCES p (nope))"));
    refused("42804", () -> s.execute("CREATE TABLE c (p TEXT REFERENCES p)"));
    refused(
        "42830", () -> s.execute("CREATE TABLE c (a INT, b INT, FOREIGN KEY (a, b) REFERENCES p)"));
    s.execute("CREATE NAMESPACE u; CREATE USER TABLE u.x (id INT PRIMARY KEY)");
    refused("42830", () -> s.execute("CREATE TABLE u.y (x INT REFERENCES x)"));
  }

  @Test
  void dropTable_thatIsReferredTo_isRefused() {
    s.execute(
        "CREATE TABLE p (id INT PRIMARY KEY); CREATE TABLE c (id INT PRIMARY KEY, p INT REFERENCES p)");
    refused("2BP01", () -> s.execute("DROP TABLE p"));
    refused("2BP01", () -> s.execute("DROP INDEX c_p_fkey_idx"));
    s.execute("DROP TABLE p CASCADE; INSERT INTO c VALUES (1, 7)");
    assertThat(rows(s, "SHOW INDEXES FROM c")).hasSize(1);
    s.execute("CREATE TABLE p (id INT PRIMARY KEY); CREATE TABLE d (p INT REFERENCES p)");
    s.execute("DROP TABLE p, d");
  }

  @Test
  void cascade_reachesLiveQueriesOfTheChild() {
    s.execute(
        "CREATE TABLE p (id INT PRIMARY KEY);"
            + "CREATE TABLE c (id INT PRIMARY KEY, p INT REFERENCES p ON DELETE CASCADE ON UPDATE CASCADE);"
            + "INSERT INTO p VALUES (1), (2); INSERT INTO c VALUES (1, 1), (2, 2)");
    RecordingListener listener = new RecordingListener();
    try (Subscription live =
        s.subscribe("SELECT * FROM c", SubscriptionOptions.defaults(), listener)) {
      listener.awaitReady();
      s.execute("UPDATE p SET id = 3 WHERE id = 1");
      s.execute("DELETE FROM p WHERE id = 2");
      listener.awaitChanges(2);
      assertThat(live).isNotNull();
    }
    assertThat(listener.rowChanges()).hasSize(2);
    assertThat(Sql.text(listener.rowChanges().get(0).newRow())).isEqualTo("1|3");
    assertThat(Sql.text(listener.rowChanges().get(1).oldRow())).isEqualTo("2|2");
  }
}
