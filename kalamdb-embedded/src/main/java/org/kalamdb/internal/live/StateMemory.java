package org.kalamdb.internal.live;

import java.util.concurrent.atomic.AtomicLong;

/** The heap that live queries may keep rows in, all of them together. Thread-safe. */
final class StateMemory {
  private final long limit;
  private final AtomicLong used = new AtomicLong();

  StateMemory(long limit) {
    this.limit = limit;
  }

  /** Takes note of a query's growth, or of its shrinking; false if that is too much. */
  boolean resize(long from, long to) {
    return used.addAndGet(to - from) <= limit || to <= from;
  }

  /** What a query that takes so much now may take in all. */
  long availableTo(long bytes) {
    return Math.max(0, limit - used.get() + bytes);
  }

  long limit() {
    return limit;
  }
}
