package org.kalamdb.internal.live;

import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.kalamdb.internal.catalog.TableDefinition;
import org.kalamdb.schema.UserId;

/**
 * Finds the partition a change belongs to, if anybody listens there. Looking up takes no lock; a
 * partition exists while it has subscriptions.
 */
final class TableRoutes {
  private final ConcurrentHashMap<Integer, Routes> tables = new ConcurrentHashMap<>();
  private final AtomicInteger count = new AtomicInteger();

  /** Sinks of rows of all users. */
  private final AtomicInteger ofAllUsers = new AtomicInteger();

  void add(LiveSubscription subscription, SubscriptionRequest request) {
    noteAllUsers(request.compiled().table(), 1);
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
  void remove(LiveSubscription subscription, Pipeline pipeline) {
    tables.computeIfPresent(
        pipeline.table().number(),
        (number, routes) -> {
          if (routes.leave(subscription, pipeline)) {
            noteAllUsers(pipeline.table(), -1);
            count.decrementAndGet();
          }
          return routes.count == 0 ? null : routes;
        });
  }

  /** A part of a query over several tables; its subscriptions are counted apart. */
  void add(SourceSink sink) {
    noteAllUsers(sink.table(), 1);
    tables.compute(
        sink.table().number(),
        (number, known) -> {
          Routes routes = known == null ? new Routes() : known;
          routes.add(sink);
          return routes;
        });
  }

  /** To be called once for each {@link #add(SourceSink)}. */
  void remove(SourceSink sink) {
    noteAllUsers(sink.table(), -1);
    tables.computeIfPresent(
        sink.table().number(),
        (number, routes) -> {
          routes.remove(sink);
          return routes.count == 0 ? null : routes;
        });
  }

  boolean isEmpty() {
    return tables.isEmpty();
  }

  /** Whether anybody listens to the rows of all users of a table. */
  boolean listensToAllUsers() {
    return ofAllUsers.get() > 0;
  }

  @Nullable Partition find(int tableNumber, @Nullable UserId user) {
    Routes routes = tables.get(tableNumber);
    if (routes == null) {
      return null;
    }
    return user == null ? routes.shared : routes.users.get(user);
  }

  private void noteAllUsers(TableDefinition table, int by) {
    if (table.partitioned() != null) {
      ofAllUsers.addAndGet(by);
    }
  }

  /** Subscriptions to one table each. */
  int count() {
    return count.get();
  }

  /** All of them, each once, in no order. */
  Set<LiveSubscription> list() {
    Set<LiveSubscription> all = Collections.newSetFromMap(new IdentityHashMap<>());
    tables.values().forEach(routes -> routes.forEach(all::add));
    return all;
  }

  /** Those that look at the table, of one user or of all, each once. */
  Set<LiveSubscription> list(int tableNumber) {
    Set<LiveSubscription> all = Collections.newSetFromMap(new IdentityHashMap<>());
    Routes routes = tables.get(tableNumber);
    if (routes != null) {
      routes.forEach(all::add);
    }
    Routes ofAllUsers = tables.get(TableDefinition.numberOfAllUsers(tableNumber));
    if (ofAllUsers != null) {
      ofAllUsers.forEach(all::add);
    }
    return all;
  }

  /** Partitions of one table; written under the table's entry in {@link #tables}. */
  private static final class Routes {
    private final ConcurrentHashMap<UserId, Partition> users = new ConcurrentHashMap<>();
    private volatile @Nullable Partition shared;
    private volatile int count;

    /** Sinks, counting one for each subscription to this table alone. */
    @SuppressWarnings("NonAtomicVolatileUpdate") // written under the table's monitor, read without
    private void add(LiveSubscription subscription, SubscriptionRequest request) {
      Partition partition = partition(request.user());
      // Filled before it can be found: whoever finds it may rely on what was registered.
      partition.join(subscription, request);
      show(partition);
      count = count + 1;
    }

    @SuppressWarnings("NonAtomicVolatileUpdate") // as in add
    private void add(SourceSink sink) {
      Partition partition = partition(sink.source().user());
      partition.add(sink);
      show(partition);
      count = count + 1;
    }

    private Partition partition(@Nullable UserId user) {
      Partition known = user == null ? shared : users.get(user);
      return known == null ? new Partition(user) : known;
    }

    private void show(Partition partition) {
      UserId user = partition.user();
      if (user == null) {
        shared = partition;
      } else {
        users.put(user, partition);
      }
    }

    @SuppressWarnings("NonAtomicVolatileUpdate") // as in add
    private boolean leave(LiveSubscription subscription, Pipeline pipeline) {
      if (!pipeline.partition().leave(subscription, pipeline)) {
        return false;
      }
      hideIfEmpty(pipeline.partition());
      count = count - 1;
      return true;
    }

    @SuppressWarnings("NonAtomicVolatileUpdate") // as in add
    private void remove(SourceSink sink) {
      Partition partition = partition(sink.source().user());
      partition.remove(sink);
      hideIfEmpty(partition);
      count = count - 1;
    }

    private void hideIfEmpty(Partition partition) {
      if (!partition.isEmpty()) {
        return;
      }
      UserId user = partition.user();
      if (user == null) {
        shared = null;
      } else {
        users.remove(user);
      }
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
