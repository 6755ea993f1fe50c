package org.kalamdb.suite;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Flow;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
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
import org.kalamdb.live.ChangeEvent.Ready;
import org.kalamdb.live.ChangeEvent.SnapshotRows;
import org.kalamdb.live.SubscriptionOptions;
import org.kalamdb.live.SubscriptionOptions.Overflow;
import org.kalamdb.test.RecordingListener;
import org.kalamdb.test.TemporaryDatabase;

/** The publisher of a live query under the rules of Reactive Streams 1.0.4. */
@ExtendWith(TemporaryDatabase.class)
@Timeout(60)
class LivePublisherTest {
  private static final SubscriptionOptions ALL = SubscriptionOptions.defaults();

  private KalamDB db;

  @BeforeEach
  void open(KalamDB database) {
    db = database;
    db.execute("CREATE SHARED TABLE t (id BIGINT PRIMARY KEY, v TEXT)");
    db.execute("INSERT INTO t VALUES (1, 'a'), (2, 'b')");
  }

  private Flow.Publisher<ChangeEvent> publisher() {
    return db.session().publisher("SELECT id, v FROM t", ALL);
  }

  /** Keeps all signals, in words and as they are, and notes two at a time. */
  private static class Recorder implements Flow.Subscriber<ChangeEvent> {
    final BlockingQueue<String> signals = new LinkedBlockingQueue<>();
    final List<ChangeEvent> events = new ArrayList<>();
    final CompletableFuture<Throwable> error = new CompletableFuture<>();
    Flow.Subscription subscription;
    private boolean inside;
    boolean overlapped;

    private synchronized void enter() {
      overlapped |= inside;
      inside = true;
    }

    private synchronized void exit(String signal) {
      inside = false;
      signals.add(signal);
    }

    @Override
    public void onSubscribe(Flow.Subscription to) {
      enter();
      subscription = to;
      exit("onSubscribe");
    }

    @Override
    public void onNext(ChangeEvent event) {
      enter();
      synchronized (this) {
        events.add(event);
      }
      exit(event.getClass().getSimpleName());
    }

    @Override
    public void onError(Throwable failure) {
      enter();
      error.complete(failure);
      exit("onError");
    }

    @Override
    public void onComplete() {
      enter();
      exit("onComplete");
    }

    String next() throws InterruptedException {
      String signal = signals.poll(20, TimeUnit.SECONDS);
      return signal == null ? "nothing" : signal;
    }

    void expect(String... expected) throws InterruptedException {
      for (String signal : expected) {
        assertThat(next()).isEqualTo(signal);
      }
      assertThat(overlapped).isFalse();
    }
  }

  /** Commits, and waits until others have heard of it: by then so has whoever wanted to. */
  private void commitAndSettle(String sql) {
    RecordingListener heard = new RecordingListener();
    try (var live = db.session().subscribe("SELECT id, v FROM t", ALL, heard)) {
      heard.awaitReady();
      db.execute(sql);
      heard.awaitChanges(1);
    }
  }

  @Test
  void events_comeOneForEachRequest_andNoneWithout() throws Exception {
    Recorder heard = new Recorder();
    publisher().subscribe(heard);
    heard.expect("onSubscribe");
    commitAndSettle("INSERT INTO t VALUES (3, 'c')");
    assertThat(heard.signals).isEmpty(); // 1.1: no demand
    heard.subscription.request(1);
    heard.expect("SnapshotRows");
    commitAndSettle("INSERT INTO t VALUES (4, 'd')");
    assertThat(heard.signals).isEmpty();
    heard.subscription.request(1);
    heard.expect("Ready");
    commitAndSettle("INSERT INTO t VALUES (5, 'e')");
    assertThat(heard.signals).isEmpty();
    heard.subscription.request(1); // 3.8: requests add up
    heard.subscription.request(1);
    heard.expect("Changes", "Changes");
    // Cold: read when it was first asked for.
    assertThat(((SnapshotRows) heard.events.get(0)).rows()).hasSize(3);
    heard.subscription.cancel();
  }

  @Test
  void unboundedRequest_isEverything() throws Exception {
    Recorder heard = new Recorder();
    publisher().subscribe(heard);
    heard.subscription.request(Long.MAX_VALUE); // 3.17
    heard.subscription.request(Long.MAX_VALUE);
    heard.expect("onSubscribe", "SnapshotRows", "Ready");
    for (int i = 10; i < 200; i++) {
      db.execute("INSERT INTO t VALUES (?, 'x')", i);
    }
    for (int i = 10; i < 200; i++) {
      heard.expect("Changes");
    }
    heard.subscription.cancel();
  }

