package org.kalamdb.internal.live;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.ref.WeakReference;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.kalamdb.internal.feed.ChangeFeed;
import org.kalamdb.live.ChangeEvent;
import org.kalamdb.live.ChangeEvent.Changes;
import org.kalamdb.live.ChangeEvent.Kind;
import org.kalamdb.live.ChangeListener;
import org.kalamdb.live.Subscription;
import org.kalamdb.live.SubscriptionOptions;
import org.kalamdb.live.SubscriptionOptions.Overflow;

/** Queues that fill, listeners that misbehave, subscriptions that nobody closes. */
@Timeout(60)
class LiveDeliveryTest {
  private final ChangeFeed feed = new ChangeFeed(0);
  private final LiveQueries live = new LiveQueries(1L << 30);
  private final ModelTable table = new ModelTable(1, null, feed, new ModelTable.Clock());

  LiveDeliveryTest() {
    feed.register(live);
  }

  @AfterEach
  void everythingIsLetGo() {
    assertThat(live.closeAll("test over", Duration.ofSeconds(10))).isEmpty();
    assertThat(live.openSubscriptions()).isZero();
    assertThat(ModelTable.OPEN).hasValue(0);
  }

  private Subscription subscribe(ChangeListener to, SubscriptionOptions options) {
    return live.subscribe(table.request(row -> true), options, to);
  }

  private static SubscriptionOptions queue(int capacity, Overflow overflow) {
    return SubscriptionOptions.defaults().withQueue(capacity, overflow);
  }

  private SubscriptionInfo info(Subscription of) {
    return live.list().stream().filter(i -> i.id().equals(of.id())).findFirst().orElseThrow();
  }

  /** A listener that stands still at its first change until it is let go. */
  private static final class Gated implements ChangeListener {
    private final FoldingListener fold = new FoldingListener();
    private final CountDownLatch inside = new CountDownLatch(1);
    private final CountDownLatch release = new CountDownLatch(1);

    @Override
    public void onEvent(ChangeEvent event) {
      fold.onEvent(event);
      if (event instanceof Changes) {
        inside.countDown();
        await(release);
      }
    }
  }

