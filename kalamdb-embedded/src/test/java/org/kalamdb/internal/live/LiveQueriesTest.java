package org.kalamdb.internal.live;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.kalamdb.error.ErrorCode;
import org.kalamdb.error.KalamException;
import org.kalamdb.internal.catalog.TableDefinition;
import org.kalamdb.internal.feed.Change;
import org.kalamdb.internal.feed.ChangeBatch;
import org.kalamdb.internal.feed.ChangeFeed;
import org.kalamdb.live.ChangeEvent;
import org.kalamdb.live.ChangeEvent.Kind;
import org.kalamdb.live.ChangeEvent.RowChange;
import org.kalamdb.live.ChangeListener;
import org.kalamdb.live.Subscription;
import org.kalamdb.live.SubscriptionOptions;
import org.kalamdb.live.SubscriptionOptions.Overflow;
import org.kalamdb.query.Row;
import org.kalamdb.schema.ColumnSchema;
import org.kalamdb.schema.DataType;
import org.kalamdb.schema.TableSchema;
import org.kalamdb.schema.UserId;

@Timeout(30)
class LiveQueriesTest {
  private final ChangeFeed feed = new ChangeFeed(0);
  private final LiveQueries live = new LiveQueries(1L << 30);
  private final ModelTable.Clock clock = new ModelTable.Clock();
  private final ModelTable table = new ModelTable(1, null, feed, clock);
  private final FoldingListener listener = new FoldingListener();

  LiveQueriesTest() {
    feed.register(live);
  }

  @AfterEach
  void everythingIsLetGo() {
    assertThat(live.closeAll("test over", Duration.ofSeconds(10))).isEmpty();
    assertThat(live.openSubscriptions()).isZero();
    assertThat(ModelTable.OPEN).hasValue(0);
    listener.assertNoComplaints();
  }

  private Subscription subscribe(ChangeListener to, SubscriptionOptions options) {
    return live.subscribe(table.request(row -> true), options, to);
  }

  private Subscription subscribeToGroup(int group, ChangeListener to) {
    return live.subscribe(
        table.request(row -> Integer.valueOf(group).equals(row[1])),
        SubscriptionOptions.defaults(),
        to);
  }

  private static List<Kind> kinds(List<RowChange> changes) {
    return changes.stream().map(RowChange::kind).toList();
  }

  // ---- what is told

  @Test
  void subscribe_rowsThere_tellsSnapshotInBatchesThenReady() throws Exception {
    for (int i = 5; i > 0; i--) {
      table.put(i, 0, "v" + i);
    }
    subscribe(listener, SubscriptionOptions.defaults().withBatchSize(2));
    listener.awaitReady();
    List<ChangeEvent> events = listener.events();
    assertThat(events).hasSize(4);
    assertThat(((ChangeEvent.SnapshotRows) events.get(0)).rows())
        .extracting(r -> r.get("id"))
        .containsExactly(1L, 2L);
    assertThat(((ChangeEvent.SnapshotRows) events.get(2)).rows())
        .extracting(r -> r.get("id"))
        .containsExactly(5L);
    assertThat(events).allMatch(event -> event.seq().value() == 5);
  }

  @Test
  void subscribe_lastRows_tellsOnlyThoseInAscendingOrder() throws Exception {
    for (int i = 1; i <= 5; i++) {
      table.put(i, 0, null);
    }
    subscribe(listener, SubscriptionOptions.lastRows(2));
    listener.awaitReady();
    assertThat(listener.rows().keySet()).containsExactly(4L, 5L);
    FoldingListener none = new FoldingListener();
    subscribe(none, SubscriptionOptions.lastRows(0));
    none.awaitReady();
    assertThat(none.events()).hasSize(1);
  }

