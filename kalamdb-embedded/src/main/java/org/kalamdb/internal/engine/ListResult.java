package org.kalamdb.internal.engine;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.FieldVector;
import org.jspecify.annotations.Nullable;
import org.kalamdb.error.ErrorCode;
import org.kalamdb.error.KalamException;
import org.kalamdb.internal.vector.RecordBatch;
import org.kalamdb.internal.vector.VectorTypes;
import org.kalamdb.query.ResultBatch;
import org.kalamdb.query.ResultColumn;
import org.kalamdb.query.Row;

/** Rows that are all there: of SHOW and maintenance statements, RETURNING and point reads. */
final class ListResult extends AbstractResult {
  private final List<ResultColumn> columns;
  private final long updateCount;
  private final Iterator<Row> rows;
  private final @Nullable BufferAllocator allocator;
  private @Nullable RecordBatch lent;

  ListResult(List<ResultColumn> columns, List<Row> rows) {
    this(columns, rows, -1);
  }

  ListResult(List<ResultColumn> columns, List<Row> rows, long updateCount) {
    this(columns, rows, updateCount, null);
  }

  /**
   * @param allocator for rows asked for as vectors; null if the statement's rows do not come as
   *     vectors
   */
  ListResult(
      List<ResultColumn> columns,
      List<Row> rows,
      long updateCount,
      @Nullable BufferAllocator allocator) {
    this.columns = columns;
    this.rows = rows.iterator();
    this.updateCount = updateCount;
    this.allocator = allocator;
  }

  /** The result of a statement without rows of its own. */
  static ListResult ofCount(long updateCount) {
    return new ListResult(List.of(), List.of(), updateCount);
  }

  @Override
  public List<ResultColumn> columns() {
    return columns;
  }

  @Override
  public long updateCount() {
    return updateCount;
  }

  @Override
  public Iterator<Row> iterator() {
    return rows;
  }

  @Override
  public @Nullable ResultBatch nextBatch() {
    BufferAllocator memory = allocator;
    if (memory == null) {
      throw new KalamException(
          ErrorCode.FEATURE_NOT_SUPPORTED, "This statement's rows do not come as Arrow vectors");
    }
    dropBatch();
    if (!rows.hasNext()) {
      return null;
    }
    List<FieldVector> vectors = new ArrayList<>();
    int count = 0;
    try {
      for (ResultColumn column : columns) {
        vectors.add(VectorTypes.createVector(column.name(), column.type(), memory));
      }
      for (; count < RecordBatch.MAX_ROWS && rows.hasNext(); count++) {
        Row row = rows.next();
        for (int i = 0; i < vectors.size(); i++) {
          VectorTypes.writeValue(vectors.get(i), columns.get(i).type(), count, row.get(i));
        }
      }
    } catch (RuntimeException | Error e) {
      vectors.forEach(FieldVector::close);
      throw e;
    }
    for (FieldVector vector : vectors) {
      vector.setValueCount(count);
    }
    lent = new RecordBatch(columns.stream().map(ResultColumn::type).toList(), vectors, count);
    return new OperatorResult.LentBatch(lent);
  }

  private void dropBatch() {
    RecordBatch old = lent;
    lent = null;
    if (old != null) {
      old.close();
    }
  }

  @Override
  public void close() {
    dropBatch();
  }
}
