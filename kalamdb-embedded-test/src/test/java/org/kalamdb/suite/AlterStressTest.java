package org.kalamdb.suite;

import static org.assertj.core.api.Assertions.assertThat;
import static org.kalamdb.suite.Sql.refused;
import static org.kalamdb.suite.Sql.rows;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.kalamdb.KalamDB;
import org.kalamdb.Session;
import org.kalamdb.error.KalamException;
import org.kalamdb.live.Subscription;
import org.kalamdb.live.SubscriptionOptions;
import org.kalamdb.query.Row;
import org.kalamdb.test.RecordingListener;
import org.kalamdb.test.TemporaryDatabase;
import org.kalamdb.test.TestDatabase;

/**
 * A table that is altered while others write, read, flush, compact and listen: at every moment each
 * row has what ALTER says it has, and at the end the rows are exactly those that were written.
 */
@ExtendWith(TemporaryDatabase.class)
class AlterStressTest {
  private static final int WRITERS = 2;
  private static final int ROUNDS = 6;
  private static final int KEYS = 400;

  /** Leaves some of a small machine to the one who alters. */
  private static final long PAUSE_NANOS = 2_000_000;

  private final Map<Integer, Integer> written = new ConcurrentHashMap<>();
  private final AtomicBoolean done = new AtomicBoolean();

  /** Columns {@code xN} that stay for now, with the value all rows have in them. */
  private final Map<String, Integer> standing = new ConcurrentHashMap<>();

  @Test
  void alter_besideAllOthers_withALiveQuery_losesNothing(TestDatabase database) throws Exception {
    KalamDB db = start(database);
    RecordingListener listener = new RecordingListener();
    try (Session session = db.session();
        Subscription live =
            session.subscribe("SELECT id, v FROM t", SubscriptionOptions.defaults(), listener)) {
      runAll(db, false);
      refused("55006", () -> db.execute("ALTER TABLE t ALTER v TYPE BIGINT"));
      refused("55006", () -> db.execute("ALTER TABLE t DROP v"));
      List<String> expected = expected(false);
      listener.awaitRows("the rows that were written", rows -> rows.size() == expected.size());
      assertThat(listener.rows())
          .extracting(Sql::text)
          .containsExactlyInAnyOrderElementsOf(expected);
      assertThat(listener.misfits()).isEmpty();
      assertThat(live.isOpen()).isTrue();
    }
    assertFinalState(database);
  }

  @Test
  void alter_thatWritesRowsAnew_besideAllOthers_losesNothing(TestDatabase database)
      throws Exception {
    KalamDB db = start(database);
    runAll(db, true);
    assertFinalState(database);
  }

  private KalamDB start(TestDatabase database) {
    KalamDB db = database.db();
    db.execute("CREATE TABLE t (a TEXT, id INT PRIMARY KEY, v INT)");
    db.execute("INSERT INTO t (id, v) SELECT g, g FROM generate_series(0, ?) g", KEYS - 1);
    for (int id = 0; id < KEYS; id++) {
      written.put(id, id);
    }
    db.execute("STORAGE FLUSH TABLE t");
    return db;
  }

  private void runAll(KalamDB db, boolean anew) throws Exception {
    Threads work = new Threads();
    AtomicInteger altered = new AtomicInteger();
    for (int w = 0; w < WRITERS; w++) {
      int writer = w;
      work.start(() -> write(db, writer));
    }
    for (String sql : List.of("STORAGE FLUSH TABLE t", "STORAGE COMPACT TABLE t")) {
      work.start(
          () -> {
            while (!done.get()) {
              db.execute(sql);
              LockSupport.parkNanos(PAUSE_NANOS);
            }
          });
    }
    work.start(() -> read(db));
    work.start(
        () -> {
          try {
            alter(db, anew, altered);
          } finally {
            done.set(true);
          }
        });
    work.join();
    assertThat(altered).hasValue(ROUNDS);
  }

  private void write(KalamDB db, int writer) {
    Random random = new Random(writer);
    try (Session session = db.session()) {
      for (int i = 0; !done.get(); i++) {
        int id = WRITERS * random.nextInt(KEYS / WRITERS) + writer;
        int v = i;
        if (i % 8 == 0) {
          LockSupport.parkNanos(PAUSE_NANOS);
        }
        switch (random.nextInt(4)) {
          case 0 -> {
            session.inTransaction(in -> in.execute("DELETE FROM t WHERE id = ?", id));
            written.remove(id);
          }
          case 1 -> {
            session.inTransaction(
                in -> {
                  in.execute("DELETE FROM t WHERE id = ?", id);
                  return in.execute("INSERT INTO t (id, v) VALUES (?, ?)", id, v);
                });
            written.put(id, v);
          }
          default -> {
            long count =
                session.inTransaction(in -> in.execute("UPDATE t SET v = ? WHERE id = ?", v, id));
            assertThat(count).isEqualTo(written.containsKey(id) ? 1 : 0);
            written.computeIfPresent(id, (key, old) -> v);
          }
        }
      }
    }
  }

