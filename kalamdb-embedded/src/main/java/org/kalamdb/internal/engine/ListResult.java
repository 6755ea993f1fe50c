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
  private final @Nullable Engine engine;
  private @Nullable LentBatch lent;
  private boolean closed;

  ListResult(List<ResultColumn> columns, List<Row> rows) {
    this(columns, rows, -1);
  }

  ListResult(List<ResultColumn> columns, List<Row> rows, long updateCount) {
    this(columns, rows, updateCount, null);
  }

  /**
   * @param engine gives memory to rows asked for as vectors; null if the statement's rows do not
   *     come as vectors
   */
  ListResult(
      List<ResultColumn> columns, List<Row> rows, long updateCount, @Nullable Engine engine) {
    this.columns = columns;
    this.rows = rows.iterator();
    this.updateCount = updateCount;
    this.engine = engine;
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
    if (closed) {
      throw new KalamException(ErrorCode.CONNECTION_DOES_NOT_EXIST, "The result is closed");
    }
    Engine lender = engine;
    if (lender == null) {
      throw new KalamException(
          ErrorCode.FEATURE_NOT_SUPPORTED, "This statement's rows do not come as Arrow vectors");
    }
    dropBatch();
    if (!rows.hasNext()) {
      return null;
    }
    lender.enter();
    try {
      LentBatch batch = new LentBatch(nextRows(lender.allocator()));
      lent = batch;
      lender.batchLent(this);
      return batch;
    } finally {
      lender.exit();
    }
  }

  private RecordBatch nextRows(BufferAllocator memory) {
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
    return new RecordBatch(columns.stream().map(ResultColumn::type).toList(), vectors, count);
  }

  private void dropBatch() {
    LentBatch old = lent;
    lent = null;
    if (old != null && engine != null) {
      old.close();
      engine.batchReturned(this);
    }
  }

  @Override
  public void close() {
    closed = true;
    dropBatch();
  }
}
