package org.kalamdb.suite;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.kalamdb.Durability;
import org.kalamdb.KalamDB;
import org.kalamdb.KalamOptions;
import org.kalamdb.Session;
import org.kalamdb.error.ErrorCode;
import org.kalamdb.error.KalamException;
import org.kalamdb.live.ChangeEvent;
import org.kalamdb.live.ChangeListener;
import org.kalamdb.live.SubscriptionOptions;
import org.kalamdb.query.Result;
import org.kalamdb.query.Row;

/** Closing while everything else goes on: bounded, quiet, and nothing committed is lost. */
@Timeout(60)
class CloseRaceTest {
  private static final KalamOptions OPTIONS =
      KalamOptions.builder()
          .durability(Durability.NONE)
          .closeTimeout(Duration.ofSeconds(5))
          .build();

  @TempDir Path directory;

  /** Runs until the database is closed; anything but the word of that is a failure. */
  private static void untilClosed(Threads.Work work) throws Exception {
    while (true) {
      try {
        work.run();
      } catch (KalamException e) {
        if (e.code() == ErrorCode.SERIALIZATION_FAILURE) {
          continue;
        }
        assertThat(e.code())
            .as(e.toString())
            .isIn(ErrorCode.CONNECTION_DOES_NOT_EXIST, ErrorCode.ADMIN_SHUTDOWN);
        return;
      } catch (IllegalStateException e) {
        assertThat(e).hasMessageContaining("is closed");
        return;
      }
    }
  }

  @Test
  void close_underLoad_endsEverythingAndKeepsWhatWasCommitted() throws Exception {
    Map<Long, Long> committed = new ConcurrentHashMap<>();
    for (int round = 0; round < 15; round++) {
      Threads work = new Threads();
      KalamDB db = KalamDB.open(directory, OPTIONS);
      List<Session> sessions = Stream.generate(db::session).limit(6).toList();
      if (round == 0) {
        db.execute("CREATE SHARED TABLE t (id BIGINT PRIMARY KEY, v BIGINT)");
        db.execute("CREATE SHARED TABLE big (id BIGINT PRIMARY KEY, v BIGINT)");
        for (int i = 0; i < 20; i++) {
          StringBuilder rows = new StringBuilder("INSERT INTO big VALUES ");
          for (int j = 0; j < 500; j++) {
            rows.append(j == 0 ? "" : ",").append('(').append(i * 500 + j).append(",1)");
          }
          db.execute(rows.toString());
          if (i == 10) {
            db.execute("STORAGE FLUSH TABLE big");
          }
        }
      }
      CountDownLatch busy = new CountDownLatch(40);
      for (int t = 0; t < 2; t++) {
        long own = t;
        long base = round * 100_000L;
        long[] next = {0};
        work.start(
            () -> {
              untilClosed(
                  () -> {
                    long key = base + next[0]++ * 2 + own;
                    sessions.get((int) own).execute("INSERT INTO t VALUES (?, ?)", key, key);
                    committed.put(key, key);
                    busy.countDown();
                  });
            });
      }
      work.start(
          () -> {
            untilClosed(() -> sessions.get(2).execute("STORAGE FLUSH TABLE t"));
          });
      work.start(
          () -> {
            untilClosed(
                () -> {
                  try (Result result =
                      sessions.get(3).query("SELECT id, v FROM big ORDER BY v, id")) {
                    for (Row row : result) {
                      row.getLong(0);
                    }
                  }
                });
          });
      work.start(
          () -> {
            untilClosed(() -> sessions.get(4).execute("UPDATE big SET v = v + 1 WHERE id < 3000"));
          });
      work.start(
          () -> {
            untilClosed(
                () ->
                    sessions
                        .get(5)
                        .subscribe("SELECT * FROM t", SubscriptionOptions.defaults(), event -> {})
                        .close());
          });
      busy.await();
      db.close();
      work.join();
    }
    try (KalamDB db = KalamDB.open(directory, OPTIONS);
        Result result = db.query("SELECT id, v FROM t")) {
      Map<Long, Long> found = new TreeMap<>();
      for (Row row : result) {
        assertThat(found.put(row.getLong(0), row.getLong(1))).isNull();
      }
      assertThat(found).containsAllEntriesOf(committed);
    }
  }

