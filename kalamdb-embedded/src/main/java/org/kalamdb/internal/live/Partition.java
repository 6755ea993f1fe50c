package org.kalamdb.internal.live;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.kalamdb.error.ErrorCode;
import org.kalamdb.error.KalamException;
import org.kalamdb.live.SubscriptionOptions.Overflow;
import org.kalamdb.schema.UserId;

/**
 * The live queries on one user's share of a table (or on a shared table), found by the constant a
 * column must have where they ask for one, else tried one after the other. Its monitor guards it
 * and its sinks; it may be held while taking a subscription's lock, never the other way round.
 */
final class Partition {
  private static final LiveSubscription[] NONE = {};

  private final @Nullable UserId user;

  /** First of the chain of those that ask for no constant. */
  private @Nullable ChangeSink scanned;

  private @Nullable List<ColumnIndex> indexes;

  /** The places of those that ask for one of several constants. */
  private @Nullable Map<ChangeSink, List<AlternativeSink>> alternatives;

  private int sinkCount;

  /** Those that writers wait for; read without the monitor on the path of a commit. */
  private volatile LiveSubscription[] blocking = NONE;

  Partition(@Nullable UserId user) {
    this.user = user;
  }

  @Nullable UserId user() {
    return user;
  }

  LiveSubscription[] blocking() {
    return blocking;
  }

  /** Adds a subscription to the pipeline it can share, or to one of its own. */
  synchronized void join(LiveSubscription subscription, SubscriptionRequest request) {
    Pipeline pipeline = shared(request);
    if (pipeline == null) {
      pipeline = new Pipeline(this, request);
      add(pipeline);
    } else {
      request.compiled().close();
    }
    subscription.attach(pipeline);
    pipeline.add(subscription);
    if (subscription.overflow() == Overflow.BLOCK) {
      addBlocking(subscription);
    }
  }

  private @Nullable Pipeline shared(SubscriptionRequest request) {
    for (ChangeSink sink = first(request.compiled().requiredEquality());
        sink != null;
        sink = sink.next()) {
      if (sink.target() instanceof Pipeline pipeline && pipeline.sharesWith(request.shareKey())) {
        return pipeline;
      }
    }
    return null;
  }

  /** Takes a subscription out; false if it was not in. */
  synchronized boolean leave(LiveSubscription subscription, Pipeline pipeline) {
    if (!pipeline.remove(subscription)) {
      return false;
    }
    if (pipeline.hasNoSubscribers()) {
      remove(pipeline);
      pipeline.close();
    }
    if (subscription.overflow() == Overflow.BLOCK) {
      removeBlocking(subscription);
    }
    return true;
  }

  synchronized void add(ChangeSink sink) {
    EqualityCondition condition = sink.requiredEquality();
    if (condition == null || condition.others().isEmpty()) {
      link(sink);
    } else {
      List<AlternativeSink> places = AlternativeSink.of(sink, condition);
      places.forEach(this::link);
      if (alternatives == null) {
        alternatives = new IdentityHashMap<>(2);
      }
      alternatives.put(sink, places);
    }
    sinkCount++;
  }

  synchronized void remove(ChangeSink sink) {
    List<AlternativeSink> places = alternatives == null ? null : alternatives.remove(sink);
    if (places == null) {
      unlink(sink);
    } else {
      places.forEach(this::unlink);
    }
    if (alternatives != null && alternatives.isEmpty()) {
      alternatives = null;
    }
    sinkCount--;
  }

  private void link(ChangeSink sink) {
    EqualityCondition condition = sink.requiredEquality();
    ChangeSink.linkBefore(sink, first(condition));
    setFirst(condition, sink);
  }

  private void unlink(ChangeSink sink) {
    ChangeSink first = first(sink.requiredEquality());
    if (first == null) {
      throw new IllegalStateException("A live query is not where it was registered");
    }
    setFirst(sink.requiredEquality(), ChangeSink.unlink(sink, first));
  }

  /** Writers wait for the subscription. */
  synchronized void addBlocking(LiveSubscription subscription) {
    LiveSubscription[] more = Arrays.copyOf(blocking, blocking.length + 1);
    more[blocking.length] = subscription;
    blocking = more;
  }

  synchronized void removeBlocking(LiveSubscription subscription) {
    blocking =
        Arrays.stream(blocking).filter(s -> s != subscription).toArray(LiveSubscription[]::new);
  }

  synchronized boolean isEmpty() {
    return sinkCount == 0;
  }

  synchronized void forEach(Consumer<LiveSubscription> action) {
    forEachSink(sink -> sink.forEachSubscription(action));
  }

