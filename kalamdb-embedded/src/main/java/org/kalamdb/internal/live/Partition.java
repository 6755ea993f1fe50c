package org.kalamdb.internal.live;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.kalamdb.error.ErrorCode;
import org.kalamdb.error.KalamException;
import org.kalamdb.live.ChangeEvent;
import org.kalamdb.live.SubscriptionOptions.Overflow;
import org.kalamdb.schema.UserId;

/**
 * The live queries on one user's share of a table (or on a shared table), found by the constant a
 * column must have where they ask for one, else tried one after the other. Its monitor guards it
 * and its pipelines; it may be held while taking a subscription's lock, never the other way round.
 */
final class Partition {
  private static final LiveSubscription[] NONE = {};

  private final @Nullable UserId user;

  /** First of the chain of those that ask for no constant. */
  private @Nullable Pipeline scanned;

  private @Nullable List<ColumnIndex> indexes;
  private int pipelineCount;

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
    Pipeline first = first(request.compiled().requiredEquality());
    Pipeline pipeline = first;
    while (pipeline != null && !pipeline.sharesWith(request.shareKey())) {
      pipeline = pipeline.next();
    }
    if (pipeline == null) {
      pipeline = new Pipeline(this, request);
      pipeline.linkBefore(first);
      setFirst(request.compiled().requiredEquality(), pipeline);
      pipelineCount++;
    } else {
      request.compiled().close();
    }
    subscription.attach(pipeline);
    pipeline.add(subscription);
    if (subscription.overflow() == Overflow.BLOCK) {
      LiveSubscription[] more = Arrays.copyOf(blocking, blocking.length + 1);
      more[blocking.length] = subscription;
      blocking = more;
    }
  }

  /** Takes a subscription out; false if it was not in. */
  synchronized boolean leave(LiveSubscription subscription) {
    Pipeline pipeline = subscription.pipeline();
    if (!pipeline.remove(subscription)) {
      return false;
    }
    if (pipeline.hasNoSubscribers()) {
      removePipeline(pipeline);
    }
    if (subscription.overflow() == Overflow.BLOCK) {
      blocking =
          Arrays.stream(blocking).filter(s -> s != subscription).toArray(LiveSubscription[]::new);
    }
    return true;
  }

  private void removePipeline(Pipeline pipeline) {
    Pipeline first = first(pipeline.requiredEquality());
    if (first == null) {
      throw new IllegalStateException("A live query is not where it was registered");
    }
    setFirst(pipeline.requiredEquality(), pipeline.unlinkFrom(first));
    pipelineCount--;
    pipeline.close();
  }

  synchronized boolean isEmpty() {
    return pipelineCount == 0;
  }

  synchronized void forEach(Consumer<LiveSubscription> action) {
    forEachIn(scanned, action);
    if (indexes != null) {
      for (ColumnIndex index : indexes) {
        index.byValue.values().forEach(first -> forEachIn(first, action));
      }
    }
  }

  private static void forEachIn(@Nullable Pipeline first, Consumer<LiveSubscription> action) {
    for (Pipeline pipeline = first; pipeline != null; pipeline = pipeline.next()) {
      for (int i = 0; i < pipeline.subscriberCount(); i++) {
        action.accept(pipeline.subscriber(i));
      }
    }
  }

  /** The first of the pipelines that ask for the constant, or for none. */
  private @Nullable Pipeline first(@Nullable EqualityCondition condition) {
    if (condition == null) {
      return scanned;
    }
    ColumnIndex index = findIndex(condition.columnId());
    return index == null ? null : index.byValue.get(condition.value());
  }

  private void setFirst(@Nullable EqualityCondition condition, @Nullable Pipeline first) {
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
    List<Pipeline> touched = outcome.scratch();
    for (Pipeline leftover : touched) {
      leftover.discardCollected(); // of a commit that could not be dispatched
    }
    touched.clear();
    for (RowDelta delta : deltas) {
      collect(scanned, delta, touched, outcome);
      if (indexes != null) {
        for (ColumnIndex index : indexes) {
          index.collect(delta, touched, outcome);
        }
      }
    }
    for (Pipeline pipeline : touched) {
      if (outcome.hasFailed(pipeline)) {
        pipeline.discardCollected();
      } else {
        offer(pipeline, pipeline.takeEvent(seq), outcome);
      }
    }
    touched.clear();
  }

  private static void offer(Pipeline pipeline, ChangeEvent.Changes event, DispatchOutcome outcome) {
    for (int i = 0; i < pipeline.subscriberCount(); i++) {
      LiveSubscription subscription = pipeline.subscriber(i);
      if (subscription.offer(event)) {
        outcome.ready(subscription);
      }
    }
  }

  private static void collect(
      @Nullable Pipeline first, RowDelta delta, List<Pipeline> touched, DispatchOutcome outcome) {
    for (Pipeline pipeline = first; pipeline != null; pipeline = pipeline.next()) {
      try {
        if (pipeline.collect(delta)) {
          touched.add(pipeline);
        }
      } catch (KalamException e) {
        outcome.failed(pipeline, e);
      } catch (RuntimeException e) {
        outcome.failed(
            pipeline,
            new KalamException(ErrorCode.INTERNAL_ERROR, "Evaluating a live query failed", e));
      }
    }
  }

  /** Sends every subscription back to its snapshot. */
  synchronized void resetAll(String reason, DispatchOutcome outcome) {
    forEach(
        subscription -> {
          if (subscription.reset(reason)) {
            outcome.ready(subscription);
          }
        });
  }

  /** Queries by the constant that one column must have. */
  private static final class ColumnIndex {
    private final int columnId;

    /** First of each chain. */
    private final Map<Object, Pipeline> byValue = new HashMap<>(2);

    /** Where the column stood in the last row looked at. */
    private int position = -1;

    private ColumnIndex(int columnId) {
      this.columnId = columnId;
    }

    private void collect(RowDelta delta, List<Pipeline> touched, DispatchOutcome outcome) {
      position = SchemaAdapter.positionOf(columnId, delta.schema(), position);
      if (position < 0) {
        // The column has gone: every query that asks for it must hear so.
        byValue.values().forEach(first -> Partition.collect(first, delta, touched, outcome));
        return;
      }
      Pipeline before = firstFor(delta.oldRow());
      Pipeline after = firstFor(delta.newRow());
      Partition.collect(before, delta, touched, outcome);
      if (after != before) {
        Partition.collect(after, delta, touched, outcome);
      }
    }

    private @Nullable Pipeline firstFor(@Nullable Object @Nullable [] row) {
      Object value = row == null ? null : row[position];
      return value == null ? null : byValue.get(value);
    }
  }
}
