package org.kalamdb.internal.exec;

import org.jspecify.annotations.Nullable;
import org.kalamdb.error.ErrorCode;
import org.kalamdb.error.KalamException;

/** Lets another thread stop a query, or the clock. Thread-safe. */
public final class CancelToken {
  private static final long NO_DEADLINE = Long.MAX_VALUE;

  private final long startNanos = System.nanoTime();
  private final long timeoutNanos;
  private volatile boolean cancelled;

  /** Set when the database is closing, for all of its queries; null for a query on its own. */
  private final @Nullable CancelToken shutdown;

  private CancelToken(long timeoutNanos, @Nullable CancelToken shutdown) {
    this.timeoutNanos = timeoutNanos;
    this.shutdown = shutdown;
  }

  public static CancelToken create() {
    return new CancelToken(NO_DEADLINE, null);
  }

  /** A token that also stops the query when it has run for so long. */
  public static CancelToken withTimeout(java.time.Duration timeout) {
    return new CancelToken(timeout.toNanos(), null);
  }

  /** A token that also stops the query, with 57P01, when {@code shutdown} is cancelled. */
  public static CancelToken until(CancelToken shutdown) {
    return new CancelToken(NO_DEADLINE, shutdown);
  }

  public void cancel() {
    cancelled = true;
  }

  /**
   * Goes on if nobody wants the query to stop.
   *
   * @throws KalamException 57014 otherwise; 57P01 if the database is closing
   */
  public void check() {
    if (shutdown != null && shutdown.cancelled) {
      throw new KalamException(
          ErrorCode.ADMIN_SHUTDOWN, "canceling statement because the database is closed");
    }
    if (cancelled) {
      throw new KalamException(ErrorCode.QUERY_CANCELED, "canceling statement due to user request");
    }
    if (timeoutNanos != NO_DEADLINE && System.nanoTime() - startNanos > timeoutNanos) {
      throw new KalamException(
          ErrorCode.QUERY_CANCELED, "canceling statement due to statement timeout");
    }
  }
}
