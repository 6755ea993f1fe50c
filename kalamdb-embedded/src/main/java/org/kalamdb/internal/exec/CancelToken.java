package org.kalamdb.internal.exec;

import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.kalamdb.error.ErrorCode;
import org.kalamdb.error.KalamException;

/**
 * Lets another thread stop a query, or the clock. The clock runs while the query does: from its
 * making or {@link #resume} to {@link #pause}. Thread-safe.
 */
public final class CancelToken {
  private static final long NO_LIMIT = Long.MAX_VALUE;

  private final long limitNanos;
  private volatile long startNanos = System.nanoTime();
  private volatile long usedNanos;
  private volatile boolean paused;
  private volatile boolean cancelled;
  private volatile @Nullable KalamException because;

  /**
   * Cancelled when the database closes or opens again, for all its queries; null for a query on its
   * own.
   */
  private final @Nullable CancelToken shutdown;

  private CancelToken(long limitNanos, @Nullable CancelToken shutdown) {
    this.limitNanos = limitNanos;
    this.shutdown = shutdown;
  }

  public static CancelToken create() {
    return new CancelToken(NO_LIMIT, null);
  }

  /** A token that also stops the query when it has run for so long. */
  public static CancelToken withTimeout(Duration timeout) {
    return new CancelToken(timeout.toNanos(), null);
  }

  /** A token that also stops the query when {@code shutdown} is cancelled, with its reason. */
  public static CancelToken until(CancelToken shutdown) {
    return new CancelToken(NO_LIMIT, shutdown);
  }

  /**
   * As {@link #until(CancelToken)}, and when the query has run for so long.
   *
   * @param timeout zero: however long
   */
  public static CancelToken until(CancelToken shutdown, Duration timeout) {
    return new CancelToken(timeout.isZero() ? NO_LIMIT : timeout.toNanos(), shutdown);
  }

  public void cancel() {
    cancelled = true;
  }

  /** As {@link #cancel()}; what is stopped by it fails with the code and words of the reason. */
  public void cancel(KalamException reason) {
    because = reason;
    cancelled = true;
  }

  /** Stops the clock: nobody asks for rows. */
  public synchronized void pause() {
    if (!paused) {
      usedNanos = runNanos();
      paused = true;
    }
  }

  /** Lets the clock go on. */
  public synchronized void resume() {
    if (paused) {
      startNanos = System.nanoTime();
      paused = false;
    }
  }

  private long runNanos() {
    return paused ? usedNanos : usedNanos + (System.nanoTime() - startNanos);
  }

  /**
   * Goes on if nobody wants the query to stop.
   *
   * @throws KalamException 57014 otherwise, or the reason that was given
   */
  public void check() {
    if (shutdown != null) {
      shutdown.check();
    }
    if (cancelled) {
      KalamException reason = because;
      if (reason != null) {
        throw new KalamException(reason.code(), reason.reason(), reason);
      }
      throw new KalamException(ErrorCode.QUERY_CANCELED, "canceling statement due to user request");
    }
    if (limitNanos != NO_LIMIT && runNanos() > limitNanos) {
      throw new KalamException(
              ErrorCode.QUERY_CANCELED, "canceling statement due to statement timeout")
          .withHint("SET statement_timeout changes the limit.");
    }
  }
}
