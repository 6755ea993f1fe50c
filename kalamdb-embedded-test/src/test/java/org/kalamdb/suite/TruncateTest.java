package org.kalamdb.suite;

import static org.assertj.core.api.Assertions.assertThat;
import static org.kalamdb.suite.Sql.refused;
import static org.kalamdb.suite.Sql.rows;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.kalamdb.KalamDB;
import org.kalamdb.Session;
import org.kalamdb.live.SubscriptionOptions;
import org.kalamdb.test.RecordingListener;
import org.kalamdb.test.TestDatabase;

/** TRUNCATE of hot and cold rows: files, users, live queries and other transactions. */
class TruncateTest {
  @Test
  void truncate_coldRows_removesFilesAndStaysEmptyAfterReopening() {
    try (TestDatabase database = TestDatabase.create()) {
      database
          .db()
          .execute(
              "CREATE TABLE t (id INT PRIMARY KEY, n INT); INSERT INTO t VALUES (1, 1), (2, 2);"
                  + "STORAGE FLUSH TABLE t; INSERT INTO t VALUES (3, 3)");
      assertThat(database.filesEndingWith(".parquet")).hasSize(1);
      database.db().execute("TRUNCATE t");
      assertThat(database.filesEndingWith(".parquet")).isEmpty();
      database.db().execute("INSERT INTO t VALUES (2, 22); STORAGE FLUSH TABLE t");
      database.reopen();
      try (Session s = database.db().session()) {
        assertThat(rows(s, "SELECT * FROM t")).containsExactly("2|22");
      }
    }
  }

  @Test
  void truncate_whileATransactionWrites_makesItFail() {
    try (KalamDB db = KalamDB.openInMemory();
        Session s = db.session();
        Session other = db.session()) {
      s.execute("CREATE TABLE t (id INT PRIMARY KEY, n INT); INSERT INTO t VALUES (1, 1)");
      other.execute("BEGIN; UPDATE t SET n = 2");
      s.execute("TRUNCATE t");
      assertThat(rows(other, "SELECT * FROM t")).containsExactly("1|2");
      refused("40001", () -> other.execute("COMMIT"));
      assertThat(Sql.count(s, "t")).isZero();
    }
  }

  @Test
  void truncate_underALiveQuery_tellsItEachRow() throws Exception {
    try (KalamDB db = KalamDB.openInMemory();
        Session s = db.session()) {
      s.execute("CREATE TABLE t (id INT PRIMARY KEY); INSERT INTO t VALUES (1), (2), (3)");
      RecordingListener listener = new RecordingListener();
      try (var subscription =
          s.subscribe("SELECT id FROM t", SubscriptionOptions.defaults(), listener)) {
        listener.awaitReady();
        s.execute("TRUNCATE t; INSERT INTO t VALUES (9)");
        listener.awaitRows(
            "the new row alone", now -> now.size() == 1 && now.get(0).getInt(0) == 9);
        assertThat(listener.misfits()).isEmpty();
      }
    }
  }

  @Test
  void truncate_userTable_isOfTheSessionsPartitionOrOfAll() {
    try (KalamDB db = KalamDB.openInMemory();
        Session ann = db.session("ann");
        Session bob = db.session("bob")) {
      db.execute(
          "CREATE NAMESPACE app; CREATE USER TABLE app.n (id INT PRIMARY KEY); CREATE TABLE s (i INT)");
      ann.execute("INSERT INTO app.n VALUES (1), (2)");
      bob.execute("INSERT INTO app.n VALUES (1), (3)");
      ann.execute("TRUNCATE app.n");
      assertThat(Sql.count(ann, "app.n")).isZero();
      assertThat(Sql.count(bob, "app.n")).isEqualTo(2);
      refused("42P01", () -> ann.execute("TRUNCATE s"));
      db.execute("TRUNCATE app.n");
      assertThat(Sql.count(bob, "app.n")).isZero();
    }
  }

  @Test
  void explain_ofWrites_showsWhatTheyDoAndAnalyzeDoesIt() {
    try (KalamDB db = KalamDB.openInMemory();
        Session s = db.session()) {
      s.execute("CREATE TABLE t (id INT PRIMARY KEY, n INT); CREATE TABLE u (id INT, m INT)");
      assertThat(rows(s, "EXPLAIN INSERT INTO t VALUES (1, 1), (2, 2) ON CONFLICT DO NOTHING"))
          .containsExactly(
              "Insert default.t",
              "    columns: id, n",
              "    on conflict: do nothing",
              "  Values 2 rows");
      assertThat(rows(s, "EXPLAIN DELETE FROM t WHERE id = 1").get(0))
          .isEqualTo("Delete default.t");
      assertThat(rows(s, "EXPLAIN UPDATE t SET n = m FROM u WHERE u.id = t.id RETURNING m"))
          .contains("Update default.t", "    sets: n", "    returns: u.m");
      assertThat(
              rows(
                  s,
                  "EXPLAIN MERGE INTO t USING u ON t.id = u.id WHEN MATCHED AND m > 1 THEN DELETE"
                      + " WHEN NOT MATCHED THEN INSERT VALUES (u.id, DEFAULT)"))
          .contains(
              "    when matched and u.m > 1: delete",
              "    when not matched: insert id = id, n = DEFAULT");
      assertThat(Sql.count(s, "t")).isZero();
      assertThat(rows(s, "EXPLAIN ANALYZE INSERT INTO t VALUES (1, 1)").get(2))
          .startsWith("    rows: 1, time: ");
      assertThat(Sql.count(s, "t")).isEqualTo(1);
    }
  }

  @Test
  void explain_ofPartsTablesAndCopies_showsTheirPlansInBothForms(@TempDir Path directory) {
    try (KalamDB db = KalamDB.openInMemory();
        Session s = db.session()) {
      s.execute("CREATE TABLE t (id INT PRIMARY KEY, n INT)");
      assertThat(
              rows(
                  s,
                  "EXPLAIN WITH a AS (DELETE FROM t RETURNING id) INSERT INTO t SELECT id FROM a"))
          .contains("With", "  a: Delete default.t", "  Insert default.t");
      assertThat(
              (String)
                  Sql.value(
                      s, "EXPLAIN (FORMAT JSON) INSERT INTO t SELECT id + 1, n FROM t WHERE n > 1"))
          .contains("\"Node Type\" : \"Insert\"", "\"columns\" : \"id, n\"", "\"Scan\"");
      assertThat(rows(s, "EXPLAIN CREATE TABLE u AS SELECT * FROM t").get(0))
          .isEqualTo("Create table default.u");
      String file = directory.resolve("t.csv").toString();
      assertThat(rows(s, "EXPLAIN COPY t TO '" + file + "'").get(0)).isEqualTo("Copy to " + file);
      assertThat(directory).isEmptyDirectory();
      s.execute("INSERT INTO t VALUES (1, 1)");
      assertThat(rows(s, "EXPLAIN ANALYZE COPY t TO '" + file + "'").get(1))
          .startsWith("    rows: 1, time: ");
      assertThat(rows(s, "EXPLAIN ANALYZE DELETE FROM t").get(1)).startsWith("    rows: 1, time: ");
      assertThat(rows(s, "EXPLAIN ANALYZE COPY t FROM '" + file + "'").get(2))
          .startsWith("    rows: 1, time: ");
      assertThat(rows(s, "EXPLAIN ANALYZE CREATE TABLE u AS SELECT * FROM t").get(1))
          .startsWith("    rows: 1, time: ");
      assertThat(Sql.count(s, "u")).isEqualTo(1);
    }
  }
}
