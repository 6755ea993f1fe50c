package org.kalamdb.internal.live;

import java.util.Objects;
import java.util.concurrent.Flow;
import org.jspecify.annotations.Nullable;
import org.kalamdb.live.ChangeEvent;

/**
 * Gives each subscriber a subscription of its own, opened when it comes; the subscription waits for
 * demand. Thread-safe if its opening is.
 */
public final class LivePublisher implements Flow.Publisher<ChangeEvent> {
  private static final String WRONG_REQUEST = "request must be positive (rule 3.9)";

  private final SubscriptionOpening opening;

  public LivePublisher(SubscriptionOpening opening) {
    this.opening = opening;
  }

  @Override
  public void subscribe(Flow.Subscriber<? super ChangeEvent> subscriber) {
    Delivery delivery = new Delivery(Objects.requireNonNull(subscriber, "subscriber"));
    subscriber.onSubscribe(delivery);
    delivery.open(opening);
  }

  /**
   * One subscriber's. It may ask and cancel before {@link #open} has found what to ask: signals
   * begin only after onSubscribe has returned.
   */
  private static final class Delivery extends PullingListener implements Flow.Subscription {
    private final Object lock = new Object();

    /** Null once nothing more is signalled. */
    private Flow.@Nullable Subscriber<? super ChangeEvent> subscriber;

    private @Nullable LiveSubscription live;
    private long askedEarly;
    private @Nullable IllegalArgumentException misuse;

    private Delivery(Flow.Subscriber<? super ChangeEvent> subscriber) {
      this.subscriber = subscriber;
    }

    private void open(SubscriptionOpening opening) {
      synchronized (lock) {
        if (subscriber == null) {
          return;
        }
      }
      try {
        opened((LiveSubscription) opening.open(this));
      } catch (RuntimeException e) {
        fail(e);
      }
    }

    private void opened(LiveSubscription subscription) {
      long asked;
      IllegalArgumentException wrong;
      boolean cancelled;
      synchronized (lock) {
        live = subscription;
        asked = askedEarly;
        wrong = misuse;
        cancelled = subscriber == null;
      }
      if (cancelled) {
        subscription.end("cancelled by the subscriber", null);
      } else if (wrong != null) {
        subscription.end(WRONG_REQUEST, wrong);
      } else if (asked > 0) {
        subscription.request(asked);
      }
    }

    @Override
    public void request(long n) {
      LiveSubscription to;
      IllegalArgumentException wrong = null;
      synchronized (lock) {
        if (subscriber == null) {
          return;
        }
        if (n <= 0) {
          wrong = new IllegalArgumentException(WRONG_REQUEST + ": " + n);
          misuse = wrong;
        } else if (live == null) {
          askedEarly = n > Long.MAX_VALUE - askedEarly ? Long.MAX_VALUE : askedEarly + n;
        }
        to = live;
      }
      if (to != null && wrong != null) {
        to.end(WRONG_REQUEST, wrong);
      } else if (to != null) {
        to.request(n);
      }
    }

    @Override
    public void cancel() {
      LiveSubscription cancelled;
      synchronized (lock) {
        subscriber = null;
        cancelled = live;
      }
      if (cancelled != null) {
        cancelled.end("cancelled by the subscriber", null);
      }
    }

    @Override
    public void onEvent(ChangeEvent event) {
      Flow.Subscriber<? super ChangeEvent> to = to();
      if (event instanceof ChangeEvent.Closed closed) {
        if (closed.error() != null) {
          fail(closed.error());
        } else if (to != null && take() != null) {
          to.onComplete();
        }
      } else if (to != null) {
        try {
          to.onNext(event);
        } catch (RuntimeException | Error e) {
          cancel(); // rule 2.13
          throw e;
        }
      }
    }

    private void fail(Throwable error) {
      Flow.Subscriber<? super ChangeEvent> to = take();
      if (to != null) {
        to.onError(error);
      }
    }

    private Flow.@Nullable Subscriber<? super ChangeEvent> to() {
      synchronized (lock) {
        return subscriber;
      }
    }

    /** The subscriber, for its last signal. */
    private Flow.@Nullable Subscriber<? super ChangeEvent> take() {
      synchronized (lock) {
        Flow.Subscriber<? super ChangeEvent> taken = subscriber;
        subscriber = null;
        return taken;
      }
    }
  }
}
