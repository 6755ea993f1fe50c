package org.kalamdb.internal.storage.table;

import org.jspecify.annotations.Nullable;
import org.kalamdb.internal.storage.ScanStatistics;
import org.kalamdb.internal.storage.hot.HotScan;
import org.kalamdb.internal.vector.RecordBatch;

/** Hot rows as a source to merge. */
record HotSource(HotScan scan) implements KeyedSource {
  @Override
  public @Nullable RecordBatch next() {
    return scan.next();
  }

  @Override
  public byte[] viewKey(int row) {
    return scan.viewKey(row);
  }

  @Override
  public byte @Nullable [] bound() {
    return null;
  }

  @Override
  public ScanStatistics statistics() {
    return scan.statistics();
  }

  @Override
  public void close() {
    scan.close();
  }
}
