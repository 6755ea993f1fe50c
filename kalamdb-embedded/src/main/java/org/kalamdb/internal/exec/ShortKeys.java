package org.kalamdb.internal.exec;

import java.util.List;
import org.apache.arrow.memory.util.MemoryUtil;
import org.kalamdb.internal.vector.ColumnValues;
import org.kalamdb.internal.vector.ColumnView;
import org.kalamdb.schema.DataType;

/**
 * Remembers the groups of keys that take no more than eight bytes together, such as a few letters,
 * so that they are found by one comparison of longs. Stops to look when most keys are not known.
 * Not thread-safe.
 */
final class ShortKeys {
  static final int UNKNOWN = -1;

  /** What no keys are packed to: the last byte of keys that are packed is 8 at most. */
  static final long TOO_LONG = -1;

  private static final int SLOTS = 1 << 10;
  private static final int TRIAL_ROWS = 1 << 14;

  private final long[] packed = new long[SLOTS];
  private final int[] groups = new int[SLOTS];
  private int lookups;
  private int found;
  private boolean useful;

  /** Remembers nothing if keys of these types do not suit. */
  ShortKeys(List<DataType> types) {
    useful = types.stream().allMatch(ShortKeys::takes);
  }

  private static boolean takes(DataType type) {
    return switch (type.kind()) {
      case TEXT, VARCHAR, CHAR, SMALLINT, INTEGER, DATE -> true;
      default -> false;
    };
  }

  boolean isUseful() {
    return useful;
  }

  /** The keys of a row: of each its bytes, and one that tells their number or that it is NULL. */
  static long pack(ColumnView[] keys, int row) {
    long all = 0;
    int taken = 0;
    for (ColumnView key : keys) {
      if (key.isNull(row)) {
        taken++;
        all <<= 8;
      } else {
        long value = 0;
        int length;
        switch (key.type().kind()) {
          case SMALLINT -> {
            length = 2;
            value = key.getShort(row) & 0xFFFFL;
          }
          case INTEGER, DATE -> {
            length = 4;
            value = key.getInt(row) & 0xFFFFFFFFL;
          }
          default -> {
            length = key.valueLength(row);
            long at = key.valueAddress(row);
            if (length >= 8) {
              return TOO_LONG;
            }
            for (int i = 0; i < length; i++) {
              value = value << 8 | MemoryUtil.getByte(at + i) & 0xFF;
            }
          }
        }
        taken += length + 1;
        if (taken > 8) {
          return TOO_LONG;
        }
        all = all << 8 * (length + 1) | value << 8 | length + 1;
      }
      if (taken > 8) {
        return TOO_LONG;
      }
    }
    return all;
  }

  /** The group of packed keys, or {@link #UNKNOWN}; keys that are too long count as not found. */
  int find(long keys) {
    int slot = slot(keys);
    boolean known = groups[slot] != 0 && packed[slot] == keys && keys != TOO_LONG;
    found += known ? 1 : 0;
    if (++lookups == TRIAL_ROWS) {
      useful = found > TRIAL_ROWS / 2;
      lookups = 0;
      found = 0;
    }
    return known ? groups[slot] - 1 : UNKNOWN;
  }

  void put(long keys, int group) {
    int slot = slot(keys);
    packed[slot] = keys;
    groups[slot] = group + 1;
  }

  private static int slot(long keys) {
    return (int) ColumnValues.mix(keys) & SLOTS - 1;
  }
}
