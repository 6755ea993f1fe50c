package org.kalamdb.internal.engine;

import java.util.function.BiFunction;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;
import org.kalamdb.internal.catalog.CatalogSnapshot;
import org.kalamdb.internal.storage.kv.KvWriteBatch;
import org.kalamdb.internal.txn.Commit;
import org.kalamdb.internal.txn.CommitPipeline;

/**
 * A DDL statement as a commit: looks at the newest catalog under the commit lock, adds its puts,
 * and gives the catalog that follows.
 */
final class CatalogChange implements Commit {
  private final CommitPipeline pipeline;
  private final BiFunction<CatalogSnapshot, KvWriteBatch, CatalogSnapshot> change;
  private final LongConsumer afterwards;
  private @Nullable CatalogSnapshot changed;
  private boolean drops;

  /**
   * @param afterwards told the commit's number when it is in the log, under the commit lock
   */
  CatalogChange(
      CommitPipeline pipeline,
      BiFunction<CatalogSnapshot, KvWriteBatch, CatalogSnapshot> change,
      LongConsumer afterwards) {
    this.pipeline = pipeline;
    this.change = change;
    this.afterwards = afterwards;
  }

  @Override
  public void addTo(KvWriteBatch batch, long seq) {
    CatalogSnapshot before = pipeline.newestCatalog();
    changed = SchemaHistory.noted(before, change.apply(before, batch), batch, seq);
    for (int i = 0; i < batch.size(); i++) {
      drops |= batch.kind(i) == KvWriteBatch.Kind.DELETE_RANGE;
    }
  }

  /** All that is stored of a table goes. */
  @Override
  public boolean freesSpace() {
    return drops;
  }

  /** Files come and go with it. */
  @Override
  public Boolean isSynced() {
    return true;
  }

  @Override
  public void applied(long seq) {
    afterwards.accept(seq);
  }

  @Override
  public @Nullable CatalogSnapshot catalog() {
    return changed;
  }
}
