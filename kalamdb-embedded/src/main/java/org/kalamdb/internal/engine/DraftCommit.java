package org.kalamdb.internal.engine;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.kalamdb.internal.catalog.CatalogSnapshot;
import org.kalamdb.internal.catalog.TableDefinition;
import org.kalamdb.internal.feed.Change;
import org.kalamdb.internal.storage.kv.KvWriteBatch;
import org.kalamdb.internal.txn.Commit;
import org.kalamdb.internal.txn.CommitPipeline;
import org.kalamdb.internal.txn.TransactionCommit;

/** Changes of the catalog, then rows, in one commit. */
final class DraftCommit implements Commit {
  private final CommitPipeline pipeline;
  private final List<CatalogStep> steps;
  private final DraftedEntries drafted;
  private final TransactionCommit rows;
  private @Nullable CatalogSnapshot changed;

  /**
   * @param drafted entries of indexes that the steps make; with them the indexes are ready
   */
  DraftCommit(
      CommitPipeline pipeline,
      List<CatalogStep> steps,
      DraftedEntries drafted,
      TransactionCommit rows) {
    this.pipeline = pipeline;
    this.steps = steps;
    this.drafted = drafted;
    this.rows = rows;
  }

  @Override
  public void addTo(KvWriteBatch batch, long seq) {
    CatalogSnapshot before = pipeline.newestCatalog();
    CatalogSnapshot following = before;
    for (CatalogStep step : steps) {
      following = step.change().apply(following, batch);
    }
    drafted.addTo(batch, following);
    for (int number : drafted.tables()) {
      TableDefinition table = following.table(number);
      if (table != null && !table.constraints().isReady()) {
        following = ForeignKeyChanges.put(following, batch, table.asReady());
      }
    }
    following = SchemaHistory.noted(before, following, batch, seq);
    changed = following;
    rows.addTo(batch, seq, following);
  }

  /** Files come and go with it. */
  @Override
  public Boolean isSynced() {
    return true;
  }

  @Override
  public void applied(long seq) {
    steps.forEach(step -> step.applied().accept(seq));
    rows.applied(seq);
  }

  @Override
  public List<Change> changes() {
    return rows.changes();
  }

  @Override
  public @Nullable CatalogSnapshot catalog() {
    return changed;
  }
}
