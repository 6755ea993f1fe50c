package org.kalamdb.internal.storage.table;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.kalamdb.internal.storage.BatchSource;
import org.kalamdb.internal.storage.ScanStatistics;
import org.kalamdb.internal.vector.RecordBatch;

/** One source after the other. */
final class UnionSource implements BatchSource {
  private final List<? extends BatchSource> sources;
  private int current;

  UnionSource(List<? extends BatchSource> sources) {
    this.sources = sources;
  }

  @Override
  public @Nullable RecordBatch next() {
    while (current < sources.size()) {
      RecordBatch batch = sources.get(current).next();
      if (batch != null) {
        return batch;
      }
      current++;
    }
    return null;
  }

  @Override
  public long skipKnown() {
    return sources.stream().mapToLong(BatchSource::skipKnown).sum();
  }

  @Override
  public ScanStatistics statistics() {
    return sum(sources);
  }

  static ScanStatistics sum(List<? extends BatchSource> sources) {
    ScanStatistics sum = new ScanStatistics();
    sources.forEach(source -> sum.add(source.statistics()));
    return sum;
  }

  @Override
  public void close() {
    closeAll(sources);
  }

  /** Closes every source, later failures suppressed in the first. */
  static void closeAll(List<? extends BatchSource> sources) {
    RuntimeException first = null;
    for (BatchSource source : sources) {
      try {
        source.close();
      } catch (RuntimeException e) {
        if (first == null) {
          first = e;
        } else {
          first.addSuppressed(e);
        }
      }
    }
    if (first != null) {
      throw first;
    }
  }
}
