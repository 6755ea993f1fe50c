package org.kalamdb.live;

import java.time.Duration;
import java.util.Iterator;
import java.util.NoSuchElementException;
import org.jspecify.annotations.Nullable;

/**
 * A running live query whose events are taken one by one, by a thread that waits for them. What is
 * not taken waits in the subscription's queue and meets its overflow policy; one event is taken out
 * of it ahead. {@link ChangeEvent.Closed} is the last one. Thread-safe: each event is given once.
 *
 * <p>Close it: nobody else does while the database is open, even if nothing refers to it.
 */
public interface LiveEvents extends Iterator<ChangeEvent>, AutoCloseable {
  /** What it takes its events from. */
  Subscription subscription();

  /**
   * The next event; waits for it at most so long.
   *
   * @return null if none came in time
   * @throws NoSuchElementException after {@link ChangeEvent.Closed}
   * @throws InterruptedException if the thread was interrupted; no event is lost
   */
  @Nullable ChangeEvent next(Duration timeout) throws InterruptedException;

  /**
   * Waits for an event; false after {@link ChangeEvent.Closed}.
   *
   * @throws org.kalamdb.error.KalamException 57014 if the thread was interrupted, and still is
   */
  @Override
  boolean hasNext();

  /**
   * The next event; waits for it.
   *
   * @throws NoSuchElementException after {@link ChangeEvent.Closed}
   * @throws org.kalamdb.error.KalamException 57014 if the thread was interrupted, and still is
   */
  @Override
  ChangeEvent next();

  /** Ends the subscription; what was not taken is dropped, but for {@link ChangeEvent.Closed}. */
  @Override
  void close();
}
