package org.kalamdb.internal.live;

import java.time.Duration;
import java.util.NoSuchElementException;
import org.jspecify.annotations.Nullable;
import org.kalamdb.error.ErrorCode;
import org.kalamdb.error.KalamException;
import org.kalamdb.live.ChangeEvent;
import org.kalamdb.live.LiveEvents;
import org.kalamdb.live.Subscription;

/** Asks its subscription for one event, and for another when that has been taken. */
public final class PulledEvents implements LiveEvents {
  private final Object lock = new Object();
  private final LiveSubscription live;
  private @Nullable ChangeEvent waiting;
  private ChangeEvent.@Nullable Closed closed;
  private boolean ended;

  private PulledEvents(SubscriptionOpening opening) {
    this.live =
        (LiveSubscription)
            opening.open(
                new PullingListener() {
                  @Override
                  public void onEvent(ChangeEvent event) {
                    put(event);
                  }
                });
  }

  public static LiveEvents open(SubscriptionOpening opening) {
    PulledEvents events = new PulledEvents(opening);
    events.live.request(1);
    return events;
  }

  private void put(ChangeEvent event) {
    synchronized (lock) {
      if (event instanceof ChangeEvent.Closed end) {
        closed = end;
      } else {
        waiting = event;
      }
      lock.notifyAll();
    }
  }

  @Override
  public Subscription subscription() {
    return live;
  }

  @Override
  public @Nullable ChangeEvent next(Duration timeout) throws InterruptedException {
    ChangeEvent event;
    synchronized (lock) {
      if (!await(timeout)) {
        return null;
      }
      event = take();
    }
    live.request(1);
    return event;
  }

  /** False if nothing came in time. */
  private boolean await(Duration timeout) throws InterruptedException {
    Deadline deadline = Deadline.in(timeout);
    while (waiting == null && closed == null) {
      long millis = deadline.millisLeft();
      if (millis == 0) {
        return false;
      }
      lock.wait(millis);
    }
    return true;
  }

  private ChangeEvent take() {
    ChangeEvent event = waiting;
    if (event != null) {
      waiting = null;
      return event;
    }
    ChangeEvent end = closed;
    if (end == null || ended) {
      throw new NoSuchElementException("The live query has ended");
    }
    ended = true;
    return end;
  }

  @Override
  public boolean hasNext() {
    synchronized (lock) {
      awaitUninterrupted();
      return waiting != null || !ended;
    }
  }

  @Override
  public ChangeEvent next() {
    ChangeEvent event;
    synchronized (lock) {
      awaitUninterrupted();
      event = take();
    }
    live.request(1);
    return event;
  }

  private void awaitUninterrupted() {
    try {
      await(Deadline.FOR_EVER);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new KalamException(
          ErrorCode.QUERY_CANCELED, "Waiting for an event of a live query was interrupted", e);
    }
  }

  @Override
  public void close() {
    live.close();
    synchronized (lock) {
      waiting = null;
    }
  }
}
