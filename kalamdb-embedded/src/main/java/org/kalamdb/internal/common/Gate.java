package org.kalamdb.internal.common;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * Counts the calls inside something that can be closed, so that closing waits for them and none
 * gets in afterwards. Thread-safe. A call in and out costs one atomic addition each.
 *
 * <pre>{@code
 * if (!gate.tryEnter()) {
 *   throw closed();
 * }
 * try { ... } finally {
 *   gate.exit();
 * }
 * }</pre>
 */
public final class Gate {
  private static final long CLOSED = Long.MIN_VALUE;

  /** Calls inside; the sign bit is set once closed. */
  private final AtomicLong state = new AtomicLong();

  private volatile @Nullable Thread waiter;

  /** Enters unless the gate is closed; after {@code true} the caller must {@link #exit()}. */
  public boolean tryEnter() {
    if (state.getAndIncrement() >= 0) {
      return true;
    }
    exit();
    return false;
  }

  public void exit() {
    if (state.decrementAndGet() == CLOSED) {
      LockSupport.unpark(waiter);
    }
  }

  public boolean isClosed() {
    return state.get() < 0;
  }

  /** Closes the gate; false if it was closed before. */
  public boolean close() {
    return state.getAndUpdate(value -> value | CLOSED) >= 0;
  }

  /**
   * Waits until nobody is inside; only the one caller for whom {@link #close()} gave true may wait.
   * An interrupt does not end the wait and is kept.
   *
   * @return how many calls are still inside after the time; 0 if none
   */
  public long awaitEmpty(Duration atMost) {
    long deadline = System.nanoTime() + atMost.toNanos();
    waiter = Thread.currentThread();
    boolean interrupted = false;
    try {
      while (true) {
        long inside = state.get() & Long.MAX_VALUE;
        long left = deadline - System.nanoTime();
        if (inside == 0 || left <= 0) {
          return inside;
        }
        // Woken by the last call; the bound covers a call that decrements before it sees the
        // waiter.
        LockSupport.parkNanos(this, Math.min(left, TimeUnit.MILLISECONDS.toNanos(50)));
        interrupted |= Thread.interrupted();
      }
    } finally {
      waiter = null;
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }
}
