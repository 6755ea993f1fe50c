package org.kalamdb.internal.live;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.kalamdb.schema.UserId;

/**
 * Finds the partition a change belongs to, if anybody listens there. Looking up takes no lock; a
 * partition exists while it has subscriptions.
 */
final class TableRoutes {
  private final ConcurrentHashMap<Integer, Routes> tables = new ConcurrentHashMap<>();
  private final AtomicInteger count = new AtomicInteger();

  void add(LiveSubscription subscription, SubscriptionRequest request) {
    tables.compute(
        request.compiled().table().number(),
        (number, known) -> {
          Routes routes = known == null ? new Routes() : known;
          routes.add(subscription, request);
          return routes;
        });
    count.incrementAndGet();
  }

  /** Idempotent. */
  void remove(LiveSubscription subscription) {
    Pipeline pipeline = subscription.pipeline();
    tables.computeIfPresent(
        pipeline.table().number(),
        (number, routes) -> {
          if (routes.remove(subscription, pipeline.partition())) {
            count.decrementAndGet();
          }
          return routes.count == 0 ? null : routes;
        });
  }

  boolean isEmpty() {
    return tables.isEmpty();
  }

  @Nullable Partition find(int tableNumber, @Nullable UserId user) {
    Routes routes = tables.get(tableNumber);
    if (routes == null) {
      return null;
    }
    return user == null ? routes.shared : routes.users.get(user);
  }

  int count() {
    return count.get();
  }

  int count(int tableNumber) {
    Routes routes = tables.get(tableNumber);
    return routes == null ? 0 : routes.count;
  }

  List<LiveSubscription> list() {
    List<LiveSubscription> all = new ArrayList<>();
    tables.values().forEach(routes -> routes.forEach(all::add));
    return all;
  }

  List<LiveSubscription> list(int tableNumber) {
    List<LiveSubscription> all = new ArrayList<>();
    Routes routes = tables.get(tableNumber);
    if (routes != null) {
      routes.forEach(all::add);
    }
    return all;
  }

  /** Partitions of one table; written under the table's entry in {@link #tables}. */
  private static final class Routes {
    private final ConcurrentHashMap<UserId, Partition> users = new ConcurrentHashMap<>();
    private volatile @Nullable Partition shared;
    private volatile int count;

    @SuppressWarnings("NonAtomicVolatileUpdate") // written under the table's monitor, read without
    private void add(LiveSubscription subscription, SubscriptionRequest request) {
      UserId user = request.user();
      Partition partition = user == null ? shared : users.get(user);
      if (partition == null) {
        partition = new Partition(user);
      }
      // Filled before it can be found: whoever finds it may rely on what was registered.
      partition.join(subscription, request);
      if (user == null) {
        shared = partition;
      } else {
        users.put(user, partition);
      }
      count = count + 1;
    }

    @SuppressWarnings("NonAtomicVolatileUpdate") // as in add
    private boolean remove(LiveSubscription subscription, Partition partition) {
      if (!partition.leave(subscription)) {
        return false;
      }
      if (partition.isEmpty()) {
        UserId user = partition.user();
        if (user == null) {
          shared = null;
        } else {
          users.remove(user);
        }
      }
      count = count - 1;
      return true;
    }

    private void forEach(Consumer<LiveSubscription> action) {
      Partition common = shared;
      if (common != null) {
        common.forEach(action);
      }
      users.values().forEach(partition -> partition.forEach(action));
    }
  }
}
