package org.kalamdb.samples.feed;

import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.kalamdb.KalamDB;
import org.kalamdb.Session;
import org.kalamdb.live.ChangeEvent;
import org.kalamdb.live.Subscription;
import org.kalamdb.live.SubscriptionOptions;

/** A live query on each author's own events, counting what it is told. */
final class LiveWatch implements AutoCloseable {
  private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(30);

  private final KalamDB db;
  private final Map<String, Subscription> subscriptions = new HashMap<>();
  private final Set<String> seen = ConcurrentHashMap.newKeySet();
  private final AtomicLong events = new AtomicLong();
  private final AtomicLong surprises = new AtomicLong();
  private final Object arrival = new Object();

  LiveWatch(KalamDB db) {
    this.db = db;
  }

  /** Subscribes to the user's events unless done already; what is stored before is not told. */
  void watch(String userId) {
    subscriptions.computeIfAbsent(
        userId,
        id -> {
          try (Session session = db.session(id)) {
            return session.subscribe(
                "SELECT commit_id, subject FROM feed.events",
                SubscriptionOptions.defaults(),
                event -> onEvent(id, event));
          }
        });
  }

  private void onEvent(String userId, ChangeEvent event) {
    if (event instanceof ChangeEvent.SnapshotRows snapshot) {
      // The first chunk may be committed before the snapshot is read; then it comes this way.
      snapshot.rows().forEach(row -> count(userId, String.valueOf(row.getString(0))));
    } else if (event instanceof ChangeEvent.Changes changes) {
      for (ChangeEvent.RowChange change : changes.changes()) {
        if (change.kind() == ChangeEvent.Kind.INSERT && change.newRow() != null) {
          count(userId, String.valueOf(change.newRow().getString(0)));
        } else {
          surprises.incrementAndGet();
        }
      }
    }
    synchronized (arrival) {
      arrival.notifyAll();
    }
  }

  private void count(String userId, String commitId) {
    if (!seen.add(userId + '\n' + commitId)) {
      surprises.incrementAndGet();
    }
    events.incrementAndGet();
  }

  long events() {
    return events.get();
  }

  /** False if anything was told twice, or anything but an insert. */
  boolean everyEventOnce() {
    return surprises.get() == 0;
  }

  /** Waits until so many events have been told, within reason. */
  void awaitEvents(long expected) {
    long deadline = System.nanoTime() + PATIENCE_NANOS;
    synchronized (arrival) {
      while (events.get() < expected && System.nanoTime() < deadline) {
        try {
          arrival.wait(100);
        } catch (InterruptedException e) {
          Thread.currentThread().interrupt();
          return;
        }
      }
    }
  }

  @Override
  public void close() {
    subscriptions.values().forEach(Subscription::close);
  }
}
