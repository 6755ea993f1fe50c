package org.kalamdb.suite;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.NavigableMap;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.kalamdb.Durability;
import org.kalamdb.KalamDB;
import org.kalamdb.KalamOptions;
import org.kalamdb.Session;
import org.kalamdb.live.ChangeEvent;
import org.kalamdb.live.ChangeEvent.Changes;
import org.kalamdb.live.ChangeEvent.Kind;
import org.kalamdb.live.ChangeListener;
import org.kalamdb.live.Subscription;
import org.kalamdb.live.SubscriptionOptions;
import org.kalamdb.live.SubscriptionOptions.Overflow;
import org.kalamdb.schema.SeqId;

/**
 * Chains of subscriptions that stop and go on in the middle of eight writers, beside a witness that
 * never stops: a chain is told what the witness is told, each event once and in order. With BLOCK
 * the queues are short and the listeners slow; with COALESCE too, and only the rows are compared.
 * System properties: {@code kalamdb.live.seed}, {@code kalamdb.live.resumes}.
 */
class LiveResumeSeamTest {
  private static final long SEED = Long.getLong("kalamdb.live.seed", 1L);
  private static final int RESUMES =
      Integer.getInteger("kalamdb.live.resumes", Boolean.getBoolean("kalamdb.slow") ? 10_000 : 600);
  private static final int WRITERS = 8;

  private Overflow overflow = Overflow.RESET;
  private SubscriptionOptions options = SubscriptionOptions.defaults();

  private final KalamDB db =
      KalamDB.openInMemory(KalamOptions.builder().durability(Durability.NONE).build());
  private final AtomicBoolean stop = new AtomicBoolean();
  private final ConcurrentLinkedQueue<Throwable> failures = new ConcurrentLinkedQueue<>();

  /** One query, its witness, and its chain. */
  private final class Chain {
    private final String sql;
    private final Session session = db.session();
    private final ToldRows rows = new ToldRows();
    private final ToldRows witness = new ToldRows();
    private final Subscription witnessed;

    /** Told one by one since the last time a resume did not come from the feed. */
    private NavigableMap<Long, Changes> exact = new TreeMap<>();

    private long exactFrom;
    private int exactResumes;

    Chain(String sql) {
      this.sql = sql;
      witnessed = session.subscribe(sql, options, slowed(witness));
      witness.awaitReady();
      try (Subscription first = session.subscribe(sql, options, slowed(rows))) {
        rows.awaitReady();
      }
      exactFrom = rows.seq().value();
      exact = new TreeMap<>();
      note();
    }

    void resume(int events) {
      SeqId from = rows.seq();
      rows.resumes();
      try (Subscription live = session.subscribe(sql, options.withFrom(from), slowed(rows))) {
        if (events > 0) {
          rows.awaitReady();
          rows.awaitChanges(events);
        }
      }
      if (isFromFeed()) {
        exactResumes++;
      } else {
        exactFrom = rows.seq().value();
        exact.clear();
      }
      note();
    }

    private boolean isFromFeed() {
      return rows.events().stream().noneMatch(ChangeEvent.Reset.class::isInstance)
          && rows.changes().stream()
              .flatMap(c -> c.changes().stream())
              .noneMatch(c -> c.kind() == Kind.UPSERT);
    }

    private void note() {
      if (overflow == Overflow.COALESCE) {
        return;
      }
      for (Changes changes : rows.changes()) {
        if (changes.seq().value() > exactFrom) {
          assertThat(exact.put(changes.seq().value(), changes)).as("told twice").isNull();
        }
      }
    }

