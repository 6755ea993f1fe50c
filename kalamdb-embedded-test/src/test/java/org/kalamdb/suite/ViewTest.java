package org.kalamdb.suite;

import static org.assertj.core.api.Assertions.assertThat;
import static org.kalamdb.suite.Sql.refused;
import static org.kalamdb.suite.Sql.rows;

import org.junit.jupiter.api.Test;
import org.kalamdb.KalamDB;
import org.kalamdb.Session;
import org.kalamdb.live.SubscriptionOptions;
import org.kalamdb.test.LiveQueryChecker;
import org.kalamdb.test.RecordingListener;
import org.kalamdb.test.TestDatabase;

/** Views beyond what the SQL files say: tenancy, rights, reopening and live queries. */
class ViewTest {
  @Test
  void view_overUserTable_givesEachSessionItsOwnRows() {
    try (KalamDB db = KalamDB.openInMemory()) {
      db.execute(
          "CREATE NAMESPACE app; CREATE USER TABLE app.notes (id INT PRIMARY KEY, body TEXT);"
              + "USE app; CREATE VIEW app.shouted AS SELECT id, upper(body) AS body FROM notes");
      try (Session ann = db.session("ann");
          Session bob = db.session("bob")) {
        ann.execute("INSERT INTO app.notes VALUES (1, 'a')");
        bob.execute("INSERT INTO app.notes VALUES (1, 'b')");
        assertThat(rows(ann, "SELECT * FROM app.shouted")).containsExactly("1|A");
        assertThat(rows(bob, "SELECT s.body FROM app.shouted AS s")).containsExactly("B");
        refused("42501", () -> ann.execute("CREATE VIEW app.mine AS SELECT 1 AS one"));
        refused("42501", () -> ann.execute("DROP VIEW app.shouted"));
      }
      refused("42501", () -> db.query("SELECT * FROM app.shouted").close());
    }
  }

  @Test
  void view_overPrivateTable_hidesItFromUsers() {
    try (KalamDB db = KalamDB.openInMemory()) {
      db.execute("CREATE TABLE secret (id INT); CREATE VIEW v AS SELECT id FROM secret");
      try (Session ann = db.session("ann")) {
        refused("42P01", () -> ann.query("SELECT * FROM v").close());
      }
    }
  }

  @Test
  void view_afterReopening_isThereAndKeepsItsColumns() {
    try (TestDatabase database = TestDatabase.create()) {
      database
          .db()
          .execute(
              "CREATE TABLE t (id INT, n INT); INSERT INTO t VALUES (1, 2);"
                  + "CREATE VIEW v AS SELECT * FROM t");
      database.reopen();
      try (Session s = database.db().session()) {
        s.execute("CREATE OR REPLACE VIEW w AS SELECT * FROM v");
        assertThat(rows(s, "SELECT * FROM w")).containsExactly("1|2");
        assertThat(rows(s, "SHOW TABLES"))
            .containsExactly("default|t|SHARED", "default|v|VIEW", "default|w|VIEW");
        assertThat(rows(s, "DESCRIBE v"))
            .containsExactly("id|INTEGER|true|null|null", "n|INTEGER|true|null|null");
        assertThat(rows(s, "SHOW CREATE TABLE v"))
            .containsExactly("default.v|CREATE VIEW default.v (id, n) AS SELECT * FROM t");
        refused("42P17", () -> s.execute("CREATE OR REPLACE VIEW v AS SELECT id, n FROM w"));
        refused("2BP01", () -> s.execute("DROP TABLE t"));
      }
    }
  }

  @Test
  void subscribe_toView_followsItsTable() throws Exception {
    try (KalamDB db = KalamDB.openInMemory();
        Session s = db.session()) {
      s.execute(
          "CREATE TABLE t (id INT PRIMARY KEY, n INT); INSERT INTO t VALUES (1, 5), (2, 50);"
              + "CREATE VIEW big AS SELECT id, n * 10 AS tens FROM t WHERE n > 10;"
              + "CREATE VIEW pairs AS SELECT a.id FROM t a, t b");
      RecordingListener listener = new RecordingListener();
      try (var subscription =
          s.subscribe(
              "SELECT tens FROM big WHERE id < 9", SubscriptionOptions.defaults(), listener)) {
        listener.awaitReady();
        s.execute("UPDATE t SET n = 6 WHERE id = 2; INSERT INTO t VALUES (3, 11), (9, 99)");
        assertThat(
                listener
                    .awaitRows(
                        "the third row alone",
                        now -> now.size() == 1 && now.get(0).getInt(0) == 110)
                    .size())
            .isEqualTo(1);
        assertThat(listener.misfits()).isEmpty();
      }
      try (LiveQueryChecker joined = new LiveQueryChecker(s, "SELECT id FROM pairs")) {
        joined.check();
        s.execute("DELETE FROM t WHERE id = 9; INSERT INTO t VALUES (4, 4)");
        joined.check();
      }
    }
  }
}