  @Test
  void changes_throughTheFilter_areInsertUpdateLeaveEnterDelete() throws Exception {
    Subscription subscription = subscribeToGroup(1, listener);
    listener.awaitReady();
    table.put(7, 1, "a");
    table.put(7, 1, "b");
    table.put(7, 2, "b");
    table.put(7, 2, "c");
    table.put(7, 1, "c");
    long last = table.delete(7);
    listener.awaitSeq(last);
    assertThat(kinds(listener.changes()))
        .containsExactly(Kind.INSERT, Kind.UPDATE, Kind.LEAVE, Kind.ENTER, Kind.DELETE);
    RowChange update = listener.changes().get(1);
    assertThat(update.changedColumns()).containsExactly("v");
    assertThat(update.oldRow()).isEqualTo(new Row(ModelTable.COLUMNS, new Object[] {7L, 1, "a"}));
    assertThat(update.newRow()).isEqualTo(new Row(ModelTable.COLUMNS, new Object[] {7L, 1, "b"}));
    assertThat(listener.changes().get(0).changedColumns())
        .containsExactlyInAnyOrder("id", "grp", "v");
    assertThat(subscription.lastSeq().value()).isEqualTo(last);
  }

  @Test
  void update_thatChangesNoProjectedValue_isNotTold() throws Exception {
    subscribe(listener, SubscriptionOptions.defaults());
    listener.awaitReady();
    table.put(1, 1, "a");
    table.put(1, 1, "a");
    listener.awaitSeq(table.put(2, 1, "a"));
    assertThat(kinds(listener.changes())).containsExactly(Kind.INSERT, Kind.INSERT);
  }

  @Test
  void transaction_severalChangesOfAKey_isToldAsItsNetEffect() throws Exception {
    table.put(1, 0, "one");
    table.put(2, 0, "two");
    subscribe(listener, SubscriptionOptions.defaults());
    listener.awaitReady();
    long seq =
        table.commit(
            tx ->
                tx.put(9, 0, "x")
                    .put(2, 0, "2")
                    .delete(1)
                    .put(9, 0, "y")
                    .put(5, 0, "gone")
                    .put(1, 0, "uno")
                    .delete(5)
                    .put(2, 0, "two"));
    listener.awaitSeq(seq);
    assertThat(listener.events()).hasSize(3);
    assertThat(kinds(listener.changes())).containsExactly(Kind.INSERT, Kind.UPDATE);
    assertThat(listener.changes().get(0).newRow()).extracting(r -> r.get("v")).isEqualTo("y");
    assertThat(listener.changes().get(1).newRow()).extracting(r -> r.get("v")).isEqualTo("uno");
  }

  @Test
  void transaction_ofManyRows_isOneEvent() throws Exception {
    subscribe(listener, SubscriptionOptions.defaults());
    listener.awaitReady();
    listener.awaitSeq(
        table.commit(
            tx -> {
              for (int i = 0; i < 10_000; i++) {
                tx.put(i, 0, "a").put(i, 0, "b");
              }
            }));
    assertThat(listener.events()).hasSize(2);
    assertThat(listener.changes()).hasSize(10_000);
  }

  @Test
  void change_ofAnotherTableOrUser_isNotTold() throws Exception {
    ModelTable alice = new ModelTable(2, new UserId("alice"), feed, clock);
    ModelTable bob = new ModelTable(2, new UserId("bob"), feed, clock);
    live.subscribe(alice.request(row -> true), SubscriptionOptions.defaults(), listener);
    listener.awaitReady();
    bob.put(1, 0, "bob");
    table.put(1, 0, "shared");
    listener.awaitSeq(alice.put(1, 0, "alice"));
    assertThat(listener.changes()).hasSize(1);
  }

