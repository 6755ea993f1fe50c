package org.kalamdb.internal.flush;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.kalamdb.error.KalamException;
import org.kalamdb.internal.catalog.CatalogSnapshot;
import org.kalamdb.internal.catalog.TableDefinition;
import org.kalamdb.internal.common.DaemonThreads;
import org.kalamdb.internal.job.Job;
import org.kalamdb.internal.job.Jobs;
import org.kalamdb.internal.storage.kv.KeyValueStore;
import org.kalamdb.internal.storage.manifest.SegmentEntry;
import org.kalamdb.internal.storage.table.ColdTier;
import org.kalamdb.internal.txn.CommitPipeline;
import org.kalamdb.internal.txn.ReadView;
import org.kalamdb.schema.TableType;
import org.kalamdb.schema.UserId;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings segments after their table, or after their user, into another storage, on a thread of its
 * own that nobody interrupts: it looks at changes ten times a second, and moves what does not lie
 * in the storage of its partition, segment by segment: copy, sync, check, one atomic batch that
 * names the new file, deletion of the old one when no reader is left. A crash between steps leaves
 * one of the two named and the other an orphan; the next open sweeps it and goes on moving. A
 * segment that cannot be moved is tried again after 1, 2, 4 .. 60 seconds and serves from where it
 * is meanwhile.
 *
 * <p>Copies of manifests, which lie where new segments go, follow the table too, also when it or a
 * template is changed and segments stay.
 */