  private static void await(CountDownLatch latch) {
    try {
      assertThat(latch.await(20, TimeUnit.SECONDS)).isTrue();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  // ---- COALESCE

  @Test
  void coalesce_fullQueue_isOneEventOfNetChanges() throws Exception {
    for (int i = 1; i <= 3; i++) {
      table.put(i, 0, "a");
    }
    Gated slow = new Gated();
    Subscription subscription = subscribe(slow, queue(10, Overflow.COALESCE));
    slow.fold.awaitReady();
    FoldingListener quick = new FoldingListener();
    subscribe(quick, SubscriptionOptions.defaults());
    quick.awaitReady();
    quick.awaitSeq(table.put(100, 0, "first"));
    await(slow.inside);
    for (int i = 0; i < 40; i++) {
      table.put(1, 0, "b" + i);
      table.put(2, 0, "b" + i);
      table.put(200, 0, "came");
      table.delete(200);
    }
    table.delete(3);
    long last = table.put(2, 0, "a");
    quick.awaitSeq(last);
    assertThat(info(subscription).pending()).isLessThanOrEqualTo(11);
    assertThat(info(subscription).coalesced()).isGreaterThan(100);
    slow.release.countDown();
    slow.fold.awaitSeq(last);
    assertThat(slow.fold.resets()).isZero();
    assertThat(slow.fold.rows()).isEqualTo(table.select(row -> true));
    slow.fold.assertNoComplaints();
    // 163 commits, of which a queue of 10 can have kept ten apart.
    List<ChangeEvent> events = slow.fold.events();
    assertThat(events.stream().filter(Changes.class::isInstance).count()).isLessThanOrEqualTo(12);
    Changes merged = (Changes) events.get(3);
    assertThat(merged.changes()).hasSize(2).allMatch(c -> c.kind() == Kind.UPDATE);
    assertThat(merged.changes().get(0).oldRow()).isNotNull();
    assertThat(merged.changes().get(0).oldRow().getString(2)).isEqualTo("a");
    assertThat(merged.changes().get(0).changedColumns()).containsExactly("v");
  }

  @Test
  void coalesce_moreRowsThanRoom_isAReset() throws Exception {
    Gated slow = new Gated();
    subscribe(slow, queue(10, Overflow.COALESCE));
    slow.fold.awaitReady();
    FoldingListener quick = new FoldingListener();
    subscribe(quick, SubscriptionOptions.defaults());
    quick.awaitReady();
    table.put(0, 0, "first");
    await(slow.inside);
    long last = 0;
    for (int i = 1; i <= 100; i++) {
      last = table.put(i, 0, "x");
    }
    quick.awaitSeq(last);
    slow.release.countDown();
    slow.fold.await("the snapshot after the reset", f -> f.hasRow(100));
    assertThat(slow.fold.resets()).isEqualTo(1);
    slow.fold.awaitSeq(table.put(200, 0, "on"));
    assertThat(slow.fold.rows()).isEqualTo(table.select(row -> true));
    slow.fold.assertNoComplaints();
  }

  // ---- bytes

  @ParameterizedTest
  @EnumSource(Overflow.class)
  void queueBytes_boundWhatWaits(Overflow overflow) throws Exception {
    Gated slow = new Gated();
    Subscription subscription = subscribe(slow, queue(10_000, overflow).withQueueBytes(100_000));
    slow.fold.awaitReady();
    String large = "x".repeat(10_000);
    table.put(1000, 0, "first");
    await(slow.inside);
    CompletableFuture<Long> writer =
        CompletableFuture.supplyAsync(
            () -> {
              long last = 0;
              for (int i = 0; i < 100; i++) {
                last = table.put(i % 50, 0, large + i);
              }
              return last;
            });
    if (overflow == Overflow.BLOCK) {
      awaitBytes(subscription, 100_000);
      assertThat(writer).isNotDone();
    } else {
      writer.get(20, TimeUnit.SECONDS);
    }
    // One transaction, here a row before and after, may be above.
    assertThat(info(subscription).pendingBytes()).isLessThan(130_000);
    slow.release.countDown();
    long last = writer.get(20, TimeUnit.SECONDS);
    slow.fold.await("the last row", f -> (large + 99).equals(f.valueOf(49)));
    assertThat(last).isPositive();
    assertThat(slow.fold.resets() > 0).isEqualTo(overflow != Overflow.BLOCK);
    assertThat(slow.fold.rows()).isEqualTo(table.select(row -> true));
    slow.fold.assertNoComplaints();
  }

  private void awaitBytes(Subscription subscription, long bytes) {
    while (info(subscription).pendingBytes() < bytes) {
      Thread.onSpinWait();
    }
  }

  /** Random writes, listeners that stand still now and then: at last everybody has all rows. */
  @ParameterizedTest
  @EnumSource(Overflow.class)
  void slowListeners_underThePolicy_endWithAllRowsAndNoGap(Overflow overflow) throws Exception {
    long seed = 606L + overflow.ordinal();
    System.out.println("LiveDeliveryTest seed " + seed);
    SplittableRandom random = new SplittableRandom(seed);
    List<FoldingListener> folds = new ArrayList<>();
    List<Subscription> subscriptions = new ArrayList<>();
    for (int i = 0; i < 8; i++) {
      FoldingListener fold = new FoldingListener(false);
      SplittableRandom own = random.split();
      folds.add(fold);
      subscriptions.add(
          subscribe(
              event -> {
                fold.onEvent(event);
                if (own.nextInt(100) == 0) {
                  LockSupport.parkNanos(2_000_000);
                }
              },
              queue(64, overflow)));
    }
    for (FoldingListener fold : folds) {
      fold.awaitReady(); // before that, nobody waits
    }
    AtomicInteger most = new AtomicInteger();
    for (int i = 0; i < 20_000; i++) {
      table.commit(
          tx -> {
            for (int n = 1 + random.nextInt(3); n > 0; n--) {
              if (random.nextInt(3) == 0) {
                tx.delete(random.nextInt(40));
              } else {
                tx.put(random.nextInt(40), random.nextInt(3), "v" + random.nextInt(5));
              }
            }
          });
      if (i % 100 == 0) {
        live.list().forEach(info -> most.accumulateAndGet(info.pending(), Math::max));
      }
    }
    long last = table.put(1000, 0, "end");
    for (FoldingListener fold : folds) {
      fold.await("the last row", f -> f.isReady() && f.hasRow(1000));
      assertThat(fold.rows()).as("seed %s", seed).isEqualTo(table.select(row -> true));
      fold.assertNoComplaints();
    }
    assertThat(last).isPositive();
    // While a snapshot is overtaken again and again it may be 64 times as much.
    assertThat(most.get()).isLessThan(64 * 64 + 4);
    if (overflow == Overflow.BLOCK) {
      // A transaction of three is let into the last free place, and while it is put into the queue
      // it is counted there and as under way.
      assertThat(most.get()).isLessThan(64 + 3 + 3);
      assertThat(folds).allMatch(fold -> fold.resets() == 0);
    }
  }

  // ---- listeners that misbehave, all at once

  @Test
  void badListenersOfAllKinds_disturbNobody() throws Exception {
    FoldingListener good = new FoldingListener(false);
    subscribe(good, SubscriptionOptions.defaults());
    good.awaitReady();
    Semaphore stuck = new Semaphore(0);
    AtomicInteger thrown = new AtomicInteger();
    AtomicInteger opened = new AtomicInteger();
    AtomicInteger written = new AtomicInteger();
    AtomicInteger afterOwnClose = new AtomicInteger();
    List<Subscription> all = new ArrayList<>();
    ConcurrentLinkedQueue<Subscription> fromWithin = new ConcurrentLinkedQueue<>();
    for (int i = 0; i < 3; i++) {
      all.add(
          subscribe(
              event -> {
                thrown.incrementAndGet();
                throw new IllegalStateException("on purpose");
              },
              queue(20, Overflow.RESET)));
      all.add(
          subscribe(
              event -> {
                if (event instanceof Changes) {
                  stuck.acquireUninterruptibly();
                }
              },
              queue(20, Overflow.COALESCE)));
      all.add(subscribe(event -> LockSupport.parkNanos(500_000), queue(20, Overflow.RESET)));
      AtomicReference<Subscription> own = new AtomicReference<>();
      AtomicBoolean closed = new AtomicBoolean();
      own.set(
          subscribe(
              event -> {
                if (closed.get() && !(event instanceof ChangeEvent.Closed)) {
                  afterOwnClose.incrementAndGet();
                }
                if (event instanceof Changes && own.get() != null) {
                  closed.set(true);
                  own.get().close();
                }
              },
              queue(20, Overflow.RESET)));
      all.add(own.get());
      all.add(
          subscribe(
              event -> {
                if (event instanceof Changes changes
                    && changes.changes().get(0).newRow() != null
                    && changes.changes().get(0).newRow().getLong(0) < 1000
                    && written.incrementAndGet() < 200) {
                  boolean entered = live.enterCommit(); // as the engine does
                  table.put(1000 + written.get(), 0, "from a listener");
                  if (entered) {
                    live.exitCommit();
                  }
                }
              },
              queue(20, Overflow.BLOCK)));
      all.add(
          subscribe(
              event -> {
                if (event instanceof Changes && opened.incrementAndGet() < 50) {
                  fromWithin.add(subscribe(inner -> {}, queue(20, Overflow.RESET)));
                  Subscription first = fromWithin.poll();
                  if (first != null) {
                    first.close();
                  }
                }
              },
              queue(20, Overflow.RESET)));
    }
    for (int i = 0; i < 500; i++) {
      table.put(i, 0, "x");
    }
    good.await("every row", f -> f.hasRow(499));
    assertThat(thrown.get()).isPositive();
    stuck.release(1_000_000);
    all.forEach(Subscription::close);
    fromWithin.forEach(Subscription::close);
    long last = table.put(5000, 0, "end");
    good.awaitSeq(last);
    assertThat(good.rows()).isEqualTo(table.select(row -> true));
    assertThat(good.resets()).isZero();
    good.assertNoComplaints();
    assertThat(afterOwnClose).hasValue(0);
    assertThat(live.openSubscriptions()).isEqualTo(1);
  }

  // ---- subscriptions nobody closes

  @Test
  void tenThousandDroppedWithoutClose_liveOn_andAreLetGoWithTheDatabase() throws Exception {
    AtomicInteger changes = new AtomicInteger();
    AtomicInteger closed = new AtomicInteger();
    WeakReference<Object> oneOfThem = null;
    for (int i = 0; i < 10_000; i++) {
      ChangeListener listener =
          event -> {
            if (event instanceof Changes) {
              changes.incrementAndGet();
            } else if (event instanceof ChangeEvent.Closed) {
              closed.incrementAndGet();
            }
          };
      Subscription dropped = subscribe(listener, SubscriptionOptions.defaults());
      if (i == 5000) {
        oneOfThem = new WeakReference<>(dropped);
      }
    }
    while (live.list().stream().anyMatch(info -> !info.phase().equals("STREAMING"))) {
      Thread.onSpinWait();
    }
    table.put(1, 0, "x");
    while (changes.get() < 10_000) {
      Thread.onSpinWait();
    }
    assertThat(live.openSubscriptions()).isEqualTo(10_000);
    assertThat(live.closeAll("over", Duration.ofSeconds(20))).isEmpty();
    assertThat(closed).hasValue(10_000);
    assertThat(live.list()).isEmpty();
    while (oneOfThem.get() != null) {
      System.gc();
    }
  }
}
