package org.kalamdb.internal.live;

import java.util.IdentityHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Which subscription, from within its listener, waits for the end of which other one's callback.
 * Two that close each other would wait for ever: the second does not. Thread-safe.
 */
final class CloseWaits {
  private static final Map<LiveSubscription, LiveSubscription> WAITS = new IdentityHashMap<>();

  private CloseWaits() {}

  /**
   * True if the wait may begin, and {@link #end} must follow: {@code awaited} does not, perhaps
   * through others, wait for the one whose listener asks.
   *
   * @param from null: not from a listener
   */
  static boolean begin(@Nullable LiveSubscription from, LiveSubscription awaited) {
    if (from == null) {
      return true;
    }
    synchronized (WAITS) {
      for (LiveSubscription s = awaited; s != null; s = WAITS.get(s)) {
        if (s == from) {
          return false;
        }
      }
      WAITS.put(from, awaited);
      return true;
    }
  }

  static void end(@Nullable LiveSubscription from) {
    if (from != null) {
      synchronized (WAITS) {
        WAITS.remove(from);
      }
    }
  }
}
