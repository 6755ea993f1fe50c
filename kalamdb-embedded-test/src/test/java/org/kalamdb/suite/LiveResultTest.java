package org.kalamdb.suite;

import static org.assertj.core.api.Assertions.assertThat;
import static org.kalamdb.suite.Sql.refused;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.kalamdb.Durability;
import org.kalamdb.KalamDB;
import org.kalamdb.KalamOptions;
import org.kalamdb.Session;
import org.kalamdb.error.KalamException;
import org.kalamdb.live.ChangeEvent.RowChange;
import org.kalamdb.live.Subscription;
import org.kalamdb.live.SubscriptionOptions;
import org.kalamdb.query.Row;
import org.kalamdb.schema.Role;
import org.kalamdb.test.LiveQueryChecker;
import org.kalamdb.test.RecordingListener;
import org.kalamdb.test.TemporaryDatabase;

/** Live queries whose result is kept: what they tell, when rows run short, when memory does. */
@ExtendWith(TemporaryDatabase.class)
class LiveResultTest {
  private KalamDB db;

  @BeforeEach
  void open(KalamDB database) {
    db = database;
    create(db);
  }

  private static void create(KalamDB db) {
    db.execute("CREATE NAMESPACE n");
    db.execute("CREATE USER TABLE n.t (id INT PRIMARY KEY, g INT, v INT, s TEXT)");
    db.execute(
        "CREATE SHARED TABLE n.r (id INT PRIMARY KEY, name TEXT) WITH (ACCESS_LEVEL = 'PUBLIC')");
  }

  private static void insert(Session session, int from, int to) {
    List<Object[]> rows = new ArrayList<>();
    for (int i = from; i < to; i++) {
      rows.add(new Object[] {i, i % 10, i * 7 % 1000, "s" + i});
    }
    session.inTransaction(
        tx -> {
          rows.forEach(row -> session.execute("INSERT INTO n.t VALUES (?, ?, ?, ?)", row));
          return null;
        });
  }

  private static String text(RowChange change) {
    return change.kind()
        + " "
        + text(change.oldRow())
        + "->"
        + text(change.newRow())
        + " "
        + change.oldIndex()
        + ">"
        + change.newIndex();
  }

  private static String text(Row row) {
    return row == null ? "" : Sql.text(row);
  }

  @Test
  void topRows_toldWithTheirPlaces() {
    try (Session alice = db.session("alice")) {
      insert(alice, 0, 5);
      RecordingListener heard = new RecordingListener();
      try (Subscription live =
          alice.subscribe(
              "SELECT id, s FROM n.t ORDER BY id DESC LIMIT 3",
              SubscriptionOptions.defaults(),
              heard)) {
        heard.awaitReady();
        assertThat(heard.rows().stream().map(Sql::text)).containsExactly("4|s4", "3|s3", "2|s2");
        alice.execute("INSERT INTO n.t VALUES (9, 1, 1, 'new')");
        alice.execute("UPDATE n.t SET s = 'other' WHERE id = 4");
        alice.execute("UPDATE n.t SET v = 5 WHERE id = 4");
        alice.execute("DELETE FROM n.t WHERE id IN (9, 3)");
        alice.execute("DELETE FROM n.t WHERE id = 0");
        alice.execute("UPDATE n.t SET id = 20 WHERE id = 1");
        heard.awaitChanges(4);
        assertThat(heard.rowChanges().stream().map(LiveResultTest::text))
            .containsExactly(
                "INSERT ->9|new -1>0",
                "LEAVE 2|s2-> 2>-1",
                "UPDATE 4|s4->4|other 1>1",
                "DELETE 3|s3-> 2>-1",
                "DELETE 9|new-> 0>-1",
                "ENTER ->1|s1 -1>2",
                "ENTER ->2|s2 -1>1",
                "DELETE 1|s1-> 2>-1",
                "INSERT ->20|s1 -1>0");
        assertThat(heard.rowChanges().get(2).changedColumns()).containsExactly("s");
        assertThat(live.isOpen()).isTrue();
      }
    }
  }

