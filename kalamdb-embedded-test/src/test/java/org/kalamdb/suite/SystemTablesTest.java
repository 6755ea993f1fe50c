package org.kalamdb.suite;

import static org.assertj.core.api.Assertions.assertThat;
import static org.kalamdb.suite.Sql.refused;
import static org.kalamdb.suite.Sql.rows;
import static org.kalamdb.suite.Sql.value;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.kalamdb.Isolation;
import org.kalamdb.Session;
import org.kalamdb.Transaction;
import org.kalamdb.TransactionOptions;
import org.kalamdb.live.SubscriptionOptions;
import org.kalamdb.test.TestDatabase;

/** Tables of namespace system: read like any other, changed by nobody, own rows only for users. */
class SystemTablesTest {
  private TestDatabase database;
  private Session s;

  @BeforeEach
  void open() {
    database = TestDatabase.create();
    s = database.db().session();
    s.execute("CREATE NAMESPACE app; CREATE USER TABLE app.t (id BIGINT PRIMARY KEY, v TEXT)");
  }

  @AfterEach
  void close() {
    s.close();
    database.close();
  }

  @Test
  void transactions_none_isEmpty() {
    assertThat(rows(s, "SELECT * FROM system.transactions")).isEmpty();
    assertThat(value(s, "SELECT count(*) FROM system.transactions")).isEqualTo(0L);
  }

  @Test
  void transactions_open_areShownAsTheyAre() {
    try (Session alice = database.db().session("alice");
        Session bob = database.db().session("bob")) {
      Transaction first = alice.begin();
      alice.execute("INSERT INTO app.t VALUES (1, 'x')");
      first.savepoint("a");
      first.savepoint("b");
      Transaction second =
          bob.begin(TransactionOptions.defaults().withIsolation(Isolation.SERIALIZABLE));
      Session reader = database.db().session();
      reader.execute("BEGIN ISOLATION LEVEL READ COMMITTED READ ONLY");

      assertThat(
              rows(
                  s,
                  "SELECT user_id, isolation, read_only, state, write_bytes > 0, savepoints"
                      + " FROM system.transactions ORDER BY id"))
          .containsExactly(
              "alice|repeatable read|false|idle|true|2",
              "bob|serializable|false|idle|false|0",
              "null|read committed|true|idle|false|0");
      assertThat(rows(s, "SELECT t.user_id FROM system.transactions AS t WHERE savepoints = 2"))
          .containsExactly("alice");
      assertThat(
              rows(
                  s,
                  "SELECT count(*), count(DISTINCT session_id), count(DISTINCT id), max(read_seq) > 0,"
                      + " min(snapshot_age) >= INTERVAL '0', max(started) <= now()"
                      + " FROM system.transactions"))
          .containsExactly("3|3|3|true|true|true");
      reader.execute("COMMIT");
      first.rollback();
      assertThat(rows(s, "SELECT user_id FROM system.transactions")).containsExactly("bob");
      second.commit();
      reader.close();
    }
    assertThat(rows(s, "SELECT * FROM system.transactions")).isEmpty();
  }

  @Test
  void transactions_ownState_isActiveThenFailed() {
    s.execute("CREATE TABLE seen (state TEXT PRIMARY KEY)");
    s.execute("BEGIN");
    s.execute("INSERT INTO seen SELECT state FROM system.transactions");
    assertThat(rows(s, "SELECT state FROM seen")).containsExactly("active");
    refused("42P01", () -> s.query("SELECT * FROM missing"));
    try (Session other = database.db().session()) {
      assertThat(rows(other, "SELECT state FROM system.transactions")).containsExactly("failed");
    }
    s.execute("ROLLBACK");
  }

  @Test
  void transactions_readCommitted_movesItsSnapshot() {
    s.execute("CREATE TABLE c (id INT PRIMARY KEY)");
    try (Session other = database.db().session()) {
      other.execute("BEGIN ISOLATION LEVEL READ COMMITTED");
      Object before = value(s, "SELECT read_seq FROM system.transactions");
      s.execute("INSERT INTO c VALUES (1)");
      assertThat(value(s, "SELECT read_seq FROM system.transactions")).isEqualTo(before);
      other.query("SELECT * FROM c").list();
      assertThat((Long) value(s, "SELECT read_seq FROM system.transactions"))
          .isGreaterThan((Long) before);
      other.execute("ROLLBACK");
    }
  }

