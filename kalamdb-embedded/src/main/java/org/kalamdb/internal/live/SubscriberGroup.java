package org.kalamdb.internal.live;

import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.kalamdb.internal.catalog.TableDefinition;
import org.kalamdb.live.ChangeEvent;
import org.kalamdb.query.ResultColumn;

/**
 * Subscriptions that are told the same, whose query is evaluated once for all of them: an array
 * with the last one moved into the gap, so that neither opening nor closing the ten-thousandth
 * costs more than the first; just the one if it is alone. Guarded by the monitor that guards the
 * query.
 */
abstract class SubscriberGroup {
  /** A {@link LiveSubscription}, an array of them, or null. */
  private @Nullable Object subscribers;

  private int subscriberCount;

  /** Whether no snapshot ever has what is told: then nothing is left for one. */
  boolean isEphemeral() {
    return false;
  }

  abstract String sql();

  abstract List<ResultColumn> columns();

  /** The tables it looks at, as an operator reads them. */
  abstract String tables();

  /** Positions of the result that no two rows agree in; null if none are known. */
  abstract @Nullable List<Integer> keyColumns();

  /** The monitor that guards it. */
  abstract Object guard();

  /** Whether it looks at the column of a table. */
  abstract boolean uses(int tableNumber, int columnId);

  /** Where a new subscriber's rows come from. */
  abstract SnapshotSource source();

  /** Whether it was bound to the table as the event shows it. */
  abstract boolean knows(ChangeEvent.SchemaChanged event);

  static boolean knows(TableDefinition bound, ChangeEvent.SchemaChanged event) {
    return bound.id().equals(event.table()) && bound.schema().version() >= event.version();
  }

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
    subscription.slot = subscriberCount;
    if (subscriberCount == 0) {
      subscribers = subscription;
    } else {
      LiveSubscription[] all = several(subscriberCount + 1);
      all[subscriberCount] = subscription;
      subscribers = all;
    }
    subscriberCount++;
  }

  /** The subscriptions in an array with room for so many. */
  private LiveSubscription[] several(int count) {
    if (subscribers instanceof LiveSubscription[] known) {
      return known.length >= count ? known : Arrays.copyOf(known, known.length * 2);
    }
    LiveSubscription[] all = new LiveSubscription[Math.max(2, count)];
    if (subscribers instanceof LiveSubscription only) {
      all[0] = only;
    }
    return all;
  }

  /** False if it was not in the list (any more). */
  boolean remove(LiveSubscription subscription) {
    int gap = subscription.slot;
    if (gap < 0) {
      return false;
    }
    LiveSubscription last = subscriber(subscriberCount - 1);
    subscriberCount--;
    if (subscribers instanceof LiveSubscription[] all) {
      all[gap] = last;
      last.slot = gap;
      Arrays.fill(all, subscriberCount, subscriberCount + 1, null);
      subscribers =
          subscriberCount == 0
              ? null
              : subscriberCount == 1
                  ? all[0]
                  : subscriberCount < all.length / 4 ? Arrays.copyOf(all, all.length / 2) : all;
    } else {
      subscribers = null;
    }
    subscription.slot = -1;
    return true;
  }

  boolean hasNoSubscribers() {
    return subscriberCount == 0;
  }

  int subscriberCount() {
    return subscriberCount;
  }

  LiveSubscription subscriber(int index) {
    if (subscribers instanceof LiveSubscription[] all) {
      return all[index];
    }
    if (subscribers instanceof LiveSubscription only && index == 0) {
      return only;
    }
    throw new IndexOutOfBoundsException(index);
  }
}
