package org.kalamdb.internal.engine;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.kalamdb.RecoveryReport;
import org.kalamdb.SalvageReport;
import org.kalamdb.error.ErrorCode;
import org.kalamdb.error.KalamException;
import org.kalamdb.internal.catalog.CatalogSnapshot;
import org.kalamdb.internal.catalog.TableDefinition;
import org.kalamdb.internal.common.Hints;
import org.kalamdb.internal.storage.file.DatabaseDirectory;
import org.kalamdb.internal.storage.file.DatabaseState;
import org.kalamdb.internal.storage.kv.KeyValueStore;
import org.kalamdb.internal.storage.kv.rocksdb.HotFiles;
import org.kalamdb.internal.storage.kv.rocksdb.RocksKeyValueStore;
import org.kalamdb.internal.storage.kv.rocksdb.RocksKeyValueStore.Past;
import org.kalamdb.internal.storage.table.ColdTier;
import org.kalamdb.internal.txn.CommitPipeline;
import org.kalamdb.internal.txn.HotCounters;
import org.kalamdb.internal.txn.HotVerification;

/**
 * The steps of opening that ask whether everything that was committed is still there. Whatever is
 * missing refuses the open before anything is changed, but for torn tails of logs.
 *
 * <p>In order: {@link #begin} compares the hot tier's files with the state file; the store looks
 * through its logs, {@link #storeChangesNow} gives up the claim of a clean close, and the store
 * opens; {@link #opened} compares the newest commit with the one that was on disk; {@link #verify}
 * compares the rows with their digest, unless the database was closed in order.
 */
final class Recovery {
  private final @Nullable DatabaseDirectory directory;
  private final @Nullable DatabaseState state;
  private final Past past;
  private long rowsVerified;
  private List<String> cutOff = List.of();
  private final List<String> undone = new ArrayList<>();
  private final @Nullable SalvageReport salvaged;
  private ColdTier.@Nullable Sweep sweep;

  private Recovery(
      @Nullable DatabaseDirectory directory,
      @Nullable DatabaseState state,
      Past past,
      @Nullable SalvageReport salvaged) {
    this.directory = directory;
    this.salvaged = salvaged;
    this.state = state;
    this.past = past;
  }

  /** Of a database that is only now made. */
  static Recovery ofNew() {
    return new Recovery(null, null, Past.NONE, null);
  }

  /**
   * @param salvaged what came before, if the database was salvaged
   */
  static Recovery begin(DatabaseDirectory directory, @Nullable SalvageReport salvaged) {
    if (directory.isNew()) {
      return new Recovery(directory, null, Past.NONE, null);
    }
    DatabaseState state = directory.state();
    if (state.closed()) {
      HotFiles.checkClosed(directory.hot(), state.files());
    } else {
      HotFiles.checkCrashed(directory.hot(), state.files());
    }
    return new Recovery(directory, state, state.closed() ? Past.CLOSED : Past.CRASHED, salvaged);
  }

  Past past() {
    return past;
  }

  /** Whether what is opened was closed in order, and is as it was then. */
  boolean wasClosed() {
    return past == Past.CLOSED && salvaged == null;
  }

  /** Whether what is there was salvaged from what was. */
  boolean isSalvaged() {
    return salvaged != null;
  }

  /** Opening changes the files of a closed store: they are no longer what was noted. */
  void storeChangesNow() {
    if (directory != null && state != null && state.closed()) {
      StateNotes.noteOpen(directory, state.seq(), HotFiles.listOpen(directory.hot()));
    }
  }

  /** The store is open. */
  void opened(RocksKeyValueStore store) {
    if (directory == null) {
      return;
    }
    cutOff = store.cutOff();
    long seq = CommitPipeline.newestSeq(store);
    if (state != null && seq < state.seq()) {
      throw new KalamException(
              ErrorCode.DATA_CORRUPTED,
              "The hot tier is damaged: its newest commit is "
                  + seq
                  + ", but "
                  + state.seq()
                  + " was on disk")
          .withHint(Hints.DAMAGED);
    }
    StateNotes.noteOpen(directory, seq, HotFiles.listOpen(directory.hot()));
    if (directory.isNew()) {
      directory.markCreated();
    }
  }

  void verify(KeyValueStore store, HotCounters counters, CatalogSnapshot catalog) {
    if (past == Past.CRASHED) {
      rowsVerified = HotVerification.verify(store, counters, catalog);
    }
  }

  void undone(TableDefinition table) {
    undone.add(table.id().toString());
  }

  void swept(ColdTier.Sweep found) {
    sweep = found;
  }

  RecoveryReport report(long lastSeq, long nanos) {
    ColdTier.Sweep found = sweep;
    return new RecoveryReport(
        past == Past.NONE,
        past == Past.CLOSED,
        lastSeq,
        rowsVerified,
        cutOff,
        undone,
        found == null ? List.of() : found.deleted(),
        found == null ? List.of() : found.rewritten(),
        found == null ? List.of() : found.missing(),
        found == null ? List.of() : found.unavailable(),
        salvaged,
        Duration.ofNanos(nanos));
  }
}
