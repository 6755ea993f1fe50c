package org.kalamdb.suite;

import static org.assertj.core.api.Assertions.assertThat;
import static org.kalamdb.Isolation.READ_COMMITTED;
import static org.kalamdb.Isolation.SERIALIZABLE;
import static org.kalamdb.Isolation.SNAPSHOT;
import static org.kalamdb.suite.Sql.refused;

import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.kalamdb.Isolation;
import org.kalamdb.KalamDB;
import org.kalamdb.Session;
import org.kalamdb.TransactionOptions;
import org.kalamdb.test.TemporaryDatabase;
import org.kalamdb.test.TestDatabase;

/**
 * The anomalies of isolation by name, each at every level: what happens, and what is refused. The
 * interleavings are those of Martin Kleppmann's Hermitage; the names go back to Adya's thesis. A
 * conflict shows at COMMIT, since nobody waits for anybody.
 */
@ExtendWith(TemporaryDatabase.class)
class IsolationTest {
  private KalamDB db;
  private Session t1;
  private Session t2;
  private Session t3;

  @BeforeEach
  void fill(TestDatabase database) {
    db = database.db();
    db.execute("CREATE TABLE test (id INT PRIMARY KEY, value INT)");
    db.execute("CREATE INDEX test_value ON test (value)");
    db.execute("INSERT INTO test VALUES (1, 10), (2, 20)");
    t1 = db.session();
    t2 = db.session();
    t3 = db.session();
  }

  @AfterEach
  void end() {
    t1.close();
    t2.close();
    t3.close();
  }

  private void begin(Isolation level) {
    for (Session session : List.of(t1, t2, t3)) {
      session.begin(TransactionOptions.defaults().withIsolation(level));
    }
  }

  private static List<String> all(Session session) {
    return Sql.rows(session, "SELECT id, value FROM test ORDER BY id");
  }

  private List<String> committed() {
    try (Session session = db.session()) {
      return all(session);
    }
  }

  private static String value(Session session, int id) {
    return Sql.rows(session, "SELECT value FROM test WHERE id = " + id).get(0);
  }

  private static void commit(Session session) {
    session.execute("COMMIT");
  }

  private static void loses(Session session) {
    refused("40001", () -> session.execute("COMMIT"));
    assertThat(session.inTransaction()).isFalse();
  }

  @ParameterizedTest
  @EnumSource
  void g0_dirtyWrites_doNotMix(Isolation level) {
    begin(level);
    t1.execute("UPDATE test SET value = 11 WHERE id = 1");
    t2.execute("UPDATE test SET value = 12 WHERE id = 1");
    t1.execute("UPDATE test SET value = 21 WHERE id = 2");
    commit(t1);
    assertThat(committed()).containsExactly("1|11", "2|21");
    t2.execute("UPDATE test SET value = 22 WHERE id = 2");
    loses(t2);
    assertThat(committed()).containsExactly("1|11", "2|21");
  }

  @ParameterizedTest
  @EnumSource
  void g1a_abortedWrites_areNotRead(Isolation level) {
    begin(level);
    t1.execute("UPDATE test SET value = 101 WHERE id = 1");
    assertThat(all(t2)).containsExactly("1|10", "2|20");
    t1.execute("ROLLBACK");
    assertThat(all(t2)).containsExactly("1|10", "2|20");
    commit(t2);
  }

  @ParameterizedTest
  @EnumSource
  void g1b_intermediateWrites_areNotRead(Isolation level) {
    begin(level);
    t1.execute("UPDATE test SET value = 101 WHERE id = 1");
    assertThat(all(t2)).containsExactly("1|10", "2|20");
    t1.execute("UPDATE test SET value = 11 WHERE id = 1");
    commit(t1);
    assertThat(all(t2)).containsExactly(level == READ_COMMITTED ? "1|11" : "1|10", "2|20");
    commit(t2);
  }

  @ParameterizedTest
  @EnumSource
  void g1c_circularInformation_doesNotFlow(Isolation level) {
    begin(level);
    t1.execute("UPDATE test SET value = 11 WHERE id = 1");
    t2.execute("UPDATE test SET value = 22 WHERE id = 2");
    assertThat(value(t1, 2)).isEqualTo("20");
    assertThat(value(t2, 1)).isEqualTo("10");
    commit(t1);
    if (level == SERIALIZABLE) {
      loses(t2);
    } else {
      commit(t2);
    }
  }

  @ParameterizedTest
  @EnumSource
  void otv_observedTransaction_doesNotVanish(Isolation level) {
    t1.begin(TransactionOptions.defaults().withIsolation(level));
    t2.begin(TransactionOptions.defaults().withIsolation(level));
    t1.execute("UPDATE test SET value = 11 WHERE id = 1");
    t1.execute("UPDATE test SET value = 19 WHERE id = 2");
    t2.execute("UPDATE test SET value = 12 WHERE id = 1");
    commit(t1);
    t3.begin(TransactionOptions.defaults().withIsolation(level));
    assertThat(value(t3, 1)).isEqualTo("11");
    t2.execute("UPDATE test SET value = 18 WHERE id = 2");
    assertThat(value(t3, 2)).isEqualTo("19");
    loses(t2);
    assertThat(all(t3)).containsExactly("1|11", "2|19");
    commit(t3);
  }

