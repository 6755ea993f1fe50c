package org.kalamdb.internal.exec;

import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.kalamdb.internal.vector.ColumnValues;
import org.kalamdb.internal.vector.ColumnView;
import org.kalamdb.internal.vector.SelectionVector;
import org.kalamdb.schema.DataType;

/**
 * Which whole numbers, dates or times a join holds, so that a scan can drop rows that will find no
 * partner: a bitmap where the values lie close together, else a Bloom filter, which lets a few
 * strangers through. Immutable once built, so threads may share it.
 */
final class KeySet {
  /** A larger set is not worth its memory: 2^25 bits are 4 MiB. */
  private static final long MAX_BITS = 1L << 25;

  private static final int BLOOM_BITS_PER_KEY = 12;

  private final long[] words;
  private final long min;
  private final long max;
  private final boolean exact;

  private KeySet(long[] words, long min, long max, boolean exact) {
    this.words = words;
    this.min = min;
    this.max = max;
    this.exact = exact;
  }

  static boolean takes(DataType type) {
    return LongGroupTable.takes(type);
  }

  /**
   * The values of one column of some rows; null if the set would be too large.
   *
   * @param maxBytes what it may take
   */
  static @Nullable KeySet of(RowStore rows, int column, long maxBytes) {
    ColumnView[] views = rows.views(column);
    List<SelectionVector> selections = rows.selections();
    long min = Long.MAX_VALUE;
    long max = Long.MIN_VALUE;
    for (int b = 0; b < views.length; b++) {
      for (int i = 0; i < selections.get(b).size(); i++) {
        int row = selections.get(b).get(i);
        if (!views[b].isNull(row)) {
          long value = LongGroupTable.read(views[b], row);
          min = Math.min(min, value);
          max = Math.max(max, value);
        }
      }
    }
    if (min > max) {
      return new KeySet(new long[1], 0, -1, true);
    }
    long bloomBits =
        Math.max(64, Long.highestOneBit((long) rows.rowCount() * BLOOM_BITS_PER_KEY) << 1);
    long range = max - min + 1;
    boolean exact = range > 0 && range <= Math.max(4 * bloomBits, 1 << 16);
    long bits = exact ? range : bloomBits;
    if (bits > MAX_BITS || bits / 8 > maxBytes) {
      return null;
    }
    KeySet set = new KeySet(new long[(int) ((bits + 63) >>> 6)], min, max, exact);
    for (int b = 0; b < views.length; b++) {
      for (int i = 0; i < selections.get(b).size(); i++) {
        int row = selections.get(b).get(i);
        if (!views[b].isNull(row)) {
          set.add(LongGroupTable.read(views[b], row));
        }
      }
    }
    return set;
  }

  private void add(long value) {
    if (exact) {
      long bit = value - min;
      words[(int) (bit >>> 6)] |= 1L << bit;
    } else {
      long hash = ColumnValues.mix(value);
      words[word(hash)] |= bits(hash);
    }
  }

  private int word(long hash) {
    return (int) (hash >>> 32) & words.length - 1;
  }

  /** Two bits of one word. */
  private static long bits(long hash) {
    return 1L << hash | 1L << (hash >>> 6);
  }

  private boolean contains(long value) {
    if (value < min || value > max) {
      return false;
    }
    if (exact) {
      long bit = value - min;
      return (words[(int) (bit >>> 6)] >>> bit & 1) != 0;
    }
    long hash = ColumnValues.mix(value);
    long bits = bits(hash);
    return (words[word(hash)] & bits) == bits;
  }

  /** The rows whose value may be in the set; NULL is not. */
  SelectionVector select(ColumnView column, SelectionVector rows) {
    int[] kept = new int[rows.size()];
    boolean nulls = column.mayHaveNulls();
    int n = 0;
    for (int i = 0; i < kept.length; i++) {
      int row = rows.get(i);
      kept[n] = row;
      n += (!nulls || !column.isNull(row)) && contains(LongGroupTable.read(column, row)) ? 1 : 0;
    }
    return n == kept.length ? rows : SelectionVector.of(Arrays.copyOf(kept, n), n);
  }
}
