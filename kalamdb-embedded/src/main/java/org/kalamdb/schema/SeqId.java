package org.kalamdb.schema;

/**
 * The place of a commit in the order of all commits of a database, and the value of {@code _seq} in
 * the rows it wrote. A Snowflake: 41 bits of milliseconds since 2024-01-01T00:00:00Z, then 22 bits
 * that keep it strictly rising within the millisecond and when the clock steps back.
 */
public record SeqId(long value) implements Comparable<SeqId> {
  /** 2024-01-01T00:00:00Z in epoch milliseconds. */
  public static final long EPOCH_MILLIS = 1_704_067_200_000L;

  /** Bits below the milliseconds. */
  public static final int SEQUENCE_BITS = 22;

  /** Before every commit. */
  public static final SeqId ZERO = new SeqId(0);

  /**
   * When the commit was ordered, in epoch milliseconds (never earlier than a preceding commit's).
   */
  public long epochMillis() {
    return (value >>> SEQUENCE_BITS) + EPOCH_MILLIS;
  }

  /** The lowest that a commit at that time, in epoch milliseconds, may have. */
  public static SeqId firstAt(long epochMillis) {
    return new SeqId(Math.max(0, epochMillis - EPOCH_MILLIS) << SEQUENCE_BITS);
  }

  @Override
  public int compareTo(SeqId other) {
    return Long.compare(value, other.value);
  }
}
