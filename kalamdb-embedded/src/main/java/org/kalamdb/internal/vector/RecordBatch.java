package org.kalamdb.internal.vector;

import java.util.ArrayList;
import java.util.List;
import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.vector.FieldVector;
import org.jspecify.annotations.Nullable;
import org.kalamdb.schema.DataType;

/**
 * Some rows as columns: the unit of data between operators and the owner of its vectors. A filter
 * narrows {@link #selection()} and leaves the vectors alone. Not thread-safe.
 */
public final class RecordBatch implements AutoCloseable {
  /** The most rows an operator puts into a batch. */
  public static final int MAX_ROWS = 4096;

  private final List<DataType> types;

  /** Null where the column has not been looked at yet. */
  private final @Nullable FieldVector[] columns;

  /** What to read columns from; null for all of them where they were there from the beginning. */
  private final @Nullable LazyColumn @Nullable [] lazy;

  private final int rowCount;
  private SelectionVector selection;
  private boolean taken;

  /** Takes ownership of the vectors, each of which has {@code rowCount} values. */
  public RecordBatch(List<DataType> types, List<? extends FieldVector> columns, int rowCount) {
    this(types, columns, rowCount, SelectionVector.all(rowCount));
  }

  public RecordBatch(
      List<DataType> types,
      List<? extends FieldVector> columns,
      int rowCount,
      SelectionVector selection) {
    this(types, columns.toArray(new FieldVector[0]), null, rowCount, selection);
  }

  private RecordBatch(
      List<DataType> types,
      @Nullable FieldVector[] columns,
      @Nullable LazyColumn @Nullable [] lazy,
      int rowCount,
      SelectionVector selection) {
    this.types = List.copyOf(types);
    this.columns = columns;
    this.lazy = lazy;
    this.rowCount = rowCount;
    this.selection = selection;
  }

  /** A batch, and the owner, of columns that are read when they are looked at. */
  public static RecordBatch ofLazy(
      List<DataType> types,
      List<? extends LazyColumn> columns,
      int rowCount,
      SelectionVector selection) {
    return new RecordBatch(
        types,
        new FieldVector[columns.size()],
        columns.toArray(new LazyColumn[0]),
        rowCount,
        selection);
  }

  /**
   * A batch of the same rows, which takes columns of this one over, each once at most, and is the
   * owner of others; this one is closed.
   *
   * @param positions of each column the one of this batch, or -1 for the next of {@code others}
   */
  public RecordBatch rearrange(
      List<DataType> newTypes, int[] positions, List<? extends FieldVector> others) {
    @Nullable FieldVector[] moved = new FieldVector[positions.length];
    @Nullable LazyColumn[] movedLazy = new LazyColumn[positions.length];
    int next = 0;
    for (int i = 0; i < positions.length; i++) {
      int from = positions[i];
      if (from < 0) {
        moved[i] = others.get(next++);
      } else {
        moved[i] = columns[from];
        columns[from] = null;
        if (lazy != null) {
          movedLazy[i] = lazy[from];
          lazy[from] = null;
        }
      }
    }
    close();
    return new RecordBatch(newTypes, moved, movedLazy, rowCount, selection);
  }

  public int columnCount() {
    return columns.length;
  }

  /** The vector, lent. */
  public FieldVector column(int index) {
    FieldVector known = columns[index];
    if (known == null) {
      LazyColumn source = lazy == null ? null : lazy[index];
      if (source == null) {
        throw new IllegalStateException("The batch has no column " + index + " any more");
      }
      known = source.view();
      columns[index] = known;
    }
    return known;
  }

  /**
   * Numbers that stand for the values of the column, which need not be read then; null where the
   * source has none. Lent until the source of the batch goes on.
   */
  public @Nullable DictionaryCodes codes(int index) {
    LazyColumn source = lazy == null ? null : lazy[index];
    return source == null ? null : source.codes();
  }

  /** Reads all columns, so that another thread can have the batch. */
  public void load() {
    if (lazy != null) {
      for (int i = 0; i < columns.length; i++) {
        LazyColumn source = lazy[i];
        if (source != null) {
          source.load();
          columns[i] = source.view();
        }
      }
    }
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

  /** Memory of the vectors that are there, used or not. */
  public long bytes() {
    long bytes = 0;
    for (FieldVector column : columns) {
      if (column != null) {
        for (ArrowBuf buffer : column.getBuffers(false)) {
          bytes += buffer.capacity();
        }
      }
    }
    return bytes;
  }

  /** Hands all vectors to the caller, who closes them; closing the batch then does nothing. */
  public List<FieldVector> takeColumns() {
    for (int i = 0; i < columns.length; i++) {
      column(i);
    }
    List<FieldVector> all = new ArrayList<>();
    for (int i = 0; i < columns.length; i++) {
      LazyColumn source = lazy == null ? null : lazy[i];
      all.add(source == null ? column(i) : source.take());
    }
    taken = true;
    return List.copyOf(all);
  }

  @Override
  public void close() {
    if (taken) {
      return;
    }
    for (int i = 0; i < columns.length; i++) {
      LazyColumn source = lazy == null ? null : lazy[i];
      FieldVector column = columns[i];
      if (source != null) {
        source.close();
      } else if (column != null) {
        column.close();
      }
    }
  }
}
