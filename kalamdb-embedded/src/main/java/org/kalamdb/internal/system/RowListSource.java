package org.kalamdb.internal.system;

import java.util.ArrayList;
import java.util.List;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.FieldVector;
import org.jspecify.annotations.Nullable;
import org.kalamdb.internal.storage.BatchSource;
import org.kalamdb.internal.storage.ScanRequest;
import org.kalamdb.internal.storage.ScanStatistics;
import org.kalamdb.internal.vector.ColumnWriter;
import org.kalamdb.internal.vector.RecordBatch;
import org.kalamdb.schema.DataType;

/** Rows of Java values as batches of the columns that a scan asks for. */
final class RowListSource implements BatchSource {
  private final List<@Nullable Object[]> rows;
  private final List<Integer> columns;
  private final List<DataType> types;
  private final BufferAllocator allocator;
  private final ScanStatistics statistics = new ScanStatistics();
  private int next;

  RowListSource(List<@Nullable Object[]> rows, ScanRequest request, BufferAllocator allocator) {
    this.rows = rows;
    this.columns = request.columns();
    this.types =
        columns.stream().map(column -> request.table().schema().column(column).type()).toList();
    this.allocator = allocator;
  }

  @Override
  public @Nullable RecordBatch next() {
    int n = Math.min(RecordBatch.MAX_ROWS, rows.size() - next);
    if (n <= 0) {
      return null;
    }
    List<FieldVector> vectors = new ArrayList<>();
    try {
      for (int c = 0; c < types.size(); c++) {
        try (ColumnWriter out = new ColumnWriter(types.get(c), allocator)) {
          out.begin(n);
          for (int r = 0; r < n; r++) {
            out.setObject(r, rows.get(next + r)[columns.get(c)]);
          }
          vectors.add(out.takeVector(n));
        }
      }
    } catch (Throwable e) {
      vectors.forEach(FieldVector::close);
      throw e;
    }
    next += n;
    return new RecordBatch(types, vectors, n);
  }

  @Override
  public ScanStatistics statistics() {
    return statistics;
  }

  @Override
  public void close() {
    next = rows.size();
  }
}
