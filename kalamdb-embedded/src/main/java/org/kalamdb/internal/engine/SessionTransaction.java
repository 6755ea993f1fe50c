package org.kalamdb.internal.engine;

import java.time.Instant;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.kalamdb.Isolation;
import org.kalamdb.KalamOptions;
import org.kalamdb.TransactionOptions;
import org.kalamdb.error.ErrorCode;
import org.kalamdb.error.KalamException;
import org.kalamdb.internal.catalog.CatalogSnapshot;
import org.kalamdb.internal.storage.hot.ReadSet;
import org.kalamdb.internal.storage.hot.WriteSet;
import org.kalamdb.internal.storage.table.KeyLookup;
import org.kalamdb.internal.storage.table.TableStore;
import org.kalamdb.internal.txn.ReadView;

/**
 * A snapshot and the writes made on top of it. Of one statement, or of many between BEGIN and
 * COMMIT; then the statements see the writes. Confined to its session, but for {@link #expire()}.
 */
final class SessionTransaction implements AutoCloseable {
  /** Whether a statement runs, none does, or none ever will. */
  private enum State {
    IDLE,
    BUSY,
    EXPIRED,
    CLOSED
  }

  private final OpenStorage storage;
  private final TransactionOptions options;
  private final boolean explicit;
  private final long firstSeq;
  private final CatalogSnapshot firstCatalog;
  private final DraftedEntries drafted;
  private final @Nullable ReadSet reads;
  private final Savepoints savepoints;
  private final AtomicReference<State> state = new AtomicReference<>(State.IDLE);
  private final Instant started;
  private ReadView view;
  private WriteSet writes;
  private @Nullable CatalogDraft draft;
  private boolean failed;
  private boolean used;
  private boolean pinned;
  private volatile long idleSince = System.nanoTime();
  private volatile Figures figures;

  /**
   * What other threads may know of it: as it was when a statement last began or ended.
   *
   * @param readNanos when the snapshot was taken, by {@link System#nanoTime}
   */
  record Figures(long readSeq, long readNanos, long writeBytes, int savepoints, boolean failed) {}

  private SessionTransaction(
      OpenStorage storage,
      TransactionOptions options,
      boolean explicit,
      ReadView view,
      WriteSet writes,
      DraftedEntries drafted,
      @Nullable ReadSet reads,
      Savepoints savepoints,
      Instant started) {
    this.storage = storage;
    this.options = options;
    this.explicit = explicit;
    this.firstSeq = view.seq();
    this.firstCatalog = view.catalog();
    this.view = view;
    this.writes = writes;
    this.drafted = drafted;
    this.reads = reads;
    this.savepoints = savepoints;
    this.started = started;
    this.figures = new Figures(view.seq(), System.nanoTime(), 0, 0, false);
  }

  /**
   * Takes a snapshot.
   *
   * @param explicit whether it goes on until it is ended, over many statements
   */
  static SessionTransaction begin(
      OpenStorage storage,
      KalamOptions database,
      TransactionOptions options,
      boolean explicit,
      Instant now) {
    boolean validated = options.isolation() == Isolation.SERIALIZABLE && !options.readOnly();
    ReadView view =
        validated ? storage.pipeline().acquireSerializableView() : storage.pipeline().acquireView();
    ReadSet reads = validated ? new ReadSet() : null;
    long limit = database.transactionMemoryBytes();
    return new SessionTransaction(
        storage,
        options,
        explicit,
        view,
        new WriteSet(limit),
        new DraftedEntries(limit),
        reads,
        new Savepoints(),
        now);
  }

  /** Where its snapshot is. */
  OpenStorage storage() {
    return storage;
  }

  TransactionOptions options() {
    return options;
  }

  /** What it reads from. */
  ReadView view() {
    return view;
  }

  /** The newest commit it could see at first: nothing it relies on is older. */
  long firstSeq() {
    return firstSeq;
  }

  /** The catalog as it was at first. */
  CatalogSnapshot firstCatalog() {
    return firstCatalog;
  }

  WriteSet writes() {
    return writes;
  }

  /** Where it notes what it looks at; null if that may change. */
  @Nullable ReadSet reads() {
    return reads;
  }

  /** When it began. */
  Instant started() {
    return started;
  }

  /** The catalog its statements see. */
  CatalogSnapshot catalog() {
    return draft == null ? view.catalog() : draft.catalog();
  }

  /** Does the step to the catalog that the following statements see, and keeps it for COMMIT. */
  void stage(CatalogStep step) {
    CatalogDraft changing = draft == null ? new CatalogDraft(view.catalog()) : draft;
    changing.add(step);
    draft = changing;
    if (!writes.isEmpty()) {
      if (savepoints.isNone()) {
        beginWrite();
      } else {
        // Going back to a savepoint goes back to rows of the tables as they were.
        savepoints.freeze(writes);
        writes = writes.copy();
      }
      writes.follow(changing.catalog()::table);
    }
  }

  /** Entries that COMMIT makes for indexes of this transaction. */
  DraftedEntries drafted() {
    return drafted;
  }

  /** What COMMIT does to the catalog, in order. */
  List<CatalogStep> steps() {
    return draft == null ? List.of() : draft.steps();
  }

