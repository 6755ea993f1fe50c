package org.kalamdb.test;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.kalamdb.live.ChangeEvent;
import org.kalamdb.live.ChangeEvent.Changes;
import org.kalamdb.live.ChangeEvent.Closed;
import org.kalamdb.live.ChangeEvent.Ready;
import org.kalamdb.live.ChangeEvent.Reset;
import org.kalamdb.live.ChangeEvent.RowChange;
import org.kalamdb.live.ChangeEvent.SnapshotRows;
import org.kalamdb.live.ChangeListener;
import org.kalamdb.query.Row;

/**
 * Remembers a subscription's events and the rows they add up to, and waits for what is to come.
 * Waiting ends with an {@link AssertionError} that lists the events if nothing fits within {@link
 * #PATIENCE}. Thread-safe; for one subscription.
 *
 * <pre>{@code
 * RecordingListener heard = new RecordingListener();
 * try (Subscription live = session.subscribe("SELECT * FROM notes", SubscriptionOptions.defaults(), heard)) {
 *   heard.awaitReady();
 *   session.execute("INSERT INTO notes (id) VALUES (1)");
 *   heard.awaitChanges(1);
 * }
 * }</pre>
 */
public final class RecordingListener implements ChangeListener {
  /** How long an event may take. */
  public static final Duration PATIENCE = Duration.ofSeconds(20);

  private final List<ChangeEvent> events = new ArrayList<>();
  private final List<Row> rows = new ArrayList<>();
  private final List<String> misfits = new ArrayList<>();

  @Override
  public synchronized void onEvent(ChangeEvent event) {
    if (!events.isEmpty() && events.get(events.size() - 1) instanceof Closed) {
      misfits.add("event after the end: " + event);
    }
    events.add(event);
    if (event instanceof SnapshotRows snapshot) {
      rows.addAll(snapshot.rows());
    } else if (event instanceof Changes changes) {
      changes.changes().forEach(this::apply);
    } else if (event instanceof Reset) {
      rows.clear();
    }
    notifyAll();
  }

  private void apply(RowChange change) {
    Row before = change.oldRow();
    if (before != null && !rows.remove(before)) {
      misfits.add(change.kind() + " of a row that was not there: " + before);
    }
    Row after = change.newRow();
    if (after != null) {
      rows.add(after);
    }
  }

  /** All events until now. */
  public synchronized List<ChangeEvent> events() {
    return List.copyOf(events);
  }

  /** The {@link Changes} until now. */
  public synchronized List<Changes> changes() {
    return events.stream()
        .filter(Changes.class::isInstance)
        .map(Changes.class::cast)
        .collect(Collectors.toList());
  }

  /** Every changed row until now, over all events. */
  public synchronized List<RowChange> rowChanges() {
    return changes().stream().flatMap(c -> c.changes().stream()).collect(Collectors.toList());
  }

  /** The rows of the result as snapshot and changes add up to, in no promised order. */
  public synchronized List<Row> rows() {
    return List.copyOf(rows);
  }

  /**
   * What did not fit: changes of rows that were not there, events after the end. Empty is right.
   */
  public synchronized List<String> misfits() {
    return List.copyOf(misfits);
  }

  /** Waits for the first event that fits, those already heard included, and returns it. */
  public ChangeEvent await(String what, Predicate<ChangeEvent> fits) {
    return awaitState(what, () -> events.stream().filter(fits).findFirst().orElse(null));
  }

  /** Waits until the snapshot is complete. */
  public Ready awaitReady() {
    return (Ready) await("Ready", Ready.class::isInstance);
  }

  /** Waits for the end of the subscription. */
  public Closed awaitClosed() {
    return (Closed) await("Closed", Closed.class::isInstance);
  }

  /** Waits until there are at least so many {@link Changes} and returns those there are. */
  public List<Changes> awaitChanges(int count) {
    return awaitState(
        count + " Changes",
        () -> {
          List<Changes> heard = changes();
          return heard.size() >= count ? heard : null;
        });
  }

  /** Waits until the rows that events add up to fit. */
  public List<Row> awaitRows(String what, Predicate<List<Row>> fits) {
    return awaitState(
        what,
        () -> {
          List<Row> now = rows();
          return fits.test(now) ? now : null;
        });
  }

  /** What to wait for; null while it is not there. */
  private interface State<T> {
    @Nullable T get();
  }

  private synchronized <T> T awaitState(String what, State<T> state) {
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    while (true) {
      T found = state.get();
      if (found != null) {
        return found;
      }
      long millis = (deadline - System.nanoTime()) / 1_000_000;
      if (millis <= 0) {
        throw new AssertionError(
            "Waited "
                + PATIENCE
                + " for "
                + what
                + "; heard "
                + events.size()
                + " events: "
                + events.stream().limit(50).collect(Collectors.toList()));
      }
      try {
        wait(millis);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IllegalStateException("Interrupted while waiting for " + what, e);
      }
    }
  }
}
