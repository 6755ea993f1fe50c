package org.kalamdb.samples.presence;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.kalamdb.Session;
import org.kalamdb.live.ChangeEvent;
import org.kalamdb.live.ChangeEvent.Changes;
import org.kalamdb.live.ChangeEvent.Closed;
import org.kalamdb.live.ChangeEvent.Reset;
import org.kalamdb.live.ChangeEvent.RowChange;
import org.kalamdb.live.ChangeEvent.SnapshotRows;
import org.kalamdb.live.Subscription;
import org.kalamdb.live.SubscriptionOptions;
import org.kalamdb.query.Row;

/**
 * Who is there, by a live query: one row for each visitor, however many heartbeats are stored. A
 * row comes with the first heartbeat and goes with the last, deleted or expired.
 */
final class Visitors implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  private final Set<String> present = new TreeSet<>();
  private final List<String> history = new ArrayList<>();
  private final Subscription live;

  Visitors(Session session) {
    live =
        session.subscribe(
            "SELECT DISTINCT who FROM rooms.presence", SubscriptionOptions.defaults(), this::heard);
  }

  private synchronized void heard(ChangeEvent event) {
    if (event instanceof SnapshotRows snapshot) {
      snapshot.rows().forEach(this::enters);
    } else if (event instanceof Changes changes) {
      for (RowChange change : changes.changes()) {
        goes(change.oldRow());
        enters(change.newRow());
      }
    } else if (event instanceof Reset) {
      present.clear();
    } else if (event instanceof Closed closed && closed.error() != null) {
      history.add("! " + closed.reason());
    }
    notifyAll();
  }

  private void enters(@Nullable Row row) {
    if (row != null) {
      present.add(String.valueOf(row.getString("who")));
      history.add("+ " + row.getString("who"));
    }
  }

  private void goes(@Nullable Row row) {
    if (row != null) {
      present.remove(String.valueOf(row.getString("who")));
      history.add("- " + row.getString("who"));
    }
  }

  /** Waits until exactly these are there; false if that does not come to pass. */
  synchronized boolean await(Set<String> names) {
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    while (!present.equals(names)) {
      long millis = (deadline - System.nanoTime()) / 1_000_000;
      if (millis <= 0) {
        return false;
      }
      try {
        wait(millis);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return false;
      }
    }
    return true;
  }

  /** Every coming and going, in order. */
  synchronized List<String> history() {
    return List.copyOf(history);
  }

  @Override
  public void close() {
    live.close();
  }
}
