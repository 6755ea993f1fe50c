package org.kalamdb.internal.live;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.kalamdb.error.ErrorCode;
import org.kalamdb.error.KalamException;
import org.kalamdb.internal.live.SinkIndex.SinkCollector;
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
  private @Nullable SinkLink scanned;

  private @Nullable List<SinkIndex> indexes;
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
    EqualityCondition condition = request.compiled().requiredEquality();
    SinkLink first = condition == null ? scanned : firstIn(condition);
    for (SinkLink link = first; link != null; link = link.next()) {
      if (link.sink() instanceof Pipeline pipeline && pipeline.sharesWith(request.shareKey())) {
        return pipeline;
      }
    }
    return null;
  }

  /** The chain of one of the condition's values: whatever fulfils the same one is in each. */
  private @Nullable SinkLink firstIn(EqualityCondition condition) {
    return indexOf(condition).first(condition.values().iterator().next());
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
    if (condition == null) {
      addScanned(sink instanceof Pipeline own ? own : new ListedSink(sink, null, Set.of()));
    } else if (sink instanceof Pipeline own && condition.values().size() == 1) {
      own.setValue(condition.values().iterator().next());
      indexOf(condition).add(own);
    } else {
      Set<Object> values = condition.values();
      SinkIndex index = indexOf(condition);
      values.forEach(value -> index.add(new ListedSink(sink, value, values)));
    }
    sinkCount++;
  }

  private void addScanned(SinkLink link) {
    SinkLink first = scanned;
    if (first == null) {
      scanned = link;
    } else {
      SinkLink.insertAfter(first, link);
    }
  }

  synchronized void remove(ChangeSink sink) {
    EqualityCondition condition = sink.requiredEquality();
    if (condition == null) {
      SinkLink first = scanned;
      SinkLink link = sink instanceof Pipeline own ? own : linkOf(sink, first);
      scanned = first == null ? null : SinkLink.unlink(link, first);
    } else {
      SinkIndex index = indexOf(condition);
      if (sink instanceof Pipeline own && condition.values().size() == 1) {
        index.remove(own);
      } else {
        condition.values().forEach(value -> index.remove(linkOf(sink, index.first(value))));
      }
      if (index.isEmpty() && indexes != null) {
        indexes.remove(index);
        indexes = indexes.isEmpty() ? null : indexes;
      }
    }
    sinkCount--;
  }

  private static SinkLink linkOf(ChangeSink sink, @Nullable SinkLink first) {
    for (SinkLink link = first; link != null; link = link.next()) {
      if (link.sink() == sink) {
        return link;
      }
    }
    throw new IllegalStateException("A live query is not where it was registered");
  }

  /** The index of the condition's column, which may be a new one. */
  private SinkIndex indexOf(EqualityCondition condition) {
    List<SinkIndex> known = indexes;
    if (known == null) {
      known = new ArrayList<>(1);
      indexes = known;
    }
    for (SinkIndex index : known) {
      if (index.columnId() == condition.columnId()) {
        return index;
      }
    }
    SinkIndex index = new SinkIndex(condition.columnId());
    known.add(index);
    return index;
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

  /** Those found by several values come as often. */
  private void forEachSink(Consumer<ChangeSink> action) {
    forEachIn(scanned, action);
    if (indexes != null) {
      for (SinkIndex index : indexes) {
        index.forEach(first -> forEachIn(first, action));
      }
    }
  }

  private static void forEachIn(@Nullable SinkLink first, Consumer<ChangeSink> action) {
    for (SinkLink link = first; link != null; link = link.next()) {
      action.accept(link.sink());
    }
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
    SinkCollector collector = (first, delta, shown) -> collect(first, delta, shown, outcome);
    for (RowDelta delta : deltas) {
      collector.collect(scanned, delta, null);
      if (indexes != null) {
        for (SinkIndex index : indexes) {
          index.collect(delta, collector);
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

  private static void collect(
      @Nullable SinkLink first, RowDelta delta, @Nullable Object shown, DispatchOutcome outcome) {
    for (SinkLink link = first; link != null; link = link.next()) {
      if (shown != null && link.isAlsoFoundBy(shown)) {
        continue;
      }
      ChangeSink sink = link.sink();
      try {
        if (sink.collect(delta)) {
          outcome.scratch().add(sink);
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
}
