package org.kalamdb.internal.flush;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;
import org.apache.arrow.memory.BufferAllocator;
import org.jspecify.annotations.Nullable;
import org.kalamdb.error.KalamException;
import org.kalamdb.internal.catalog.TableDefinition;
import org.kalamdb.internal.common.DaemonThreads;
import org.kalamdb.internal.job.Job;
import org.kalamdb.internal.job.Jobs;
import org.kalamdb.internal.storage.kv.KeyValueStore;
import org.kalamdb.internal.storage.table.TableStore;
import org.kalamdb.internal.txn.ActiveFlushes;
import org.kalamdb.internal.txn.CommitPipeline;
import org.kalamdb.internal.txn.ReadView;
import org.kalamdb.schema.UserId;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs compactions, asked for or found worth it after a flush, one after the other on a thread of
 * its own that nobody interrupts, so that flushes do not wait for them. Thread-safe.
 */
public final class CompactionService implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(CompactionService.class);

  /** Batches in memory read in the background; what is asked for runs as fast as it goes. */
  private static final long BACKGROUND_BYTES_PER_SECOND = 128L << 20;

  private static final long LOOK_MILLIS = 500;

  /** A partition is looked at so many times before others have their turn. */
  private static final int MAX_ROUNDS = 8;

  private record Partition(int table, @Nullable UserId user) {}

  private final KeyValueStore store;
  private final TableStore tables;
  private final CommitPipeline pipeline;
  private final ActiveFlushes flushes;
  private final BufferAllocator allocator;
  private final ReentrantLock rewriting;
  private final boolean byItself;
  private final LongSupplier clockMillis;
  private final Jobs jobs;
  private final Throttle background = new Throttle(BACKGROUND_BYTES_PER_SECOND);
  private final Map<Partition, TableDefinition> due = new LinkedHashMap<>(); // its own monitor
  private final AgeSweep sweep;
  private final ScheduledThreadPoolExecutor executor =
      new ScheduledThreadPoolExecutor(1, DaemonThreads.named("kalamdb-compact"));
  private volatile @Nullable Job running;
  private final @Nullable ScheduledFuture<?> looks;
  private volatile boolean closing;

  /**
   * @param rewriting held by whoever writes segments anew: only one at a time
   * @param byItself false: only what is asked for
   */
  public CompactionService(
      KeyValueStore store,
      TableStore tables,
      CommitPipeline pipeline,
      ActiveFlushes flushes,
      BufferAllocator allocator,
      ReentrantLock rewriting,
      boolean byItself,
      LongSupplier clockMillis,
      Jobs jobs) {
    this.store = store;
    this.tables = tables;
    this.pipeline = pipeline;
    this.flushes = flushes;
    this.allocator = allocator;
    this.rewriting = rewriting;
    this.byItself = byItself;
    this.clockMillis = clockMillis;
    this.jobs = jobs;
    this.sweep = new AgeSweep(tables.cold(), pipeline, clockMillis);
    executor.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
    this.looks =
        byItself
            ? executor.scheduleWithFixedDelay(
                this::lookForOld, LOOK_MILLIS, LOOK_MILLIS, TimeUnit.MILLISECONDS)
            : null;
  }

  /** A failure must not end the timer. */
  private void lookForOld() {
    try {
      sweep.step(this::noteDue);
    } catch (RuntimeException | OutOfMemoryError | LinkageError e) {
      if (!closing) {
        LOG.atWarn().setCause(e).log("A look for old segments failed");
      }
    }
  }

  /** A partition has a new segment: looks, soon, whether a compaction is worth it. */
  void partitionFlushed(TableDefinition table, @Nullable UserId user) {
    if (byItself) {
      noteDue(table, user);
    }
  }

  private void noteDue(TableDefinition table, @Nullable UserId user) {
    synchronized (due) {
      if (due.put(new Partition(table.number(), user), table) != null) {
        return;
      }
    }
    try {
      executor.execute(this::compactNextDue);
    } catch (RejectedExecutionException e) {
      LOG.atDebug().log("No compaction: the database is closing");
    }
  }

  private void compactNextDue() {
    Partition partition;
    TableDefinition table;
    synchronized (due) {
      Iterator<Map.Entry<Partition, TableDefinition>> entries = due.entrySet().iterator();
      if (!entries.hasNext()) {
        return;
      }
      Map.Entry<Partition, TableDefinition> next = entries.next();
      partition = next.getKey();
      table = next.getValue();
      entries.remove();
    }
    try {
      int rounds = 0;
      while (!closing
          && rounds++ < MAX_ROUNDS
          && compactByPolicy(table, partition.user()).segmentsIn() > 0) {
        LOG.atDebug().addKeyValue("table", table.id()).log("Compacted");
      }
    } catch (RuntimeException | OutOfMemoryError | LinkageError e) {
      if (!closing) {
        // What was there is there still; the next flush of the partition brings it up again.
        LOG.atWarn().setCause(e).addKeyValue("table", table.id()).log("Compaction failed");
      }
    }
  }

  private CompactionResult compactByPolicy(TableDefinition table, @Nullable UserId user) {
    Job job = jobs.look(Job.Type.COMPACT, table.id().toString(), user);
    try {
      CompactionResult result = compact(table, user, false, background, job);
      if (result.segmentsIn() == 0) {
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

  /**
   * Compacts a table whole, or one partition of it, as a part of a job, and waits for the end,
   * interrupted or not.
   *
   * @param poll called now and then; what it throws cancels the job
   * @throws KalamException what stopped it; partitions done before stay done
   */
  public CompactionResult compact(
      TableDefinition table, @Nullable UserId user, Job job, Runnable poll) {
    return Awaited.result(executor, () -> compactWhole(table, user, job), "compaction", job, poll);
  }

  private CompactionResult compactWhole(TableDefinition table, @Nullable UserId user, Job job) {
    List<@Nullable UserId> users = new ArrayList<>();
    if (user != null || !table.type().isPerUser()) {
      users.add(user);
    } else {
      try (ReadView view = pipeline.acquireView()) {
        users.addAll(tables.cold().usersOf(table, view.snapshot()));
      }
    }
    CompactionResult[] sum = {CompactionResult.NONE};
    OtherPartitions others = new OtherPartitions(table, tables.cold());
    for (UserId each : users) {
      others.goOnWithout(
          () -> sum[0] = sum[0].plus(compact(table, each, true, new Throttle(0), job)));
    }
    others.end();
    return sum[0];
  }

  private CompactionResult compact(
      TableDefinition table,
      @Nullable UserId user,
      boolean everything,
      Throttle throttle,
      Job job) {
    pipeline.checkRoom();
    running = job;
    if (closing) {
      job.cancel(); // close() may have looked before.
    }
    rewriting.lock();
    try {
      return new CompactionJob(
              table,
              user,
              everything,
              store,
              tables,
              pipeline,
              flushes,
              allocator,
              clockMillis,
              job,
              throttle)
          .run();
    } finally {
      rewriting.unlock();
      running = null;
    }
  }

  /** Stops a running compaction and waits for it, within limits; false if it did not end. */
  public boolean close(long timeoutMillis) {
    closing = true;
    if (looks != null) {
      looks.cancel(false);
    }
    Job job = running;
    if (job != null) {
      job.cancel();
    }
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