  @Test
  void requestFromOnSubscribeAndOnNext_drivesIt_withoutRecursion() throws Exception {
    CompletableFuture<Integer> deepest = new CompletableFuture<>();
    Recorder heard =
        new Recorder() {
          private int depth;

          @Override
          public void onSubscribe(Flow.Subscription to) {
            super.onSubscribe(to);
            to.request(1);
          }

          @Override
          public void onNext(ChangeEvent event) {
            depth++;
            super.onNext(event);
            subscription.request(1); // 3.3
            if (depth > 1) {
              deepest.complete(depth);
            }
            depth--;
          }
        };
    db.session().publisher("SELECT id, v FROM t", ALL.withExecutor(Runnable::run)).subscribe(heard);
    heard.expect("onSubscribe", "SnapshotRows", "Ready");
    db.execute("INSERT INTO t VALUES (3, 'c')");
    heard.expect("Changes");
    assertThat(deepest).isNotDone();
    heard.subscription.cancel();
  }

  @Test
  void eachSubscriber_hasItsOwnEventsAndDemand() throws Exception {
    Flow.Publisher<ChangeEvent> publisher = publisher();
    Recorder first = new Recorder();
    Recorder second = new Recorder();
    publisher.subscribe(first);
    publisher.subscribe(second); // 1.11
    first.subscription.request(2);
    first.expect("onSubscribe", "SnapshotRows", "Ready");
    second.expect("onSubscribe");
    assertThat(second.signals).isEmpty();
    first.subscription.cancel();
    second.subscription.request(3);
    second.expect("SnapshotRows", "Ready");
    db.execute("DELETE FROM t WHERE id = 1");
    second.expect("Changes");
    assertThat(first.signals).isEmpty();
    second.subscription.cancel();
  }

  @Test
  void cancel_endsTheSubscriptionAndAllSignals_andMayBeRepeated() throws Exception {
    Recorder heard = new Recorder();
    publisher().subscribe(heard);
    heard.subscription.request(10);
    heard.expect("onSubscribe", "SnapshotRows", "Ready");
    heard.subscription.cancel();
    heard.subscription.cancel(); // 3.7
    heard.subscription.request(1); // 3.6
    heard.subscription.request(-1);
    commitAndSettle("INSERT INTO t VALUES (3, 'c')");
    assertThat(heard.signals).isEmpty();
    db.execute("DROP TABLE t"); // refused while there are subscriptions
  }

  @Test
  void cancelInOnSubscribeOrOnNext_isRespected() throws Exception {
    Recorder never =
        new Recorder() {
          @Override
          public void onSubscribe(Flow.Subscription to) {
            super.onSubscribe(to);
            to.request(5);
            to.cancel();
          }
        };
    publisher().subscribe(never);
    Recorder once =
        new Recorder() {
          @Override
          public void onNext(ChangeEvent event) {
            super.onNext(event);
            subscription.cancel();
          }
        };
    publisher().subscribe(once);
    once.subscription.request(5);
    once.expect("onSubscribe", "SnapshotRows");
    commitAndSettle("INSERT INTO t VALUES (3, 'c')");
    never.expect("onSubscribe");
    assertThat(never.signals).isEmpty();
    assertThat(once.signals).isEmpty();
    db.execute("DROP TABLE t");
  }

  @Test
  void requestOfNothing_isAnError() throws Exception {
    for (long wrong : new long[] {0, -1, Long.MIN_VALUE}) {
      Recorder heard = new Recorder();
      publisher().subscribe(heard);
      heard.subscription.request(wrong); // 3.9
      heard.expect("onSubscribe", "onError");
      assertThat(heard.error.get())
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("3.9");
      Recorder early =
          new Recorder() {
            @Override
            public void onSubscribe(Flow.Subscription to) {
              super.onSubscribe(to);
              to.request(wrong);
            }
          };
      publisher().subscribe(early);
      early.expect("onSubscribe", "onError");
      assertThat(early.error.get()).isInstanceOf(IllegalArgumentException.class);
    }
  }

  @Test
  void nullSubscriber_isRefused() {
    assertThatThrownBy(() -> publisher().subscribe(null)) // 1.9
        .isInstanceOf(NullPointerException.class);
  }

  @Test
  void queryThatCannotBe_isAnErrorAfterOnSubscribe_andBadSyntaxIsThrown() throws Exception {
    Recorder heard = new Recorder();
    db.session().publisher("SELECT * FROM nowhere", ALL).subscribe(heard);
    heard.expect("onSubscribe", "onError");
    assertThat(((KalamException) heard.error.get()).code()).isEqualTo(ErrorCode.UNDEFINED_TABLE);
    assertThatThrownBy(() -> db.session().publisher("SELEKT", ALL))
        .isInstanceOf(KalamException.class);
  }

