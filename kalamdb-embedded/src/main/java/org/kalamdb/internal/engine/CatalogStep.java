package org.kalamdb.internal.engine;

import java.util.function.BiFunction;
import java.util.function.LongConsumer;
import org.kalamdb.internal.catalog.CatalogSnapshot;
import org.kalamdb.internal.storage.kv.KvWriteBatch;

/**
 * What one catalog statement does. In a transaction it is done twice: to the catalog the
 * transaction sees, where its puts are thrown away, and at COMMIT to the newest one.
 *
 * @param change gives the catalog that follows and adds its puts; refuses what cannot be
 * @param applied told the commit's number when it is in the log, under the commit lock
 * @param published told the commit's number when it is visible
 */
record CatalogStep(
    BiFunction<CatalogSnapshot, KvWriteBatch, CatalogSnapshot> change,
    LongConsumer applied,
    LongConsumer published) {
  static CatalogStep of(BiFunction<CatalogSnapshot, KvWriteBatch, CatalogSnapshot> change) {
    return new CatalogStep(change, seq -> {}, seq -> {});
  }

  /** Commits it at once, or leaves it to the COMMIT of the session's open transaction. */
  void run(Engine engine, EngineSession session, String statement) {
    SessionTransaction open = session.transaction();
    if (open == null) {
      published.accept(engine.commit(new CatalogChange(engine.pipeline(), change, applied)));
    } else {
      open.checkWritable(statement);
      open.stage(this);
    }
  }
}
