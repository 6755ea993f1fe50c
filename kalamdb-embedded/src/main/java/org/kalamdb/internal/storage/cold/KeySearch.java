package org.kalamdb.internal.storage.cold;

import java.io.IOException;
import java.util.Arrays;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;
import org.kalamdb.error.ErrorCode;
import org.kalamdb.error.KalamException;
import org.kalamdb.internal.catalog.TableDefinition;
import org.kalamdb.internal.storage.cold.SegmentFooter.Group;
import org.kalamdb.internal.storage.cold.SegmentFooter.Pages;
import org.kalamdb.internal.storage.key.KeyEncoder;
import org.kalamdb.internal.storage.row.Widening;
import org.kalamdb.schema.DataType;
import org.kalamdb.schema.TableSchema;

/**
 * Finds rows by key in a segment, which is sorted by it: a binary search over pages by their
 * bounds, then over the rows of one page. Keys compare in their encoding at today's types. A page
 * is decoded only where bounds do not decide. Not thread-safe.
 */
final class KeySearch {
  private final SegmentFooter footer;
  private final LeafCursor[] cursors;
  private final Leaf[] leaves;
  private final DataType[] stored;
  private final DataType[] types;
  private final int[] leafNumbers;
  private final long[] keyPages;
  private final KeyEncoder encoder = new KeyEncoder();
  private final LeafBuffer[] member = new LeafBuffer[1];
  private final int[] memberRow = new int[1];

  /** {@code cursors} gives one for a leaf of the layout. */
  KeySearch(SegmentFooter footer, TableDefinition table, IntFunction<LeafCursor> cursors) {
    TableSchema schema = table.schema();
    int columns = schema.primaryKey().size();
    this.footer = footer;
    this.cursors = new LeafCursor[columns];
    this.leaves = new Leaf[columns];
    this.stored = new DataType[columns];
    this.types = new DataType[columns];
    this.leafNumbers = new int[columns];
    for (int i = 0; i < columns; i++) {
      int column = schema.primaryKey().get(i);
      int position = footer.layout.columnWithId(schema.column(column).id());
      if (position < 0) {
        throw new KalamException(
            ErrorCode.DATA_CORRUPTED,
            "key column \"" + schema.column(column).name() + "\" is not in it");
      }
      int leaf = footer.layout.firstLeaf(position);
      this.leafNumbers[i] = leaf;
      this.cursors[i] = cursors.apply(leaf);
      this.leaves[i] = footer.layout.leaves().get(leaf);
      this.stored[i] = footer.layout.columns().get(position).type();
      this.types[i] = schema.column(column).type();
    }
    this.keyPages = footer.pagesOf(leafNumbers[0]);
  }

  /** The first row whose key is at or behind {@code key}; the number of rows if there is none. */
  long lowerBound(byte[] key) throws IOException {
    int low = 0;
    int high = keyPages.length;
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (isBelow(middle, key)) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low == keyPages.length ? footer.entry.rows() : lowerBound(low, key);
  }

  /** The row with exactly this key, or -1. */
  long find(byte[] key) throws IOException {
    long row = lowerBound(key);
    if (row == footer.entry.rows()) {
      return -1;
    }
    Group group = footer.groupOf(row);
    return Arrays.equals(keyAt(group, (int) (row - group.firstRow())), key) ? row : -1;
  }

  private Group group(int keyPage) {
    return footer.groups.get((int) (keyPages[keyPage] >>> 32));
  }

  private Pages pages(int keyPage) {
    return group(keyPage).chunks().get(leafNumbers[0]).pages();
  }

  /** Whether all keys of the page are smaller. */
  private boolean isBelow(int keyPage, byte[] key) throws IOException {
    Pages pages = pages(keyPage);
    int page = (int) keyPages[keyPage];
    byte @Nullable [] greatest = bound(group(keyPage), page, true);
    if (greatest != null
        && Arrays.compareUnsigned(greatest, key) < 0
        && !PartitionKeys.startsWith(key, greatest)) {
      return true;
    }
    byte @Nullable [] least = bound(group(keyPage), page, false);
    if (least != null && Arrays.compareUnsigned(least, key) >= 0) {
      return false;
    }
    return Arrays.compareUnsigned(keyAt(group(keyPage), pages.firstRows[page + 1] - 1), key) < 0;
  }

  /**
   * The beginning of a key at or beyond those of the page, null if its bounds are not known. While
   * a column has one value in the whole page the next one's bound follows; pages of all key columns
   * hold the same rows.
   */
  private byte @Nullable [] bound(Group group, int page, boolean greatest) {
    encoder.clear();
    for (int i = 0; i < leafNumbers.length; i++) {
      Pages pages = group.chunks().get(leafNumbers[i]).pages();
      byte @Nullable [] @Nullable [] maxs = pages.maxs;
      byte @Nullable [] @Nullable [] mins = pages.mins;
      byte[] max = maxs == null ? null : maxs[page];
      byte[] min = mins == null ? null : mins[page];
      if (min == null || max == null) {
        break;
      }
      Object value = StoredValues.ofPlain(leaves[i], stored[i], greatest ? max : min);
      encoder.add(types[i], Widening.convert(value, stored[i], types[i]));
      // A shortened bound never equals the other one.
      if (!Arrays.equals(min, max)) {
        break;
      }
    }
    return encoder.size() == 0 ? null : encoder.toBytes();
  }

  private long lowerBound(int keyPage, byte[] key) throws IOException {
    Group group = group(keyPage);
    Pages pages = pages(keyPage);
    int page = (int) keyPages[keyPage];
    int low = pages.firstRows[page];
    int high = pages.firstRows[page + 1];
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (Arrays.compareUnsigned(keyAt(group, middle), key) < 0) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return group.firstRow() + low;
  }

  private byte[] keyAt(Group group, int row) throws IOException {
    encoder.clear();
    for (int i = 0; i < cursors.length; i++) {
      member[0] = cursors[i].viewPageOf(group, row);
      memberRow[0] = row - cursors[i].pageFirst();
      Object value = StoredValues.read(stored[i], member, memberRow);
      if (value == null) {
        throw HybridDecoder.damaged("a key without a value");
      }
      encoder.add(types[i], Widening.convert(value, stored[i], types[i]));
    }
    return encoder.toBytes();
  }
}
