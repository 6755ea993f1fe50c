package org.kalamdb.live;

import java.util.Objects;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/** How a subscription starts and delivers. Immutable: each method returns a changed copy. */
public final class SubscriptionOptions {
  private static final SubscriptionOptions DEFAULTS =
      new SubscriptionOptions(Long.MAX_VALUE, 1000, 10_000, 16L << 20, Overflow.RESET, null);

  private final long lastRows;
  private final int batchSize;
  private final int queueCapacity;
  private final long queueBytes;
  private final Overflow overflow;
  private final @Nullable Executor executor;

  private SubscriptionOptions(
      long lastRows,
      int batchSize,
      int queueCapacity,
      long queueBytes,
      Overflow overflow,
      @Nullable Executor executor) {
    this.lastRows = lastRows;
    this.batchSize = batchSize;
    this.queueCapacity = queueCapacity;
    this.queueBytes = queueBytes;
    this.overflow = overflow;
    this.executor = executor;
  }

  /** What to do when a listener is slower than the writers and its queue is full. */
  public enum Overflow {
    /** Drop the queue, tell the listener so and start over with a snapshot. Writers never wait. */
    RESET,
    /** Let writers wait for the listener. */
    BLOCK,
    /**
     * Merge what waits into one event of its net changes: a row that was updated ten times is told
     * as one update, one that came and went not at all. The queue is then as long as the rows that
     * changed are many; if that is more than half its capacity, or happens while the snapshot is
     * being opened, RESET. Writers never wait.
     *
     * <p>A {@link ChangeEvent.Changes} may then hold several transactions, all up to its seq and
     * after the last event's; what was true only between two of them is not seen. A row that was
     * deleted (or left) and came again with other values is told as gone and come.
     */
    COALESCE
  }

  /**
   * The whole result in batches of 1000 rows, then changes; a queue of 10,000 changes or 16 MiB,
   * RESET.
   */
  public static SubscriptionOptions defaults() {
    return DEFAULTS;
  }

  /** Only the last {@code rows} rows by primary key are in the snapshot; 0: none. */
  public static SubscriptionOptions lastRows(long rows) {
    return DEFAULTS.withLastRows(rows);
  }

  public SubscriptionOptions withLastRows(long rows) {
    if (rows < 0) {
      throw new IllegalArgumentException("lastRows must not be negative: " + rows);
    }
    return new SubscriptionOptions(rows, batchSize, queueCapacity, queueBytes, overflow, executor);
  }

  /** Most rows in one {@link ChangeEvent.SnapshotRows}. */
  public SubscriptionOptions withBatchSize(int rows) {
    if (rows < 1) {
      throw new IllegalArgumentException("batchSize must be positive: " + rows);
    }
    return new SubscriptionOptions(lastRows, rows, queueCapacity, queueBytes, overflow, executor);
  }

  /**
   * Most row changes that wait for the listener, and what happens beyond. A single transaction may
   * be larger: it is let into a queue that is not full.
   */
  public SubscriptionOptions withQueue(int capacity, Overflow overflow) {
    if (capacity < 1) {
      throw new IllegalArgumentException("capacity must be positive: " + capacity);
    }
    return new SubscriptionOptions(
        lastRows,
        batchSize,
        capacity,
        queueBytes,
        Objects.requireNonNull(overflow, "overflow"),
        executor);
  }

  /** Most bytes that wait for the listener, by estimate; beyond is as beyond the capacity. */
  public SubscriptionOptions withQueueBytes(long bytes) {
    if (bytes < 1) {
      throw new IllegalArgumentException("queueBytes must be positive: " + bytes);
    }
    return new SubscriptionOptions(lastRows, batchSize, queueCapacity, bytes, overflow, executor);
  }

  /**
   * Where callbacks run, one at a time per subscription; without one, on the database's own
   * threads.
   */
  public SubscriptionOptions withExecutor(Executor executor) {
    return new SubscriptionOptions(
        lastRows,
        batchSize,
        queueCapacity,
        queueBytes,
        overflow,
        Objects.requireNonNull(executor, "executor"));
  }

  public long lastRows() {
    return lastRows;
  }

  public int batchSize() {
    return batchSize;
  }

  public int queueCapacity() {
    return queueCapacity;
  }

  public long queueBytes() {
    return queueBytes;
  }

  public Overflow overflow() {
    return overflow;
  }

  public @Nullable Executor executor() {
    return executor;
  }
}