public final class MoveService implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(MoveService.class);
  private static final long LOOK_MILLIS = 100;
  private static final long BYTES_PER_SECOND = 128L << 20;

  private final KeyValueStore store;
  private final ColdTier cold;
  private final CommitPipeline pipeline;
  private final ReentrantLock rewriting;
  private final Jobs jobs;
  private final Throttle throttle = new Throttle(BYTES_PER_SECOND);
  private final ScheduledThreadPoolExecutor executor;
  private final ScheduledFuture<?> looks;

  /** Anybody tells it, the thread asks. */
  private final DueMoves due;

  private volatile boolean closing;

  /**
   * @param rewriting held by whoever writes segments anew: only one at a time
   * @param misplaced numbers of tables that a move had not come to the end of
   */
  public MoveService(
      KeyValueStore store,
      ColdTier cold,
      CommitPipeline pipeline,
      ReentrantLock rewriting,
      Jobs jobs,
      Set<Integer> misplaced) {
    this.store = store;
    this.cold = cold;
    this.pipeline = pipeline;
    this.rewriting = rewriting;
    this.jobs = jobs;
    try (ReadView view = pipeline.acquireView()) {
      due = new DueMoves(view.catalog(), misplaced);
    }
    pipeline.onCatalog(due::changed);
    cold.storages().onUser(due::changed);
    executor = new ScheduledThreadPoolExecutor(1, DaemonThreads.named("kalamdb-move"));
    executor.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
    looks =
        executor.scheduleWithFixedDelay(
            this::look, LOOK_MILLIS, LOOK_MILLIS, TimeUnit.MILLISECONDS);
  }

  /** A failure must not end the timer. */
  private void look() {
    try {
      try (ReadView view = pipeline.acquireView()) {
        due.noteVisible(view);
      }
      for (int number : due.numbers()) {
        TableMove move = Objects.requireNonNull(due.move(number));
        if (!closing && move.isDue()) {
          move.failed(); // until it is done
          if (run(number, move)) {
            due.done(number);
          }
        }
      }
    } catch (RuntimeException | OutOfMemoryError e) {
      if (!closing) {
        LOG.atWarn().setCause(e).log("A look at what is to be moved failed");
      }
    }
  }

  // ---- a table

  /** A partition, and what of it is to be moved. */
  private record Partition(@Nullable UserId user, List<Long> segments) {}

  /** False if something could not be moved. */
  private boolean run(int number, TableMove move) {
    TableDefinition table = due.table(number);
    if (table == null) {
      return true;
    }
    List<Partition> partitions = partitions(number, move);
    if (partitions.stream().allMatch(partition -> partition.segments().isEmpty())) {
      partitions.forEach(partition -> moveCopy(number, partition.user(), move));
      return true;
    }
    UserId only = partitions.size() == 1 ? partitions.get(0).user() : null;
    Job job = jobs.create(Job.Type.MOVE, table.id().toString(), only);
    job.started();
    try {
      Throwable first = null;
      for (Partition partition : partitions) {
        Throwable failure = movePartition(number, partition, move, job);
        first = first == null ? failure : first;
      }
      if (first == null) {
        job.completed();
      } else {
        job.failed(first);
      }
      return first == null;
    } catch (JobCancelled e) {
      job.failed(e);
      // Whoever wants it after all alters the table or user again, or opens the database.
      move.killed();
      return false;
    }
  }

  /** Nobody wants the rest to be moved now. */
  private static final class JobCancelled extends RuntimeException {
    private static final long serialVersionUID = 1L;

    JobCancelled(String message, Throwable cause) {
      super(message, cause);
    }
  }

  /** Gives the first failure; null if there was none. */
  private @Nullable Throwable movePartition(
      int number, Partition partition, TableMove move, Job job) {
    Throwable first = null;
    for (long segment : partition.segments()) {
      try {
        moveSegment(number, partition.user(), segment, job);
      } catch (JobCancelled e) {
        if (!closing) {
          moveCopy(number, partition.user(), move); // It names files that have gone.
        }
        throw e;
      } catch (RuntimeException | OutOfMemoryError e) {
        first = first == null ? e : first;
        LOG.atWarn()
            .setCause(e)
            .addKeyValue("job", job)
            .addKeyValue("segment", segment)
            .addKeyValue("failures", move.failures())
            .log("A segment could not be moved to another storage; it serves where it is");
      }
    }
    moveCopy(number, partition.user(), move);
    return first;
  }

  private List<Partition> partitions(int number, TableMove move) {
    Map<@Nullable UserId, List<Long>> found = new LinkedHashMap<>();
    try (ReadView view = pipeline.acquireView()) {
      TableDefinition table = view.catalog().table(number);
      if (table != null) {
        ColdTier.SegmentVisitor visitor =
            (user, entry) -> {
              boolean stays = cold.isAtHome(table, user, entry);
              if (move.hasLeft() || !stays) {
                List<Long> segments = found.computeIfAbsent(user, u -> new ArrayList<>());
                if (!stays) {
                  segments.add(entry.number());
                }
              }
            };
        if (move.isWhole()) {
          cold.visitSegments(table, view.snapshot(), visitor);
        }
        for (UserId user : move.users()) {
          // The others' are not looked at, however many there are.
          boolean known = found.putIfAbsent(user, new ArrayList<>()) != null;
          if (!known && !move.isWhole()) {
            cold.manifest(table, user, view.snapshot(), view.seq())
                .segments()
                .forEach(entry -> visitor.visit(user, entry));
          }
        }
      }
    }
    List<Partition> partitions = new ArrayList<>();
    found.forEach((user, segments) -> partitions.add(new Partition(user, segments)));
    return partitions;
  }

  // ---- a segment

  private void moveSegment(int number, @Nullable UserId user, long segment, Job job) {
    goOn(job);
    rewriting.lock();
    try (ReadView view = pipeline.acquireView()) {
      TableDefinition table = view.catalog().table(number);
      if (table == null) {
        return;
      }
      SegmentEntry before =
          cold.manifest(table, user, view.snapshot(), view.seq()).segment(segment);
      if (before == null || cold.isAtHome(table, user, before)) {
        return;
      }
      job.expect(before.rows());
      SegmentEntry after =
          cold.copyHome(
              table,
              user,
              before,
              bytes -> {
                goOn(job);
                throttle.spend(bytes);
              });
      publish(table, user, before, after);
      job.wrote(1, after.bytes());
      advance(job, after.rows());
    } catch (FlushPublish.FlushAbandoned e) {
      LOG.atDebug().addKeyValue("segment", segment).log("Not moved: {}", e.getMessage());
    } finally {
      rewriting.unlock();
    }
  }

  private void publish(
      TableDefinition table, @Nullable UserId user, SegmentEntry before, SegmentEntry after) {
    long seq;
    try {
      seq = pipeline.commit(new MovePublish(table, user, before, after, store, cold, pipeline));
    } catch (RuntimeException e) {
      // After an error of the log it may be published for all anybody knows.
      if (pipeline.failure() == null) {
        cold.deleteSegments(table, List.of(after));
      }
      throw e;
    }
    pipeline.views().afterReadersBefore(seq, () -> cold.deleteSegments(table, List.of(before)));
  }

  private static void advance(Job job, long rows) {
    try {
      job.advance(rows);
    } catch (KalamException e) {
      throw new JobCancelled(e.reason(), e);
    }
  }

  private void goOn(Job job) {
    if (closing) {
      job.cancel();
    }
    try {
      job.checkCancelled();
    } catch (KalamException e) {
      throw new JobCancelled(e.reason(), e);
    }
  }

  // ---- copies of manifests

  private void moveCopy(int number, @Nullable UserId user, TableMove move) {
    try (ReadView view = pipeline.acquireView()) {
      TableDefinition table = view.catalog().table(number);
      if (table == null) {
        return;
      }
      if (!cold.manifest(table, user, view.snapshot(), view.seq()).segments().isEmpty()) {
        cold.copies().write(table, Collections.singletonList(user), view.snapshot(), view.seq());
      }
      String storage = user == null ? null : cold.storages().ofUser(user);
      for (String former : move.formerDirectories(user, storage)) {
        if (!isInUse(view.catalog(), former, user)) {
          cold.copies().delete(former);
        }
      }
    }
  }

  /** Whether a table of today has its copy there: this one, or a later one of the name. */
  private boolean isInUse(CatalogSnapshot catalog, String directory, @Nullable UserId user) {
    return catalog.tables().stream()
        .filter(table -> table.type() != TableType.STREAM)
        .filter(table -> table.type().isPerUser() == (user != null))
        .anyMatch(
            table ->
                cold.storages()
                    .homeOf(table, user)
                    .directoryOf(table.id(), user)
                    .equals(directory));
  }

  /** Lets a running move end soon. */
  public void stop() {
    closing = true;
  }

  /** Stops a running move and waits for it, within limits; false if it did not end. */
  public boolean close(long timeoutMillis) {
    closing = true;
    looks.cancel(false);
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
