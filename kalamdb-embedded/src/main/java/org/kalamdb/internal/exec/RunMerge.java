package org.kalamdb.internal.exec;

import java.util.ArrayList;
import java.util.List;
import java.util.PriorityQueue;
import org.apache.arrow.vector.FieldVector;
import org.jspecify.annotations.Nullable;
import org.kalamdb.internal.vector.ColumnView;
import org.kalamdb.internal.vector.ColumnWriter;
import org.kalamdb.internal.vector.RecordBatch;
import org.kalamdb.internal.vector.SelectionVector;
import org.kalamdb.schema.DataType;

/**
 * Merges inputs that are sorted into one that is. Of equal rows those of the earlier input come
 * first. Holds one batch of each input.
 */
final class RunMerge implements Operator {
  private final List<Cursor> cursors = new ArrayList<>();
  private final RowOrder order;
  private final List<DataType> types;
  private final int batchRows;
  private final ExecutionContext context;
  private final PriorityQueue<Cursor> queue;
  private boolean begun;

  /**
   * Takes the inputs, of whose columns the first are put out.
   *
   * @param batchRows rows of a batch
   */
  RunMerge(
      List<Operator> inputs,
      RowOrder order,
      List<DataType> types,
      int batchRows,
      ExecutionContext context) {
    this.batchRows = batchRows;
    this.order = order;
    this.types = types;
    this.context = context;
    for (Operator input : inputs) {
      cursors.add(new Cursor(input, cursors.size()));
    }
    this.queue = new PriorityQueue<>(Math.max(1, inputs.size()), this::compare);
  }

  private int compare(Cursor left, Cursor right) {
    int rows = order.compare(left.views, left.row(), right.views, right.row());
    return rows != 0 ? rows : Integer.compare(left.number, right.number);
  }

  /** An input and the row it is at. */
  private static final class Cursor implements AutoCloseable {
    private final Operator input;
    private final int number;
    private @Nullable RecordBatch batch;
    private ColumnView[] views = {};
    private int position;

    Cursor(Operator input, int number) {
      this.input = input;
      this.number = number;
    }

    int row() {
      return selection().get(position);
    }

    SelectionVector selection() {
      RecordBatch current = batch;
      if (current == null) {
        throw new IllegalStateException("The input is at its end");
      }
      return current.selection();
    }

    /** Goes to the first row of the next batch with one; false at the end. */
    boolean nextBatch() {
      closeBatch();
      RecordBatch next;
      while ((next = input.next()) != null) {
        if (next.selection().size() > 0) {
          batch = next;
          views = RowStore.viewsOf(next);
          position = 0;
          return true;
        }
        next.close();
      }
      return false;
    }

    private void closeBatch() {
      RecordBatch old = batch;
      batch = null;
      if (old != null) {
        old.close();
      }
    }

    @Override
    public void close() {
      Closeables.closeAll(input, batch);
      batch = null;
    }
  }

  @Override
  public @Nullable RecordBatch next() {
    if (!begun) {
      begun = true;
      for (Cursor cursor : cursors) {
        if (cursor.nextBatch()) {
          queue.add(cursor);
        }
      }
    }
    if (queue.isEmpty()) {
      return null;
    }
    context.cancel().check();
    List<ColumnWriter> writers = new ArrayList<>();
    List<FieldVector> vectors = new ArrayList<>();
    try {
      for (DataType type : types) {
        ColumnWriter writer = new ColumnWriter(type, context.allocator());
        writers.add(writer);
        writer.begin(batchRows);
      }
      int rows = 0;
      Cursor cursor = queue.poll();
      while (cursor != null && rows < batchRows) {
        int run = runLength(cursor, batchRows - rows);
        copy(cursor, run, writers, rows);
        rows += run;
        cursor.position += run;
        if (cursor.position < cursor.selection().size() || cursor.nextBatch()) {
          queue.add(cursor);
        }
        cursor = rows < batchRows ? queue.poll() : null;
      }
      for (ColumnWriter writer : writers) {
        vectors.add(writer.takeVector(rows));
      }
      return new RecordBatch(types, vectors, rows);
    } catch (Throwable e) {
      Closeables.closeAfter(e, vectors);
      throw e;
    } finally {
      Closeables.closeAll(writers);
    }
  }

  /** How many rows of the cursor come before those of all others; at least one. */
  private int runLength(Cursor cursor, int most) {
    Cursor other = queue.peek();
    int left = Math.min(most, cursor.selection().size() - cursor.position);
    if (other == null) {
      return left;
    }
    int from = cursor.position;
    int run = 1;
    while (run < left) {
      cursor.position = from + run;
      if (compare(cursor, other) > 0) {
        break;
      }
      run++;
    }
    cursor.position = from;
    return run;
  }

  private static void copy(Cursor cursor, int run, List<ColumnWriter> writers, int at) {
    SelectionVector selection = cursor.selection();
    for (int i = 0; i < writers.size(); i++) {
      ColumnWriter writer = writers.get(i);
      ColumnView source = cursor.views[i];
      for (int j = 0; j < run; j++) {
        writer.copyValue(at + j, source, selection.get(cursor.position + j));
      }
    }
  }

  @Override
  public void close() {
    queue.clear();
    Closeables.closeAll(cursors);
  }
}
