package org.kalamdb.suite;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.NoSuchElementException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.kalamdb.KalamDB;
import org.kalamdb.Session;
import org.kalamdb.error.ErrorCode;
import org.kalamdb.error.KalamException;
import org.kalamdb.live.ChangeEvent;
import org.kalamdb.live.ChangeEvent.Changes;
import org.kalamdb.live.ChangeEvent.Closed;
import org.kalamdb.live.ChangeEvent.Ready;
import org.kalamdb.live.ChangeEvent.Reset;
import org.kalamdb.live.ChangeEvent.SnapshotRows;
import org.kalamdb.live.LiveEvents;
import org.kalamdb.live.Subscription;
import org.kalamdb.live.SubscriptionOptions;
import org.kalamdb.live.SubscriptionOptions.Overflow;
import org.kalamdb.test.RecordingListener;
import org.kalamdb.test.TemporaryDatabase;

/** Events of a live query that a thread takes one by one. */
@ExtendWith(TemporaryDatabase.class)
@Timeout(60)
class LiveEventsTest {
  private static final SubscriptionOptions ALL = SubscriptionOptions.defaults();

  private KalamDB db;
  private Session session;

  @BeforeEach
  void open(KalamDB database) {
    db = database;
    session = db.session();
    db.execute("CREATE SHARED TABLE t (id BIGINT PRIMARY KEY, v TEXT)");
    db.execute("INSERT INTO t VALUES (1, 'a'), (2, 'b')");
  }

  @Test
  void events_areTakenInOrder_andEndWithClosed() {
    LiveEvents events = session.events("SELECT id, v FROM t WHERE id < ?", ALL, 100);
    assertThat(events.next()).isInstanceOf(SnapshotRows.class);
    assertThat(events.hasNext()).isTrue();
    assertThat(events.next()).isInstanceOf(Ready.class);
    for (int i = 10; i < 30; i++) {
      db.execute("INSERT INTO t VALUES (?, 'x')", i);
    }
    for (int i = 10; i < 30; i++) {
      Changes changes = (Changes) events.next();
      assertThat(changes.changes().get(0).newRow().getInt(0)).isEqualTo(i);
    }
    events.close();
    assertThat(events.hasNext()).isTrue();
    assertThat(((Closed) events.next()).error()).isNull();
    assertThat(events.hasNext()).isFalse();
    assertThatThrownBy(events::next).isInstanceOf(NoSuchElementException.class);
    assertThatThrownBy(() -> events.next(Duration.ZERO)).isInstanceOf(NoSuchElementException.class);
  }

  @Test
  void next_nothingComes_isNullAfterTheTime() throws Exception {
    try (LiveEvents events = session.events("SELECT id, v FROM t", ALL)) {
      events.next();
      events.next();
      assertThat(events.next(Duration.ofMillis(1))).isNull();
      assertThat(events.next(Duration.ZERO)).isNull();
      db.execute("DELETE FROM t WHERE id = 1");
      assertThat(events.next(Duration.ofSeconds(Long.MAX_VALUE))).isInstanceOf(Changes.class);
    }
  }

  @Test
  void close_fromElsewhere_wakesWhoeverWaits() throws Exception {
    LiveEvents events = session.events("SELECT id, v FROM t", ALL);
    events.next();
    events.next();
    CompletableFuture<ChangeEvent> waiting = CompletableFuture.supplyAsync(events::next);
    events.close();
    assertThat(waiting.get(20, TimeUnit.SECONDS)).isInstanceOf(Closed.class);
    assertThat(events.subscription().isOpen()).isFalse();
    events.close();
  }

  @Test
  void interrupt_isTold_andNoEventIsLost() throws Exception {
    try (LiveEvents events = session.events("SELECT id, v FROM t", ALL)) {
      events.next();
      events.next();
      Thread.currentThread().interrupt();
      assertThatThrownBy(() -> events.next(Duration.ofSeconds(20)))
          .isInstanceOf(InterruptedException.class);
      Thread.currentThread().interrupt();
      assertThatThrownBy(events::next)
          .isInstanceOfSatisfying(
              KalamException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.QUERY_CANCELED));
      assertThat(Thread.interrupted()).isTrue();
      db.execute("DELETE FROM t WHERE id = 1");
      assertThat(events.next()).isInstanceOf(Changes.class);
    }
  }

  @Test
  void eventsNotTaken_meetThePolicy() {
    try (LiveEvents events =
            session.events("SELECT id, v FROM t", ALL.withQueue(20, Overflow.RESET));
        LiveEvents merged =
            session.events("SELECT id, v FROM t", ALL.withQueue(20, Overflow.COALESCE))) {
      for (LiveEvents each : new LiveEvents[] {events, merged}) {
        each.next();
        each.next();
      }
      for (int i = 0; i < 200; i++) {
        db.execute("UPDATE t SET v = ? WHERE id = 1", "u" + i);
      }
      RecordingListener settled = new RecordingListener();
      try (Subscription live = session.subscribe("SELECT id, v FROM t", ALL, settled)) {
        settled.awaitReady();
        db.execute("UPDATE t SET v = 'last' WHERE id = 1");
        settled.awaitChanges(1);
      }
      // One may have been taken out ahead.
      ChangeEvent first = events.next();
      assertThat(first instanceof Reset || events.next() instanceof Reset).isTrue();
      ChangeEvent last = merged.next();
      int taken = 1;
      while (!newest(last).equals("last")) {
        last = merged.next();
        taken++;
      }
      assertThat(taken).isLessThan(30);
    }
  }

  private static String newest(ChangeEvent event) {
    Changes changes = (Changes) event;
    return changes.changes().get(changes.changes().size() - 1).newRow().getString(1);
  }

  @Test
  void blockPolicy_holdsTheWriterUntilEventsAreTaken() throws Exception {
    try (LiveEvents events =
        session.events("SELECT id, v FROM t", ALL.withQueue(5, Overflow.BLOCK))) {
      events.next();
      events.next();
      CompletableFuture<Void> writer =
          CompletableFuture.runAsync(
              () -> {
                for (int i = 10; i < 60; i++) {
                  db.execute("INSERT INTO t VALUES (?, 'x')", i);
                }
              });
      for (int i = 10; i < 60; i++) {
        Changes changes = (Changes) events.next();
        assertThat(changes.changes().get(0).newRow().getInt(0)).isEqualTo(i);
      }
      writer.get(20, TimeUnit.SECONDS);
    }
  }

  @Test
  void databaseThatCloses_endsWithTheError() {
    LiveEvents events;
    try (KalamDB own = KalamDB.openInMemory()) {
      own.execute("CREATE SHARED TABLE t (id BIGINT PRIMARY KEY)");
      events = own.session().events("SELECT id FROM t", ALL);
      assertThat(events.next()).isInstanceOf(Ready.class);
    }
    assertThat(((Closed) events.next()).error())
        .isInstanceOfSatisfying(
            KalamException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.ADMIN_SHUTDOWN));
  }

  @Test
  void executor_isRefused() {
    assertThatThrownBy(() -> session.events("SELECT 1", ALL.withExecutor(Runnable::run)))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
