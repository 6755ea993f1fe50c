package org.kalamdb.internal.vector;

import java.util.Arrays;

/** Row numbers of a batch that are active, ascending. Immutable once handed to a batch. */
public final class SelectionVector {
  private static final int IDENTITY_SIZE = RecordBatch.MAX_ROWS;
  private static final int[] IDENTITY = new int[IDENTITY_SIZE];

  static {
    Arrays.setAll(IDENTITY, i -> i);
  }

  private final int[] rows;
  private final int size;

  private SelectionVector(int[] rows, int size) {
    this.rows = rows;
    this.size = size;
  }

  /** Takes the first {@code size} elements of {@code rows}; the array is kept, not copied. */
  public static SelectionVector of(int[] rows, int size) {
    return new SelectionVector(rows, size);
  }

  /** The rows 0 to {@code size - 1}. */
  public static SelectionVector all(int size) {
    if (size <= IDENTITY_SIZE) {
      return new SelectionVector(IDENTITY, size);
    }
    int[] rows = new int[size];
    Arrays.setAll(rows, i -> i);
    return new SelectionVector(rows, size);
  }

  public int size() {
    return size;
  }

  public int get(int position) {
    return rows[position];
  }

  /** The array itself, for kernels: the first {@link #size()} elements count; never write to it. */
  public int[] viewRows() {
    return rows;
  }
}
