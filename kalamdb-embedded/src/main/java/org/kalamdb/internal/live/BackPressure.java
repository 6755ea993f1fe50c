package org.kalamdb.internal.live;

import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Decides whether a writer may wait for a BLOCK listener. It may not while a listener's own commit
 * is under way: that commit may stand behind the waiting writer in commit order, and its listener
 * in front of the one waited for in an executor.
 */
final class BackPressure {
  private final AtomicInteger commitsOfListeners = new AtomicInteger();
  private volatile @Nullable LiveSubscription awaited;

  /**
   * A commit begins on this thread; true if it is a listener's and {@link #exitCommit} must follow.
   */
  boolean enterCommit() {
    if (LiveSubscription.current() == null) {
      return false;
    }
    commitsOfListeners.incrementAndGet();
    LiveSubscription waiting = awaited;
    if (waiting != null) {
      waiting.recheckRoom();
    }
    return true;
  }

  void exitCommit() {
    commitsOfListeners.decrementAndGet();
  }

  boolean mayWait() {
    return commitsOfListeners.get() == 0 && LiveSubscription.current() == null;
  }

  /** Takes room in the queue, waiting for it if need be; by one thread at a time. */
  void reserve(LiveSubscription subscription, int changes, long bytes) {
    awaited = subscription;
    subscription.reserve(changes, bytes, this);
    awaited = null;
  }
}