  @Test
  void databaseThatCloses_isAnError_alsoWithoutDemand() throws Exception {
    Recorder asked = new Recorder();
    Recorder silent = new Recorder();
    try (KalamDB own = KalamDB.openInMemory()) {
      own.execute("CREATE SHARED TABLE t (id BIGINT PRIMARY KEY)");
      Flow.Publisher<ChangeEvent> publisher = own.session().publisher("SELECT id FROM t", ALL);
      publisher.subscribe(asked);
      publisher.subscribe(silent);
      asked.subscription.request(5);
      asked.expect("onSubscribe", "Ready");
    }
    asked.expect("onError");
    silent.expect("onSubscribe", "onError");
    assertThat(((KalamException) silent.error.get()).code()).isEqualTo(ErrorCode.ADMIN_SHUTDOWN);
    assertThat(asked.signals).isEmpty(); // 1.7: nothing after the end
  }

  @Test
  void throwingSubscriber_isCancelled() throws Exception {
    Recorder heard =
        new Recorder() {
          @Override
          public void onNext(ChangeEvent event) {
            super.onNext(event);
            throw new IllegalStateException("on purpose");
          }
        };
    publisher().subscribe(heard);
    heard.subscription.request(10);
    heard.expect("onSubscribe", "SnapshotRows");
    commitAndSettle("INSERT INTO t VALUES (3, 'c')"); // 2.13
    assertThat(heard.signals).isEmpty();
    db.execute("DROP TABLE t");
  }

  @Test
  void publisher_outlivesItsSession_andKeepsItsNamespaceAndUser() throws Exception {
    db.execute("CREATE NAMESPACE n");
    db.execute("CREATE USER TABLE n.own (id BIGINT PRIMARY KEY)");
    Flow.Publisher<ChangeEvent> publisher;
    try (Session alice = db.session("alice")) {
      alice.useNamespace("n");
      alice.execute("INSERT INTO own VALUES (1)");
      publisher = alice.publisher("SELECT id FROM own WHERE id < ?", ALL, 10);
      alice.useNamespace("default");
    }
    try (Session bob = db.session("bob")) {
      bob.execute("INSERT INTO n.own VALUES (2)");
    }
    Recorder heard = new Recorder();
    publisher.subscribe(heard);
    heard.subscription.request(5);
    heard.expect("onSubscribe", "SnapshotRows", "Ready");
    assertThat(Sql.text(((SnapshotRows) heard.events.get(0)).rows().get(0))).isEqualTo("1");
    heard.subscription.cancel();
  }

  @Test
  void slowSubscriber_underEachPolicy_isBounded_andEndsWithWhatIsThere() throws Exception {
    for (Overflow overflow : new Overflow[] {Overflow.RESET, Overflow.COALESCE}) {
      Recorder slow = new Recorder();
      db.session().publisher("SELECT id, v FROM t", ALL.withQueue(50, overflow)).subscribe(slow);
      slow.subscription.request(2);
      slow.expect("onSubscribe", "SnapshotRows", "Ready");
      for (int i = 0; i < 500; i++) {
        db.execute("UPDATE t SET v = ? WHERE id = ?", "u" + i, 1 + i % 2);
      }
      commitAndSettle("UPDATE t SET v = '" + overflow + "'");
      slow.subscription.request(Long.MAX_VALUE);
      if (overflow == Overflow.RESET) {
        slow.expect("Reset", "SnapshotRows", "Ready");
      } else {
        slow.expect("Changes");
        Changes merged = (Changes) slow.events.get(2);
        assertThat(merged.changes()).hasSize(2);
      }
      slow.subscription.cancel();
    }
  }

  @Test
  void manyThreadsThatRequest_getEveryEventOnce() throws Exception {
    Recorder heard = new Recorder();
    publisher().subscribe(heard);
    Consumer<Integer> ask =
        times -> {
          for (int i = 0; i < times; i++) {
            heard.subscription.request(1);
          }
        };
    List<Thread> threads = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      Thread thread = new Thread(() -> ask.accept(50));
      thread.start();
      threads.add(thread);
    }
    for (int i = 10; i < 208; i++) {
      db.execute("INSERT INTO t VALUES (?, 'x')", i);
    }
    for (Thread thread : threads) {
      thread.join();
    }
    int rows = 0;
    for (int i = 0; i < 200 && rows < 200; i++) {
      heard.next();
      synchronized (heard) {
        rows =
            heard.events.stream()
                .mapToInt(
                    e ->
                        e instanceof SnapshotRows s
                            ? s.rows().size()
                            : e instanceof Changes c ? c.changes().size() : 0)
                .sum();
      }
    }
    assertThat(rows).isEqualTo(200);
    assertThat(heard.events).filteredOn(Ready.class::isInstance).hasSize(1);
    assertThat(heard.overlapped).isFalse();
    heard.subscription.cancel();
  }
}