  @ParameterizedTest
  @EnumSource
  void pmp_predicateManyPreceders(Isolation level) {
    begin(level);
    assertThat(Sql.rows(t1, "SELECT * FROM test WHERE value = 30")).isEmpty();
    t2.execute("INSERT INTO test VALUES (3, 30)");
    commit(t2);
    List<String> seen = Sql.rows(t1, "SELECT id FROM test WHERE value % 3 = 0");
    if (level == READ_COMMITTED) {
      assertThat(seen).containsExactly("3");
    } else {
      assertThat(seen).isEmpty();
    }
    commit(t1);
  }

  @ParameterizedTest
  @EnumSource
  void pmp_writePredicate_loses(Isolation level) {
    begin(level);
    t1.execute("UPDATE test SET value = value + 10");
    t2.execute("DELETE FROM test WHERE value = 20");
    commit(t1);
    loses(t2);
    assertThat(committed()).containsExactly("1|20", "2|30");
  }

  @ParameterizedTest
  @EnumSource
  void p4_updates_areNotLost(Isolation level) {
    begin(level);
    assertThat(value(t1, 1)).isEqualTo("10");
    assertThat(value(t2, 1)).isEqualTo("10");
    t1.execute("UPDATE test SET value = 11 WHERE id = 1");
    t2.execute("UPDATE test SET value = 12 WHERE id = 1");
    commit(t1);
    loses(t2);
    assertThat(committed()).containsExactly("1|11", "2|20");
  }

  /** A statement of READ COMMITTED writes over what it sees, whatever an earlier one had read. */
  @ParameterizedTest
  @EnumSource
  void p4_overWhatWasCommittedSinceTheRead_onlyReadCommittedMay(Isolation level) {
    begin(level);
    assertThat(value(t1, 1)).isEqualTo("10");
    t2.execute("UPDATE test SET value = 12 WHERE id = 1");
    commit(t2);
    t1.execute("UPDATE test SET value = 11 WHERE id = 1");
    if (level == READ_COMMITTED) {
      commit(t1);
      assertThat(committed()).containsExactly("1|11", "2|20");
    } else {
      loses(t1);
      assertThat(committed()).containsExactly("1|12", "2|20");
    }
  }

  @ParameterizedTest
  @EnumSource
  void gSingle_readSkew(Isolation level) {
    begin(level);
    assertThat(value(t1, 1)).isEqualTo("10");
    t2.execute("UPDATE test SET value = 12 WHERE id = 1");
    t2.execute("UPDATE test SET value = 18 WHERE id = 2");
    commit(t2);
    assertThat(value(t1, 2)).isEqualTo(level == READ_COMMITTED ? "18" : "20");
    commit(t1);
  }

  @ParameterizedTest
  @EnumSource(names = {"SNAPSHOT", "SERIALIZABLE"})
  void gSingle_writeAfterReadSkew_loses(Isolation level) {
    begin(level);
    assertThat(value(t1, 1)).isEqualTo("10");
    t2.execute("UPDATE test SET value = 12 WHERE id = 1");
    t2.execute("UPDATE test SET value = 18 WHERE id = 2");
    commit(t2);
    assertThat(t1.execute("DELETE FROM test WHERE value = 20")).isEqualTo(1);
    loses(t1);
    assertThat(committed()).containsExactly("1|12", "2|18");
  }

  @ParameterizedTest
  @EnumSource
  void g2Item_writeSkew_onlySerializableRefuses(Isolation level) {
    begin(level);
    assertThat(all(t1)).isEqualTo(all(t2));
    t1.execute("UPDATE test SET value = 11 WHERE id = 1");
    t2.execute("UPDATE test SET value = 21 WHERE id = 2");
    commit(t1);
    if (level == SERIALIZABLE) {
      loses(t2);
      assertThat(committed()).containsExactly("1|11", "2|20");
    } else {
      commit(t2);
      assertThat(committed()).containsExactly("1|11", "2|21");
    }
  }

  @ParameterizedTest
  @EnumSource
  void g2Item_byKey_onlySerializableRefuses(Isolation level) {
    begin(level);
    assertThat(value(t1, 2)).isEqualTo("20");
    assertThat(value(t2, 1)).isEqualTo("10");
    t1.execute("UPDATE test SET value = 11 WHERE id = 1");
    t2.execute("UPDATE test SET value = 21 WHERE id = 2");
    commit(t1);
    if (level == SERIALIZABLE) {
      loses(t2);
    } else {
      commit(t2);
    }
  }

  @ParameterizedTest
  @EnumSource
  void g2_predicate_onlySerializableRefuses(Isolation level) {
    begin(level);
    for (Session session : List.of(t1, t2)) {
      assertThat(Sql.rows(session, "SELECT * FROM test WHERE value % 3 = 0")).isEmpty();
    }
    t1.execute("INSERT INTO test VALUES (3, 30)");
    t2.execute("INSERT INTO test VALUES (4, 42)");
    commit(t1);
    if (level == SERIALIZABLE) {
      loses(t2);
      assertThat(committed()).hasSize(3);
    } else {
      commit(t2);
      assertThat(committed()).hasSize(4);
    }
  }

