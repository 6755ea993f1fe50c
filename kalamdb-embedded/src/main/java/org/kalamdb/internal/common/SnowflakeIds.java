package org.kalamdb.internal.common;

import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;

/**
 * Strictly rising 63-bit numbers: 41 bits of milliseconds since 2024-01-01T00:00:00Z, 10 bits of
 * worker, 12 bits of sequence. Thread-safe, without locks.
 *
 * <p>When a millisecond's 4,096 numbers are used up, or the clock steps back, the time part runs
 * ahead of the clock rather than wait.
 */
public final class SnowflakeIds {
  /** 2024-01-01T00:00:00Z in milliseconds since 1970. */
  public static final long EPOCH_MILLIS = 1_704_067_200_000L;

  /** The largest worker number. */
  public static final int MAX_WORKER = 1023;

  private static final int SEQUENCE_BITS = 12;
  private static final int WORKER_BITS = 10;
  private static final int SEQUENCE_MASK = (1 << SEQUENCE_BITS) - 1;

  private final LongSupplier clockMillis;
  private final long worker;

  /** Milliseconds since the epoch in the upper bits, sequence in the lower 12. */
  private final AtomicLong last = new AtomicLong();

  public SnowflakeIds(int worker) {
    this(worker, System::currentTimeMillis);
  }

  /** With a clock of the caller's, in milliseconds since 1970. */
  public SnowflakeIds(int worker, LongSupplier clockMillis) {
    if (worker < 0 || worker > MAX_WORKER) {
      throw new IllegalArgumentException("worker must be from 0 to 1023: " + worker);
    }
    this.worker = worker;
    this.clockMillis = clockMillis;
  }

  public long next() {
    long now = Math.max(0, clockMillis.getAsLong() - EPOCH_MILLIS) << SEQUENCE_BITS;
    long previous;
    long next;
    do {
      previous = last.get();
      next = Math.max(previous + 1, now);
    } while (!last.compareAndSet(previous, next));
    return (next >>> SEQUENCE_BITS) << (SEQUENCE_BITS + WORKER_BITS)
        | worker << SEQUENCE_BITS
        | (next & SEQUENCE_MASK);
  }

  /** Never gives a number up to {@code id} again: what an opened database already holds. */
  public void advancePast(long id) {
    long floor = (id >>> (SEQUENCE_BITS + WORKER_BITS)) << SEQUENCE_BITS | SEQUENCE_MASK;
    last.accumulateAndGet(floor, Math::max);
  }

  /**
   * The time part of the newest number, in milliseconds since 1970; at or ahead of the clock. A
   * commit that has it in its own number keeps the numbers given before from ever being given
   * again: {@link #advancePast} of the newest commit is what an opened database starts from.
   */
  public long newestMillis() {
    return (last.get() >>> SEQUENCE_BITS) + EPOCH_MILLIS;
  }

  /** When the number was made, in milliseconds since 1970. */
  public static long millisOf(long id) {
    return (id >>> (SEQUENCE_BITS + WORKER_BITS)) + EPOCH_MILLIS;
  }
}