    /** When nobody writes any more. */
    void check() {
      List<String> fresh = Sql.rows(session, sql).stream().sorted().toList();
      witness.awaitRows(fresh);
      SeqId from = rows.seq();
      rows.resumes();
      try (Subscription live = session.subscribe(sql, options.withFrom(from), slowed(rows))) {
        rows.awaitRows(fresh);
      }
      note();
      assertThat(rows.misfits()).isEmpty();
      assertThat(witness.misfits()).isEmpty();
      if (overflow != Overflow.COALESCE) {
        assertThat(witness.resets()).isEmpty();
        List<Changes> expected = new ArrayList<>(witness.changes());
        expected.removeIf(changes -> changes.seq().value() <= exactFrom);
        assertThat(new ArrayList<>(exact.values())).isEqualTo(expected);
      }
      witnessed.close();
      session.close();
    }
  }

  /** Now and then too slow for a short queue. */
  private ChangeListener slowed(ToldRows told) {
    if (overflow == Overflow.RESET) {
      return told;
    }
    AtomicInteger events = new AtomicInteger();
    return event -> {
      if (events.incrementAndGet() % 16 == 0) {
        LockSupport.parkNanos(3_000_000);
      }
      told.onEvent(event);
    };
  }

  @ParameterizedTest
  @EnumSource(Overflow.class)
  void resume_amongWriters_everyEventOnceAndInOrder(Overflow policy) throws InterruptedException {
    overflow = policy;
    options =
        SubscriptionOptions.defaults()
            .withQueue(
                switch (policy) {
                  case RESET -> 1_000_000;
                  case BLOCK -> 8;
                  case COALESCE -> 32;
                },
                policy);
    int resumes = policy == Overflow.RESET ? RESUMES : RESUMES / 4;
    System.out.printf("LiveResumeSeamTest: seed %d, %s, %,d resumes%n", SEED, policy, resumes);
    db.execute("CREATE TABLE t (id INT PRIMARY KEY, g INT, n INT)");
    List<Thread> writers = new ArrayList<>();
    for (int i = 0; i < WRITERS; i++) {
      Random random = new Random(SEED * 100 + i);
      Thread writer = new Thread(() -> write(random), "writer " + i);
      writer.start();
      writers.add(writer);
    }
    try {
      List<Chain> chains =
          List.of(
              new Chain("SELECT id, n FROM t"),
              new Chain("SELECT id, n * 2, g FROM t WHERE g = 2"),
              new Chain("SELECT id, g FROM t WHERE n % 3 = 0 OR g IS NULL"));
      Random random = new Random(SEED);
      for (int i = 0; i < resumes && failures.isEmpty(); i++) {
        chains.get(i % chains.size()).resume(random.nextInt(4));
      }
      stop.set(true);
      for (Thread writer : writers) {
        writer.join();
      }
      assertThat(failures).isEmpty();
      chains.forEach(Chain::check);
      assertThat(chains.stream().mapToInt(chain -> chain.exactResumes).sum())
          .as("resumes from the feed")
          .isGreaterThan(0);
    } finally {
      stop.set(true);
      for (Thread writer : writers) {
        writer.join();
      }
      db.close();
    }
  }

  private void write(Random random) {
    try (Session session = db.session()) {
      while (!stop.get()) {
        switch (random.nextInt(6)) {
          case 0, 1 ->
              session.execute(
                  "INSERT INTO t VALUES (?, ?, 0) ON CONFLICT (id) DO UPDATE SET n = t.n + 1",
                  random.nextInt(200),
                  random.nextInt(4));
          case 2 -> session.execute("DELETE FROM t WHERE id = ?", random.nextInt(200));
          case 3 ->
              session.inTransaction(
                  s -> {
                    s.execute("UPDATE t SET n = n + 1 WHERE id = ?", random.nextInt(200));
                    return s.execute("UPDATE t SET g = NULL WHERE id = ?", random.nextInt(200));
                  });
          default ->
              session.execute(
                  "UPDATE t SET g = ?, n = n + 1 WHERE id = ?",
                  random.nextInt(4),
                  random.nextInt(200));
        }
        Thread.sleep(2); // the feed is to remember what a chain misses, most of the time
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (RuntimeException | Error e) {
      if (!(e instanceof org.kalamdb.error.KalamException conflict
          && conflict.sqlState().equals("40001"))) {
        failures.add(e);
      }
    }
  }
}
