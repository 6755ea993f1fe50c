package org.kalamdb.internal.exec;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.FieldVector;
import org.kalamdb.internal.vector.ColumnView;
import org.kalamdb.internal.vector.ColumnWriter;
import org.kalamdb.internal.vector.RowHasher;
import org.kalamdb.schema.DataType;

/**
 * Rows of key columns, appended one at a time and kept in chunks of {@value #CHUNK_ROWS}: what is
 * stored is never moved, so growing needs no memory beside that of the new rows.
 */
final class KeyChunks implements AutoCloseable {
  private static final int CHUNK_BITS = 10;
  private static final int CHUNK_ROWS = 1 << CHUNK_BITS;
  private static final int CHUNK_MASK = CHUNK_ROWS - 1;

  private final List<DataType> types;
  private final BufferAllocator allocator;
  private final List<ColumnWriter> writers = new ArrayList<>();

  /** Of each chunk, a view of each column. */
  private ColumnView[][] views = new ColumnView[4][];

  private int rowCount;

  KeyChunks(List<DataType> types, BufferAllocator allocator) {
    this.types = types;
    this.allocator = allocator;
  }

  /** Appends the keys of a row. */
  void append(ColumnView[] keys, int row) {
    int chunk = rowCount >> CHUNK_BITS;
    int at = rowCount & CHUNK_MASK;
    if (at == 0) {
      addChunk(chunk);
    }
    int first = chunk * keys.length;
    for (int i = 0; i < keys.length; i++) {
      ColumnWriter writer = writers.get(first + i);
      writer.copyValue(at, keys[i], row);
      views[chunk][i] = writer.finish(at + 1);
    }
    rowCount++;
  }

  private void addChunk(int chunk) {
    if (chunk == views.length) {
      views = Arrays.copyOf(views, 2 * chunk);
    }
    views[chunk] = new ColumnView[types.size()];
    for (DataType type : types) {
      ColumnWriter writer = new ColumnWriter(type, allocator);
      writers.add(writer);
      writer.begin(CHUNK_ROWS);
    }
  }

  /** Whether stored row {@code stored} has the keys, NULL being equal to NULL. */
  boolean isEqual(ColumnView[] keys, int row, int stored) {
    return RowHasher.equal(keys, row, views[stored >> CHUNK_BITS], stored & CHUNK_MASK);
  }

  /** A new vector of column {@code index} of the rows {@code from} to {@code to - 1}. */
  FieldVector copy(int index, int from, int to, BufferAllocator target) {
    try (ColumnWriter out = new ColumnWriter(types.get(index), target)) {
      out.begin(to - from);
      for (int row = from; row < to; row++) {
        out.copyValue(row - from, views[row >> CHUNK_BITS][index], row & CHUNK_MASK);
      }
      return out.takeVector(to - from);
    }
  }

  @Override
  public void close() {
    views = new ColumnView[4][];
    rowCount = 0;
    List<ColumnWriter> owned = List.copyOf(writers);
    writers.clear();
    Closeables.closeAll(owned);
  }
}