  /**
   * What an open result reads: this snapshot and the writes so far, whatever the transaction does
   * next. Held until it is closed.
   */
  SessionTransaction pin() {
    SessionTransaction copy =
        new SessionTransaction(
            storage,
            options.asReadOnly(),
            explicit,
            view.hold(),
            writes,
            drafted,
            reads,
            savepoints,
            started);
    copy.writes.readingBegins();
    copy.pinned = true;
    copy.draft = draft;
    return copy;
  }

  /** A writing statement begins: open results keep the writes they have. */
  void beginWrite() {
    writes = writes.writable();
  }

  /** What scans of this transaction see on top of the snapshot. */
  WriteSet visibleWrites() {
    return explicit ? writes : new WriteSet();
  }

  boolean isExplicit() {
    return explicit;
  }

  /** The same transaction for several statements, which see each other's writes. */
  SessionTransaction asExplicit() {
    return new SessionTransaction(
        storage, options, true, view, writes, drafted, reads, savepoints, started);
  }

  // ---- statements

  /**
   * A statement of the session begins; {@link #endUse} follows.
   *
   * @throws KalamException 25P03 if the transaction was left alone too long
   */
  void beginUse() {
    if (!state.compareAndSet(State.IDLE, State.BUSY) && state.get() == State.EXPIRED) {
      throw new KalamException(
          ErrorCode.IDLE_IN_TRANSACTION_SESSION_TIMEOUT,
          "the transaction was rolled back because no statement ran in it for too long");
    }
  }

  /** READ COMMITTED: a statement sees what was committed until now. */
  void refresh(TableStore tables) {
    if (options.isolation() == Isolation.READ_COMMITTED && draft == null) {
      ReadView newest = storage.pipeline().acquireView();
      try (ReadView outdated = view) {
        view = newest;
        KeyLookup lookup = new KeyLookup(tables, newest.snapshot(), newest.seq());
        writes.followTo(
            write ->
                tables.publishedSince(write.table().number(), outdated.seq())
                    ? lookup.find(write.table(), write.user(), write.rowKey())
                    : null);
      }
      publishFigures(System.nanoTime());
    }
  }

  /** Whether a statement has read or written. */
  boolean isUsed() {
    return used;
  }

  /** A statement reads or writes. */
  void noteUse() {
    used = true;
  }

  void endUse() {
    publishFigures(figures.readNanos());
    idleSince = System.nanoTime();
    state.compareAndSet(State.BUSY, State.IDLE);
  }

  /** How long no statement has run; 0 while one runs. */
  long idleNanos() {
    return state.get() == State.IDLE ? System.nanoTime() - idleSince : 0;
  }

  /** Gives everything up unless a statement runs; false if one does. May be any thread's call. */
  boolean expire() {
    if (!state.compareAndSet(State.IDLE, State.EXPIRED)) {
      return false;
    }
    release();
    return true;
  }

  private void publishFigures(long readNanos) {
    figures = new Figures(view.seq(), readNanos, writes.bytes(), savepoints.size(), failed);
  }

  /** Any thread may ask. */
  Figures figures() {
    return figures;
  }

  /** As {@code system.transactions} shows it; any thread may ask. */
  String stateName() {
    return state.get() == State.BUSY ? "active" : figures.failed() ? "failed" : "idle";
  }

  boolean isFailed() {
    return failed;
  }

  /** An error inside; only ROLLBACK helps now. */
  void markFailed() {
    failed = true;
  }

  void checkUsable() {
    if (failed) {
      throw new KalamException(
          ErrorCode.IN_FAILED_TRANSACTION,
          "current transaction is aborted, commands ignored until end of transaction block");
    }
  }

  void checkWritable(String statement) {
    checkWritable(options, statement);
  }

  /** The same of a statement that runs under these options. */
  static void checkWritable(TransactionOptions options, String statement) {
    if (options.readOnly()) {
      throw new KalamException(
          ErrorCode.READ_ONLY_TRANSACTION,
          "cannot execute " + statement + " in a read-only transaction");
    }
  }

  // ---- savepoints

  void savepoint(String name) {
    // Not to be shared with an open result: what is marked is what later goes back.
    writes = writes.writable();
    savepoints.add(name, writes.mark(), steps().size());
  }

  void rollbackTo(String name) {
    Savepoints.Savepoint savepoint = savepoints.backTo(name);
    WriteSet frozen = savepoint.frozen();
    writes = frozen == null ? writes.writable() : frozen.copy();
    writes.rollbackTo(savepoint.writes());
    if (steps().size() > savepoint.steps()) {
      CatalogDraft kept = new CatalogDraft(view.catalog());
      steps().subList(0, savepoint.steps()).forEach(kept::add);
      draft = savepoint.steps() == 0 ? null : kept;
    }
    failed = false;
  }

  void releaseSavepoint(String name) {
    savepoints.release(name);
  }

  // ---- the end

  @Override
  public void close() {
    State before = state.getAndSet(State.CLOSED);
    if (before != State.CLOSED && before != State.EXPIRED) {
      release();
    }
  }

  private void release() {
    if (pinned) {
      writes.readingEnded();
    } else if (reads != null) {
      storage.pipeline().endSerializable(firstSeq);
    }
    view.close();
  }
}
