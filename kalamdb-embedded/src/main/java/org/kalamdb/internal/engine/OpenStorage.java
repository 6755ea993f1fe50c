package org.kalamdb.internal.engine;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.kalamdb.Durability;
import org.kalamdb.KalamOptions;
import org.kalamdb.RecoveryMode;
import org.kalamdb.RecoveryReport;
import org.kalamdb.SalvageReport;
import org.kalamdb.error.KalamException;
import org.kalamdb.internal.catalog.CatalogLoader;
import org.kalamdb.internal.catalog.CatalogSnapshot;
import org.kalamdb.internal.exec.CancelToken;
import org.kalamdb.internal.flush.CompactionService;
import org.kalamdb.internal.flush.EventExpiry;
import org.kalamdb.internal.flush.FlushService;
import org.kalamdb.internal.flush.MoveService;
import org.kalamdb.internal.storage.file.DatabaseDirectory;
import org.kalamdb.internal.storage.kv.InMemoryKeyValueStore;
import org.kalamdb.internal.storage.kv.KeyValueStore;
import org.kalamdb.internal.storage.kv.rocksdb.RocksKeyValueStore;
import org.kalamdb.internal.storage.kv.rocksdb.RocksOptions;
import org.kalamdb.internal.storage.table.ColdTier;
import org.kalamdb.internal.storage.table.SettledFiles;
import org.kalamdb.internal.storage.table.Storages;
import org.kalamdb.internal.storage.table.TableStore;
import org.kalamdb.internal.txn.ActiveFlushes;
import org.kalamdb.internal.txn.CommitPipeline;
import org.kalamdb.internal.txn.HotCounters;
import org.kalamdb.internal.txn.ReadView;
import org.kalamdb.internal.txn.StoredEvents;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The parts of a database that stand on one opening of its key-value store, made in order of
 * dependence and closed in the reverse. After an error of the log another one takes its place:
 * nothing that was read from the store before it, or kept beside it in memory, goes into the next.
 */
final class OpenStorage {
  private static final Logger LOG = LoggerFactory.getLogger(OpenStorage.class);
  private static final long CANCELLED_MILLIS = 1_000;

  private final StorageFrame frame;
  private final KeyValueStore store;

  /** What is below {@link #store}; null in memory. */
  private final @Nullable RocksKeyValueStore rocks;

  private final HotCounters counters;
  private final ActiveFlushes flushes = new ActiveFlushes();
  private final ColdTier cold;
  private final TableStore tables;
  private final StoredEvents events;
  private final EventExpiry expiry;
  private final CommitPipeline pipeline;
  private final MoveService moves;
  private final CompactionService compactions;
  private final FlushService flushService;
  private final @Nullable StateNotes notes;
  private final RecoveryReport recovered;
  private final RunningWork running = new RunningWork();
  private final RunningWork results = new RunningWork();
  private final CancelToken shutdown = CancelToken.create();
  private volatile boolean atRest;

  /**
   * Opens what is in the frame's directory, through all that asks whether everything is there.
   *
   * @param floor numbers up to this one were given to commits already
   * @param first whether the database is opened, and salvaged if it was asked for, and not only its
   *     storage
   */
  static OpenStorage open(StorageFrame frame, long floor, boolean first) {
    long started = System.nanoTime();
    DatabaseDirectory directory = frame.directory();
    RocksOptions sizes = sizes(frame.options());
    RocksKeyValueStore rocks = null;
    KeyValueStore store = null;
    try {
      Recovery recovery;
      if (directory == null) {
        recovery = Recovery.ofNew();
        store = new InMemoryKeyValueStore();
      } else {
        boolean salvage = first && frame.options().recovery() == RecoveryMode.SALVAGE;
        SalvageReport salvaged = salvage ? Salvage.run(directory, frame.options(), sizes) : null;
        recovery = Recovery.begin(directory, salvaged);
        rocks =
            RocksKeyValueStore.open(
                directory.hot(), recovery.past(), sizes, recovery::storeChangesNow);
        store = rocks;
        recovery.opened(rocks);
      }
      return new OpenStorage(frame, frame.layer().apply(store), rocks, recovery, floor, started);
    } catch (RuntimeException | Error e) {
      if (store != null) {
        closeSuppressed(store, e);
      }
      throw e;
    }
  }

  private static RocksOptions sizes(KalamOptions options) {
    return new RocksOptions(options.hotCacheBytes(), RocksOptions.DEFAULTS.writeBufferBytes());
  }

  private static void closeSuppressed(KeyValueStore store, Throwable first) {
    try {
      store.close();
    } catch (RuntimeException e) {
      first.addSuppressed(e);
    }
  }

