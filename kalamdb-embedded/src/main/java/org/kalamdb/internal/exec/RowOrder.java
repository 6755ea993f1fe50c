package org.kalamdb.internal.exec;

import java.util.Arrays;
import org.apache.arrow.memory.util.MemoryUtil;
import org.kalamdb.internal.vector.ColumnValues;
import org.kalamdb.internal.vector.ColumnView;

/**
 * Compares and sorts the rows of a {@link RowStore} by some of its columns. The first key is
 * reduced to a long where possible, so that most comparisons touch no column.
 */
final class RowOrder {
  /** So many rows, less one, are merged without a look whether to go on. */
  private static final int CHECK_MASK = (1 << 14) - 1;

  private final Key[] keys;

  RowOrder(Key[] keys) {
    this.keys = keys;
  }

  /** One sort column. */
  record Key(int column, boolean descending, boolean nullsFirst) {}

  /** Negative if row {@code a} comes before {@code b}. */
  int compare(RowStore store, int a, int b) {
    return compareFrom(0, store, a, b);
  }

  private int compareFrom(int first, RowStore store, int a, int b) {
    for (int k = first; k < keys.length; k++) {
      Key key = keys[k];
      int order =
          compareKey(
              key,
              store.view(key.column(), a),
              a & RowStore.ROW_MASK,
              store.view(key.column(), b),
              b & RowStore.ROW_MASK);
      if (order != 0) {
        return order;
      }
    }
    return 0;
  }

  private static int compareKey(Key key, ColumnView left, int a, ColumnView right, int b) {
    boolean leftNull = left.isNull(a);
    boolean rightNull = right.isNull(b);
    if (leftNull || rightNull) {
      if (leftNull && rightNull) {
        return 0;
      }
      return leftNull == key.nullsFirst() ? -1 : 1;
    }
    int order = ColumnValues.compare(left, a, right, b);
    return key.descending() ? -order : order;
  }

  /** Compares rows of two batches. */
  int compare(ColumnView[] left, int a, ColumnView[] right, int b) {
    for (Key key : keys) {
      int order = compareKey(key, left[key.column()], a, right[key.column()], b);
      if (order != 0) {
        return order;
      }
    }
    return 0;
  }

  /** Compares a row of a batch that is not stored with a stored one. */
  int compare(ColumnView[] batch, int row, RowStore store, int stored) {
    for (Key key : keys) {
      int order =
          compareKey(
              key,
              batch[key.column()],
              row,
              store.view(key.column(), stored),
              stored & RowStore.ROW_MASK);
      if (order != 0) {
        return order;
      }
    }
    return 0;
  }

  /** The addresses of all rows in order; rows equal by all keys in order of arrival. */
  int[] sort(RowStore store, CancelToken cancel) {
    int n = store.rowCount();
    Key first = keys[0];
    int[] nulls = new int[n];
    int[] values = new int[n];
    int nullCount = 0;
    int valueCount = 0;
    for (int i = 0; i < n; i++) {
      int address = store.address(i);
      if (store.view(first.column(), address).isNull(address & RowStore.ROW_MASK)) {
        nulls[nullCount++] = address;
      } else {
        values[valueCount++] = address;
      }
    }
    long[] prefixes = new long[valueCount];
    boolean exact = true;
    for (int i = 0; i < valueCount; i++) {
      ColumnView column = store.view(first.column(), values[i]);
      long prefix = prefix(column, values[i] & RowStore.ROW_MASK);
      prefixes[i] = first.descending() ? ~prefix : prefix;
      if (i == 0) {
        exact = isExact(column);
      }
    }
    int[] sortedNulls = new Sorter(store, new long[nullCount], 1, cancel).sort(nulls, nullCount);
    int[] sortedValues =
        new Sorter(store, prefixes, exact ? 1 : 0, cancel).sort(values, valueCount);
    int[] all = new int[n];
    int nullsAt = first.nullsFirst() ? 0 : valueCount;
    int valuesAt = first.nullsFirst() ? nullCount : 0;
    System.arraycopy(sortedNulls, 0, all, nullsAt, nullCount);
    System.arraycopy(sortedValues, 0, all, valuesAt, valueCount);
    return all;
  }

