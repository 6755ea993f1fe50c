package org.kalamdb.live;

import java.time.Duration;
import java.util.List;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.kalamdb.query.Row;
import org.kalamdb.schema.SeqId;

/**
 * The rows of a live query as they are now. They are always those of one commit: while a snapshot
 * is read, at the beginning or after a {@link ChangeEvent.Reset}, the rows from before are shown,
 * at first none. After the end they stay as they were. Thread-safe.
 *
 * <p>A change costs the same however many rows there are, unless the query has an order; then rows
 * behind it are moved up or down. Close it: nobody else does while the database is open, even if
 * nothing refers to it.
 */
public interface LiveView extends AutoCloseable {
  /** How far a view is. */
  enum State {
    /** A snapshot is being read. */
    LOADING,
    /** The rows follow every commit. */
    READY,
    /** The rows change no more. */
    CLOSED
  }

  /** What it takes its rows from. */
  Subscription subscription();

  State state();

  /** How it ended; null while it has not. */
  ChangeEvent.@Nullable Closed end();

  /**
   * The rows now, in the query's order; without one, in the order in which they came, an updated
   * row in its old place. Immutable, and copied anew only after a change.
   */
  List<Row> rows();

  int size();

  /** The last commit that changed the rows, or that the snapshot was taken at; at first 0. */
  SeqId seq();

  /**
   * Has a listener called with every event from now on, after the rows have changed accordingly, on
   * the thread that changed them. {@link ChangeEvent.SnapshotRows} are shown, and change the rows,
   * when {@link ChangeEvent.Ready} comes. One that throws harms no other and is counted as the
   * subscription's. The view may be changed on by the time the listener looks only if the listener
   * looks on another thread.
   */
  void addListener(ChangeListener listener);

  /** Takes one out that was added; a call of it may still be running. */
  void removeListener(ChangeListener listener);

  /**
   * Waits for state READY.
   *
   * @return false if it ended, or did not come to that in time
   */
  default boolean awaitReady(Duration timeout) throws InterruptedException {
    return await(rows -> true, timeout);
  }

  /**
   * Waits for state READY with rows that fit; looks after each event.
   *
   * @return false if it ended, or did not come to that in time
   */
  boolean await(Predicate<? super List<Row>> condition, Duration timeout)
      throws InterruptedException;

  /** As {@link Subscription#close()}. */
  @Override
  void close();
}
