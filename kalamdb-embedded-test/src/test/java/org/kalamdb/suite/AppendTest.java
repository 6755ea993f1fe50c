package org.kalamdb.suite;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.kalamdb.KalamDB;
import org.kalamdb.Session;
import org.kalamdb.error.ErrorCode;
import org.kalamdb.error.KalamException;

/**
 * Statements that add so many rows that keys beyond the greatest are taken for new without a look:
 * a key that is there is found nevertheless, hot, cold and in the statement itself.
 */
class AppendTest {
  private static final String COUNT = "SELECT count(*), min(id), max(id), sum(v) FROM t";

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void insert_manyRowsThenOneThatIsThere_isRefused(boolean cold) {
    try (KalamDB db = KalamDB.openInMemory();
        Session s = db.session()) {
      db.execute("CREATE NAMESPACE n");
      s.execute("USE NAMESPACE n");
      s.execute("CREATE TABLE t (id BIGINT PRIMARY KEY, v BIGINT)");
      s.execute("INSERT INTO t SELECT i, 1 FROM generate_series(1000, 1099) g(i)");
      s.execute("DELETE FROM t WHERE id = 1099");
      if (cold) {
        s.execute("STORAGE FLUSH TABLE n.t");
      }
      // Below, past the last key, and the row that was deleted.
      s.execute("INSERT INTO t SELECT i, 2 FROM generate_series(900, 999) g(i)");
      s.execute("INSERT INTO t SELECT i, 3 FROM generate_series(1099, 1200) g(i)");
      String expected = Sql.rows(s, COUNT).toString();
      assertThat(Sql.value(s, "SELECT count(*) FROM t")).isEqualTo(301L);
      for (String taken : new String[] {"1100", "1000", "950"}) {
        assertThatThrownBy(
                () ->
                    s.execute(
                        "INSERT INTO t SELECT i, 4 FROM generate_series(2000, 2099) g(i)"
                            + " UNION ALL SELECT "
                            + taken
                            + ", 5"))
            .isInstanceOfSatisfying(
                KalamException.class,
                e -> assertThat(e.code()).isEqualTo(ErrorCode.UNIQUE_VIOLATION));
      }
      assertThatThrownBy(
              () ->
                  s.execute(
                      "INSERT INTO t SELECT 3000 + i % 100, 6 FROM generate_series(0, 100) g(i)"))
          .isInstanceOfSatisfying(
              KalamException.class,
              e -> assertThat(e.code()).isEqualTo(ErrorCode.UNIQUE_VIOLATION));
      assertThat(Sql.rows(s, COUNT).toString()).isEqualTo(expected);
    }
  }

  /** The rows a transaction found new are looked at again when others committed the same. */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void commit_keysThatAnotherCommitTook_isAConflict(boolean flushed) {
    try (KalamDB db = KalamDB.openInMemory();
        Session one = db.session();
        Session two = db.session()) {
      db.execute("CREATE NAMESPACE n");
      one.execute("USE NAMESPACE n");
      two.execute("USE NAMESPACE n");
      one.execute("CREATE TABLE t (id BIGINT PRIMARY KEY, v BIGINT)");
      one.execute("BEGIN");
      one.execute("INSERT INTO t SELECT i, 1 FROM generate_series(1, 100) g(i)");
      two.execute("INSERT INTO t VALUES (99, 2)");
      if (flushed) {
        two.execute("STORAGE FLUSH TABLE n.t");
      }
      assertThatThrownBy(() -> one.execute("COMMIT"))
          .isInstanceOfSatisfying(
              KalamException.class,
              e -> assertThat(e.code()).isEqualTo(ErrorCode.SERIALIZATION_FAILURE));
      assertThat(Sql.value(two, "SELECT sum(v) FROM t").toString()).isEqualTo("2");
    }
  }
}
