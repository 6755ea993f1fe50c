package org.kalamdb.internal.live;

import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import org.kalamdb.error.KalamException;

/**
 * What follows from dispatching one commit; reused from commit to commit by the dispatching thread.
 */
final class DispatchOutcome {
  private final List<LiveSubscription> ready = new ArrayList<>();
  private final List<Pipeline> scratch = new ArrayList<>();
  private final Map<Pipeline, KalamException> failed = new IdentityHashMap<>(2);

  /** A subscription that had nothing to do and now has. */
  void ready(LiveSubscription subscription) {
    ready.add(subscription);
  }

  void failed(Pipeline pipeline, KalamException error) {
    failed.putIfAbsent(pipeline, error);
  }

  boolean hasFailed(Pipeline pipeline) {
    return !failed.isEmpty() && failed.containsKey(pipeline);
  }

  List<LiveSubscription> ready() {
    return ready;
  }

  /** An empty list for the partition to work with; left empty. */
  List<Pipeline> scratch() {
    return scratch;
  }

  /**
   * Ends the subscriptions of queries that failed; not to be called under a partition's monitor.
   */
  void endFailed() {
    if (failed.isEmpty()) {
      return;
    }
    failed.forEach(
        (pipeline, error) -> {
          List<LiveSubscription> victims = new ArrayList<>();
          synchronized (pipeline.partition()) {
            for (int i = 0; i < pipeline.subscriberCount(); i++) {
              victims.add(pipeline.subscriber(i));
            }
          }
          victims.forEach(subscription -> subscription.end(error.reason(), error));
        });
    failed.clear();
  }
}