  /** A number that orders as the values do, or at least never the other way round. */
  private static long prefix(ColumnView column, int row) {
    return switch (column.type().kind()) {
      case BOOLEAN -> column.getBoolean(row) ? 1 : 0;
      case SMALLINT -> column.getShort(row);
      case INTEGER, DATE -> column.getInt(row);
      case BIGINT, TIME, TIMESTAMP, TIMESTAMPTZ -> column.getLong(row);
      case REAL -> ordered(column.getFloat(row));
      case DOUBLE -> ordered(column.getDouble(row));
      case DECIMAL -> {
        if (column.type().isWideDecimal()) {
          yield column.getDecimal(row).signum();
        }
        long high = column.getDecimalHigh(row);
        long low = column.getDecimalLow(row);
        yield high == low >> 63 ? low : high < 0 ? Long.MIN_VALUE : Long.MAX_VALUE;
      }
      case TEXT, VARCHAR, CHAR, BYTES, UUID ->
          firstBytes(column.valueAddress(row), column.valueLength(row));
      default -> 0;
    };
  }

  private static boolean isExact(ColumnView column) {
    return switch (column.type().kind()) {
      case BOOLEAN, SMALLINT, INTEGER, DATE, BIGINT, TIME, TIMESTAMP, TIMESTAMPTZ, REAL, DOUBLE ->
          true;
      default -> false;
    };
  }

  private static long ordered(double value) {
    long bits = Double.doubleToLongBits(value + 0.0); // one NaN, and no -0.0
    return bits ^ (bits >> 63 & Long.MAX_VALUE);
  }

  private static long firstBytes(long address, int length) {
    if (length >= 8) {
      return Long.reverseBytes(MemoryUtil.getLong(address)) ^ Long.MIN_VALUE;
    }
    long bytes = 0;
    for (int i = 0; i < length; i++) {
      bytes |= (MemoryUtil.getByte(address + i) & 0xffL) << (56 - 8 * i);
    }
    return bytes ^ Long.MIN_VALUE;
  }

  /** A stable merge sort of (prefix, address) pairs. */
  private final class Sorter {
    private final RowStore store;
    private final int keysInPrefix;
    private final CancelToken cancel;
    private long[] prefixes;
    private long[] prefixesTo;
    private int[] addresses = new int[0];
    private int[] addressesTo = new int[0];

    Sorter(RowStore store, long[] prefixes, int keysInPrefix, CancelToken cancel) {
      this.cancel = cancel;
      this.store = store;
      this.prefixes = prefixes;
      this.prefixesTo = new long[prefixes.length];
      this.keysInPrefix = keysInPrefix;
    }

    int[] sort(int[] rows, int n) {
      addresses = Arrays.copyOf(rows, n);
      addressesTo = new int[n];
      for (int width = 1; width < n; width = width > n / 2 ? n : 2 * width) {
        for (int from = 0; from < n; from += 2 * width) {
          int middle = Math.min(from + width, n);
          int to = (int) Math.min((long) from + 2L * width, n);
          merge(from, middle, to);
          if (to == n) {
            break;
          }
        }
        swap();
      }
      return addresses;
    }

    private void swap() {
      long[] p = prefixes;
      prefixes = prefixesTo;
      prefixesTo = p;
      int[] a = addresses;
      addresses = addressesTo;
      addressesTo = a;
    }

    private void merge(int from, int middle, int to) {
      if (middle >= to || !isAfter(middle - 1, middle)) {
        System.arraycopy(prefixes, from, prefixesTo, from, to - from);
        System.arraycopy(addresses, from, addressesTo, from, to - from);
        return;
      }
      int left = from;
      int right = middle;
      for (int at = from; at < to; at++) {
        if ((at & CHECK_MASK) == 0) {
          cancel.check();
        }
        int source = right >= to || (left < middle && !isAfter(left, right)) ? left++ : right++;
        prefixesTo[at] = prefixes[source];
        addressesTo[at] = addresses[source];
      }
    }

    private boolean isAfter(int i, int j) {
      if (prefixes[i] != prefixes[j]) {
        return prefixes[i] > prefixes[j];
      }
      return keysInPrefix < keys.length
          && compareFrom(keysInPrefix, store, addresses[i], addresses[j]) > 0;
    }
  }
}