  private void forEachSink(Consumer<ChangeSink> action) {
    forEachIn(scanned, action);
    if (indexes != null) {
      for (ColumnIndex index : indexes) {
        index.byValue.values().forEach(first -> forEachIn(first, action));
      }
    }
  }

  private static void forEachIn(@Nullable ChangeSink first, Consumer<ChangeSink> action) {
    for (ChangeSink sink = first; sink != null; sink = sink.next()) {
      action.accept(sink);
    }
  }

  /** The first of those that ask for the constant, or for none. */
  private @Nullable ChangeSink first(@Nullable EqualityCondition condition) {
    if (condition == null) {
      return scanned;
    }
    ColumnIndex index = findIndex(condition.columnId());
    return index == null ? null : index.byValue.get(condition.value());
  }

  private void setFirst(@Nullable EqualityCondition condition, @Nullable ChangeSink first) {
    if (condition == null) {
      scanned = first;
      return;
    }
    ColumnIndex index = findIndex(condition.columnId());
    if (index == null) {
      index = new ColumnIndex(condition.columnId());
      if (indexes == null) {
        indexes = new ArrayList<>(1);
      }
      indexes.add(index);
    }
    if (first != null) {
      index.byValue.put(condition.value(), first);
      return;
    }
    index.byValue.remove(condition.value());
    if (index.byValue.isEmpty() && indexes != null) {
      indexes.remove(index);
      if (indexes.isEmpty()) {
        indexes = null;
      }
    }
  }

  private @Nullable ColumnIndex findIndex(int columnId) {
    if (indexes != null) {
      for (ColumnIndex index : indexes) {
        if (index.columnId == columnId) {
          return index;
        }
      }
    }
    return null;
  }

  /**
   * Evaluates one commit and puts each result's changes into its subscribers' queues.
   *
   * @param outcome is told which subscriptions now need a thread, and which queries failed
   */
  synchronized void dispatch(long seq, List<RowDelta> deltas, DispatchOutcome outcome) {
    List<ChangeSink> touched = outcome.scratch();
    for (ChangeSink leftover : touched) {
      leftover.discardCollected(); // of a commit that could not be dispatched
    }
    touched.clear();
    for (RowDelta delta : deltas) {
      collect(scanned, null, delta, touched, outcome);
      if (indexes != null) {
        for (ColumnIndex index : indexes) {
          index.collect(delta, touched, outcome);
        }
      }
    }
    for (ChangeSink sink : touched) {
      if (outcome.hasFailed(sink)) {
        sink.discardCollected();
      } else {
        sink.finish(seq, outcome);
      }
    }
    touched.clear();
  }

  /**
   * Shows a changed row to a chain.
   *
   * @param shownAt value at whose place it was shown already; null: at none
   */
  private static void collect(
      @Nullable ChangeSink first,
      @Nullable Object shownAt,
      RowDelta delta,
      List<ChangeSink> touched,
      DispatchOutcome outcome) {
    for (ChangeSink place = first; place != null; place = place.next()) {
      if (shownAt != null && place.isFoundBy(shownAt)) {
        continue;
      }
      ChangeSink sink = place.target();
      try {
        if (sink.collect(delta)) {
          touched.add(sink);
        }
      } catch (KalamException e) {
        outcome.failed(sink, e);
      } catch (RuntimeException e) {
        outcome.failed(
            sink,
            new KalamException(ErrorCode.INTERNAL_ERROR, "Evaluating a live query failed", e));
      }
    }
  }

  /** Sends every subscription back to its snapshot. */
  synchronized void resetAll(String reason, DispatchOutcome outcome) {
    forEachSink(sink -> sink.reset(reason, outcome));
  }

  /** Queries by the constant that one column must have. */
  private static final class ColumnIndex {
    private final int columnId;

    /** First of each chain. */
    private final Map<Object, ChangeSink> byValue = new HashMap<>(2);

    /** Where the column stood in the last row looked at. */
    private int position = -1;

    private ColumnIndex(int columnId) {
      this.columnId = columnId;
    }

    private void collect(RowDelta delta, List<ChangeSink> touched, DispatchOutcome outcome) {
      position = SchemaAdapter.positionOf(columnId, delta.schema(), position);
      if (position < 0) {
        // The column has gone: every query that asks for it must hear so.
        byValue.values().forEach(first -> Partition.collect(first, null, delta, touched, outcome));
        return;
      }
      Object before = valueIn(delta.oldRow());
      Object after = valueIn(delta.newRow());
      if (before != null) {
        Partition.collect(byValue.get(before), null, delta, touched, outcome);
      }
      if (after != null && !after.equals(before)) {
        Partition.collect(byValue.get(after), before, delta, touched, outcome);
      }
    }

    private @Nullable Object valueIn(@Nullable Object @Nullable [] row) {
      return row == null ? null : row[position];
    }
  }
}
