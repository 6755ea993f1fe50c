package org.kalamdb.internal.live;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.kalamdb.error.ErrorCode;
import org.kalamdb.error.KalamException;
import org.kalamdb.live.ChangeEvent;
import org.kalamdb.live.ChangeEvent.RowChange;
import org.kalamdb.live.ChangeListener;
import org.kalamdb.live.LiveView;
import org.kalamdb.live.Subscription;
import org.kalamdb.query.Row;
import org.kalamdb.schema.SeqId;

/**
 * Applies its subscription's events to a copy of the rows; no listener is called under the lock.
 */
public final class MaintainedView implements LiveView {
  private final Object lock = new Object();
  private final Subscription live;
  private List<ChangeListener> listeners = List.of();
  private State state = State.LOADING;
  private SeqId seq = new SeqId(0);
  private ViewRows rows = new ViewRows.Listed(new ArrayList<>());

  /** A copy for {@link #rows()}; null once the rows have changed. */
  private @Nullable List<Row> shown = List.of();

  /** The snapshot that is coming. */
  private ArrayList<Row> loading = new ArrayList<>();

  /** Whether the next changes are the first ones of a snapshot: they tell if there is an order. */
  private boolean untouched = true;

  private ChangeEvent.@Nullable Closed end;
  private long events;

  private MaintainedView(SubscriptionOpening opening) {
    this.live = opening.open(this::onEvent);
  }

  public static LiveView open(SubscriptionOpening opening) {
    return new MaintainedView(opening);
  }

  private void onEvent(ChangeEvent event) {
    List<ChangeListener> told;
    synchronized (lock) {
      try {
        apply(event);
      } catch (IllegalStateException e) {
        giveUp(e);
        return;
      }
      events++;
      lock.notifyAll();
      told = listeners;
    }
    tell(event, told);
  }

  /** The rows are no longer what they should be, and nobody must take them for that. */
  private static void giveUp(IllegalStateException misfit) {
    LiveSubscription own = Objects.requireNonNull(LiveSubscription.current(), "not in a callback");
    String reason = String.valueOf(misfit.getMessage());
    own.end(reason, new KalamException(ErrorCode.INTERNAL_ERROR, reason, misfit));
  }

  private void apply(ChangeEvent event) {
    if (event instanceof ChangeEvent.SnapshotRows snapshot) {
      loading.addAll(snapshot.rows());
    } else if (event instanceof ChangeEvent.Ready) {
      rows = new ViewRows.Listed(loading);
      loading = new ArrayList<>();
      untouched = true;
      shown = null;
      seq = event.seq();
      state = State.READY;
    } else if (event instanceof ChangeEvent.Changes changes) {
      apply(changes.changes());
      shown = null;
      seq = event.seq();
    } else if (event instanceof ChangeEvent.Reset) {
      loading = new ArrayList<>();
      state = State.LOADING;
    } else if (event instanceof ChangeEvent.Closed closed) {
      loading = new ArrayList<>();
      end = closed;
      state = State.CLOSED;
    }
  }

  private void apply(List<RowChange> changes) {
    if (untouched) {
      untouched = false;
      RowChange first = changes.get(0);
      if (first.oldIndex() < 0 && first.newIndex() < 0) {
        rows = new ViewRows.Arrived(rows.rows());
      }
    }
    rows.apply(changes);
  }

  private static void tell(ChangeEvent event, List<ChangeListener> listeners) {
    Throwable failure = null;
    for (ChangeListener listener : listeners) {
      try {
        listener.onEvent(event);
      } catch (RuntimeException | Error e) {
        if (failure == null) {
          failure = e;
        } else if (failure != e) {
          failure.addSuppressed(e);
        }
      }
    }
    if (failure instanceof Error error) {
      throw error;
    } else if (failure instanceof RuntimeException exception) {
      throw exception;
    }
  }

  @Override
  public Subscription subscription() {
    return live;
  }

  @Override
  public State state() {
    synchronized (lock) {
      return state;
    }
  }

  @Override
  public ChangeEvent.@Nullable Closed end() {
    synchronized (lock) {
      return end;
    }
  }

  @Override
  public List<Row> rows() {
    synchronized (lock) {
      return copy();
    }
  }

  private List<Row> copy() {
    List<Row> copy = shown;
    if (copy == null) {
      copy = rows.rows();
      shown = copy;
    }
    return copy;
  }

  @Override
  public int size() {
    synchronized (lock) {
      return rows.size();
    }
  }

  @Override
  public SeqId seq() {
    synchronized (lock) {
      return seq;
    }
  }

  @Override
  public void addListener(ChangeListener listener) {
    Objects.requireNonNull(listener, "listener");
    synchronized (lock) {
      List<ChangeListener> more = new ArrayList<>(listeners);
      more.add(listener);
      listeners = List.copyOf(more);
    }
  }

  @Override
  public void removeListener(ChangeListener listener) {
    synchronized (lock) {
      List<ChangeListener> fewer = new ArrayList<>(listeners);
      fewer.remove(listener);
      listeners = List.copyOf(fewer);
    }
  }

  @Override
  public boolean await(Predicate<? super List<Row>> condition, Duration timeout)
      throws InterruptedException {
    Deadline deadline = Deadline.in(timeout);
    long seen = -1;
    while (true) {
      List<Row> now;
      synchronized (lock) {
        while (state != State.CLOSED && (state != State.READY || events == seen)) {
          long millis = deadline.millisLeft();
          if (millis == 0) {
            return false;
          }
          lock.wait(millis);
        }
        if (state == State.CLOSED) {
          return false;
        }
        seen = events;
        now = copy();
      }
      if (condition.test(now)) {
        return true;
      }
    }
  }

  @Override
  public void close() {
    live.close();
  }
}
