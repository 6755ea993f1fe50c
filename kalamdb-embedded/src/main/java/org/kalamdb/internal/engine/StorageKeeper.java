package org.kalamdb.internal.engine;

import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.kalamdb.Health;
import org.kalamdb.RecoveryReport;
import org.kalamdb.error.ErrorCode;
import org.kalamdb.error.KalamException;
import org.kalamdb.internal.common.DaemonThreads;
import org.kalamdb.internal.txn.Commit;
import org.kalamdb.internal.txn.CommitGuard;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Holds the open storage of a database, counts who works in it, and after an error of its log puts
 * another in its place.
 *
 * <p><b>After an error</b> commits in flight have an unknown outcome, and later ones are refused;
 * reads go on in the failed storage, as RocksDB only refuses writes. A thread of its own tries the
 * disk after 0.2, 1, 2, 4 .. 60 seconds. Once a file can be written again, statements are held,
 * those running are waited for, the failed storage is closed, and another is opened through all
 * that guards any opening: what became of the unknown commits is what it finds. If that fails there
 * is no storage until the next attempt, and every call is refused with the first cause.
 *
 * <p><b>A statement stays in the storage it began in</b>: {@link #enter} notes it for the thread,
 * and {@link #storage} gives that one, so that a transaction never goes on in a storage that knows
 * nothing of what it has read. Thread-safe.
 */
final class StorageKeeper implements CommitGuard {
  private static final Logger LOG = LoggerFactory.getLogger(StorageKeeper.class);

  /** How long results may be read on: who has let one lie holds up everybody else. */
  private static final long RESULT_MILLIS = 2_000;

  /** What is to be done before a storage is closed, and when another is there. */
  interface Listener {
    void closing(KalamException first);

    void opened(OpenStorage storage);
  }

  /** Where the thread works, innermost first: it may work in several databases at once. */
  private static final ThreadLocal<@Nullable Pin> PINS = new ThreadLocal<>();

  /** Where a thread works, and how many of its calls are inside each other. */
  private static final class Pin {
    final StorageKeeper keeper;
    final OpenStorage storage;
    final @Nullable Pin outer;
    int depth = 1;

    Pin(StorageKeeper keeper, OpenStorage storage, @Nullable Pin outer) {
      this.keeper = keeper;
      this.storage = storage;
      this.outer = outer;
    }
  }

  private final StorageFrame frame;
  private final Listener listener;
  private final @Nullable DiskSpace space;
  private final Object lock = new Object();

  /** The storage that statements begin in; null while there is none. Written under the lock. */
  private volatile @Nullable OpenStorage current;

  /** Statements wait; changed under the lock. */
  private volatile boolean swapping;

  private volatile boolean closed;

  /** A storage was still being opened when the close waited no longer. */
  private boolean abandoned;

  private @Nullable StorageFailure failure;
  private @Nullable Thread thread;
  private Instant since;
  private volatile RecoveryReport recovered;

  /** Failed and not yet closed; the reopening thread's while there is one. */
  private @Nullable OpenStorage outdated;

  /** The highest number given to any commit; the reopening thread's. */
  private long floor;

  /** Opens the storage; the frame must name this as its guard. */
  StorageKeeper(FrameMaker maker, @Nullable DiskSpace space, Listener listener) {
    this.frame = maker.frameFor(this);
    this.space = space;
    this.listener = listener;
    this.since = now();
    OpenStorage opened = OpenStorage.open(frame, 0, true);
    this.recovered = opened.recovered();
    this.current = opened;
  }

  /** Makes the frame around the guard that is being made. */
  interface FrameMaker {
    StorageFrame frameFor(CommitGuard guard);
  }

  private Instant now() {
    return frame.options().clock().instant();
  }

  // ---- working in the storage

  /**
   * A statement, or the fetch of a batch, begins; {@link #exit} follows. Waits while the storage is
   * being opened again.
   *
   * @throws KalamException 08003 once the database is closing, 58030 if there is no storage
   */
  void enter() {
    Pin pin = pin();
    if (pin != null) {
      pin.depth++;
      return;
    }
    while (true) {
      OpenStorage storage = await();
      if (storage.running().tryEnter()) {
        if (!swapping) {
          PINS.set(new Pin(this, storage, PINS.get()));
          return;
        }
        storage.running().exit(); // it may not have been counted by who waits for those inside
      }
      checkOpen();
    }
  }

  /**
   * As {@link #enter()} for what began in a storage, and is not held while that is still there.
   *
   * @throws KalamException 40001 if it is not
   */
  void enter(OpenStorage begun) {
    Pin pin = pin();
    if (pin != null) {
      if (pin.storage != begun) {
        throw lost(null);
      }
      pin.depth++;
    } else if (begun.running().tryEnter()) {
      PINS.set(new Pin(this, begun, PINS.get()));
    } else {
      checkOpen();
      throw lost(null);
    }
  }

  /** As {@link #enter()}, but false where that refuses. */
  boolean tryEnter() {
    try {
      enter();
      return true;
    } catch (KalamException e) {
      LOG.atDebug().setCause(e).log("Nothing can be done any more, or now");
      return false;
    }
  }

  void exit() {
    Pin pin = pin();
    if (pin == null) {
      throw new IllegalStateException("Left without having entered");
    }
    if (--pin.depth == 0) {
      if (pin.outer == null) {
        PINS.remove();
      } else {
        PINS.set(pin.outer);
      }
      pin.storage.running().exit();
    }
  }

  /** The storage that the thread works in, else the one that it would. */
  OpenStorage storage() {
    Pin pin = pin();
    return pin != null ? pin.storage : await();
  }

  private @Nullable Pin pin() {
    Pin pin = PINS.get();
    while (pin != null && pin.keeper != this) {
      pin = pin.outer;
    }
    return pin;
  }

  private OpenStorage await() {
    OpenStorage storage = current;
    if (storage != null && !swapping) {
      return storage;
    }
    synchronized (lock) {
      long deadline = System.nanoTime() + waitLimit().toNanos();
      boolean interrupted = false;
      while (swapping && !closed && !interrupted) {
        long left = deadline - System.nanoTime();
        if (left <= 0) {
          break;
        }
        try {
          TimeUnit.NANOSECONDS.timedWait(lock, left);
        } catch (InterruptedException e) {
          interrupted = true;
        }
      }
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
      checkOpen();
      storage = current;
      if (storage == null || swapping) {
        throw refused();
      }
      return storage;
    }
  }

  /** Long enough for the end of what runs and for an opening. */
  private Duration waitLimit() {
    return frame.options().closeTimeout().plusSeconds(20);
  }

  void checkOpen() {
    if (closed) {
      throw new KalamException(ErrorCode.CONNECTION_DOES_NOT_EXIST, "The database is closed");
    }
  }

  /**
   * Whoever read from that storage cannot go on once another is in its place.
   *
   * @throws KalamException 40001 then: nothing of it took effect, and it may be tried again
   */
  void checkSame(OpenStorage before) {
    if (storage() != before) {
      throw lost(null);
    }
  }

  private static KalamException lost(@Nullable Throwable first) {
    return new KalamException(
        ErrorCode.SERIALIZATION_FAILURE,
        "could not serialize access: the storage was opened again after an error of the disk",
        first);
  }

  /**
   * Goes on if writes may be tried.
   *
   * @throws KalamException 58030 after an error of the disk, 53100 if it is full
   */
  void checkWritable() {
    KalamException first = storage().pipeline().failure();
    if (first != null && first.code() == ErrorCode.IO_ERROR) {
      throw refusal(first);
    }
  }

  // ---- what the pipeline asks

  @Override
  public void admit(Commit commit, long bytes) {
    if (space != null) {
      space.admit(bytes, commit.freesSpace());
    }
  }

  @Override
  public void checkRoom() {
    if (space != null && space.isFull()) {
      throw space.refusal();
    }
  }

  @Override
  public void logFailed(KalamException first) {
    LOG.atError().setCause(first).log("The disk failed: writes are refused");
    synchronized (lock) {
      if (failure == null) {
        begin(first);
      }
    }
  }

  /** Under the lock. */
  private void begin(KalamException first) {
    StorageFailure begun = new StorageFailure(first, now());
    failure = begun;
    if (frame.directory() == null || closed) {
      return;
    }
    begun.plan(now());
    if (thread == null) {
      thread = DaemonThreads.named("kalamdb-reopen").newThread(this::reopen);
      thread.start();
    }
  }

  @Override
  public KalamException refusal(KalamException first) {
    synchronized (lock) {
      return failure == null ? lost(first) : refused();
    }
  }

  /** 58030 with the first cause and when it is tried again. */
  private KalamException refused() {
    synchronized (lock) {
      StorageFailure failed = failure;
      if (failed == null) {
        return new KalamException(ErrorCode.IO_ERROR, "The storage is being opened again");
      }
      String until =
          swapping
              ? "the storage is being opened again"
              : failed.next() == null
                  ? "the database must be opened again"
                  : "opening the storage again is tried at " + failed.next();
      return new KalamException(
          ErrorCode.IO_ERROR,
          "The disk failed at " + failed.since() + " (" + failed.first().reason() + "); " + until,
          failed.first());
    }
  }

  // ---- opening again

  private void reopen() {
    StorageFailure failed = awaitAttempt();
    while (failed != null) {
      try {
        attempt(failed);
      } catch (RuntimeException | Error e) {
        failedAgain(failed, e);
      }
      failed = awaitAttempt();
    }
  }

  /** Waits until the next attempt is due; null if none is, and the thread ends. */
  private @Nullable StorageFailure awaitAttempt() {
    synchronized (lock) {
      while (true) {
        StorageFailure failed = failure;
        if (closed || failed == null) {
          thread = null;
          lock.notifyAll();
          if (abandoned && frame.directory() != null) {
            frame.directory().close();
          }
          return null;
        }
        long left = failed.nanosToNext();
        if (left <= 0) {
          failed.attempt();
          return failed;
        }
        try {
          TimeUnit.NANOSECONDS.timedWait(lock, left);
        } catch (InterruptedException e) {
          LOG.debug("Nobody interrupts this thread; it goes on");
        }
      }
    }
  }

  private void failedAgain(StorageFailure failed, Throwable cause) {
    synchronized (lock) {
      swapping = false;
      failed.plan(now());
      lock.notifyAll();
    }
    LOG.atWarn()
        .setCause(cause)
        .addKeyValue("attempt", failed.attempts())
        .addKeyValue("next", failed.next())
        .log("The storage could not be opened again");
  }

  private void attempt(StorageFailure failed) {
    probe();
    synchronized (lock) {
      swapping = true;
      OpenStorage storage = current;
      if (storage != null) {
        outdated = storage;
      }
    }
    OpenStorage before = outdated;
    if (before != null) {
      closeOutdated(before, failed);
    }
    OpenStorage opened = OpenStorage.open(frame, floor, false);
    put(opened, failed);
  }

  /** Whether the disk takes anything at all: while it does not, reads go on in what is open. */
  private void probe() {
    checkRoom();
    if (frame.directory() != null) {
      frame.directory().probe();
    }
  }

  private void closeOutdated(OpenStorage before, StorageFailure failed) {
    KalamException because = lost(failed.first());
    if (current != null) {
      listener.closing(failed.first());
      // Statements first: they open results. Rows of those may still be fetched meanwhile.
      long limit = frame.options().closeTimeout().toMillis();
      int statements = before.running().awaitNone(deadline(limit));
      int results = before.results().awaitNone(deadline(RESULT_MILLIS));
      LOG.atDebug()
          .addKeyValue("statements", statements)
          .addKeyValue("results", results)
          .log("Reopening ends what still reads");
      String left = before.quiesce(statements > 0 ? 0 : limit, because);
      if (left != null) {
        LOG.atWarn().addKeyValue("running", left).log("Reopening without waiting any longer");
      }
      floor = Math.max(floor, before.pipeline().lastSeq());
      synchronized (lock) {
        current = null;
      }
    }
    before.closeFailed(because);
    outdated = null;
  }

  private static long deadline(long millis) {
    return System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis);
  }

  private void put(OpenStorage opened, StorageFailure failed) {
    boolean late;
    synchronized (lock) {
      late = closed;
      if (!late) {
        current = opened;
        recovered = opened.recovered();
        KalamException again = opened.pipeline().failure();
        failure = null;
        since = now();
        if (again != null) {
          begin(again);
        }
      }
    }
    if (late) {
      closeAll(opened);
      return;
    }
    listener.opened(opened);
    synchronized (lock) {
      swapping = false;
      lock.notifyAll();
    }
    LOG.atInfo()
        .addKeyValue("attempts", failed.attempts())
        .addKeyValue("recovery", opened.recovered())
        .log("The storage was opened again; writes are taken");
  }

  /** Of a storage that came too late for the close of its database. */
  private static void closeAll(OpenStorage opened) {
    for (AutoCloseable step : opened.closingSteps()) {
      try {
        step.close();
      } catch (Exception e) {
        LOG.atWarn().setCause(e).log("A part of the storage could not be closed");
        return;
      }
    }
  }

  // ---- health and the end

  /** What the newest opening found. */
  RecoveryReport recovered() {
    return recovered;
  }

  Health health() {
    synchronized (lock) {
      StorageFailure failed = failure;
      if (closed) {
        return new Health(Health.State.CLOSED, since, null, 0, null);
      }
      if (failed != null) {
        return new Health(
            swapping ? Health.State.REOPENING : Health.State.FAILED,
            failed.since(),
            failed.first(),
            failed.attempts(),
            swapping ? null : failed.next());
      }
    }
    if (space != null && space.isFull()) {
      return new Health(Health.State.FULL, space.changed(), space.refusal(), 0, null);
    }
    synchronized (lock) {
      return new Health(Health.State.OPEN, since, null, 0, null);
    }
  }

  /**
   * Nothing begins any more, and no storage is opened again; waits for one that is being opened.
   *
   * @return the storage to be closed; null if there is none
   */
  @Nullable OpenStorage close(long millis) {
    synchronized (lock) {
      closed = true;
      since = now();
      lock.notifyAll();
      long deadline = deadline(millis);
      boolean interrupted = false;
      while (thread != null) {
        long left = deadline - System.nanoTime();
        if (left <= 0 || interrupted) {
          break;
        }
        try {
          TimeUnit.NANOSECONDS.timedWait(lock, left);
        } catch (InterruptedException e) {
          interrupted = true;
        }
      }
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
      abandoned = thread != null;
      return current != null ? current : outdated;
    }
  }

  /**
   * After {@link #close}: whether nothing more happens to the directory. Else it is closed when the
   * storage that is being opened has been.
   */
  boolean isAtRest() {
    synchronized (lock) {
      return !abandoned;
    }
  }
}
