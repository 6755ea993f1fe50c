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
 * column must have where they ask for one, else tried one after the other. Its monitor guards it and
 * its pipelines; it may be held while taking a subscription's lock, never the other way round.
 */
final class Partition {
  private static final LiveSubscription[] NONE = {};

  private final @Nullable UserId user;
  private @Nullable PipelineList scanned;
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
    PipelineList list = obtainList(request.compiled().requiredEquality());
    Pipeline pipeline = list.find(request.shareKey());
    if (pipeline == null) {
      pipeline = new Pipeline(this, request);
      list.add(pipeline);
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
    EqualityCondition condition = pipeline.requiredEquality();
    PipelineList list = findList(condition);
    if (list == null) {
      throw new IllegalStateException("A live query is not where it was registered");
    }
    list.remove(pipeline);
    pipelineCount--;
    pipeline.close();
    if (list.size() > 0) {
      return;
    }
    if (condition == null) {
      scanned = null;
    } else if (indexes != null) {
      indexes.removeIf(index -> index.columnId == condition.columnId() && index.drop(condition.value()));
      if (indexes.isEmpty()) {
        indexes = null;
      }
    }
  }

  synchronized boolean isEmpty() {
    return pipelineCount == 0;
  }

  synchronized void forEach(Consumer<LiveSubscription> action) {
    forEachList(
        list -> {
          for (int i = 0; i < list.size(); i++) {
            Pipeline pipeline = list.get(i);
            for (int j = 0; j < pipeline.subscriberCount(); j++) {
              action.accept(pipeline.subscriber(j));
            }
          }
        });
  }

  private void forEachList(Consumer<PipelineList> action) {
    if (scanned != null) {
      action.accept(scanned);
    }
    if (indexes != null) {
      for (ColumnIndex index : indexes) {
        index.byValue.values().forEach(action);
      }
    }
  }

  private @Nullable PipelineList findList(@Nullable EqualityCondition condition) {
    if (condition == null) {
      return scanned;
    }
    ColumnIndex index = findIndex(condition.columnId());
    return index == null ? null : index.byValue.get(condition.value());
  }

  private PipelineList obtainList(@Nullable EqualityCondition condition) {
    if (condition == null) {
      if (scanned == null) {
        scanned = new PipelineList();
      }
      return scanned;
    }
    ColumnIndex index = findIndex(condition.columnId());
    if (index == null) {
      index = new ColumnIndex(condition.columnId());
      if (indexes == null) {
        indexes = new ArrayList<>(1);
      }
      indexes.add(index);
    }
    return index.byValue.computeIfAbsent(condition.value(), value -> new PipelineList());
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
    for (RowDelta delta : deltas) {
      if (scanned != null) {
        collect(scanned, delta, touched, outcome);
      }
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
      PipelineList list, RowDelta delta, List<Pipeline> touched, DispatchOutcome outcome) {
    for (int i = 0; i < list.size(); i++) {
      Pipeline pipeline = list.get(i);
      try {
        if (pipeline.collect(delta)) {
          touched.add(pipeline);
        }
      } catch (KalamException e) {
        outcome.failed(pipeline, e);
      } catch (RuntimeException e) {
        outcome.failed(
            pipeline, new KalamException(ErrorCode.INTERNAL_ERROR, "Evaluating a live query failed", e));
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
    private final Map<Object, PipelineList> byValue = new HashMap<>(2);

    /** Where the column stood in the last row looked at. */
    private int position = -1;

    private ColumnIndex(int columnId) {
      this.columnId = columnId;
    }

    /** Forgets a value; true if it was the last one. */
    private boolean drop(Object value) {
      byValue.remove(value);
      return byValue.isEmpty();
    }

    private void collect(RowDelta delta, List<Pipeline> touched, DispatchOutcome outcome) {
      position = SchemaAdapter.positionOf(columnId, delta.schema(), position);
      if (position < 0) {
        // The column has gone: every query that asks for it must hear so.
        byValue.values().forEach(list -> Partition.collect(list, delta, touched, outcome));
        return;
      }
      PipelineList before = listOf(delta.oldRow());
      PipelineList after = listOf(delta.newRow());
      if (before != null) {
        Partition.collect(before, delta, touched, outcome);
      }
      if (after != null && after != before) {
        Partition.collect(after, delta, touched, outcome);
      }
    }

    private @Nullable PipelineList listOf(@Nullable Object @Nullable [] row) {
      Object value = row == null ? null : row[position];
      return value == null ? null : byValue.get(value);
    }
  }
}
