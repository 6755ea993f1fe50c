package org.kalamdb.internal.flush;

import java.time.Duration;
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
import org.kalamdb.internal.catalog.FlushPolicy;
import org.kalamdb.internal.catalog.TableDefinition;
import org.kalamdb.internal.common.DaemonThreads;
import org.kalamdb.internal.common.Retry;
import org.kalamdb.internal.job.Job;
import org.kalamdb.internal.job.Jobs;
import org.kalamdb.internal.storage.key.RowKeys;
import org.kalamdb.internal.storage.kv.KeyFamily;
import org.kalamdb.internal.storage.kv.KeyValueStore;
import org.kalamdb.internal.storage.table.TableStore;
import org.kalamdb.internal.txn.ActiveFlushes;
import org.kalamdb.internal.txn.CommitPipeline;
import org.kalamdb.internal.txn.HotCounters;
import org.kalamdb.internal.txn.StoredEvents;
import org.kalamdb.schema.SeqId;
import org.kalamdb.schema.TableType;
import org.kalamdb.schema.UserId;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs flushes, asked for, due by policy or because too much is hot, one after the other on a
 * thread of its own that nobody interrupts. Policies are looked at after commits and by a timer. A
 * flush that nobody waits for and that fails is tried again after 1, 2, 4 .. 60 seconds; the rows
 * stay hot meanwhile.
 */