  @Test
  void groups_toldOnceATransaction() {
    try (Session alice = db.session("alice")) {
      insert(alice, 0, 20);
      RecordingListener heard = new RecordingListener();
      try (Subscription live =
          alice.subscribe(
              "SELECT g, count(*) AS c, sum(v) AS v FROM n.t WHERE g < 2 GROUP BY g",
              SubscriptionOptions.defaults(),
              heard)) {
        heard.awaitReady();
        assertThat(heard.rows().stream().map(Sql::text))
            .containsExactlyInAnyOrder("0|2|70", "1|2|84");
        alice.inTransaction(
            tx -> {
              alice.execute("INSERT INTO n.t VALUES (100, 0, 1, NULL), (101, 0, 2, NULL)");
              alice.execute("DELETE FROM n.t WHERE g = 1");
              alice.execute("UPDATE n.t SET v = 0 WHERE g = 5");
              return null;
            });
        alice.execute("UPDATE n.t SET s = 'no matter' WHERE g = 0");
        alice.execute("INSERT INTO n.t VALUES (102, 1, NULL, NULL)");
        heard.awaitChanges(2);
        assertThat(heard.rowChanges().stream().map(LiveResultTest::text))
            .containsExactlyInAnyOrder(
                "UPDATE 0|2|70->0|4|73 -1>-1", "DELETE 1|2|84-> -1>-1", "INSERT ->1|1|null -1>-1");
        assertThat(heard.changes()).hasSize(2);
        assertThat(live.isOpen()).isTrue();
      }
    }
  }

  /** Rows behind the kept ones are read again, hot and cold, while others write. */
  @Test
  void topRows_runShort_areReadAgain() throws InterruptedException {
    try (Session alice = db.session("alice");
        LiveQueryChecker first =
            new LiveQueryChecker(
                alice, "SELECT id, v FROM n.t WHERE g <> 3 ORDER BY v, id LIMIT 5");
        LiveQueryChecker second =
            new LiveQueryChecker(alice, "SELECT s FROM n.t ORDER BY id LIMIT 3 OFFSET 4")) {
      insert(alice, 0, 1500);
      db.execute("STORAGE FLUSH TABLE n.t");
      insert(alice, 1500, 2000);
      first.check();
      second.check();
      AtomicReference<Throwable> failure = new AtomicReference<>();
      Thread writer =
          new Thread(
              () -> {
                Random random = new Random(5);
                try (Session other = db.session("alice")) {
                  for (int i = 0; i < 400; i++) {
                    other.execute(
                        "UPDATE n.t SET v = ? WHERE id = ?",
                        random.nextInt(1000),
                        random.nextInt(2000));
                  }
                } catch (Throwable t) {
                  failure.set(t);
                }
              });
      writer.start();
      for (int i = 0; i < 25; i++) {
        alice.execute("DELETE FROM n.t WHERE v BETWEEN ? AND ?", i * 20, i * 20 + 19);
        alice.execute("DELETE FROM n.t WHERE id BETWEEN ? AND ?", i * 40, i * 40 + 39);
      }
      writer.join();
      assertThat(failure.get()).isNull();
      first.check();
      second.check();
      alice.execute("DELETE FROM n.t");
      first.check();
      second.check();
      assertThat(first.rows()).isEmpty();
    }
  }

  /** Rows that jump over all that is shown, in both directions. */
  @Test
  void shownRows_jumpOverBothEdges() {
    try (Session alice = db.session("alice")) {
      insert(alice, 0, 30);
      try (LiveQueryChecker some =
              new LiveQueryChecker(alice, "SELECT id FROM n.t ORDER BY id LIMIT 3 OFFSET 4");
          LiveQueryChecker all =
              new LiveQueryChecker(alice, "SELECT id FROM n.t ORDER BY id OFFSET 4")) {
        some.check();
        all.check();
        for (String change :
            List.of(
                "DELETE FROM n.t WHERE id < 12",
                "INSERT INTO n.t SELECT g, g, g, 'x' FROM generate_series(0, 11) AS s (g)",
                "DELETE FROM n.t WHERE id BETWEEN 3 AND 20 OR id = 0",
                "UPDATE n.t SET id = id + 100 WHERE id < 25",
                "DELETE FROM n.t WHERE id > 26",
                "DELETE FROM n.t")) {
          alice.execute(change);
          some.check();
          all.check();
        }
      }
    }
  }

