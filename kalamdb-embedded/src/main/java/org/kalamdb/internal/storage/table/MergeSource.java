package org.kalamdb.internal.storage.table;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.PriorityQueue;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.FieldVector;
import org.jspecify.annotations.Nullable;
import org.kalamdb.internal.storage.BatchSource;
import org.kalamdb.internal.storage.ScanRequest;
import org.kalamdb.internal.storage.ScanStatistics;
import org.kalamdb.internal.vector.RecordBatch;
import org.kalamdb.internal.vector.SelectionVector;
import org.kalamdb.internal.vector.VectorTypes;
import org.kalamdb.schema.DataType;

/**
 * Sources in key order, merged into one. A source whose bound shows that it has nothing to say yet
 * is not even opened, and a batch that ends before any other source begins is passed on as it is:
 * so the last rows of a partition cost a look at its newest segment only. Keys differ between
 * sources, since each has one current version.
 */
final class MergeSource implements BatchSource {
  private final List<KeyedSource> sources;
  private final List<DataType> types;
  private final BufferAllocator allocator;
  private final boolean descending;
  private final List<Cursor> all = new ArrayList<>();
  private final PriorityQueue<Cursor> cursors;
  private long remaining;

  /**
   * Takes over the sources, also if it fails. They may put out columns after those of the request,
   * for their keys; they are dropped.
   */
  MergeSource(
      List<KeyedSource> sources,
      ScanRequest request,
      List<DataType> types,
      BufferAllocator allocator) {
    this.sources = sources;
    this.types = types;
    this.allocator = allocator;
    this.descending = request.order() == ScanRequest.Order.DESCENDING;
    this.remaining = request.limit();
    this.cursors = new PriorityQueue<>(Math.max(1, sources.size()), this::compare);
    try {
      for (KeyedSource source : sources) {
        Cursor cursor = new Cursor(source);
        all.add(cursor);
        if (cursor.head != null || cursor.advanceBatch()) {
          cursors.add(cursor);
        }
      }
    } catch (RuntimeException | Error e) {
      all.forEach(Cursor::closeBatch);
      UnionSource.closeAll(sources);
      throw e;
    }
  }

  private int compare(Cursor left, Cursor right) {
    return compare(left.headKey(), right.headKey());
  }

  private int compare(byte[] left, byte[] right) {
    int order = Arrays.compareUnsigned(left, right);
    return descending ? -order : order;
  }

  /** A source, its current batch, and the key it goes on with (or cannot go on before). */
  private static final class Cursor {
    final KeyedSource source;
    byte @Nullable [] head;
    @Nullable RecordBatch batch;
    int position;

    Cursor(KeyedSource source) {
      this.source = source;
      this.head = source.bound();
    }

    byte[] headKey() {
      byte[] key = head;
      if (key == null) {
        throw new IllegalStateException("The cursor is at its end");
      }
      return key;
    }

    /** Goes to the first row of the next batch that has one; false at the end. */
    boolean advanceBatch() {
      closeBatch();
      while (true) {
        RecordBatch next = source.next();
        if (next == null) {
          head = null;
          return false;
        }
        if (next.selection().size() > 0) {
          batch = next;
          position = 0;
          head = source.viewKey(next.selection().get(0));
          return true;
        }
        next.close();
      }
    }

    byte[] keyAt(SelectionVector selection, int index) {
      return source.viewKey(selection.get(index));
    }

    void closeBatch() {
      RecordBatch old = batch;
      batch = null;
      if (old != null) {
        old.close();
      }
    }
  }

  @Override
  public @Nullable RecordBatch next() {
    List<FieldVector> output = null;
    int rows = 0;
    try {
      while (remaining > 0 && rows < RecordBatch.MAX_ROWS) {
        Cursor cursor = cursors.poll();
        if (cursor == null) {
          break;
        }
        RecordBatch batch = cursor.batch;
        if (batch == null) {
          if (cursor.advanceBatch()) {
            cursors.add(cursor);
          }
          continue;
        }
        Cursor other = cursors.peek();
        SelectionVector selection = batch.selection();
        int end = endOfRun(cursor, selection, other);
        if (cursor.position == 0 && end == selection.size() && end <= remaining) {
          if (rows > 0) {
            cursors.add(cursor);
            break;
          }
          cursor.batch = null;
          remaining -= end;
          // The batch leaves with its rows; the cursor goes on with the next one when asked.
          cursor.head = cursor.keyAt(selection, end - 1);
          cursors.add(cursor);
          return firstColumns(batch);
        }
        if (output == null) {
          output = createVectors();
        }
        int take =
            (int) Math.min(Math.min(end - cursor.position, remaining), RecordBatch.MAX_ROWS - rows);
        for (int i = 0; i < take; i++) {
          copyRow(batch, selection.get(cursor.position + i), output, rows + i);
        }
        rows += take;
        remaining -= take;
        cursor.position += take;
        if (cursor.position < selection.size()) {
          cursor.head = cursor.keyAt(selection, cursor.position);
          cursors.add(cursor);
        } else if (cursor.advanceBatch()) {
          cursors.add(cursor);
        }
      }
      if (output == null || rows == 0) {
        return null;
      }
      for (FieldVector vector : output) {
        vector.setValueCount(rows);
      }
      RecordBatch merged = new RecordBatch(types, output, rows);
      output = null;
      return merged;
    } finally {
      if (output != null) {
        output.forEach(FieldVector::close);
      }
    }
  }

  /** How far the batch goes on before the other source has its turn; at least one row. */
  private int endOfRun(Cursor cursor, SelectionVector selection, @Nullable Cursor other) {
    int size = selection.size();
    if (other == null || compare(cursor.keyAt(selection, size - 1), other.headKey()) <= 0) {
      return size;
    }
    int low = cursor.position + 1;
    int high = size - 1;
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (compare(cursor.keyAt(selection, middle), other.headKey()) <= 0) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }

  private RecordBatch firstColumns(RecordBatch batch) {
    if (batch.columnCount() == types.size()) {
      return batch;
    }
    int[] first = new int[types.size()];
    Arrays.setAll(first, i -> i);
    return batch.rearrange(types, first, List.of());
  }

  private List<FieldVector> createVectors() {
    List<FieldVector> vectors = new ArrayList<>();
    for (int i = 0; i < types.size(); i++) {
      vectors.add(VectorTypes.createVector("c" + i, types.get(i), allocator));
    }
    return vectors;
  }

  private static void copyRow(RecordBatch from, int row, List<FieldVector> to, int at) {
    for (int i = 0; i < to.size(); i++) {
      to.get(i).copyFromSafe(row, at, from.column(i));
    }
  }

  @Override
  public ScanStatistics statistics() {
    ScanStatistics sum = new ScanStatistics();
    sources.forEach(source -> sum.add(source.statistics()));
    return sum;
  }

  @Override
  public void close() {
    all.forEach(Cursor::closeBatch);
    UnionSource.closeAll(sources);
  }
}
