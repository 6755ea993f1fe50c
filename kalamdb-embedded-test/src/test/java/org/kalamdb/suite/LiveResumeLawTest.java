package org.kalamdb.suite;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.kalamdb.KalamDB;
import org.kalamdb.Session;
import org.kalamdb.live.Subscription;
import org.kalamdb.live.SubscriptionOptions;
import org.kalamdb.schema.SeqId;
import org.kalamdb.test.TestDatabase;

/**
 * The law of live queries over an interruption: whoever stops listening at some commit of a random
 * history and goes on later, before or after the database was opened again, has the rows that the
 * query gives. System properties: {@code kalamdb.live.seed}, {@code kalamdb.live.interruptions}.
 */
class LiveResumeLawTest {
  private static final long SEED = Long.getLong("kalamdb.live.seed", 1L);
  private static final int INTERRUPTIONS =
      Integer.getInteger(
          "kalamdb.live.interruptions", Boolean.getBoolean("kalamdb.slow") ? 20_000 : 800);

  /** Histories, each of a user of its own, between two openings. */
  private static final int TOGETHER = 40;

  /** The first column tells rows apart. */
  private static final List<String> QUERIES =
      List.of(
          "SELECT * FROM l.t",
          "SELECT id, s, v + 1 FROM l.t WHERE g = 1",
          "SELECT id, v FROM l.t WHERE g IN (0, 2) AND v > 1",
          "SELECT id FROM l.t WHERE s IS NULL OR v BETWEEN 1 AND 2",
          "SELECT id, upper(s) FROM l.t WHERE s LIKE 's%' AND NOT g = 3",
          "SELECT g, count(*), sum(v) FROM l.t WHERE g IS NOT NULL GROUP BY g");

  private int fromRows;

  @Test
  void law_interrupted() {
    System.out.printf("LiveResumeLawTest: seed %d, %,d interruptions%n", SEED, INTERRUPTIONS);
    try (TestDatabase database = TestDatabase.create()) {
      database.db().execute("CREATE NAMESPACE l");
      database.db().execute("CREATE USER TABLE l.t (id INT PRIMARY KEY, g INT, v INT, s TEXT)");
      for (int round = 0; round * TOGETHER < INTERRUPTIONS; round++) {
        List<History> histories = new ArrayList<>();
        for (int i = 0; i < TOGETHER; i++) {
          long seed = SEED * 1_000_003 + (long) round * TOGETHER + i;
          History history = new History(seed, QUERIES.get(i % QUERIES.size()));
          history.listen(database.db());
          histories.add(history);
        }
        for (History history : histories) {
          if (history.random.nextInt(3) == 0) {
            history.resume(database.db());
          }
        }
        KalamDB again = database.reopen();
        for (History history : histories) {
          history.resume(again);
        }
      }
    }
    assertThat(fromRows).as("resumes told from rows").isGreaterThan(0);
  }

  private final class History {
    private final long seed;
    private final Random random;
    private final String sql;
    private final ToldRows told = new ToldRows();
    private final List<String> done = new ArrayList<>();

    History(long seed, String sql) {
      this.seed = seed;
      this.random = new Random(seed);
      this.sql = sql;
    }

    private Session session(KalamDB db) {
      return db.session("u" + seed);
    }

    /** Writes, listens for a while, stops, and writes on. */
    void listen(KalamDB db) {
      try (Session session = session(db)) {
        steps(db, session, 12);
        try (Subscription live = session.subscribe(sql, SubscriptionOptions.defaults(), told)) {
          if (random.nextBoolean()) {
            told.awaitReady();
          }
          steps(db, session, 6);
          if (random.nextBoolean()) {
            told.awaitReady();
          }
        }
        if (told.seq().equals(SeqId.ZERO)) {
          try (Subscription live =
              session.subscribe(sql, SubscriptionOptions.defaults(), again())) {
            told.awaitReady();
          }
        }
        steps(db, session, 12);
      }
    }

    /** The snapshot was not told to its end: what was heard of it goes. */
    private ToldRows again() {
      told.onEvent(new org.kalamdb.live.ChangeEvent.Reset(SeqId.ZERO, "test"));
      return told;
    }

    void resume(KalamDB db) {
      try (Session session = session(db)) {
        SeqId from = told.seq();
        told.resumes();
        try (Subscription live = session.subscribe(sql, SubscriptionOptions.from(from), told)) {
          told.awaitReady();
          compare(session);
          if (told.texts().stream().anyMatch(text -> text.startsWith("UPSERT"))) {
            fromRows++;
          }
          steps(db, session, 3);
          compare(session);
        }
        steps(db, session, 4);
      } catch (RuntimeException | AssertionError e) {
        throw new AssertionError("History of seed " + seed + ": " + sql + "\n" + done, e);
      }
    }

    private void compare(Session session) {
      told.awaitRows(Sql.rows(session, sql).stream().sorted().toList());
      assertThat(told.misfits()).isEmpty();
    }

    private void steps(KalamDB db, Session session, int most) {
      int count = random.nextInt(most + 1);
      for (int i = 0; i < count; i++) {
        int kind = random.nextInt(100);
        if (kind < 4) {
          run(db.session(), "STORAGE FLUSH TABLE l.t");
        } else if (kind < 5) {
          run(db.session(), "STORAGE COMPACT TABLE l.t");
        } else if (kind < 15) {
          session.inTransaction(
              s -> {
                write(s);
                write(s);
                write(s);
                return 0;
              });
        } else {
          write(session);
        }
      }
    }

    private void write(Session session) {
      int id = random.nextInt(10);
      switch (random.nextInt(6)) {
        case 0, 1 ->
            run(
                session,
                "INSERT INTO l.t VALUES (%d, %s, %s, %s) ON CONFLICT (id) DO UPDATE SET g = EXCLUDED.g, v = t.v + 1"
                    .formatted(
                        id, small(), small(), random.nextInt(5) == 0 ? "NULL" : "'s" + id + "'"));
        case 2 -> run(session, "UPDATE l.t SET g = %s WHERE id = %d".formatted(small(), id));
        case 3 -> run(session, "UPDATE l.t SET v = %s WHERE id > %d".formatted(small(), id));
        case 4 -> run(session, "UPDATE l.t SET s = NULL WHERE g = " + small());
        default -> run(session, "DELETE FROM l.t WHERE id = " + id);
      }
    }

    private void run(Session session, String sql) {
      done.add(sql);
      session.execute(sql);
    }

    private String small() {
      return random.nextInt(8) == 0 ? "NULL" : String.valueOf(random.nextInt(4));
    }
  }
}
