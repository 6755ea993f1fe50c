package org.kalamdb.suite;

import static org.assertj.core.api.Assertions.assertThat;
import static org.kalamdb.suite.Sql.refused;
import static org.kalamdb.suite.Sql.rows;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.kalamdb.KalamDB;
import org.kalamdb.Session;
import org.kalamdb.live.Subscription;
import org.kalamdb.live.SubscriptionOptions;
import org.kalamdb.query.PreparedQuery;
import org.kalamdb.query.Result;
import org.kalamdb.test.RecordingListener;
import org.kalamdb.test.TemporaryDatabase;
import org.kalamdb.test.TestDatabase;

/** Temporary tables: each session's own, and gone with it. */
@ExtendWith(TemporaryDatabase.class)
class TemporaryTableTest {
  @Test
  void tablesOfTheSameName_areEachSessionsOwn(TestDatabase database) {
    KalamDB db = database.db();
    try (Session one = db.session();
        Session two = db.session();
        Session three = db.session()) {
      db.execute("CREATE TABLE t (a INT); INSERT INTO t VALUES (0)");
      String query = "SELECT a FROM t";
      assertThat(rows(one, query)).containsExactly("0");
      try (PreparedQuery prepared = one.prepare(query)) {
        one.execute("CREATE TEMP TABLE t (a INT); INSERT INTO t VALUES (1)");
        two.execute("CREATE TEMP TABLE t (a TEXT); INSERT INTO t VALUES ('two')");
        assertThat(rows(one, query)).containsExactly("1");
        assertThat(rows(two, query)).containsExactly("two");
        assertThat(rows(three, query)).containsExactly("0");
        try (Result result = prepared.query()) {
          assertThat(result.list().get(0).getInt(0)).isEqualTo(1);
        }
      }
      for (int i = 1; i < 10; i++) {
        String name = "pg_temp_" + i + ".t";
        refused("42P01", () -> db.query("SELECT * FROM " + name));
      }
      assertThat(rows(three, "SHOW NAMESPACES")).noneMatch(n -> n.startsWith("pg_temp"));
      assertThat(rows(three, "SHOW TABLES")).containsExactly("default|t|SHARED");
      assertThat(rows(one, "SHOW TABLES")).containsExactly("default|t|SHARED", "pg_temp|t|SHARED");
    }
  }

  @Test
  void closedSession_takesItsTablesAlong(TestDatabase database) throws Exception {
    KalamDB db = database.db();
    try (Session session = db.session()) {
      session.execute("CREATE TEMP TABLE t (a INT PRIMARY KEY); INSERT INTO t VALUES (1)");
      session.execute("STORAGE FLUSH TABLE t; CREATE TEMP VIEW v AS SELECT a FROM t");
      assertThat(database.filesEndingWith(".parquet")).hasSize(1);
      session.execute("BEGIN; INSERT INTO t VALUES (2)");
    }
    assertThat(database.filesEndingWith(".parquet")).isEmpty();
    refused("42P01", () -> db.query("SELECT * FROM t"));
    try (Session next = db.session()) {
      refused("42P01", () -> next.query("SELECT * FROM v"));
      next.execute("CREATE TEMP TABLE t (b TEXT)");
      assertThat(rows(next, "SELECT * FROM t")).isEmpty();
    }
  }

  @Test
  void reopening_sweepsWhatWasLeft(TestDatabase database) throws Exception {
    // The session behind the database's own methods is never closed.
    database.db().execute("CREATE TEMP TABLE t (a INT); INSERT INTO t VALUES (1)");
    database
        .db()
        .execute("CREATE INDEX i ON t (a); STORAGE FLUSH TABLE t; INSERT INTO t VALUES (2)");
    database.db().execute("CREATE TEMP VIEW v AS SELECT a FROM t");
    assertThat(rowsOf(database.db(), "SELECT a FROM v ORDER BY a")).isEqualTo(List.of("1", "2"));
    KalamDB reopened = database.reopen();
    refused("42P01", () -> reopened.query("SELECT * FROM t"));
    refused("42P01", () -> reopened.query("SELECT * FROM v"));
    assertThat(database.filesEndingWith(".parquet")).isEmpty();
    assertThat(rowsOf(reopened, "SHOW NAMESPACES")).noneMatch(n -> n.startsWith("pg_temp"));
    reopened.execute("CREATE TEMP TABLE t (b INT)");
    assertThat(rowsOf(reopened, "SELECT * FROM t")).isEmpty();
  }

  private static List<String> rowsOf(KalamDB db, String sql) {
    return db.query(sql).list().stream().map(Sql::text).toList();
  }

  @Test
  void liveQueries_ofTheSameText_areEachSessionsOwn(TestDatabase database) {
    KalamDB db = database.db();
    RecordingListener first = new RecordingListener();
    RecordingListener second = new RecordingListener();
    try (Session one = db.session();
        Session two = db.session()) {
      one.execute("CREATE TEMP TABLE t (a INT PRIMARY KEY); INSERT INTO t VALUES (1)");
      two.execute("CREATE TEMP TABLE t (a INT PRIMARY KEY); INSERT INTO t VALUES (2), (3)");
      try (Subscription a =
              one.subscribe("SELECT a FROM t", SubscriptionOptions.defaults(), first);
          Subscription b =
              two.subscribe("SELECT a FROM t", SubscriptionOptions.defaults(), second)) {
        first.awaitReady();
        second.awaitReady();
        assertThat(first.rows()).hasSize(1);
        assertThat(second.rows()).hasSize(2);
      }
    }
  }
}
