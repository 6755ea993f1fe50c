package org.kalamdb.internal.exec;

import java.util.ArrayList;
import java.util.List;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.util.TransferPair;
import org.jspecify.annotations.Nullable;
import org.kalamdb.internal.sql.plan.ExpandSets;
import org.kalamdb.internal.vector.ColumnWriter;
import org.kalamdb.internal.vector.RecordBatch;
import org.kalamdb.internal.vector.SelectionVector;
import org.kalamdb.schema.DataType;

/** Puts out each batch once for each grouping set; the copies share the batch's buffers. */
final class ExpandSetsOperator implements Operator {
  private final Operator input;
  private final List<DataType> shown;
  private final int[] keys;
  private final List<List<Integer>> sets;
  private final boolean hasPresent;
  private final List<DataType> types;
  private final BufferAllocator allocator;
  private @Nullable RecordBatch current;
  private int nextSet;
  private boolean rowSeen;
  private boolean ended;

  /**
   * Expands by columns of the input.
   *
   * @param shown types of the input's first columns, which are put out
   * @param keys positions
   */
  ExpandSetsOperator(
      Operator input,
      List<DataType> shown,
      int[] keys,
      ExpandSets expand,
      ExecutionContext context) {
    this.input = input;
    this.shown = shown;
    this.keys = keys;
    this.sets = expand.sets();
    this.hasPresent = expand.hasPresent();
    this.types = expand.columns().stream().map(column -> column.type()).toList();
    this.allocator = context.allocator();
  }

  @Override
  public @Nullable RecordBatch next() {
    if (ended) {
      return nextAbsent();
    }
    if (current == null) {
      current = input.next();
      nextSet = 0;
      if (current == null) {
        ended = true;
        return nextAbsent();
      }
      rowSeen |= current.selection().size() > 0;
    }
    RecordBatch batch = expanded(current, sets.get(nextSet));
    if (++nextSet == sets.size()) {
      RecordBatch done = current;
      current = null;
      done.close();
    }
    return batch;
  }

  private RecordBatch expanded(RecordBatch batch, List<Integer> set) {
    int rows = batch.rowCount();
    List<FieldVector> vectors = new ArrayList<>();
    try {
      for (int i = 0; i < shown.size(); i++) {
        vectors.add(shared(batch.column(i), rows));
      }
      for (int i = 0; i < keys.length; i++) {
        vectors.add(
            set.contains(i)
                ? shared(batch.column(keys[i]), rows)
                : nulls(types.get(shown.size() + i), rows));
      }
      addOwn(vectors, rows, true);
      return new RecordBatch(types, vectors, rows, batch.selection());
    } catch (Throwable e) {
      Closeables.closeAfter(e, vectors);
      throw e;
    }
  }

  /** A row that is none, for the next empty set of an input without rows. */
  private @Nullable RecordBatch nextAbsent() {
    if (rowSeen || !hasPresent) {
      return null;
    }
    while (nextSet < sets.size() && !sets.get(nextSet).isEmpty()) {
      nextSet++;
    }
    if (nextSet == sets.size()) {
      return null;
    }
    List<FieldVector> vectors = new ArrayList<>();
    try {
      for (int i = 0; i < shown.size() + keys.length; i++) {
        vectors.add(nulls(types.get(i), 1));
      }
      addOwn(vectors, 1, false);
      nextSet++;
      return new RecordBatch(types, vectors, 1, SelectionVector.all(1));
    } catch (Throwable e) {
      Closeables.closeAfter(e, vectors);
      throw e;
    }
  }

  /** The number of the set, and whether the rows are some. */
  private void addOwn(List<FieldVector> vectors, int rows, boolean present) {
    try (ColumnWriter out = new ColumnWriter(DataType.INTEGER, allocator)) {
      out.begin(rows);
      for (int row = 0; row < rows; row++) {
        out.setInt(row, nextSet);
      }
      out.setAllValid(rows);
      vectors.add(out.takeVector(rows));
    }
    if (hasPresent) {
      try (ColumnWriter out = new ColumnWriter(DataType.BOOLEAN, allocator)) {
        out.begin(rows);
        for (int row = 0; row < rows; row++) {
          out.setBoolean(row, present);
        }
        out.setAllValid(rows);
        vectors.add(out.takeVector(rows));
      }
    }
  }

  private FieldVector shared(FieldVector vector, int rows) {
    TransferPair pair = vector.getTransferPair(allocator);
    pair.splitAndTransfer(0, rows);
    return (FieldVector) pair.getTo();
  }

  private FieldVector nulls(DataType type, int rows) {
    try (ColumnWriter out = new ColumnWriter(type, allocator)) {
      out.begin(rows);
      return out.takeVector(rows);
    }
  }

  @Override
  public void close() {
    RecordBatch batch = current;
    current = null;
    Closeables.closeAll(input, batch);
  }
}
