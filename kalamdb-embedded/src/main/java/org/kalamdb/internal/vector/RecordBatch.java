package org.kalamdb.internal.vector;

import java.util.List;
import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.vector.FieldVector;
import org.kalamdb.schema.DataType;

/**
 * Some rows as columns: the unit of data between operators and the owner of its vectors. A filter
 * narrows {@link #selection()} and leaves the vectors alone. Not thread-safe.
 */
public final class RecordBatch implements AutoCloseable {
  /** The most rows an operator puts into a batch. */
  public static final int MAX_ROWS = 4096;

  private final List<DataType> types;
  private List<FieldVector> columns;
  private final int rowCount;
  private SelectionVector selection;

  /** Takes ownership of the vectors, each of which has {@code rowCount} values. */
  public RecordBatch(List<DataType> types, List<? extends FieldVector> columns, int rowCount) {
    this(types, columns, rowCount, SelectionVector.all(rowCount));
  }

  public RecordBatch(
      List<DataType> types,
      List<? extends FieldVector> columns,
      int rowCount,
      SelectionVector selection) {
    this.types = List.copyOf(types);
    this.columns = List.copyOf(columns);
    this.rowCount = rowCount;
    this.selection = selection;
  }

  public int columnCount() {
    return columns.size();
  }

  /** The vector, lent. */
  public FieldVector column(int index) {
    return columns.get(index);
  }

  public List<DataType> types() {
    return types;
  }

  /** Rows in the vectors, active or not. */
  public int rowCount() {
    return rowCount;
  }

  /** The rows that count. */
  public SelectionVector selection() {
    return selection;
  }

  public void select(SelectionVector narrower) {
    this.selection = narrower;
  }

  /** Memory of the vectors, used or not. */
  public long bytes() {
    long bytes = 0;
    for (FieldVector column : columns) {
      for (ArrowBuf buffer : column.getBuffers(false)) {
        bytes += buffer.capacity();
      }
    }
    return bytes;
  }

  /** Hands all vectors to the caller, who closes them; closing the batch then does nothing. */
  public List<FieldVector> takeColumns() {
    List<FieldVector> taken = columns;
    columns = List.of();
    return taken;
  }

  @Override
  public void close() {
    for (FieldVector column : columns) {
      column.close();
    }
  }
}