  @Test
  void manyWriters_resultsAgreeInTheEnd() throws InterruptedException {
    List<LiveQueryChecker> checkers = new ArrayList<>();
    try (Session alice = db.session("alice")) {
      List<Thread> writers = new ArrayList<>();
      AtomicReference<Throwable> failure = new AtomicReference<>();
      for (int w = 0; w < 4; w++) {
        int seed = w;
        Thread writer = new Thread(() -> write(seed, failure));
        writer.start();
        writers.add(writer);
      }
      List<String> queries =
          List.of(
              "SELECT g, count(*), sum(v) FROM n.t GROUP BY g",
              "SELECT t.id, r.name FROM n.t t JOIN n.r r ON r.id = t.g",
              "SELECT t.id, r.name FROM n.t t LEFT JOIN n.r r ON r.id = t.g ORDER BY t.v, t.id LIMIT 7",
              "SELECT DISTINCT v FROM n.t",
              "SELECT id, rank() OVER (ORDER BY v) FROM n.t");
      for (int i = 0; i < 10; i++) {
        checkers.add(new LiveQueryChecker(alice, queries.get(i % queries.size())));
        Thread.sleep(10);
      }
      for (Thread writer : writers) {
        writer.join();
      }
      assertThat(failure.get()).isNull();
      for (LiveQueryChecker checker : checkers) {
        checker.check();
      }
    } finally {
      checkers.forEach(LiveQueryChecker::close);
    }
  }

  private void write(int seed, AtomicReference<Throwable> failure) {
    Random random = new Random(seed);
    try (Session session = db.session("alice");
        Session admin = db.session()) {
      for (int i = 0; i < 150; i++) {
        int id = random.nextInt(60);
        switch (random.nextInt(5)) {
          case 0 -> session.execute("DELETE FROM n.t WHERE id = ?", id);
          case 1 ->
              admin.execute(
                  "INSERT INTO n.r VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET name = EXCLUDED.name",
                  id % 10,
                  "name" + i);
          case 2 -> session.execute("UPDATE n.t SET g = g + 1 WHERE id = ?", id);
          default ->
              session.execute(
                  "INSERT INTO n.t VALUES (?, ?, ?, 'x') ON CONFLICT (id) DO UPDATE SET v = EXCLUDED.v",
                  id,
                  id % 10,
                  random.nextInt(20));
        }
      }
    } catch (Throwable t) {
      failure.compareAndSet(null, t);
    }
  }

  @Test
  void moreThanMayBeKept_isRunAgain_andSaysSo() {
    KalamOptions options =
        KalamOptions.builder().durability(Durability.NONE).liveMemoryBytes(200_000).build();
    try (KalamDB small = KalamDB.openInMemory(options)) {
      create(small);
      try (Session alice = small.session("alice")) {
        insert(alice, 0, 100);
        try (LiveQueryChecker groups =
            new LiveQueryChecker(
                alice, "SELECT g, count(*), count(DISTINCT v), max(s) FROM n.t GROUP BY g")) {
          groups.check();
          assertThat(groups.isDegraded()).isFalse();
          for (int i = 100; i < 3100; i += 20) {
            insert(alice, i, i + 20);
          }
          groups.check();
          assertThat(groups.isDegraded()).isTrue();
          alice.execute("DELETE FROM n.t WHERE id % 3 = 0");
          groups.check();
        }
        RecordingListener heard = new RecordingListener();
        try (Subscription live =
            alice.subscribe(
                "SELECT a.id, b.id FROM n.t a JOIN n.t b ON a.g = b.g WHERE a.id < 300",
                SubscriptionOptions.defaults(),
                heard)) {
          assertThat(heard.awaitClosed().error())
              .isInstanceOfSatisfying(
                  KalamException.class, e -> assertThat(e.sqlState()).isEqualTo("53200"));
          assertThat(live.isOpen()).isFalse();
        }
        // What it kept is given back.
        try (LiveQueryChecker few = new LiveQueryChecker(alice, "SELECT count(*) FROM n.t")) {
          few.check();
          assertThat(few.isDegraded()).isFalse();
        }
      }
    }
  }

