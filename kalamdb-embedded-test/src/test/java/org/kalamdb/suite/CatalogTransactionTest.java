package org.kalamdb.suite;

import static org.assertj.core.api.Assertions.assertThat;
import static org.kalamdb.suite.Sql.count;
import static org.kalamdb.suite.Sql.refused;
import static org.kalamdb.suite.Sql.rows;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.kalamdb.KalamDB;
import org.kalamdb.Session;

/** Tables and views made and dropped in transactions, as other sessions and later ones see it. */
class CatalogTransactionTest {
  @TempDir Path directory;

  @Test
  void tableMadeInTransaction_isSeenByOthersAfterCommitOnly() {
    try (KalamDB db = KalamDB.open(directory);
        Session one = db.session();
        Session other = db.session()) {
      one.execute("BEGIN");
      one.execute("CREATE TABLE t (id INTEGER PRIMARY KEY)");
      one.execute("INSERT INTO t VALUES (1), (2)");
      assertThat(count(one, "t")).isEqualTo(2);
      refused("42P01", () -> other.query("SELECT * FROM t"));
      one.execute("COMMIT");
      assertThat(count(other, "t")).isEqualTo(2);
    }
    try (KalamDB db = KalamDB.open(directory);
        Session session = db.session()) {
      assertThat(count(session, "t")).isEqualTo(2);
    }
  }

  @Test
  void sameTableMadeTwice_secondCommitIsRefusedWhole() {
    try (KalamDB db = KalamDB.openInMemory();
        Session one = db.session();
        Session other = db.session()) {
      other.execute("CREATE TABLE log (line TEXT)");
      one.execute("BEGIN");
      one.execute("CREATE TABLE t (id INTEGER PRIMARY KEY)");
      one.execute("INSERT INTO t VALUES (1)");
      one.execute("INSERT INTO log VALUES ('made')");
      other.execute("CREATE TABLE t (name TEXT)");
      refused("42P07", () -> one.execute("COMMIT"));
      assertThat(count(other, "t")).isZero();
      assertThat(count(other, "log")).isZero();
    }
  }

  @Test
  void tableDroppedInTransaction_staysAfterRollbackAndGoesWithCommit() {
    try (KalamDB db = KalamDB.open(directory);
        Session session = db.session()) {
      session.execute("CREATE TABLE t (id INTEGER PRIMARY KEY)");
      session.execute("INSERT INTO t VALUES (1)");
      session.execute("STORAGE FLUSH TABLE default.t");
      session.execute("BEGIN; INSERT INTO t VALUES (2); DROP TABLE t; ROLLBACK");
      assertThat(rows(session, "SELECT id FROM t")).isEqualTo(List.of("1"));
      session.execute("BEGIN; INSERT INTO t VALUES (2); DROP TABLE t; COMMIT");
      refused("42P01", () -> session.query("SELECT * FROM t"));
      session.execute("CREATE TABLE t (id INTEGER PRIMARY KEY)");
      assertThat(count(session, "t")).isZero();
    }
  }

  @Test
  void tableInReadOnlyTransaction_isRefused() {
    try (KalamDB db = KalamDB.openInMemory();
        Session session = db.session()) {
      session.execute("BEGIN READ ONLY");
      refused("25006", () -> session.execute("CREATE TABLE t (id INTEGER PRIMARY KEY)"));
      session.execute("ROLLBACK");
    }
  }

  @Test
  void namespaceDroppedWithItsTables_isEmptyWhenMadeAgain() {
    try (KalamDB db = KalamDB.open(directory)) {
      db.execute("CREATE NAMESPACE n; CREATE TABLE n.t (id INTEGER); INSERT INTO n.t VALUES (1)");
      db.execute("CREATE VIEW n.v AS SELECT id FROM n.t; DROP NAMESPACE n CASCADE");
    }
    try (KalamDB db = KalamDB.open(directory);
        Session session = db.session()) {
      session.execute("CREATE NAMESPACE n");
      assertThat(rows(session, "SHOW TABLES IN n")).isEmpty();
      session.execute("CREATE TABLE n.t (name TEXT)");
      assertThat(count(session, "n.t")).isZero();
    }
  }
}
