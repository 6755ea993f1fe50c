package org.kalamdb.suite;

import static org.assertj.core.api.Assertions.assertThat;
import static org.kalamdb.suite.Sql.refused;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.kalamdb.CheckReport;
import org.kalamdb.KalamDB;
import org.kalamdb.Session;
import org.kalamdb.test.TemporaryDatabase;
import org.kalamdb.test.TestDatabase;

/** What CHECK DATABASE reads, and what it finds in a damaged one. */
@ExtendWith(TemporaryDatabase.class)
class DatabaseCheckTest {
  private static void fill(KalamDB db) {
    db.execute("CREATE NAMESPACE k");
    db.execute("CREATE USER TABLE k.t (id BIGINT PRIMARY KEY, n INT, v TEXT)");
    db.execute("CREATE INDEX t_n ON k.t (n)");
    db.execute("CREATE STREAM TABLE k.e (v TEXT) WITH (TTL_SECONDS = 1000)");
    for (String user : List.of("alice", "bob")) {
      try (Session session = db.session(user)) {
        session.execute(
            "INSERT INTO k.t SELECT i, (i % 7)::int, repeat('x', 100) FROM generate_series(1, 100) g(i)");
        session.execute("INSERT INTO k.e VALUES ('one')");
      }
    }
    db.execute("STORAGE FLUSH TABLE k.t");
    try (Session alice = db.session("alice")) {
      alice.execute("UPDATE k.t SET n = n + 1 WHERE id <= 10");
      alice.execute("DELETE FROM k.t WHERE id > 90");
    }
  }

  @Test
  void check_soundDatabase_readsEverything(KalamDB db) {
    fill(db);
    CheckReport report = db.check();
    assertThat(report.problems()).isEmpty();
    assertThat(report.tables()).isEqualTo(2);
    assertThat(report.hotRows()).isEqualTo(22);
    assertThat(report.segments()).isEqualTo(2);
    assertThat(report.coldRows()).isEqualTo(200);
    assertThat(report.indexEntries()).isEqualTo(190);
    try (Session session = db.session();
        Session alice = db.session("alice")) {
      assertThat(Sql.rows(session, "CHECK DATABASE")).isEmpty();
      refused("42501", () -> alice.query("CHECK DATABASE"));
    }
  }

  @Test
  void check_damagedAndLostSegments_namesEach(TestDatabase database) throws IOException {
    fill(database.db());
    database.closeDatabase();
    database.expectDamage();
    List<Path> segments = database.filesEndingWith(".parquet");
    assertThat(segments).hasSize(2);
    Files.delete(segments.get(0));
    try (RandomAccessFile file = new RandomAccessFile(segments.get(1).toFile(), "rw")) {
      file.seek(50);
      int old = file.read();
      file.seek(50);
      file.write(old ^ 4);
    }
    CheckReport report = database.db().check();
    assertThat(report.isSound()).isFalse();
    assertThat(report.problems().toString())
        .contains(segments.get(0).getFileName().toString())
        .contains(segments.get(1).getFileName().toString());
    try (Session session = database.db().session()) {
      assertThat(Sql.rows(session, "CHECK DATABASE")).hasSameSizeAs(report.problems());
    }
    assertThat(database.db().recovery().missingSegments()).hasSize(1);
  }

  @Test
  void check_whileWritersAndFlushesRun_findsNothing(KalamDB db) throws Exception {
    fill(db);
    Threads threads = new Threads();
    for (int i = 0; i < 2; i++) {
      int writer = i;
      threads.start(
          () -> {
            try (Session session = db.session("user" + writer)) {
              for (int n = 0; n < 300; n++) {
                session.execute(
                    "INSERT INTO k.t VALUES (?, ?, 'v') ON CONFLICT (id) DO UPDATE SET n = EXCLUDED.n",
                    n % 50,
                    n);
              }
            }
          });
    }
    threads.start(
        () -> {
          for (int n = 0; n < 5; n++) {
            db.execute("STORAGE FLUSH TABLE k.t");
          }
        });
    for (int n = 0; n < 10; n++) {
      assertThat(db.check().problems()).isEmpty();
    }
    threads.join();
  }
}