  @Test
  void batch_overSeveralPartitions_reachesEachWithItsOwn() throws Exception {
    ModelTable alice = new ModelTable(2, new UserId("alice"), feed, clock);
    FoldingListener alices = new FoldingListener();
    live.subscribe(alice.request(row -> true), SubscriptionOptions.defaults(), alices);
    subscribe(listener, SubscriptionOptions.defaults());
    listener.awaitReady();
    alices.awaitReady();
    List<Change> changes = new ArrayList<>();
    for (long i = 0; i < 6; i++) {
      TableDefinition of = i % 2 == 0 ? alice.definition : table.definition;
      UserId user = i % 2 == 0 ? new UserId("alice") : null;
      changes.add(new Change(of, user, ModelTable.key(i), null, new Object[] {i, 0, "x"}, 0));
    }
    feed.publish(new ChangeBatch(100, changes));
    listener.awaitSeq(100);
    alices.awaitSeq(100);
    assertThat(listener.rows().keySet()).containsExactly(1L, 3L, 5L);
    assertThat(alices.rows().keySet()).containsExactly(0L, 2L, 4L);
  }

  @Test
  void requiredEquality_routesByOldAndNewValue() throws Exception {
    AtomicInteger evaluated = new AtomicInteger();
    List<FoldingListener> listeners = new ArrayList<>();
    for (int group = 0; group < 50; group++) {
      Integer wanted = group;
      ModelTable.RowFilter filter =
          new ModelTable.RowFilter(
              table.definition,
              row -> {
                evaluated.incrementAndGet();
                return wanted.equals(row[1]);
              },
              new EqualityCondition(2, wanted));
      FoldingListener each = new FoldingListener();
      listeners.add(each);
      live.subscribe(table.request(filter, null), SubscriptionOptions.defaults(), each);
      each.awaitReady();
    }
    evaluated.set(0);
    table.put(1, 3, "a");
    table.put(1, 4, "a");
    table.put(1, null, "a");
    listeners.get(3).awaitSeq(2);
    listeners.get(4).awaitSeq(3);
    assertThat(kinds(listeners.get(3).changes())).containsExactly(Kind.INSERT, Kind.LEAVE);
    assertThat(kinds(listeners.get(4).changes())).containsExactly(Kind.ENTER, Kind.LEAVE);
    assertThat(evaluated).hasValue(7); // of 50 queries only two, on old and new row each
    live.list().forEach(info -> assertThat(info.phase()).isEqualTo("STREAMING"));
  }

  @Test
  void requiredOneOf_routesByOldAndNewValue_andShowsARowOnce() throws Exception {
    AtomicInteger evaluated = new AtomicInteger();
    List<FoldingListener> listeners = new ArrayList<>();
    List<Subscription> subscriptions = new ArrayList<>();
    for (int group = 0; group < 100; group += 2) {
      Set<Object> wanted = Set.of(group, group + 1, -1);
      ModelTable.RowFilter filter =
          new ModelTable.RowFilter(
              table.definition,
              row -> {
                evaluated.incrementAndGet();
                return row[1] != null && wanted.contains(row[1]);
              },
              new EqualityCondition(2, wanted));
      FoldingListener each = new FoldingListener();
      listeners.add(each);
      subscriptions.add(
          live.subscribe(
              table.request(filter, "key " + group), SubscriptionOptions.defaults(), each));
      each.awaitReady();
    }
    evaluated.set(0);
    table.put(1, 6, "a"); // in by one value
    table.put(1, 7, "a"); // stays, by another
    table.put(1, 8, "a"); // moves on
    table.put(1, null, "a");
    listeners.get(3).awaitSeq(3);
    listeners.get(4).awaitSeq(4);
    assertThat(kinds(listeners.get(3).changes()))
        .containsExactly(Kind.INSERT, Kind.UPDATE, Kind.LEAVE);
    assertThat(kinds(listeners.get(4).changes())).containsExactly(Kind.ENTER, Kind.LEAVE);
    assertThat(evaluated).hasValue(1 + 2 + 4 + 2); // of 50 queries only two, each row once
    evaluated.set(0);
    long seq = table.put(2, -1, "b"); // for all of them
    for (FoldingListener each : listeners) {
      each.awaitSeq(seq);
    }
    assertThat(evaluated).hasValue(50);
    // The same query shares one evaluation, and what is closed is found by no value any more.
    FoldingListener again = new FoldingListener();
    ModelTable.RowFilter same =
        new ModelTable.RowFilter(
            table.definition, row -> false, new EqualityCondition(2, Set.of(0, 1, -1)));
    Subscription shared =
        live.subscribe(table.request(same, "key 0"), SubscriptionOptions.defaults(), again);
    again.awaitReady();
    assertThat(live.list()).hasSize(51);
    subscriptions.forEach(Subscription::close);
    evaluated.set(0);
    again.awaitSeq(table.put(3, 1, "c"));
    assertThat(evaluated).hasValue(1);
    shared.close();
    assertThat(live.isListened(table.definition.number(), null)).isFalse();
  }

