package org.kalamdb.internal.live.incremental;

/** A query would keep more than it may; what it has so far is of no use. */
public final class StateTooLargeException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  StateTooLargeException(long limit) {
    super("more than " + limit + " bytes", null, false, false);
  }
}
