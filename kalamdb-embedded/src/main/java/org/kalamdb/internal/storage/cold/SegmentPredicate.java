package org.kalamdb.internal.storage.cold;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.apache.parquet.column.values.bloomfilter.BlockSplitBloomFilter;
import org.apache.parquet.io.api.Binary;
import org.jspecify.annotations.Nullable;
import org.kalamdb.internal.expr.Expression.ComparisonOperator;
import org.kalamdb.internal.storage.ColumnPredicate;
import org.kalamdb.internal.storage.cold.SegmentFooter.Chunk;
import org.kalamdb.internal.storage.cold.SegmentFooter.Group;
import org.kalamdb.internal.storage.cold.SegmentFooter.Pages;
import org.kalamdb.schema.ColumnSchema;
import org.kalamdb.schema.DataType;

/**
 * A condition in terms of one segment's leaf, asked of statistics: no answer but "cannot match"
 * lets anything be skipped. Nulls match none of these conditions.
 *
 * @param leafNumber which leaf of the layout
 * @param values in PLAIN encoding, all of them comparable
 */
record SegmentPredicate(
    int leafNumber, Leaf leaf, ComparisonOperator operator, List<byte[]> values) {
  /** A dictionary is gone through for each value: for more of them the scan is as quick. */
  private static final int MAX_LOOKED_UP = 16;

  /** The condition on this segment; null if its statistics cannot answer it. */
  static @Nullable SegmentPredicate of(
      SegmentLayout layout, ColumnSchema column, ColumnPredicate predicate) {
    switch (predicate.operator()) {
      case NOT_EQUAL, DISTINCT -> {
        return null;
      }
      default -> {}
    }
    int position = layout.columnWithId(column.id());
    if (position < 0) {
      return null;
    }
    int leafNumber = layout.firstLeaf(position);
    Leaf leaf = layout.leaves().get(leafNumber);
    DataType type = layout.columns().get(position).type();
    if (layout.leafCount(position) > 2) {
      return null;
    }
    List<byte[]> values = new ArrayList<>();
    for (Object value : predicate.values()) {
      byte[] plain = StoredValues.toPlain(leaf, type, value);
      if (plain == null) {
        return null;
      }
      values.add(plain);
    }
    return new SegmentPredicate(leafNumber, leaf, predicate.operator(), values);
  }

  /** Whether the condition can hold where every row has this value in the column. */
  static boolean mayMatchConstant(
      ColumnSchema column, @Nullable Object constant, ColumnPredicate predicate) {
    SegmentLayout alone = SegmentLayout.ofColumns(List.of(column));
    SegmentPredicate known = of(alone, column, predicate);
    if (known == null) {
      return true;
    }
    byte[] plain =
        constant == null ? null : StoredValues.toPlain(known.leaf, column.type(), constant);
    return constant != null && (plain == null || known.mayMatch(plain, plain));
  }

  /** Whether a value between the bounds can match. */
  boolean mayMatch(byte[] min, byte[] max) {
    for (byte[] value : values) {
      boolean may =
          switch (operator) {
            case EQUAL, NOT_DISTINCT -> compare(value, min) >= 0 && compare(value, max) <= 0;
            case LESS -> compare(min, value) < 0;
            case LESS_OR_EQUAL -> compare(min, value) <= 0;
            case GREATER -> compare(max, value) > 0;
            case GREATER_OR_EQUAL -> compare(max, value) >= 0;
            case NOT_EQUAL, DISTINCT -> true;
          };
      if (may) {
        return true;
      }
    }
    return false;
  }

  private int compare(byte[] a, byte[] b) {
    return PlainValues.compare(leaf, a, b);
  }

  /** Whether one of the values is asked for. */
  boolean isEquality() {
    return operator == ComparisonOperator.EQUAL || operator == ComparisonOperator.NOT_DISTINCT;
  }

  /** Whether a dictionary has one of the values. */
  boolean mayBeIn(LeafBuffer dictionary) {
    if (leaf.order() == Leaf.Order.FLOATING || values.size() > MAX_LOOKED_UP) {
      return true;
    }
    for (byte[] value : values) {
      if (leaf.physical().isLong() ? hasLong(dictionary, value) : hasBytes(dictionary, value)) {
        return true;
      }
    }
    return false;
  }

  private boolean hasLong(LeafBuffer dictionary, byte[] plain) {
    long value = PlainValues.toLong(leaf.physical(), plain);
    for (int i = 0; i < dictionary.rows; i++) {
      if (dictionary.longs[i] == value) {
        return true;
      }
    }
    return false;
  }

  private static boolean hasBytes(LeafBuffer dictionary, byte[] value) {
    for (int i = 0; i < dictionary.rows; i++) {
      int from = dictionary.start(i);
      int to = dictionary.ends[i];
      if (to - from == value.length
          && Arrays.equals(dictionary.bytes, from, to, value, 0, value.length)) {
        return true;
      }
    }
    return false;
  }

  /** Whether a row of the chunk can match, by its bounds and its bloom filter. */
  boolean mayMatch(Chunk chunk) {
    if (chunk.nulls == chunk.rows) {
      return false;
    }
    if (chunk.min != null && chunk.max != null && !mayMatch(chunk.min, chunk.max)) {
      return false;
    }
    BlockSplitBloomFilter bloom = isEquality() && ChunkWriter.hasHash(leaf) ? chunk.bloom() : null;
    if (bloom == null) {
      return true;
    }
    for (byte[] value : values) {
      if (mayContain(bloom, leaf, value)) {
        return true;
      }
    }
    return false;
  }

  /**
   * Asks a filter that readers share through the footer cache. The library hashes and looks up in
   * buffers of the filter: two threads in it at once get wrong answers, and rows would be missed.
   */
  static boolean mayContain(BlockSplitBloomFilter bloom, Leaf leaf, byte[] plain) {
    synchronized (bloom) {
      return bloom.findHash(hash(bloom, leaf, plain));
    }
  }

  private static long hash(BlockSplitBloomFilter bloom, Leaf leaf, byte[] plain) {
    return switch (leaf.physical()) {
      case INT32 -> bloom.hash((int) PlainValues.toLong(leaf.physical(), plain));
      case INT64 -> bloom.hash(PlainValues.toLong(leaf.physical(), plain));
      default -> bloom.hash(Binary.fromConstantByteBuffer(ByteBuffer.wrap(plain)));
    };
  }

  /** The rows of the group, numbered in the file, that the page bounds leave over. */
  RowRanges rowsOf(Group group) {
    Pages pages = group.chunks().get(leafNumber).pages();
    byte @Nullable [] @Nullable [] mins = pages.mins;
    byte @Nullable [] @Nullable [] maxs = pages.maxs;
    long first = group.firstRow();
    if (mins == null || maxs == null) {
      return RowRanges.of(first, first + group.rows());
    }
    RowRanges rows = RowRanges.NONE;
    for (int page = 0; page < pages.count; page++) {
      byte[] min = mins[page];
      byte[] max = maxs[page];
      if (min != null && max != null && mayMatch(min, max)) {
        rows = rows.plus(first + pages.firstRows[page], first + pages.firstRows[page + 1]);
      }
    }
    return rows;
  }
}