  @Test
  void equalShareKeys_areEvaluatedOnce() throws Exception {
    AtomicInteger evaluated = new AtomicInteger();
    ModelTable.RowFilter filter =
        new ModelTable.RowFilter(table.definition, row -> evaluated.incrementAndGet() > 0, null);
    List<FoldingListener> listeners = new ArrayList<>();
    List<Subscription> subscriptions = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      FoldingListener each = new FoldingListener();
      listeners.add(each);
      subscriptions.add(
          live.subscribe(table.request(filter, "key"), SubscriptionOptions.defaults(), each));
      each.awaitReady();
    }
    subscriptions.get(7).close();
    long seq = table.put(1, 1, "a");
    for (int i = 0; i < 20; i++) {
      if (i != 7) {
        listeners.get(i).awaitSeq(seq);
      }
    }
    assertThat(evaluated).hasValue(1);
    assertThat(listeners.get(7).changes()).isEmpty();
  }

  // ---- failures

  @Test
  void listener_throws_othersAndItselfAreToldOn() throws Exception {
    AtomicInteger calls = new AtomicInteger();
    CountDownLatch ready = new CountDownLatch(1);
    CountDownLatch bothTold = new CountDownLatch(3);
    subscribe(
        event -> {
          calls.incrementAndGet();
          ready.countDown();
          bothTold.countDown();
          throw new AssertionError("listener");
        },
        SubscriptionOptions.defaults());
    subscribe(listener, SubscriptionOptions.defaults());
    await(ready);
    listener.awaitReady();
    table.put(1, 0, "a");
    listener.awaitSeq(table.put(2, 0, "a"));
    await(bothTold);
    live.closeAll("over", Duration.ofSeconds(5));
    assertThat(calls).hasValue(4); // Ready, two changes, Closed
    assertThat(live.listenerFailures()).isEqualTo(4);
  }

  @Test
  void filter_failsForARow_endsTheSubscriptionWithTheError() throws Exception {
    FoldingListener failing = new FoldingListener();
    live.subscribe(
        table.request(
            row -> {
              if (Integer.valueOf(0).equals(row[1])) {
                throw new KalamException(ErrorCode.DIVISION_BY_ZERO, "division by zero");
              }
              return true;
            }),
        SubscriptionOptions.defaults(),
        failing);
    subscribe(listener, SubscriptionOptions.defaults());
    failing.awaitReady();
    listener.awaitReady();
    table.put(1, 1, "a");
    listener.awaitSeq(table.put(2, 0, "a"));
    failing.awaitClosed();
    List<ChangeEvent> events = failing.events();
    ChangeEvent.Closed closed = (ChangeEvent.Closed) events.get(events.size() - 1);
    assertThat(closed.reason()).isEqualTo("division by zero");
    assertThat(closed.error()).isInstanceOf(KalamException.class);
    assertThat(live.openSubscriptions()).isEqualTo(1);
  }

  @Test
  void snapshot_cannotBeOpenedOrRead_endsTheSubscription() throws Exception {
    SubscriptionRequest request = table.request(row -> true);
    FoldingListener unopened = new FoldingListener();
    live.subscribe(
        new SubscriptionRequest(
            "x",
            null,
            request.compiled(),
            (lastRows, batchSize) -> {
              throw new KalamException(ErrorCode.UNDEFINED_TABLE, "gone");
            },
            null),
        SubscriptionOptions.defaults(),
        unopened);
    unopened.awaitClosed();
    assertThat(unopened.events()).hasSize(1);
    FoldingListener unread = new FoldingListener();
    table.put(1, 0, "a");
    live.subscribe(
        table.request(
            row -> {
              throw new IllegalStateException("read");
            }),
        SubscriptionOptions.defaults(),
        unread);
    unread.awaitClosed();
    assertThat(((ChangeEvent.Closed) unread.events().get(0)).error())
        .hasCauseInstanceOf(IllegalStateException.class);
  }

  @Test
  void alteredTable_columnAdded_goesOn_columnDropped_ends() throws Exception {
    subscribe(listener, SubscriptionOptions.defaults());
    listener.awaitReady();
    List<ColumnSchema> columns = ModelTable.SCHEMA.columns();
    ColumnSchema added = new ColumnSchema(4, "n", DataType.TEXT, true, null, null);
    TableSchema wider =
        new TableSchema(
            2, List.of(added, columns.get(0), columns.get(1), columns.get(2)), List.of(1));
    feed.publish(new ChangeBatch(50, List.of(change(wider, new Object[] {"new", 1L, 2, "x"}))));
    listener.awaitSeq(50);
    assertThat(listener.rows().get(1L)).containsExactly(1L, 2, "x");
    TableSchema narrower = new TableSchema(3, List.of(added, columns.get(0)), List.of(1));
    feed.publish(new ChangeBatch(51, List.of(change(narrower, new Object[] {"new", 2L}))));
    listener.awaitClosed();
    ChangeEvent.Closed closed = (ChangeEvent.Closed) listener.events().get(2);
    assertThat(closed.reason()).contains("\"grp\" was dropped");
  }

  private Change change(TableSchema schema, Object[] row) {
    TableDefinition altered =
        new TableDefinition(
            1,
            table.definition.id(),
            table.definition.type(),
            List.of(schema),
            table.definition.options());
    return new Change(altered, null, ModelTable.key((Long) row[1]), null, row, 0);
  }

  // ---- ends

  @Test
  void close_fromAnotherThread_waitsForTheRunningCallbackAndTellsClosedLast() throws Exception {
    CountDownLatch inside = new CountDownLatch(1);
    CountDownLatch release = new CountDownLatch(1);
    List<String> seen = new ArrayList<>();
    Subscription subscription =
        subscribe(
            event -> {
              synchronized (seen) {
                seen.add(event.getClass().getSimpleName());
              }
              if (event instanceof ChangeEvent.Changes) {
                inside.countDown();
                await(release);
                synchronized (seen) {
                  seen.add("left");
                }
              }
            },
            SubscriptionOptions.defaults().withBatchSize(1));
    while (live.list().stream().noneMatch(info -> info.phase().equals("STREAMING"))) {
      Thread.onSpinWait();
    }
    table.put(1, 0, "a");
    await(inside);
    table.put(2, 0, "a");
    CompletableFuture<Void> closing = CompletableFuture.runAsync(subscription::close);
    while (subscription.isOpen()) {
      Thread.onSpinWait();
    }
    assertThat(closing).isNotDone();
    release.countDown();
    closing.get(5, TimeUnit.SECONDS);
    synchronized (seen) {
      assertThat(seen).startsWith("Ready", "Changes", "left");
    }
    live.closeAll("over", Duration.ofSeconds(5));
    subscription.close();
    assertThat(seen).containsExactly("Ready", "Changes", "left", "Closed");
  }

  @Test
  void close_fromInsideTheCallback_returnsAndClosedFollowsOnce() throws Exception {
    AtomicReference<Subscription> own = new AtomicReference<>();
    FoldingListener fold = new FoldingListener();
    CountDownLatch set = new CountDownLatch(1);
    own.set(
        subscribe(
            event -> {
              await(set);
              fold.onEvent(event);
              if (event instanceof ChangeEvent.Changes) {
                own.get().close();
                own.get().close();
              }
            },
            SubscriptionOptions.defaults()));
    set.countDown();
    fold.awaitReady();
    table.put(1, 0, "a");
    table.put(2, 0, "a");
    fold.awaitClosed();
    live.closeAll("over", Duration.ofSeconds(5));
    assertThat(fold.events()).hasSize(3);
    fold.assertNoComplaints();
  }

  @Test
  void close_ofEachOtherFromTheirCallbacks_doesNotDeadlock() throws Exception {
    AtomicReference<Subscription> first = new AtomicReference<>();
    AtomicReference<Subscription> second = new AtomicReference<>();
    CountDownLatch bothInside = new CountDownLatch(3); // and both are known here
    CountDownLatch bothLeft = new CountDownLatch(2);
    first.set(subscribe(closing(second, bothInside, bothLeft), SubscriptionOptions.defaults()));
    second.set(subscribe(closing(first, bothInside, bothLeft), SubscriptionOptions.defaults()));
    bothInside.countDown();
    await(bothLeft);
  }

  private static ChangeListener closing(
      AtomicReference<Subscription> other, CountDownLatch inside, CountDownLatch left) {
    return event -> {
      if (event instanceof ChangeEvent.Ready) {
        inside.countDown();
        await(inside);
        other.get().close();
        left.countDown();
      }
    };
  }

  @Test
  void subscribeAndCommit_fromInsideACallback_work() throws Exception {
    subscribe(
        event -> {
          if (event instanceof ChangeEvent.Ready) {
            subscribe(listener, SubscriptionOptions.defaults());
            table.put(42, 0, "from inside");
          }
        },
        SubscriptionOptions.defaults());
    listener.await("row 42", fold -> fold.hasRow(42));
  }

  @Test
  void closeTable_endsItsSubscriptionsWithTheReason() throws Exception {
    FoldingListener other = new FoldingListener();
    ModelTable second = new ModelTable(2, null, feed, clock);
    live.subscribe(second.request(row -> true), SubscriptionOptions.defaults(), other);
    subscribe(listener, SubscriptionOptions.defaults());
    assertThat(live.openSubscriptionsOn(1)).isEqualTo(1);
    live.closeTable(1, "Table app.t1 was dropped");
    listener.awaitClosed();
    assertThat(live.openSubscriptionsOn(1)).isZero();
    assertThat(live.openSubscriptionsOn(2)).isEqualTo(1);
    other.awaitReady();
    assertThat(other.isClosed()).isFalse();
  }

  @Test
  void closeAll_listenerStuck_returnsInTimeAndNamesIt() throws Exception {
    CountDownLatch inside = new CountDownLatch(1);
    CountDownLatch release = new CountDownLatch(1);
    Subscription stuck =
        subscribe(
            event -> {
              inside.countDown();
              await(release);
            },
            SubscriptionOptions.defaults());
    await(inside);
    assertThat(live.closeAll("shutdown", Duration.ofMillis(20))).containsExactly(stuck.id());
    assertThatThrownBy(() -> subscribe(listener, SubscriptionOptions.defaults()))
        .isInstanceOf(KalamException.class)
        .hasMessageContaining("shutdown");
    release.countDown();
  }

  @Test
  void closeAll_fromInsideACallback_doesNotWaitForItself() throws Exception {
    CompletableFuture<List<String>> left = new CompletableFuture<>();
    subscribe(
        event -> {
          if (event instanceof ChangeEvent.Ready) {
            left.complete(live.closeAll("shutdown", Duration.ofSeconds(20)));
          }
        },
        SubscriptionOptions.defaults());
    assertThat(left.get(5, TimeUnit.SECONDS)).isEmpty();
  }

  @Test
  void openAndClose_thousandsOfTimes_leavesNothing() throws Exception {
    for (int i = 0; i < 3000; i++) {
      Subscription subscription =
          live.subscribe(
              new ModelTable(i % 7, new UserId("u" + i % 11), feed, clock).request(row -> true),
              SubscriptionOptions.defaults(),
              event -> {});
      if (i % 3 == 0) {
        table.put(i, 0, "x");
      }
      subscription.close();
    }
    assertThat(live.openSubscriptions()).isZero();
    assertThat(live.list()).isEmpty();
    assertThat(live.closeAll("over", Duration.ofSeconds(10))).isEmpty();
    assertThat(ModelTable.OPEN).hasValue(0);
  }

  // ---- slow listeners

  @Test
  void slowListener_reset_dropsTheQueueAndStartsOverWhileWritersGoOn() throws Exception {
    CountDownLatch inside = new CountDownLatch(1);
    CountDownLatch release = new CountDownLatch(1);
    FoldingListener fold = new FoldingListener();
    subscribe(
        event -> {
          fold.onEvent(event);
          if (event instanceof ChangeEvent.Changes) {
            inside.countDown();
            await(release);
          }
        },
        SubscriptionOptions.defaults().withQueue(5, Overflow.RESET));
    subscribe(listener, SubscriptionOptions.defaults());
    fold.awaitReady();
    listener.awaitReady();
    table.put(0, 0, "first");
    await(inside);
    for (int i = 1; i <= 100; i++) {
      table.put(i, 0, "x");
    }
    listener.awaitSeq(101);
    release.countDown();
    fold.await("the snapshot after the reset", f -> f.hasRow(100));
    assertThat(fold.resets()).isEqualTo(1);
    long seq = table.put(200, 0, "on");
    fold.awaitSeq(seq);
    assertThat(fold.rows()).isEqualTo(table.select(row -> true));
    fold.assertNoComplaints();
  }

  @Test
  void slowListener_block_makesTheWriterWaitAndLosesNothing() throws Exception {
    CountDownLatch release = new CountDownLatch(1);
    FoldingListener fold = new FoldingListener();
    Subscription subscription =
        subscribe(
            event -> {
              fold.onEvent(event);
              if (event instanceof ChangeEvent.Changes) {
                await(release);
              }
            },
            SubscriptionOptions.defaults().withQueue(5, Overflow.BLOCK));
    fold.awaitReady();
    AtomicInteger written = new AtomicInteger();
    CompletableFuture<Void> writer =
        CompletableFuture.runAsync(
            () -> {
              for (int i = 0; i < 100; i++) {
                table.put(i, 0, "x");
                written.incrementAndGet();
              }
            });
    awaitPending(subscription, 5);
    assertThat(writer).isNotDone();
    assertThat(written.get()).isLessThanOrEqualTo(6);
    release.countDown();
    writer.get(10, TimeUnit.SECONDS);
    fold.awaitSeq(100);
    assertThat(fold.changes()).hasSize(100);
    assertThat(fold.resets()).isZero();
    fold.assertNoComplaints();
  }

  @Test
  void blockedWriter_subscriptionCloses_goesOn() throws Exception {
    CountDownLatch release = new CountDownLatch(1);
    FoldingListener fold = new FoldingListener();
    Subscription subscription =
        subscribe(
            event -> {
              fold.onEvent(event);
              if (event instanceof ChangeEvent.Changes) {
                await(release);
              }
            },
            SubscriptionOptions.defaults().withQueue(2, Overflow.BLOCK));
    fold.awaitReady();
    CompletableFuture<Void> writer =
        CompletableFuture.runAsync(
            () -> {
              for (int i = 0; i < 20; i++) {
                table.put(i, 0, "x");
              }
            });
    awaitPending(subscription, 2);
    CompletableFuture<Void> closing = CompletableFuture.runAsync(subscription::close);
    writer.get(5, TimeUnit.SECONDS);
    release.countDown();
    closing.get(5, TimeUnit.SECONDS);
  }

  @Test
  void blockListener_thatCommitsItself_doesNotWaitForItself() throws Exception {
    FoldingListener fold = new FoldingListener();
    subscribe(
        event -> {
          fold.onEvent(event);
          if (event instanceof ChangeEvent.Changes && event.seq().value() == 1) {
            for (int i = 10; i < 20; i++) {
              boolean entered = live.enterCommit();
              table.put(i, 0, "from inside");
              if (entered) {
                live.exitCommit();
              }
            }
          }
        },
        SubscriptionOptions.defaults().withQueue(1, Overflow.BLOCK));
    fold.awaitReady();
    CompletableFuture<Void> writer =
        CompletableFuture.runAsync(
            () -> {
              for (int i = 0; i < 5; i++) {
                table.put(i, 0, "x");
              }
            });
    writer.get(10, TimeUnit.SECONDS);
    fold.awaitSeq(15);
    assertThat(fold.rows()).hasSize(15);
    fold.assertNoComplaints();
  }

  private void awaitPending(Subscription subscription, int pending) {
    while (live.list().stream()
        .noneMatch(i -> i.id().equals(subscription.id()) && i.pending() >= pending)) {
      Thread.onSpinWait();
    }
  }

  @Test
  void manyBlockedListeners_doNotHoldUpTheOthers() throws Exception {
    CountDownLatch release = new CountDownLatch(1);
    CountDownLatch inside = new CountDownLatch(10);
    for (int i = 0; i < 10; i++) {
      subscribe(
          event -> {
            inside.countDown();
            await(release);
          },
          SubscriptionOptions.defaults());
    }
    await(inside);
    subscribe(listener, SubscriptionOptions.defaults());
    listener.awaitReady();
    listener.awaitSeq(table.put(1, 0, "a"));
    release.countDown();
  }

  // ---- executors

  @Test
  void executor_ofTheUser_runsEveryCallback_andSnapshotsAreReadElsewhere() throws Exception {
    ExecutorService own = Executors.newSingleThreadExecutor(task -> new Thread(task, "users-own"));
    Set<String> callbackThreads = ConcurrentHashMap.newKeySet();
    Set<String> readThreads = ConcurrentHashMap.newKeySet();
    table.put(1, 0, "a");
    live.subscribe(
        table.request(
            row -> {
              readThreads.add(Thread.currentThread().getName());
              return true;
            }),
        SubscriptionOptions.defaults().withExecutor(own),
        event -> {
          callbackThreads.add(Thread.currentThread().getName());
          listener.onEvent(event);
        });
    listener.awaitReady();
    listener.awaitSeq(table.put(2, 0, "b"));
    live.closeAll("over", Duration.ofSeconds(5));
    listener.awaitClosed();
    own.shutdown();
    assertThat(callbackThreads).containsExactly("users-own");
    assertThat(readThreads).allMatch(name -> name.startsWith("kalamdb-live-"));
  }

  @Test
  void executor_direct_stillNotOnTheCommittingThread() throws Exception {
    Set<Thread> threads = ConcurrentHashMap.newKeySet();
    subscribe(
        event -> {
          threads.add(Thread.currentThread());
          listener.onEvent(event);
        },
        SubscriptionOptions.defaults().withExecutor(Runnable::run));
    listener.awaitReady();
    for (int i = 0; i < 50; i++) {
      listener.awaitSeq(table.put(i, 0, "b"));
    }
    assertThat(threads).doesNotContain(Thread.currentThread()).allMatch(Thread::isDaemon);
  }

  @Test
  void executor_refuses_closedIsToldAllTheSame() throws Exception {
    subscribe(
        listener,
        SubscriptionOptions.defaults()
            .withExecutor(
                task -> {
                  throw new RejectedExecutionException("full");
                }));
    listener.awaitClosed();
    assertThat(listener.events()).hasSize(1);
    assertThat(((ChangeEvent.Closed) listener.events().get(0)).error())
        .hasRootCauseInstanceOf(RejectedExecutionException.class);
  }

  private static void await(CountDownLatch latch) {
    try {
      assertThat(latch.await(10, TimeUnit.SECONDS)).isTrue();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }
}
