package org.kalamdb.internal.flush;

import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.apache.arrow.memory.BufferAllocator;
import org.jspecify.annotations.Nullable;
import org.kalamdb.error.KalamException;
import org.kalamdb.internal.catalog.CatalogSnapshot;
import org.kalamdb.internal.catalog.TableDefinition;
import org.kalamdb.internal.common.DaemonThreads;
import org.kalamdb.internal.storage.key.RowKeys;
import org.kalamdb.internal.storage.kv.KeyFamily;
import org.kalamdb.internal.storage.kv.KeyValueStore;
import org.kalamdb.internal.storage.table.TableStore;
import org.kalamdb.internal.txn.ActiveFlushes;
import org.kalamdb.internal.txn.CommitPipeline;
import org.kalamdb.internal.txn.HotCounters;
import org.kalamdb.schema.TableType;
import org.kalamdb.schema.UserId;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs flushes, asked for or due by policy, one after the other on a thread of its own that nobody
 * interrupts. The rows policy is looked at after commits, the interval policy by a timer. A flush
 * by policy that fails is tried again after 1, 2, 4 .. 60 seconds; the rows stay hot meanwhile.
 */
public final class FlushService implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(FlushService.class);
  private static final long CHECK_MILLIS = 500;
  private static final long EVICTION_MILLIS = 5_000;
  private static final int MOST_DOUBLINGS = 6;
  private static final long LONGEST_PAUSE_SECONDS = 60;

  /** So many deleted rows may lie in the way of scans of a table's hot rows. */
  private static final long MAX_DEAD_ROWS = 10_000;

  private final KeyValueStore store;
  private final EventEviction eviction;
  private final TableStore tables;
  private final CommitPipeline pipeline;
  private final HotCounters counters;
  private final ActiveFlushes flushes;
  private final BufferAllocator allocator;
  private final Supplier<CatalogSnapshot> catalog;
  private final CompactionService compactions;
  private final LongSupplier clockMillis;
  private final Map<Integer, Long> hotSince = new ConcurrentHashMap<>();
  private final Map<Integer, Boolean> queued = new ConcurrentHashMap<>();
  private final Map<Integer, Retry> retries = new ConcurrentHashMap<>();
  private final Map<Integer, Long> deadRows = new HashMap<>(); // the flush thread's
  private long lastEviction;
  private final ScheduledExecutorService executor;
  private final ScheduledFuture<?> intervals;

  /** Flushes of a table that failed one after the other, and when the next may be tried. */
  private record Retry(int failures, long dueNanos) {
    static Retry after(int failures) {
      long seconds = Math.min(1L << Math.min(failures - 1, MOST_DOUBLINGS), LONGEST_PAUSE_SECONDS);
      return new Retry(failures, System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds));
    }

    boolean isDue() {
      return System.nanoTime() - dueNanos >= 0;
    }
  }

  public FlushService(
      KeyValueStore store,
      TableStore tables,
      CommitPipeline pipeline,
      HotCounters counters,
      ActiveFlushes flushes,
      BufferAllocator allocator,
      Supplier<CatalogSnapshot> catalog,
      CompactionService compactions,
      LongSupplier clockMillis) {
    this.store = store;
    this.eviction = new EventEviction(store);
    this.tables = tables;
    this.pipeline = pipeline;
    this.counters = counters;
    this.flushes = flushes;
    this.allocator = allocator;
    this.catalog = catalog;
    this.compactions = compactions;
    this.clockMillis = clockMillis;
    ScheduledThreadPoolExecutor pool =
        new ScheduledThreadPoolExecutor(1, DaemonThreads.named("kalamdb-flush"));
    pool.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
    pool.setRemoveOnCancelPolicy(true);
    executor = pool;
    intervals =
        executor.scheduleWithFixedDelay(
            this::check, CHECK_MILLIS, CHECK_MILLIS, TimeUnit.MILLISECONDS);
  }

  /** A commit wrote to the table: starts the flush that its rows policy asks for. Cheap. */
  public void tableWritten(TableDefinition table) {
    if (table.type() == TableType.STREAM) {
      return;
    }
    if (table.options().flushIntervalSeconds() > 0) {
      hotSince.putIfAbsent(table.number(), clockMillis.getAsLong());
    }
    long limit = table.options().flushRows();
    if (limit > 0 && counters.hotRows(table.number()) >= limit) {
      queue(table);
    }
  }

  /** One look at everything that is due by the clock; a failure must not end the timer. */
  private void check() {
    try {
      long now = clockMillis.getAsLong();
      checkIntervals(now);
      checkRetries();
      if (now - lastEviction >= EVICTION_MILLIS) {
        lastEviction = now;
        evictEvents(now);
      }
    } catch (RuntimeException | OutOfMemoryError | LinkageError e) {
      LOG.atWarn().setCause(e).log("A look at what is to be flushed or evicted failed");
    }
  }

  private void evictEvents(long now) {
    for (TableDefinition table : catalog.get().tables()) {
      if (table.type() == TableType.STREAM) {
        eviction.evict(table, now);
      }
    }
  }

  private void checkIntervals(long now) {
    for (TableDefinition table : catalog.get().tables()) {
      long interval = table.options().flushIntervalSeconds();
      if (interval > 0 && counters.hotRows(table.number()) > 0) {
        // After a reopen nobody remembers the first write; the interval starts anew.
        long since = hotSince.computeIfAbsent(table.number(), t -> now);
        if (now - since >= interval * 1000) {
          queue(table);
        }
      }
    }
  }

  private void checkRetries() {
    if (retries.isEmpty()) {
      return;
    }
    CatalogSnapshot newest = catalog.get();
    retries.keySet().removeIf(number -> newest.table(number) == null);
    for (int number : retries.keySet()) {
      TableDefinition table = newest.table(number);
      if (table != null) {
        queue(table);
      }
    }
  }

  private void queue(TableDefinition table) {
    Retry retry = retries.get(table.number());
    if (retry != null && !retry.isDue()) {
      return;
    }
    if (queued.putIfAbsent(table.number(), true) == null) {
      try {
        executor.execute(
            () -> {
              queued.remove(table.number());
              try {
                flushNow(table, null);
              } catch (RuntimeException | OutOfMemoryError | LinkageError e) {
                // The rows stay hot and nothing is lost.
                failed(table, e);
              }
            });
      } catch (RejectedExecutionException e) {
        LOG.atDebug().log("No flush: the database is closing");
      }
    }
  }

  private void failed(TableDefinition table, Throwable cause) {
    Retry retry =
        retries.merge(
            table.number(), Retry.after(1), (before, one) -> Retry.after(before.failures() + 1));
    LOG.atWarn()
        .setCause(cause)
        .addKeyValue("table", table.id())
        .addKeyValue("failures", retry.failures())
        .log("Flush failed");
  }

  private FlushResult flushNow(TableDefinition table, @Nullable UserId user) {
    pipeline.checkRoom();
    if (user == null) {
      hotSince.remove(table.number());
    }
    FlushResult result =
        new FlushJob(
                table,
                user,
                store,
                tables,
                pipeline,
                counters,
                flushes,
                allocator,
                clockMillis,
                compactions::partitionFlushed)
            .run();
    if (user == null) {
      retries.remove(table.number());
    }
    removeDeadRows(table, result.rows());
    return result;
  }

  /**
   * Compacts what is left of a table's hot rows once many have gone: scans step over every deleted
   * row in their range, which for the last rows of a partition takes longer than the rows
   * themselves.
   */
  private void removeDeadRows(TableDefinition table, long rowsGone) {
    if (deadRows.merge(table.number(), rowsGone, Long::sum) < MAX_DEAD_ROWS) {
      return;
    }
    deadRows.remove(table.number());
    byte[] prefix = RowKeys.tablePrefix(table.number());
    try {
      store.compactRange(KeyFamily.ROWS, prefix, RowKeys.prefixEnd(prefix));
    } catch (KalamException e) {
      // The flush itself has succeeded, and the store compacts by itself sooner or later.
      LOG.atWarn()
          .setCause(e)
          .addKeyValue("table", table.id())
          .log("Compaction after flush failed");
    }
  }

  /**
   * Flushes a table, or one partition of it, and waits for the end, interrupted or not.
   *
   * @throws KalamException what stopped the flush; the rows are hot as before
   */
  public FlushResult flush(TableDefinition table, @Nullable UserId user) {
    return Awaited.result(executor, () -> flushNow(table, user), "flush");
  }

  /** Lets a running flush finish, within limits; false if it did not. */
  public boolean close(long timeoutMillis) {
    intervals.cancel(false);
    executor.shutdown();
    try {
      return executor.awaitTermination(timeoutMillis, TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  @Override
  public void close() {
    close(0);
  }
}