public final class FlushService implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(FlushService.class);
  private static final long CHECK_MILLIS = 500;
  private static final long EVICTION_MILLIS = 5_000;

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
  private final FlushTriggers triggers;
  private final HotLimit limit;
  private final Jobs jobs;
  private final Map<Integer, Boolean> queued = new ConcurrentHashMap<>();
  private final Map<Integer, Retry> retries = new ConcurrentHashMap<>();
  private Retry reliefRetry = Retry.atOnce(); // the flush thread's, as what follows
  private final Map<Integer, Long> deadRows = new HashMap<>();
  private long lastEviction;
  private final ScheduledExecutorService executor;
  private final ScheduledFuture<?> intervals;

  public FlushService(
      KeyValueStore store,
      TableStore tables,
      CommitPipeline pipeline,
      HotCounters counters,
      ActiveFlushes flushes,
      StoredEvents events,
      BufferAllocator allocator,
      Supplier<CatalogSnapshot> catalog,
      CompactionService compactions,
      long hotLimitBytes,
      long hotHardLimitBytes,
      Duration hotLimitWait,
      LongSupplier clockMillis,
      Jobs jobs) {
    this.store = store;
    this.eviction = new EventEviction(store, pipeline, events);
    this.tables = tables;
    this.pipeline = pipeline;
    this.counters = counters;
    this.flushes = flushes;
    this.allocator = allocator;
    this.catalog = catalog;
    this.compactions = compactions;
    this.clockMillis = clockMillis;
    this.triggers = new FlushTriggers(counters);
    this.limit = new HotLimit(counters, hotLimitBytes, hotHardLimitBytes, hotLimitWait);
    this.jobs = jobs;
    ScheduledThreadPoolExecutor pool =
        new ScheduledThreadPoolExecutor(1, DaemonThreads.named("kalamdb-flush"));
    pool.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
    pool.setRemoveOnCancelPolicy(true);
    executor = pool;
    intervals =
        executor.scheduleWithFixedDelay(
            this::check, CHECK_MILLIS, CHECK_MILLIS, TimeUnit.MILLISECONDS);
  }

  /** A commit wrote to the table: starts the flush that its policy asks for. Cheap. */
  public void tableWritten(TableDefinition table) {
    if (table.type() != TableType.STREAM && triggers.written(table, clockMillis.getAsLong())) {
      queue(table);
    }
  }

  /**
   * Waits, before a commit that writes rows, until less is hot than the hard limit.
   *
   * @param poll called now and then; what it throws ends the waiting
   * @throws KalamException 53400 if it takes too long
   */
  public void awaitRoom(Runnable poll) {
    if (limit.isOverHard()) {
      try {
        executor.execute(this::check);
      } catch (RejectedExecutionException e) {
        return; // The commit finds out itself that the database is closing.
      }
      limit.awaitRoom(poll);
    }
  }

  /** One look at everything that is due; a failure must not end the timer. */
  private void check() {
    try {
      long now = clockMillis.getAsLong();
      CatalogSnapshot newest = catalog.get();
      retries.keySet().removeIf(number -> newest.table(number) == null);
      for (TableDefinition table : newest.tables()) {
        if (table.type() != TableType.STREAM
            && (retries.containsKey(table.number())
                || triggers.due(table, now) != FlushTriggers.Due.NO)) {
          queue(table);
        }
      }
      limit.measure(store, newest);
      relieve(newest);
      if (now - lastEviction >= EVICTION_MILLIS) {
        lastEviction = now;
        evictEvents(now);
      }
    } catch (RuntimeException | OutOfMemoryError | LinkageError e) {
      LOG.atWarn().setCause(e).log("A look at what is to be flushed or evicted failed");
    }
  }

  /** Flushes the largest partitions while too much is hot. */
  private void relieve(CatalogSnapshot newest) {
    if (!limit.isOver() || !reliefRetry.isDue()) {
      return;
    }
    try {
      for (TableDefinition table : limit.largestFirst(newest)) {
        long rows = limit.rowsTooMany(table);
        if (rows <= 0) {
          break;
        }
        run(
            table,
            FlushScope.relief(rows),
            jobs.create(Job.Type.FLUSH, table.id().toString(), null));
      }
      reliefRetry = Retry.atOnce();
    } catch (RuntimeException | OutOfMemoryError | LinkageError e) {
      reliefRetry = reliefRetry.failed();
      LOG.atWarn().setCause(e).log("A flush because of too many hot rows failed");
    }
  }

  private void evictEvents(long now) {
    for (TableDefinition table : catalog.get().tables()) {
      if (table.type() == TableType.STREAM) {
        eviction.evict(table, now);
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
                flushByPolicy(table.number());
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
        retries.merge(table.number(), Retry.atOnce().failed(), (before, first) -> before.failed());
    LOG.atWarn()
        .setCause(cause)
        .addKeyValue("table", table.id())
        .addKeyValue("failures", retry.failures())
        .log("Flush failed");
  }

  private void flushByPolicy(int number) {
    TableDefinition table = catalog.get().table(number);
    if (table == null) {
      triggers.forget(number);
      return;
    }
    long now = clockMillis.getAsLong();
    FlushTriggers.Due why =
        retries.containsKey(number) ? FlushTriggers.Due.BY_SIZE_OR_TIME : triggers.due(table, now);
    if (why == FlushTriggers.Due.NO) {
      return;
    }
    FlushPolicy policy = table.options().flush();
    long maxSeq =
        why == FlushTriggers.Due.BY_AGE
            ? SeqId.firstAt(now - policy.ageSeconds() * 1000).value()
            : Long.MAX_VALUE;
    FlushScope scope = FlushScope.of(policy, counters.rowBytes(number), maxSeq);
    Job job = jobs.create(Job.Type.FLUSH, table.id().toString(), null);
    FlushTriggers.Begun begun = triggers.begins(table, why);
    try {
      run(table, scope, job);
    } catch (RuntimeException | Error e) {
      if (job.state().status() != Job.Status.CANCELLED) {
        triggers.failed(table, begun);
        throw e;
      }
      // Whoever killed it does not want it again at once: what is hot now has been left.
    }
    triggers.ended(table, now);
    retries.remove(number);
  }

  private FlushResult flushWhole(TableDefinition table, Job job) {
    FlushTriggers.Begun begun = triggers.begins(table, FlushTriggers.Due.BY_SIZE_OR_TIME);
    try {
      FlushResult result = runStep(table, FlushScope.all(null), job);
      triggers.ended(table, clockMillis.getAsLong());
      retries.remove(table.number());
      return result;
    } catch (RuntimeException | Error e) {
      triggers.failed(table, begun);
      throw e;
    }
  }

  private FlushResult run(TableDefinition table, FlushScope scope, Job job) {
    try {
      FlushResult result = runStep(table, scope, job);
      if (result.files() == 0) {
        job.dismiss();
      } else {
        job.completed();
      }
      return result;
    } catch (RuntimeException | Error e) {
      job.failed(e);
      throw e;
    }
  }

  /** A flush that may be a part of a job. */
  private FlushResult runStep(TableDefinition table, FlushScope scope, Job job) {
    pipeline.checkRoom();
    job.started();
    job.expect(counters.hotRows(table.number()));
    FlushResult result =
        new FlushJob(
                table,
                scope,
                store,
                tables,
                pipeline,
                counters,
                flushes,
                allocator,
                clockMillis,
                compactions::partitionFlushed,
                job)
            .run();
    limit.changed();
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
   * Flushes a table whole, or one partition of it, as a part of a job, and waits for the end,
   * interrupted or not.
   *
   * @param poll called now and then; what it throws cancels the job
   * @throws KalamException what stopped the flush; the rows it had not come to are hot as before
   */
  public FlushResult flush(TableDefinition table, @Nullable UserId user, Job job, Runnable poll) {
    return Awaited.result(
        executor,
        () -> {
          FlushScope scope = FlushScope.all(user);
          return scope.isWhole() ? flushWhole(table, job) : runStep(table, scope, job);
        },
        "flush",
        job,
        poll);
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
