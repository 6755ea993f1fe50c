package org.kalamdb.internal.exec;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.kalamdb.internal.storage.BatchSource;
import org.kalamdb.internal.storage.ScanStatistics;
import org.kalamdb.internal.vector.RecordBatch;

/**
 * A scan divided into parts, each of which one thread reads. Parts are handed out in their order;
 * whoever hands them out sees to it that it is one thread at a time.
 */
final class ScanParts implements AutoCloseable {
  private final List<? extends BatchSource> parts;
  private int next;

  /** Takes the sources over. */
  ScanParts(List<? extends BatchSource> parts) {
    this.parts = parts;
  }

  int count() {
    return parts.size();
  }

  /** The next part, which stays the parts'; null if there are no more. */
  @Nullable BatchSource take() {
    return next < parts.size() ? parts.get(next++) : null;
  }

  boolean isEmpty() {
    return next == parts.size();
  }

  /** Of all parts; while no thread reads. */
  ScanStatistics statistics() {
    ScanStatistics sum = new ScanStatistics();
    parts.forEach(part -> sum.add(part.statistics()));
    return sum;
  }

  @Override
  public void close() {
    next = parts.size();
    Closeables.closeAll(parts);
  }

  /** The bottom of one thread's operators: reads one part after another. */
  static final class Reader implements Operator {
    private @Nullable BatchSource part;

    /** Goes on with a part, which stays the caller's. */
    void begin(BatchSource next) {
      part = next;
    }

    /** Null at the end of the part, whose resources are released then. */
    @Override
    public @Nullable RecordBatch next() {
      BatchSource open = part;
      if (open == null) {
        return null;
      }
      RecordBatch batch = open.next();
      if (batch == null) {
        part = null;
        open.close();
      }
      return batch;
    }

    @Override
    public void close() {
      part = null;
    }
  }
}
