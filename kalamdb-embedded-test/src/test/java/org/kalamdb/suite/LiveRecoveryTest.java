package org.kalamdb.suite;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.kalamdb.KalamDB;
import org.kalamdb.KalamOptions;
import org.kalamdb.RecoveryMode;
import org.kalamdb.Session;
import org.kalamdb.live.ChangesSince;
import org.kalamdb.live.Subscription;
import org.kalamdb.live.SubscriptionOptions;
import org.kalamdb.schema.SeqId;
import org.kalamdb.test.TemporaryDatabase;
import org.kalamdb.test.TestDatabase;

/** Cursors of queries of every kind across restarts, and after a database was salvaged. */
@ExtendWith(TemporaryDatabase.class)
class LiveRecoveryTest {
  private static final SubscriptionOptions ALL = SubscriptionOptions.defaults();

  /** Aggregates, join, top rows, and what is run again; the first column tells rows apart. */
  private static final List<String> KEPT =
      List.of(
          "SELECT g, count(*), sum(v) FROM t GROUP BY g",
          "SELECT t.id, r.name FROM t JOIN r ON r.id = t.g",
          "SELECT id, v FROM t ORDER BY v DESC, id LIMIT 3",
          "SELECT id, rank() OVER (ORDER BY v, id) FROM t",
          "SELECT id, (SELECT max(name) FROM r WHERE r.id = t.g) FROM t");

  private static void make(KalamDB db) {
    db.execute("CREATE TABLE t (id INT PRIMARY KEY, g INT, v INT)");
    db.execute("CREATE TABLE r (id INT PRIMARY KEY, name TEXT)");
    db.execute("CREATE TABLE other (id INT PRIMARY KEY)");
    db.execute("INSERT INTO r VALUES (0, 'zero'), (1, 'one')");
    for (int i = 0; i < 10; i++) {
      db.execute("INSERT INTO t VALUES (?, ?, ?)", i, i % 3, i * 7 % 10);
    }
  }

  private static List<String> fresh(Session session, String sql) {
    return Sql.rows(session, sql).stream().sorted().toList();
  }

  @Test
  void cursor_ofKeptAndRerunResults_goesOnOrStartsOver(TestDatabase database) {
    make(database.db());
    ToldRows[] told = new ToldRows[KEPT.size()];
    try (Session session = database.db().session()) {
      for (int i = 0; i < told.length; i++) {
        told[i] = new ToldRows();
        try (Subscription live = session.cursor("c" + i).subscribe(KEPT.get(i), ALL, told[i])) {
          told[i].awaitRows(fresh(session, KEPT.get(i)));
          session.execute("UPDATE t SET v = v + 1, g = (g + 1) % 3 WHERE id = ?", i);
          told[i].awaitRows(fresh(session, KEPT.get(i)));
          assertThat(live.isOpen()).isTrue();
        }
        // What later tests of this loop write is missed, so each begins where all stand still.
        told[i].resumes();
      }
    }
    for (String between :
        List.of("", "INSERT INTO other VALUES (1)", "DELETE FROM t WHERE id = 9")) {
      for (boolean restarted : new boolean[] {false, true}) {
        stand(database, told);
        boolean missed = between.contains(" t ");
        if (!between.isEmpty()) {
          database.db().execute(between);
          database.db().execute("DELETE FROM other");
        }
        if (restarted) {
          database.reopen();
        }
        try (Session session = database.db().session()) {
          for (int i = 0; i < told.length; i++) {
            int resets = told[i].resets().size();
            told[i].resumes();
            try (Subscription live = session.cursor("c" + i).subscribe(KEPT.get(i), ALL, told[i])) {
              told[i].awaitRows(fresh(session, KEPT.get(i)));
              assertThat(told[i].resets()).hasSize(missed ? resets + 1 : resets);
              assertThat(told[i].misfits()).isEmpty();
              assertThat(live.isOpen()).isTrue();
            }
          }
        }
        database.db().execute("INSERT INTO t VALUES (9, 0, 3) ON CONFLICT DO NOTHING");
      }
    }
  }

  /** Brings every cursor to the newest commit. */
  private static void stand(TestDatabase database, ToldRows[] told) {
    try (Session session = database.db().session()) {
      for (int i = 0; i < told.length; i++) {
        told[i].resumes();
        try (Subscription live = session.cursor("c" + i).subscribe(KEPT.get(i), ALL, told[i])) {
          told[i].awaitRows(fresh(session, KEPT.get(i)));
          assertThat(live.isOpen()).isTrue();
        }
      }
    }
  }

  /**
   * What a salvaged database has lost, nobody knows: whoever was told of commits before starts
   * over, also if all is there.
   */
  @Test
  void salvagedDatabase_resumedSubscriptionsStartOver(TestDatabase database) throws IOException {
    make(database.db());
    List<String> queries = List.of("SELECT id, v FROM t", KEPT.get(0), KEPT.get(3));
    ToldRows[] told = new ToldRows[queries.size()];
    SeqId place;
    try (Session session = database.db().session()) {
      for (int i = 0; i < told.length; i++) {
        told[i] = new ToldRows();
        try (Subscription live = session.cursor("c" + i).subscribe(queries.get(i), ALL, told[i])) {
          told[i].awaitReady();
          assertThat(live.isOpen()).isTrue();
        }
      }
      place = told[0].seq();
      for (int i = 20; i < 60; i++) {
        session.execute("INSERT INTO t VALUES (?, 1, 1)", i);
      }
    }
    database.closeDatabase();
    flipNewestLog(database);
    KalamOptions options = KalamOptions.builder().recovery(RecoveryMode.SALVAGE).build();
    try (KalamDB db = KalamDB.open(database.directory(), options);
        Session session = db.session()) {
      assertThat(Objects.requireNonNull(db.recovery().salvaged()).isLossless()).isFalse();
      ChangesSince since = session.changesSince(place, queries.get(0));
      assertThat(since.lost()).contains("has not, or no longer, the commit");
      resume(session, queries, told, 1);
      session.execute("INSERT INTO t VALUES (100, 2, 2)");
    }
    // From the commits of the salvaged database on it is as ever.
    try (Session session = database.db().session()) {
      told[0].resumes();
      try (Subscription live = session.cursor("c0").subscribe(queries.get(0), ALL, told[0])) {
        told[0].awaitRows(fresh(session, queries.get(0)));
        assertThat(told[0].resets()).hasSize(1);
        assertThat(told[0].texts()).containsExactly("UPSERT ->100|2");
        assertThat(live.isOpen()).isTrue();
      }
      assertThat(told[0].misfits()).isEmpty();
    }
  }

  private static void resume(Session session, List<String> queries, ToldRows[] told, int resets) {
    for (int i = 0; i < told.length; i++) {
      told[i].resumes();
      try (Subscription live = session.cursor("c" + i).subscribe(queries.get(i), ALL, told[i])) {
        told[i].awaitRows(fresh(session, queries.get(i)));
        assertThat(told[i].resets()).hasSize(resets);
        assertThat(told[i].misfits()).isEmpty();
        assertThat(live.isOpen()).isTrue();
      }
    }
  }

  private static void flipNewestLog(TestDatabase database) throws IOException {
    Path log =
        database.filesEndingWith(".log").stream().max(Comparator.naturalOrder()).orElseThrow();
    try (RandomAccessFile access = new RandomAccessFile(log.toFile(), "rw")) {
      long at = (long) (access.length() * 0.9);
      access.seek(at);
      int old = access.read();
      access.seek(at);
      access.write(old ^ 0x10);
    }
  }
}
