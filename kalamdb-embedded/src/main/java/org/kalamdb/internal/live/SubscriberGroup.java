package org.kalamdb.internal.live;

import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.kalamdb.query.ResultColumn;

/**
 * Subscriptions that are told the same, whose query is evaluated once for all of them: an array
 * with the last one moved into the gap, so that neither opening nor closing the ten-thousandth
 * costs more than the first. Guarded by the monitor that guards the query.
 */
abstract class SubscriberGroup {
  private static final LiveSubscription[] NONE = {};

  private LiveSubscription[] subscribers = NONE;
  private int subscriberCount;

  abstract String sql();

  abstract List<ResultColumn> columns();

  /** The tables it looks at, as an operator reads them. */
  abstract String tables();

  /** The monitor that guards it. */
  abstract Object guard();

  /** Whether it looks at the column of a table. */
  abstract boolean uses(int tableNumber, int columnId);

  /** Where a new subscriber's rows come from. */
  abstract SnapshotSource source();

  abstract SubscriptionInfo.Way way();

  /** Why it is run again; null if it is not. */
  @Nullable String fallback() {
    return null;
  }

  /** Estimated heap of the rows it keeps. */
  long stateBytes() {
    return 0;
  }

  void add(LiveSubscription subscription) {
    if (subscriberCount == subscribers.length) {
      subscribers = Arrays.copyOf(subscribers, subscriberCount == 0 ? 1 : subscriberCount * 2);
    }
    subscription.slot = subscriberCount;
    subscribers[subscriberCount++] = subscription;
  }

  /** False if it was not in the list (any more). */
  boolean remove(LiveSubscription subscription) {
    int gap = subscription.slot;
    if (gap < 0) {
      return false;
    }
    LiveSubscription last = subscribers[--subscriberCount];
    subscribers[gap] = last;
    last.slot = gap;
    subscription.slot = -1;
    Arrays.fill(subscribers, subscriberCount, subscriberCount + 1, null);
    if (subscriberCount < subscribers.length / 4) {
      subscribers = Arrays.copyOf(subscribers, subscribers.length / 2);
    }
    return true;
  }

  boolean hasNoSubscribers() {
    return subscriberCount == 0;
  }

  int subscriberCount() {
    return subscriberCount;
  }

  LiveSubscription subscriber(int index) {
    return subscribers[index];
  }
}