  @Test
  void systemTables_ofAUser_areItsOwnRowsOnly() {
    try (Session alice = database.db().session("alice");
        Session bob = database.db().session("bob")) {
      alice.execute("BEGIN");
      bob.execute("BEGIN");
      s.execute("BEGIN");
      assertThat(rows(alice, "SELECT user_id FROM system.transactions")).containsExactly("alice");
      assertThat(value(bob, "SELECT count(*) FROM system.transactions")).isEqualTo(1L);
      assertThat(value(s, "SELECT count(*) FROM system.transactions")).isEqualTo(3L);
      assertThat(value(bob, "SELECT count(*) FROM system.transactions WHERE user_id = 'alice'"))
          .isEqualTo(0L);
      s.execute("ROLLBACK");
    }
  }

  @Test
  void systemTables_thatAreNot_areDeniedToUsersAndMissingForOthers() {
    try (Session alice = database.db().session("alice")) {
      refused("42501", () -> alice.query("SELECT * FROM system.nothing"));
      refused("42501", () -> alice.execute("INSERT INTO system.nothing VALUES (1)"));
    }
    refused("42P01", () -> s.query("SELECT * FROM system.nothing"));
    refused("42703", () -> s.query("SELECT _seq FROM system.transactions"));
  }

  @Test
  void systemTables_areOnlyRead() {
    refused("42501", () -> s.execute("DELETE FROM system.transactions"));
    refused("42501", () -> s.execute("UPDATE system.transactions SET id = 1"));
    refused("42501", () -> s.execute("INSERT INTO system.transactions (id) VALUES (1)"));
    refused("42P01", () -> s.execute("DROP TABLE system.transactions"));
    refused("42P01", () -> s.execute("ALTER TABLE system.transactions ADD x INT"));
    refused("42P01", () -> s.execute("TRUNCATE system.transactions"));
    refused("42P01", () -> s.execute("CREATE INDEX i ON system.transactions (id)"));
    refused("42P01", () -> s.execute("STORAGE FLUSH TABLE system.transactions"));
    refused("3F000", () -> s.execute("CREATE TABLE system.own (id INT PRIMARY KEY)"));
    refused("3F000", () -> s.execute("CREATE VIEW system.own AS SELECT 1 AS one"));
    refused(
        "0A000",
        () ->
            s.subscribe(
                "SELECT * FROM system.transactions", SubscriptionOptions.defaults(), event -> {}));
  }

  @Test
  void systemTables_standWhereTablesDo() {
    assertThat(rows(s, "SHOW TABLES IN system")).contains("system|transactions|SYSTEM");
    assertThat(rows(s, "DESCRIBE system.transactions")).contains("state|TEXT|true|null|null");
    s.execute("CREATE VIEW busy AS SELECT user_id FROM system.transactions WHERE state = 'idle'");
    s.execute("CREATE TABLE seen (id BIGINT PRIMARY KEY, who TEXT)");
    try (Session alice = database.db().session("alice")) {
      alice.execute("BEGIN");
      assertThat(rows(s, "SELECT * FROM busy")).containsExactly("alice");
      s.execute("INSERT INTO seen SELECT id, user_id FROM system.transactions");
      assertThat(
              rows(
                  s,
                  "SELECT count(*) FROM seen JOIN system.transactions AS t USING (id)"
                      + " WHERE EXISTS (SELECT 1 FROM system.transactions)"))
          .containsExactly("1");
      assertThat(rows(s, "EXPLAIN SELECT id FROM system.transactions LIMIT 1")).isNotEmpty();
      assertThat(rows(s, "SELECT id IS NULL FROM system.transactions ORDER BY id DESC LIMIT 1"))
          .containsExactly("false");
    }
    database.reopen();
    s = database.db().session();
    assertThat(rows(s, "SELECT * FROM busy")).isEmpty();
  }
}