  private void read(KalamDB db) {
    try (Session session = db.session()) {
      while (!done.get()) {
        for (String column : standing.keySet()) {
          try {
            // Nobody writes the column, so that all rows have what it was added with.
            Row row =
                session
                    .query("SELECT count(*), count(" + column + "), min(" + column + ") FROM t")
                    .single();
            assertThat(row.get(1)).isEqualTo(row.get(0));
            assertThat(((Number) row.get(2)).intValue()).isEqualTo(numberOf(column));
            assertThat(
                    rows(session, "SELECT id FROM t WHERE " + column + " <> ?", numberOf(column)))
                .isEmpty();
          } catch (KalamException e) {
            // It was dropped or renamed since.
            assertThat(e.sqlState()).isEqualTo("42703");
          }
        }
      }
    }
  }

  private static int numberOf(String column) {
    return Integer.parseInt(column.replaceAll("\\D", ""));
  }

  private void alter(KalamDB db, boolean anew, AtomicInteger altered) {
    for (int i = 1; i <= ROUNDS; i++) {
      String name = "x" + i;
      db.execute("ALTER TABLE t ADD " + name + " SMALLINT NOT NULL DEFAULT " + i);
      standing.put(name, i);
      db.execute("ALTER TABLE t ALTER " + name + " TYPE INT");
      if (i % 3 == 0) {
        db.execute("CREATE INDEX i" + i + " ON t (" + name + ")");
        db.execute("ALTER TABLE t ALTER " + name + " DROP NOT NULL");
      } else {
        db.execute("ALTER TABLE t ALTER " + name + " TYPE DECIMAL(20,2)");
      }
      if (i % 4 == 0) {
        standing.remove(name);
        db.execute("ALTER TABLE t RENAME " + name + " TO y" + i);
        standing.put("y" + i, i);
      }
      if (anew && i % 5 == 0) {
        patiently(
            db, "ALTER TABLE t ADD g" + i + " INT GENERATED ALWAYS AS (id + " + i + ") STORED");
        patiently(db, "ALTER TABLE t ALTER a TYPE BYTES USING NULL");
        patiently(db, "ALTER TABLE t ALTER a TYPE TEXT USING NULL");
      }
      if (i > 4) {
        String gone = (i - 4) % 4 == 0 ? "y" + (i - 4) : "x" + (i - 4);
        standing.remove(gone);
        db.execute("ALTER TABLE t DROP " + gone);
      }
      altered.incrementAndGet();
    }
  }

  /** What looks at all rows has to be tried until nobody writes meanwhile. */
  private static void patiently(KalamDB db, String sql) {
    while (true) {
      try {
        db.execute(sql);
        return;
      } catch (KalamException e) {
        assertThat(e.sqlState()).as(e.getMessage()).isEqualTo("40001");
      }
    }
  }

  private List<String> expected(boolean withColumns) {
    String columns = withColumns ? columns() : "";
    List<String> expected = new ArrayList<>();
    written.forEach((id, v) -> expected.add(id + "|" + v + columns));
    Collections.sort(expected);
    return expected;
  }

  private String columns() {
    StringBuilder values = new StringBuilder();
    new TreeMap<>(standing)
        .forEach((name, n) -> values.append('|').append(n % 3 == 0 ? "" + n : n + ".00"));
    return values.toString();
  }

  private void assertFinalState(TestDatabase database) {
    String select =
        "SELECT id, v, " + String.join(", ", new TreeMap<>(standing).keySet()) + " FROM t";
    for (int i = 0; i < 3; i++) {
      assertThat(database.db().check().problems()).isEmpty();
      try (Session session = database.db().session()) {
        assertThat(rows(session, select)).containsExactlyInAnyOrderElementsOf(expected(true));
        assertThat(rows(session, "DESCRIBE t HISTORY").size()).isGreaterThan(2 * ROUNDS);
      }
      database
          .reopen()
          .execute(i == 0 ? "STORAGE FLUSH TABLE t; STORAGE COMPACT TABLE t" : "SELECT 1");
    }
  }
}
