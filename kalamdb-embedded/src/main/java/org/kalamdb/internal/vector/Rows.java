package org.kalamdb.internal.vector;

import org.jspecify.annotations.Nullable;

/** Single rows of batches as Java values. */
public final class Rows {
  private Rows() {}

  /** The row's values, each in the Java class of its type, in a new array. */
  public static @Nullable Object[] read(RecordBatch batch, int row) {
    @Nullable Object[] values = new @Nullable Object[batch.columnCount()];
    for (int i = 0; i < values.length; i++) {
      values[i] = VectorTypes.readValue(batch.column(i), batch.types().get(i), row);
    }
    return values;
  }
}