  /** A million pairs are not put together to find that they are too many. */
  @Test
  void moreThanMayBeKept_isFoundWhileRowsAreLoaded() throws Exception {
    KalamOptions options =
        KalamOptions.builder().durability(Durability.NONE).liveMemoryBytes(2_000_000).build();
    String pairs = "SELECT count(*) AS n FROM n.t a JOIN n.t b ON a.g <= 9 AND a.g / 10 = b.g / 10";
    try (KalamDB small = KalamDB.openInMemory(options)) {
      create(small);
      try (Session alice = small.session("alice")) {
        insert(alice, 0, 1_000);
        RecordingListener heard = new RecordingListener();
        try (Subscription live =
            alice.subscribe(
                "SELECT a.id, b.id FROM n.t a JOIN n.t b ON a.g / 10 = b.g / 10",
                SubscriptionOptions.defaults(),
                heard)) {
          assertThat(heard.awaitClosed().error())
              .isInstanceOfSatisfying(
                  KalamException.class, e -> assertThat(e.sqlState()).isEqualTo("53200"));
          assertThat(live.isOpen()).isFalse();
        }
        assertThat(Sql.rows(alice, "EXPLAIN ANALYZE SUBSCRIBE TO " + pairs).toString())
            .contains("would be run again");
        AtomicBoolean over = new AtomicBoolean();
        Thread writer =
            new Thread(
                () -> {
                  try (Session other = small.session("alice")) {
                    for (int i = 1_000; !over.get() && i < 2_000; i++) {
                      insert(other, i, i + 1);
                    }
                  }
                });
        writer.start();
        try (LiveQueryChecker counted = new LiveQueryChecker(alice, pairs)) {
          counted.awaitReady();
          over.set(true);
          writer.join();
          counted.check();
          assertThat(counted.isDegraded()).isTrue();
          alice.execute("DELETE FROM n.t WHERE id % 3 = 0");
          counted.check();
        }
      }
    }
  }

  /** More rows than go through the operators at once. */
  @Test
  void manyRows_areLoadedInPieces() {
    try (Session alice = db.session("alice")) {
      insert(alice, 0, 10_000);
      try (Session service = db.session(Role.SERVICE)) {
        service.execute("INSERT INTO n.r SELECT i, 'r' || i FROM generate_series(0, 5999) AS s(i)");
      }
      for (String sql :
          List.of(
              "SELECT count(*), sum(v), min(s), max(v) FROM n.t",
              "SELECT g, count(*), count(DISTINCT v) FROM n.t GROUP BY g HAVING count(*) > 3",
              "SELECT DISTINCT v, g FROM n.t",
              "SELECT t.id, r.name FROM n.t t LEFT JOIN n.r r ON r.id = t.id",
              "SELECT t.id, r.name FROM n.t t JOIN n.r r ON r.id = t.v",
              "SELECT id FROM n.t t WHERE NOT EXISTS (SELECT 1 FROM n.r r WHERE r.id = t.id)",
              "SELECT id FROM n.t t WHERE id IN (SELECT id FROM n.r)",
              "SELECT id, v FROM n.t UNION ALL SELECT id, g FROM n.t WHERE g = 3",
              "SELECT r.name, count(*) FROM n.t t LEFT JOIN n.r r ON r.id = t.v GROUP BY r.name",
              "SELECT id, v FROM n.t ORDER BY v, id LIMIT 20",
              "SELECT g, count(*) AS n FROM n.t GROUP BY g ORDER BY n DESC, g LIMIT 3")) {
        try (LiveQueryChecker checker = new LiveQueryChecker(alice, sql)) {
          checker.check();
          alice.execute("UPDATE n.t SET v = v + 1, g = (g + 1) % 10 WHERE id % 500 = 7");
          alice.execute("DELETE FROM n.t WHERE id % 1000 = 501");
          alice.execute("INSERT INTO n.t SELECT id + 20000, g, v, s FROM n.t WHERE id % 800 = 3");
          checker.check();
          alice.execute("DELETE FROM n.t WHERE id >= 20000");
          checker.check();
          assertThat(checker.isDegraded()).isFalse();
        }
      }
    }
  }