  private OpenStorage(
      StorageFrame frame,
      KeyValueStore store,
      @Nullable RocksKeyValueStore rocks,
      Recovery recovery,
      long floor,
      long started) {
    this.frame = frame;
    this.store = store;
    this.rocks = rocks;
    KalamOptions options = frame.options();
    this.counters = HotCounters.load(store);
    CatalogSnapshot stored = CatalogLoader.load(store);
    recovery.verify(store, counters, stored);
    CatalogSnapshot catalog = TableCompletion.sweep(store, stored, recovery::undone);
    DatabaseDirectory directory = frame.directory();
    Storages storages =
        new Storages(
            frame.cold(),
            directory == null ? null : directory.owner(),
            catalog.storages(),
            CatalogLoader.userStorages(store));
    this.cold = new ColdTier(store, storages, options.coldCacheBytes());
    this.tables = new TableStore(store, cold, counters::hotRows);
    this.events = new StoredEvents(store, tables, frame.listeners());
    catalog = TemporaryTables.sweep(store, tables, counters, catalog, frame.isInUse());
    this.pipeline =
        new CommitPipeline(
            store,
            catalog,
            options.durability().mode() == Durability.Mode.SYNC,
            frame.commitMillis(),
            frame.consumer(),
            frame.guard(),
            floor);
    this.expiry = new EventExpiry(tables, pipeline, events);
    ColdTier.Sweep sweep;
    // Tables that are gone have left files.
    boolean same = catalog.tables().size() == stored.tables().size();
    if (same
        && recovery.wasClosed()
        && SettledFiles.areNoted(store, CommitPipeline.newestSeq(store))) {
      sweep = cold.lookAtStorages();
    } else {
      try (ReadView view = pipeline.acquireView()) {
        sweep = cold.sweepOrphans(catalog.tables(), view.snapshot(), view.seq());
      }
    }
    recovery.swept(sweep);
    ReentrantLock rewriting = new ReentrantLock(true);
    this.moves = new MoveService(store, cold, pipeline, rewriting, frame.jobs(), sweep.misplaced());
    this.compactions =
        new CompactionService(
            store,
            tables,
            pipeline,
            flushes,
            frame.allocator(),
            rewriting,
            options.backgroundCompaction(),
            options.clock()::millis,
            frame.jobs());
    this.flushService =
        new FlushService(
            store,
            tables,
            pipeline,
            counters,
            flushes,
            events,
            frame.allocator(),
            this::catalog,
            compactions,
            options.hotLimitBytes(),
            options.hotHardLimitBytes(),
            options.hotLimitWait(),
            options.clock()::millis,
            frame.jobs());
    this.notes = directory == null ? null : new StateNotes(directory, pipeline);
    this.recovered = recovery.report(pipeline.durableSeq(), System.nanoTime() - started);
  }

  KeyValueStore store() {
    return store;
  }

  HotCounters counters() {
    return counters;
  }

  ActiveFlushes flushes() {
    return flushes;
  }

  ColdTier cold() {
    return cold;
  }

  TableStore tables() {
    return tables;
  }

  StoredEvents events() {
    return events;
  }

  EventExpiry expiry() {
    return expiry;
  }

  CommitPipeline pipeline() {
    return pipeline;
  }

  CompactionService compactions() {
    return compactions;
  }

  FlushService flushService() {
    return flushService;
  }

  /** What opening it found. */
  RecoveryReport recovered() {
    return recovered;
  }

  /** The statements that run in it. */
  RunningWork running() {
    return running;
  }

  /** Results that read from it and are open. */
  RunningWork results() {
    return results;
  }

  /** Cancelled when closing waits no longer for what is running. */
  CancelToken shutdown() {
    return shutdown;
  }

  CatalogSnapshot catalog() {
    try (ReadView view = pipeline.acquireView()) {
      return view.catalog();
    }
  }

  /** Sees to it that what is committed now is on disk in so many milliseconds. */
  void syncWithin(long millis) {
    if (notes != null) {
      notes.syncWithin(millis);
    }
  }

  /**
   * Lets nothing begin and waits for what runs: flushes, moves and compactions, then statements,
   * which are cancelled when they take too long.
   *
   * @param because what they are cancelled with
   * @return what still runs, for a person to read; null if nothing does
   */
  @Nullable String quiesce(long millis, KalamException because) {
    long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis);
    running.close();
    moves.stop(); // what waits for it goes on
    boolean flushed = flushService.close(Math.max(0, millis) + CANCELLED_MILLIS);
    flushed &= compactions.close(Math.max(0, millis) + CANCELLED_MILLIS);
    flushed &= moves.close(Math.max(0, millis) + CANCELLED_MILLIS);
    int statements = running.awaitNone(deadline);
    if (statements > 0) {
      shutdown.cancel(because);
      statements =
          running.awaitNone(System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(CANCELLED_MILLIS));
    }
    atRest = flushed && statements == 0;
    return atRest
        ? null
        : statements + " statements" + (flushed ? "" : " and a flush, compaction or move");
  }

  /**
   * What closes it for good, in order; the database then counts as closed in order if the log is
   * sound and none of it fails.
   */
  List<AutoCloseable> closingSteps() {
    List<AutoCloseable> steps = new ArrayList<>();
    if (notes != null) {
      steps.add(notes);
    }
    boolean sound = pipeline.failure() == null;
    if (sound) {
      steps.add(pipeline::syncNow);
    }
    steps.add(pipeline);
    if (sound) {
      steps.add(this::noteFiles);
    }
    steps.add(store);
    DatabaseDirectory directory = frame.directory();
    if (directory != null && sound) {
      steps.add(new ClosingNote(directory, pipeline));
    }
    return steps;
  }

  /** Spares the next opening a look at all files, if there is nothing to find. */
  private void noteFiles() {
    try {
      boolean settled =
          atRest && cold.isSettled() && moves.isSettled() && !pipeline.views().isAwaited();
      SettledFiles.note(store, CommitPipeline.newestSeq(store), settled);
    } catch (KalamException e) {
      LOG.atWarn().setCause(e).log("The next opening will look at all files of the cold tier");
    }
  }

  /** The last step: after it the database counts as closed in order. */
  record ClosingNote(DatabaseDirectory directory, CommitPipeline pipeline)
      implements AutoCloseable {
    @Override
    public void close() {
      StateNotes.noteClosed(directory, pipeline.durableSeq());
    }
  }

  /**
   * Closes it after an error of its log, so that another can be opened.
   *
   * @param because what is told to those who still hold snapshots of it
   * @throws KalamException 55006 if calls do not come back; another call waits for them again
   */
  void closeFailed(KalamException because) {
    if (notes != null) {
      notes.close();
    }
    pipeline.closeFailed();
    if (rocks == null) {
      throw new IllegalStateException("A database in memory cannot be opened again");
    }
    rocks.close(because);
  }
}