  private static KalamDB withListener(ChangeListener listener) {
    KalamDB db =
        KalamDB.openInMemory(KalamOptions.builder().closeTimeout(Duration.ofMillis(300)).build());
    db.execute("CREATE SHARED TABLE t (id BIGINT PRIMARY KEY)");
    CountDownLatch ready = new CountDownLatch(1);
    db.session()
        .subscribe(
            "SELECT * FROM t",
            SubscriptionOptions.defaults().withQueue(1, SubscriptionOptions.Overflow.BLOCK),
            event -> {
              if (event instanceof ChangeEvent.Ready) {
                ready.countDown();
              } else if (event instanceof ChangeEvent.Changes) {
                listener.onEvent(event);
              }
            });
    try {
      ready.await();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
    return db;
  }

  private static void await(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static void awaitParked(Thread thread) {
    while (thread.getState() != Thread.State.WAITING
        && thread.getState() != Thread.State.TIMED_WAITING) {
      Thread.onSpinWait();
    }
  }

  @Test
  void close_whileAWriterIsHeldBack_letsItGo() throws Exception {
    CountDownLatch listening = new CountDownLatch(1);
    CountDownLatch free = new CountDownLatch(1);
    KalamDB db =
        withListener(
            event -> {
              listening.countDown();
              await(free);
            });
    Threads work = new Threads();
    long[] key = {0};
    Thread writer =
        work.start(() -> untilClosed(() -> db.execute("INSERT INTO t VALUES (?)", key[0]++)));
    listening.await();
    awaitParked(writer);
    work.start(db::close);
    try {
      work.join();
    } finally {
      free.countDown();
    }
  }

  @Test
  void listener_thatQueriesTheHandleItsWriterHolds_doesNotWaitForItself() throws Exception {
    Thread[] writer = new Thread[1];
    KalamDB[] opened = new KalamDB[1];
    CountDownLatch started = new CountDownLatch(1);
    CountDownLatch told = new CountDownLatch(6);
    KalamDB db =
        withListener(
            event -> {
              await(started);
              if (told.getCount() == 6) {
                awaitParked(writer[0]);
              }
              opened[0].query("SELECT count(*) FROM t").close();
              ((ChangeEvent.Changes) event).changes().forEach(change -> told.countDown());
            });
    opened[0] = db;
    Threads work = new Threads();
    writer[0] =
        work.start(
            () -> {
              for (int i = 0; i < 6; i++) {
                db.execute("INSERT INTO t VALUES (?)", i);
              }
            });
    started.countDown();
    work.join();
    told.await();
    db.close();
  }

  @Test
  void close_duringAnEndlessQuery_stopsItAndFreesItsMemory() throws Exception {
    KalamDB db =
        KalamDB.open(
            directory, KalamOptions.builder().closeTimeout(Duration.ofMillis(100)).build());
    db.execute("CREATE SHARED TABLE t (id BIGINT PRIMARY KEY)");
    for (int i = 0; i < 2000; i++) {
      if (i % 500 == 0) {
        StringBuilder rows = new StringBuilder("INSERT INTO t VALUES (" + i + ")");
        for (int j = 1; j < 500; j++) {
          rows.append(",(").append(i + j).append(')');
        }
        db.execute(rows.toString());
      }
    }
    CountDownLatch running = new CountDownLatch(1);
    Threads work = new Threads();
    Session session = db.session();
    work.start(
        () ->
            untilClosed(
                () -> {
                  running.countDown();
                  session
                      .query(
                          "SELECT count(*) FROM t a, t b, t c, t d WHERE a.id + b.id + c.id + d.id < 0")
                      .list();
                }));
    running.await();
    db.close();
    work.join();
  }

  @Test
  void result_leftOpenAtClose_refusesFurtherReadsAndCloses() {
    KalamDB db = KalamDB.open(directory, OPTIONS);
    db.execute("CREATE SHARED TABLE t (id BIGINT PRIMARY KEY)");
    db.execute("INSERT INTO t VALUES (1)");
    Result result = db.query("SELECT id FROM t WHERE id > 0");
    db.close();
    org.assertj.core.api.Assertions.assertThatThrownBy(result::list)
        .isInstanceOfSatisfying(
            KalamException.class,
            e -> assertThat(e.code()).isEqualTo(ErrorCode.CONNECTION_DOES_NOT_EXIST));
    result.close();
    KalamDB.open(directory, OPTIONS).close();
  }
}
