package org.kalamdb.benchmarks.live;

import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import org.kalamdb.live.ChangeEvent;
import org.kalamdb.live.ChangeListener;

/** A listener that many subscriptions may share: counts what it is told and lets others wait. */
final class Told implements ChangeListener {
  private static final long PATIENCE_SECONDS = 120;

  private final Semaphore ready = new Semaphore(0);
  private final Semaphore changes = new Semaphore(0);
  private final LongAdder rows = new LongAdder();
  private volatile long lastNanos;

  @Override
  public void onEvent(ChangeEvent event) {
    long now = System.nanoTime();
    if (event instanceof ChangeEvent.Changes told) {
      lastNanos = now;
      rows.add(told.changes().size());
      changes.release();
    } else if (event instanceof ChangeEvent.Ready) {
      ready.release();
    } else if (event instanceof ChangeEvent.Reset
        || event instanceof ChangeEvent.Degraded
        || (event instanceof ChangeEvent.Closed closed && closed.error() != null)) {
      System.err.println("A measured live query was not kept up: " + event);
    }
  }

  void awaitReady(int subscriptions) {
    await(ready, subscriptions);
  }

  /** Waits for so many events and gives the time at which the last one began. */
  long awaitEvents(int count) {
    await(changes, count);
    return lastNanos;
  }

  private static void await(Semaphore semaphore, int count) {
    try {
      if (!semaphore.tryAcquire(count, PATIENCE_SECONDS, TimeUnit.SECONDS)) {
        throw new IllegalStateException("Not told in time; missing of " + count);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  /** Changed rows told until now, over all subscriptions. */
  long rows() {
    return rows.sum();
  }
}
