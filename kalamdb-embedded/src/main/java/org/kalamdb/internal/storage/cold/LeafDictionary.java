package org.kalamdb.internal.storage.cold;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The distinct values of a leaf in a row group, numbered by first appearance, where numbers are
 * cheaper than the values.
 *
 * @param ids number of each row's value; anything for a null row
 * @param firstRows a row that has the value, for each number
 */
@SuppressWarnings("ArrayRecordComponent") // private to one encoder, never compared
record LeafDictionary(int[] ids, int[] firstRows) {
  private static final int MAX_VALUES = 1 << 15;
  private static final int MAX_BYTES = 1 << 20;
  private static final int TRIAL_ROWS = 4096;

  /**
   * More distinct values among the first rows than this mean more in the whole than a dictionary
   * may have, if rows come as they like: 32,768 values give 3,850.
   */
  private static final int TRIAL_VALUES = TRIAL_ROWS - TRIAL_ROWS / 20;

  int size() {
    return firstRows.length;
  }

  int bitWidth() {
    return 32 - Integer.numberOfLeadingZeros(Math.max(0, size() - 1));
  }

  /** Null where a dictionary would not pay. */
  static @Nullable LeafDictionary of(LeafBuffer buffer) {
    PhysicalType physical = buffer.leaf.physical();
    int values = buffer.rows - buffer.nulls;
    if (physical == PhysicalType.BOOLEAN || physical == PhysicalType.FIXED || values < 8) {
      return null;
    }
    // Deltas of integers are small already; bytes and floats gain sooner.
    boolean integer = physical == PhysicalType.INT32 || physical == PhysicalType.INT64;
    int limit = Math.min(MAX_VALUES, integer ? values / 8 : values / 2);
    return new Builder(buffer, limit).build();
  }

  /** An open-addressing table from values to numbers. */
  private static final class Builder {
    private final LeafBuffer buffer;
    private final int limit;
    private final boolean bytes;
    private final int[] ids;
    private int[] table = new int[1024];
    private int[] firstRows = new int[256];
    private int size;
    private long dictionaryBytes;

    Builder(LeafBuffer buffer, int limit) {
      this.buffer = buffer;
      this.limit = limit;
      this.bytes = buffer.leaf.physical() == PhysicalType.BYTES;
      this.ids = new int[buffer.rows];
    }

    @Nullable LeafDictionary build() {
      boolean[] present = buffer.present;
      boolean optional = buffer.leaf.optional();
      for (int row = 0; row < buffer.rows; row++) {
        if (optional && !present[row]) {
          continue;
        }
        ids[row] = idOf(row);
        if (size > limit || dictionaryBytes > MAX_BYTES) {
          return null;
        }
        if (row == TRIAL_ROWS && size > (limit < TRIAL_ROWS ? TRIAL_ROWS / 2 : TRIAL_VALUES)) {
          return null;
        }
      }
      return new LeafDictionary(ids, Arrays.copyOf(firstRows, size));
    }

    private int idOf(int row) {
      int mask = table.length - 1;
      int slot = hash(row) & mask;
      while (table[slot] != 0) {
        int id = table[slot] - 1;
        if (isSame(firstRows[id], row)) {
          return id;
        }
        slot = (slot + 1) & mask;
      }
      if (size == firstRows.length) {
        firstRows = Arrays.copyOf(firstRows, size * 2);
      }
      firstRows[size++] = row;
      table[slot] = size;
      dictionaryBytes += bytes ? buffer.ends[row] - buffer.start(row) + 4L : 8;
      if (size * 2 > table.length) {
        grow();
      }
      return size - 1;
    }

    private void grow() {
      table = new int[table.length * 2];
      int mask = table.length - 1;
      for (int id = 0; id < size; id++) {
        int slot = hash(firstRows[id]) & mask;
        while (table[slot] != 0) {
          slot = (slot + 1) & mask;
        }
        table[slot] = id + 1;
      }
    }

    private int hash(int row) {
      long hash;
      if (bytes) {
        hash = 0;
        byte[] data = buffer.bytes;
        for (int i = buffer.start(row); i < buffer.ends[row]; i++) {
          hash = 31 * hash + data[i];
        }
      } else {
        hash = buffer.longs[row];
      }
      hash *= 0x9E3779B97F4A7C15L;
      return (int) (hash >>> 32);
    }

    private boolean isSame(int a, int b) {
      return bytes
          ? Arrays.equals(
              buffer.bytes,
              buffer.start(a),
              buffer.ends[a],
              buffer.bytes,
              buffer.start(b),
              buffer.ends[b])
          : buffer.longs[a] == buffer.longs[b];
    }
  }
}