  @ParameterizedTest
  @EnumSource
  void g2_predicateByIndex_onlySerializableRefuses(Isolation level) {
    begin(level);
    for (Session session : List.of(t1, t2)) {
      assertThat(Sql.rows(session, "SELECT * FROM test WHERE value = 30")).isEmpty();
    }
    t1.execute("UPDATE test SET value = 30 WHERE id = 1");
    t2.execute("INSERT INTO test VALUES (4, 30)");
    commit(t1);
    if (level == SERIALIZABLE) {
      loses(t2);
    } else {
      commit(t2);
    }
  }

  @ParameterizedTest
  @EnumSource
  void g2_readOnlyAnomaly_onlySerializableRefuses(Isolation level) {
    t1.begin(TransactionOptions.defaults().withIsolation(level));
    t2.begin(TransactionOptions.defaults().withIsolation(level));
    assertThat(all(t1)).containsExactly("1|10", "2|20");
    t2.execute("UPDATE test SET value = value + 5 WHERE id = 2");
    commit(t2);
    t3.begin(TransactionOptions.defaults().withIsolation(level).asReadOnly());
    assertThat(all(t3)).containsExactly("1|10", "2|25");
    commit(t3);
    t1.execute("UPDATE test SET value = 0 WHERE id = 1");
    if (level == SERIALIZABLE) {
      loses(t1);
    } else {
      commit(t1);
    }
  }

  // ---- what SERIALIZABLE need not refuse

  @Test
  void serializable_disjointKeys_bothCommit() {
    begin(SERIALIZABLE);
    t1.execute("UPDATE test SET value = value + 1 WHERE id = 1");
    t2.execute("UPDATE test SET value = value + 1 WHERE id = 2");
    commit(t1);
    commit(t2);
    assertThat(committed()).containsExactly("1|11", "2|21");
  }

  @Test
  void serializable_readersOnly_alwaysCommit() {
    begin(SERIALIZABLE);
    assertThat(all(t1)).hasSize(2);
    t2.execute("UPDATE test SET value = 0");
    commit(t2);
    assertThat(all(t1)).containsExactly("1|10", "2|20");
    commit(t1);
  }

  @Test
  void serializable_flushMeanwhile_isNoChange() {
    begin(SERIALIZABLE);
    assertThat(all(t1)).hasSize(2);
    db.execute("STORAGE FLUSH TABLE test");
    t1.execute("UPDATE test SET value = 11 WHERE id = 1");
    commit(t1);
    assertThat(committed()).containsExactly("1|11", "2|20");
  }

  @Test
  void serializable_coldRows_areWatchedToo() {
    db.execute("STORAGE FLUSH TABLE test");
    begin(SERIALIZABLE);
    assertThat(all(t1)).isEqualTo(all(t2));
    t1.execute("UPDATE test SET value = 11 WHERE id = 1");
    t2.execute("UPDATE test SET value = 21 WHERE id = 2");
    commit(t1);
    loses(t2);
  }

  @Test
  void serializable_tableReadWasAltered_loses() {
    begin(SERIALIZABLE);
    db.execute("CREATE TABLE other (id INT PRIMARY KEY)");
    assertThat(all(t1)).hasSize(2);
    db.execute("ALTER TABLE test ADD COLUMN more INT");
    t1.execute("INSERT INTO test VALUES (9, 9)");
    loses(t1);
  }

  // ---- levels by SQL

  @Test
  void levels_bySql() {
    t1.execute("BEGIN ISOLATION LEVEL SERIALIZABLE");
    assertThat(Sql.rows(t1, "SHOW transaction_isolation")).containsExactly("serializable");
    t1.execute("SET TRANSACTION ISOLATION LEVEL READ COMMITTED");
    assertThat(Sql.rows(t1, "SHOW transaction_isolation")).containsExactly("read committed");
    assertThat(all(t1)).hasSize(2);
    refused("25001", () -> t1.execute("SET TRANSACTION ISOLATION LEVEL SERIALIZABLE"));
    t1.execute("ROLLBACK");
    assertThat(Sql.rows(t1, "SHOW transaction_isolation")).containsExactly("repeatable read");
    t1.execute("SET default_transaction_isolation = 'serializable'");
    t1.execute("BEGIN");
    assertThat(Sql.rows(t1, "SHOW transaction_isolation")).containsExactly("serializable");
    t1.execute("ROLLBACK");
    refused("22023", () -> t1.execute("SET default_transaction_isolation = 'chaos'"));
    refused("25P01", () -> t1.execute("SET TRANSACTION READ ONLY"));
    t1.execute("BEGIN READ ONLY");
    refused("25006", () -> t1.execute("DELETE FROM test"));
    t1.execute("ROLLBACK");
    assertThat(SNAPSHOT.sqlName()).isEqualTo("repeatable read");
  }
}
