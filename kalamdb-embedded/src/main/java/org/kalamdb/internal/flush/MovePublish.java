package org.kalamdb.internal.flush;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.kalamdb.internal.catalog.TableDefinition;
import org.kalamdb.internal.storage.kv.KeyValueStore;
import org.kalamdb.internal.storage.kv.KvSnapshot;
import org.kalamdb.internal.storage.kv.KvWriteBatch;
import org.kalamdb.internal.storage.manifest.SegmentEntry;
import org.kalamdb.internal.storage.table.ColdTier;
import org.kalamdb.internal.txn.Commit;
import org.kalamdb.internal.txn.CommitPipeline;
import org.kalamdb.schema.UserId;

/**
 * Names another file as that of a segment. Number, rows and markers stay, so nothing changes for
 * any reader and nothing for a writer that has found a row in it.
 */
final class MovePublish implements Commit {
  private final TableDefinition table;
  private final @Nullable UserId user;
  private final SegmentEntry before;
  private final SegmentEntry after;
  private final KeyValueStore store;
  private final ColdTier cold;
  private final CommitPipeline pipeline;

  MovePublish(
      TableDefinition table,
      @Nullable UserId user,
      SegmentEntry before,
      SegmentEntry after,
      KeyValueStore store,
      ColdTier cold,
      CommitPipeline pipeline) {
    this.table = table;
    this.user = user;
    this.before = before;
    this.after = after;
    this.store = store;
    this.cold = cold;
    this.pipeline = pipeline;
  }

  @Override
  public void addTo(KvWriteBatch batch, long seq) {
    TableDefinition newest = pipeline.newestCatalog().table(table.number());
    if (newest == null || !cold.isAtHome(newest, user, after)) {
      throw new FlushPublish.FlushAbandoned("table " + table.id() + " was changed meanwhile");
    }
    try (KvSnapshot now = store.snapshot()) {
      if (!before.equals(
          cold.manifest(newest, user, now, Long.MAX_VALUE).segment(before.number()))) {
        throw new FlushPublish.FlushAbandoned("segment " + before.number() + " is gone");
      }
    }
    cold.addMoveTo(batch, table, user, after);
  }

  /** The file is there already; the other one goes. */
  @Override
  public boolean freesSpace() {
    return true;
  }

  /** Files come and go with it. */
  @Override
  public Boolean isSynced() {
    return true;
  }

  @Override
  public void applied(long seq) {
    cold.published(table, user, List.of(after), List.of(before), seq);
  }
}
