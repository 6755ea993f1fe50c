package org.kalamdb.internal.engine;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.kalamdb.KalamOptions;
import org.kalamdb.error.ErrorCode;
import org.kalamdb.error.KalamException;
import org.kalamdb.internal.catalog.CatalogSnapshot;
import org.kalamdb.internal.storage.hot.WriteSet;
import org.kalamdb.internal.txn.ReadView;

/**
 * A snapshot and the writes made on top of it. Of one statement, or of many between BEGIN and
 * COMMIT; then the statements see the writes. Confined to its session.
 */
final class Transaction implements AutoCloseable {
  private final ReadView view;
  private WriteSet writes;
  private final boolean explicit;
  private final boolean readOnly;
  private final DraftedEntries drafted;
  private @Nullable CatalogDraft draft;
  private boolean failed;
  private boolean pinned;

  /** Takes over the view. */
  Transaction(ReadView view, KalamOptions options, boolean explicit, boolean readOnly) {
    this(
        view,
        new WriteSet(options.transactionMemoryBytes()),
        new DraftedEntries(options.transactionMemoryBytes()),
        explicit,
        readOnly);
  }

  private Transaction(
      ReadView view, WriteSet writes, DraftedEntries drafted, boolean explicit, boolean readOnly) {
    this.view = view;
    this.writes = writes;
    this.drafted = drafted;
    this.explicit = explicit;
    this.readOnly = readOnly;
  }

  ReadView view() {
    return view;
  }

  WriteSet writes() {
    return writes;
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
      beginWrite();
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
  Transaction pin() {
    Transaction pinned = new Transaction(view.hold(), writes, drafted, explicit, true);
    pinned.writes.readingBegins();
    pinned.pinned = true;
    pinned.draft = draft;
    return pinned;
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
  Transaction asExplicit() {
    return new Transaction(view, writes, drafted, true, readOnly);
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
    if (readOnly) {
      throw new KalamException(
          ErrorCode.READ_ONLY_TRANSACTION,
          "cannot execute " + statement + " in a read-only transaction");
    }
  }

  @Override
  public void close() {
    if (pinned) {
      writes.readingEnded();
    }
    view.close();
  }
}
