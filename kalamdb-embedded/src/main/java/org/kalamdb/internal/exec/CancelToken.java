package org.kalamdb.internal.exec;

import org.kalamdb.error.ErrorCode;
import org.kalamdb.error.KalamException;

/** Lets another thread stop a query, or the clock. Thread-safe. */
public final class CancelToken {
  private static final long NO_DEADLINE = Long.MAX_VALUE;

  private final long startNanos = System.nanoTime();
  private final long timeoutNanos;
  private volatile boolean cancelled;

  private CancelToken(long timeoutNanos) {
    this.timeoutNanos = timeoutNanos;
  }

  public static CancelToken create() {
    return new CancelToken(NO_DEADLINE);
  }

  /** A token that also stops the query when it has run for so long. */
  public static CancelToken withTimeout(java.time.Duration timeout) {
    return new CancelToken(timeout.toNanos());
  }

  public void cancel() {
    cancelled = true;
  }

  /**
   * Goes on if nobody wants the query to stop.
   *
   * @throws KalamException 57014 otherwise
   */
  public void check() {
    if (cancelled) {
      throw new KalamException(ErrorCode.QUERY_CANCELED, "canceling statement due to user request");
    }
    if (timeoutNanos != NO_DEADLINE && System.nanoTime() - startNanos > timeoutNanos) {
      throw new KalamException(
          ErrorCode.QUERY_CANCELED, "canceling statement due to statement timeout");
    }
  }
}
