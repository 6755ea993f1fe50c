package org.kalamdb.internal.engine;

import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.kalamdb.error.KalamException;
import org.kalamdb.internal.common.DaemonThreads;
import org.kalamdb.internal.storage.file.DatabaseDirectory;
import org.kalamdb.internal.storage.file.DatabaseState;
import org.kalamdb.internal.storage.kv.rocksdb.HotFiles;
import org.kalamdb.internal.txn.CommitPipeline;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps the state file near to what is on disk while the database is open, on a thread of its own;
 * that thread also syncs the log for commits that wait for nothing and ask for it within a time.
 */
final class StateNotes implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(StateNotes.class);
  private static final long NOTE_MILLIS = 3_000;
  private static final long NONE = Long.MIN_VALUE;

  private final DatabaseDirectory directory;
  private final CommitPipeline pipeline;
  private final ScheduledExecutorService timer;
  private final AtomicLong notedSeq = new AtomicLong();
  private final AtomicLong syncDue = new AtomicLong(NONE);

  StateNotes(DatabaseDirectory directory, CommitPipeline pipeline) {
    this.directory = directory;
    this.pipeline = pipeline;
    this.notedSeq.set(pipeline.durableSeq());
    this.timer =
        Executors.newSingleThreadScheduledExecutor(DaemonThreads.named("kalamdb-log-sync"));
    ScheduledFuture<?> notes =
        timer.scheduleWithFixedDelay(
            this::noteProgress, NOTE_MILLIS, NOTE_MILLIS, TimeUnit.MILLISECONDS);
    LOG.atDebug().addKeyValue("timer", notes).log("The state file follows by a timer");
  }

  /** Has the log synced in so many milliseconds, unless that will be done sooner. */
  void syncWithin(long millis) {
    long due = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis);
    while (true) {
      long planned = syncDue.get();
      if (planned != NONE && planned - due <= 0) {
        return;
      }
      if (syncDue.compareAndSet(planned, due == NONE ? due + 1 : due)) {
        break;
      }
    }
    try {
      ScheduledFuture<?> sync = timer.schedule(this::syncLog, millis, TimeUnit.MILLISECONDS);
      if (sync.isCancelled()) {
        LOG.debug("The database is closing, and syncs the log itself");
      }
    } catch (RejectedExecutionException e) {
      LOG.debug("The database is closing, and syncs the log itself");
    }
  }

  /** Notes that the database is at work: before anything of the hot tier is changed. */
  static void noteOpen(DatabaseDirectory directory, long seq, Map<String, Long> files) {
    directory.note(new DatabaseState(false, seq, files));
  }

  /** Notes that the database was closed in order; its store is closed already. */
  static void noteClosed(DatabaseDirectory directory, long seq) {
    directory.note(new DatabaseState(true, seq, HotFiles.listClosed(directory.hot())));
  }

  private void syncLog() {
    syncDue.set(NONE); // what commits from here on plans a sync of its own
    try {
      if (pipeline.failure() == null) {
        pipeline.syncNow();
      }
    } catch (RuntimeException e) {
      LOG.atError().setCause(e).log("The log could not be synced; writes are refused from now on");
    }
  }

  private void noteProgress() {
    long seq = pipeline.durableSeq();
    if (seq == notedSeq.get()) {
      return;
    }
    try {
      noteOpen(directory, seq, HotFiles.listOpen(directory.hot()));
      notedSeq.set(seq);
    } catch (KalamException e) {
      // The file stays as it was, which is true of a past moment; the next turn tries again.
      LOG.atWarn().setCause(e).log("The state of the database could not be noted");
    }
  }

  @Override
  public void close() {
    timer.shutdown();
    try {
      if (!timer.awaitTermination(10, TimeUnit.SECONDS)) {
        LOG.warn("A sync of the log does not end");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
