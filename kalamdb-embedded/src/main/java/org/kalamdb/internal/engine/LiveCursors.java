package org.kalamdb.internal.engine;

import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.kalamdb.error.ErrorCode;
import org.kalamdb.error.KalamException;
import org.kalamdb.internal.common.DaemonThreads;
import org.kalamdb.internal.storage.kv.KeyFamily;
import org.kalamdb.internal.storage.kv.KvWriteBatch;
import org.kalamdb.internal.txn.Commit;
import org.kalamdb.internal.txn.CommitPipeline;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The cursors of a database: which are in use, and where they stand. Places that move are gathered
 * and written together, as a commit that waits for no disk, {@value #WRITE_MILLIS} ms after the
 * first of them. The log keeps commits in order, so that no place outlives a crash that the commit
 * it names does not. Thread-safe.
 */
final class LiveCursors {
  private static final Logger LOG = LoggerFactory.getLogger(LiveCursors.class);
  private static final long WRITE_MILLIS = 100;

  private final Engine engine;

  /** Guards the fields below; held for a few accesses. */
  private final Object lock = new Object();

  private final Set<CursorKey> inUse = new HashSet<>();

  /** Not yet written; empty: deleted. */
  private Map<CursorKey, Optional<StoredCursor>> moved = new LinkedHashMap<>();

  /** Being written. */
  private Map<CursorKey, Optional<StoredCursor>> writing = Map.of();

  private boolean scheduled;
  private boolean closed;
  private @Nullable ScheduledExecutorService timer;

  /** One write after the other; taken before {@link #lock}. */
  private final Object writeLock = new Object();

  LiveCursors(Engine engine) {
    this.engine = engine;
  }

  /** Begins the use of a cursor; {@link #release} follows. */
  void claim(CursorKey key) {
    synchronized (lock) {
      if (!inUse.add(key)) {
        throw inUse(key);
      }
    }
  }

  void release(CursorKey key) {
    synchronized (lock) {
      inUse.remove(key);
    }
  }

  private static KalamException inUse(CursorKey key) {
    return new KalamException(
        ErrorCode.OBJECT_IN_USE,
        "cursor \"" + key.name() + "\" is in use: a subscription is open on it");
  }

  /** Where a cursor stands; null if there is none. */
  @Nullable StoredCursor find(CursorKey key) {
    synchronized (lock) {
      Optional<StoredCursor> known = moved.get(key);
      known = known == null ? writing.get(key) : known;
      if (known != null) {
        return known.orElse(null);
      }
    }
    byte[] stored = engine.store().get(KeyFamily.META, key.toBytes(), null);
    return stored == null ? null : StoredCursor.decode(stored);
  }

  /** Has it written within {@value #WRITE_MILLIS} ms. */
  void move(CursorKey key, StoredCursor to) {
    synchronized (lock) {
      moved.put(key, Optional.of(to));
      schedule();
    }
  }

  private void schedule() {
    if (scheduled || closed) {
      return;
    }
    if (timer == null) {
      timer =
          Executors.newSingleThreadScheduledExecutor(DaemonThreads.named("kalamdb-live-cursors"));
    }
    try {
      ScheduledFuture<?> write =
          timer.schedule(this::writeByTimer, WRITE_MILLIS, TimeUnit.MILLISECONDS);
      scheduled = !write.isCancelled();
    } catch (RejectedExecutionException e) {
      LOG.debug("The database is closing, and writes cursors itself");
    }
  }

  private void writeByTimer() {
    synchronized (lock) {
      scheduled = false;
    }
    try {
      write(false);
    } catch (KalamException e) {
      LOG.atDebug().setCause(e).log("Places of cursors could not be written now");
      synchronized (lock) {
        schedule();
      }
    }
  }

  /** Writes it before it returns, and with {@code synced} waits for the disk. */
  void write(CursorKey key, @Nullable StoredCursor cursor, boolean synced) {
    synchronized (lock) {
      moved.put(key, Optional.ofNullable(cursor));
    }
    write(synced);
  }

  /** Writes all that has moved. */
  void write(boolean synced) {
    // A writer that is held back for a listener may hold what is waited for here.
    boolean waiting = engine.enterWait();
    try {
      engine.enter();
      try {
        write(synced, engine.pipeline());
      } finally {
        engine.exit();
      }
    } finally {
      if (waiting) {
        engine.exitWait();
      }
    }
  }

  private void write(boolean synced, CommitPipeline pipeline) {
    synchronized (writeLock) {
      Map<CursorKey, Optional<StoredCursor>> taken;
      synchronized (lock) {
        taken = moved;
        moved = new LinkedHashMap<>();
        writing = taken;
      }
      boolean done = taken.isEmpty();
      try {
        if (!done) {
          pipeline.commit(new Places(taken, synced));
          done = true;
        }
      } finally {
        synchronized (lock) {
          writing = Map.of();
          if (!done) {
            Map<CursorKey, Optional<StoredCursor>> all = new HashMap<>(taken);
            all.putAll(moved);
            moved = all;
          }
        }
      }
    }
  }

  /** Refuses what must not happen while a subscription is open on the cursor, else does it. */
  void unlessInUse(CursorKey key, Runnable change) {
    claim(key);
    try {
      change.run();
    } finally {
      release(key);
    }
  }

  /**
   * Writes what is left, when no listener is told anything any more.
   *
   * @param pipeline null if nothing can be written
   */
  void close(@Nullable CommitPipeline pipeline) {
    ScheduledExecutorService stopped;
    synchronized (lock) {
      closed = true;
      stopped = timer;
    }
    if (stopped != null) {
      stopped.shutdownNow();
    }
    if (pipeline != null && pipeline.failure() == null) {
      write(false, pipeline);
    }
  }

  /** Places of cursors as a commit. */
  private record Places(Map<CursorKey, Optional<StoredCursor>> places, boolean synced)
      implements Commit {
    @Override
    public void addTo(KvWriteBatch batch, long seq) {
      places.forEach(
          (key, place) -> {
            if (place.isPresent()) {
              batch.put(KeyFamily.META, key.toBytes(), place.get().encode());
            } else {
              batch.delete(KeyFamily.META, key.toBytes());
            }
          });
    }

    @Override
    public Boolean isSynced() {
      return synced;
    }
  }
}