  /** What a row gave when it came is not what it gives when it goes: such a query is run again. */
  @Test
  void volatileFunctions_areRunAgain() {
    try (Session alice = db.session("alice")) {
      insert(alice, 0, 50);
      RecordingListener heard = new RecordingListener();
      try (Subscription live =
          alice.subscribe(
              "SELECT g, count(*) FROM n.t WHERE random() < 0.5 GROUP BY g",
              SubscriptionOptions.defaults(),
              heard)) {
        heard.awaitReady();
        alice.execute("DELETE FROM n.t");
        heard.awaitRows("no groups", List::isEmpty);
        assertThat(live.isOpen()).isTrue();
        assertThat(heard.misfits()).isEmpty();
      }
    }
  }

  @Test
  void negativeLimit_isRefused_asIfItWereRun() {
    try (Session alice = db.session("alice")) {
      for (String clause : List.of("LIMIT ?", "OFFSET ?")) {
        RecordingListener heard = new RecordingListener();
        alice.subscribe(
            "SELECT id FROM n.t ORDER BY id " + clause, SubscriptionOptions.defaults(), heard, -1);
        assertThat(heard.awaitClosed().error())
            .isInstanceOfSatisfying(
                KalamException.class,
                e ->
                    assertThat(e.sqlState()).isEqualTo(clause.startsWith("L") ? "2201W" : "2201X"));
      }
    }
  }

  @Test
  void alteredAndDroppedTables() {
    try (Session alice = db.session("alice")) {
      insert(alice, 0, 10);
      LiveQueryChecker checker =
          new LiveQueryChecker(alice, "SELECT g, count(*) FROM n.t WHERE v > 3 GROUP BY g");
      checker.check();
      refused("55006", () -> db.execute("ALTER TABLE n.t DROP COLUMN v"));
      db.execute("ALTER TABLE n.t DROP COLUMN s");
      db.execute("ALTER TABLE n.t ADD COLUMN more TEXT DEFAULT 'm'");
      alice.execute("INSERT INTO n.t (id, g, v) VALUES (50, 1, 50)");
      alice.execute("UPDATE n.t SET more = 'x'");
      checker.check();
      refused("55006", () -> db.execute("DROP TABLE n.t"));
      db.execute("DROP TABLE n.t FORCE");
      assertThat(checker.subscription().isOpen()).isFalse();
      checker.close();
    }
  }

  @Test
  void sameQuery_isEvaluatedOnce_forAllListeners() {
    try (Session alice = db.session("alice");
        Session bob = db.session("bob")) {
      insert(alice, 0, 10);
      List<LiveQueryChecker> checkers = new ArrayList<>();
      for (int i = 0; i < 20; i++) {
        checkers.add(new LiveQueryChecker(alice, "SELECT count(*) FROM n.t WHERE g > ?", i % 2));
        checkers.add(new LiveQueryChecker(bob, "SELECT count(*) FROM n.t WHERE g > ?", i % 2));
      }
      checkers.forEach(LiveQueryChecker::check);
      alice.execute("DELETE FROM n.t WHERE g = 1");
      checkers.forEach(LiveQueryChecker::check);
      checkers.subList(0, 39).forEach(LiveQueryChecker::close);
      bob.execute("INSERT INTO n.t VALUES (1, 5, 5, NULL)");
      checkers.get(39).check();
      checkers.get(39).close();
      assertThat(checkers.get(39).rows().stream().map(Sql::text)).containsExactly("1");
      assertThat(checkers.get(0).misfits()).isEmpty();
    }
  }
}
