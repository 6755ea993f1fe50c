package org.kalamdb.internal.storage.cold;

import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.kalamdb.internal.catalog.TableDefinition;
import org.kalamdb.internal.expr.Expression.ComparisonOperator;
import org.kalamdb.internal.storage.ColumnPredicate;
import org.kalamdb.internal.storage.ScanStatistics;
import org.kalamdb.internal.storage.cold.SegmentFooter.Group;
import org.kalamdb.internal.storage.file.ReadableFile;
import org.kalamdb.internal.storage.key.KeyEncoder;
import org.kalamdb.internal.storage.row.Widening;
import org.kalamdb.schema.ColumnSchema;
import org.kalamdb.schema.TableSchema;

/**
 * Finds single rows of one segment by primary key: bloom filters, then page bounds, then one page
 * of keys; the rest of the row is decoded when it is asked for. Superseded rows are found like
 * others: the caller knows the bitmap. Opened by {@link SegmentStore#lookup}; one thread at a time.
 */
public final class PointLookup implements AutoCloseable {
  private final TableDefinition table;
  private final SegmentFooter footer;
  private final ReadableFile file;
  private final ColumnDefaults defaults;
  private final PageReader pages;
  private final LeafCursor[] cursors;
  private @Nullable KeySearch search;

  /** Takes the file over and closes it. */
  PointLookup(
      TableDefinition table,
      SegmentFooter footer,
      ReadableFile file,
      ColumnDefaults defaults,
      PageCache cache) {
    this.table = table;
    this.footer = footer;
    this.file = file;
    this.defaults = defaults;
    this.pages = new PageReader(file, new ScanStatistics());
    this.cursors = new LeafCursor[footer.layout.leaves().size()];
    for (int i = 0; i < cursors.length; i++) {
      cursors[i] = new LeafCursor(pages, footer, i, cache);
    }
  }

  /** Number of the row with these primary key values (in key order), or -1. */
  public long findRow(List<?> primaryKey) {
    TableSchema schema = table.schema();
    try {
      if (!mayHave(schema, primaryKey)) {
        return -1;
      }
      KeyEncoder key = new KeyEncoder();
      for (int i = 0; i < primaryKey.size(); i++) {
        key.add(schema.column(schema.primaryKey().get(i)).type(), primaryKey.get(i));
      }
      KeySearch searching = search;
      if (searching == null) {
        searching = new KeySearch(footer, table, cursors);
        search = searching;
      }
      return searching.find(key.toBytes());
    } catch (IOException | RuntimeException e) {
      throw Damage.wrap(footer.entry.file(), table, e);
    }
  }

  private boolean mayHave(TableSchema schema, List<?> primaryKey) {
    boolean[] excluded = new boolean[footer.groups.size()];
    for (int i = 0; i < primaryKey.size(); i++) {
      int column = schema.primaryKey().get(i);
      SegmentPredicate equal =
          SegmentPredicate.of(
              footer.layout,
              schema.column(column),
              new ColumnPredicate(column, ComparisonOperator.EQUAL, List.of(primaryKey.get(i))));
      for (int g = 0; g < excluded.length && equal != null; g++) {
        excluded[g] |= !equal.mayMatch(footer.groups.get(g).chunks().get(equal.leafNumber()));
      }
    }
    for (boolean out : excluded) {
      if (!out) {
        return true;
      }
    }
    return false;
  }

  /** The row with these primary key values, or null. */
  public @Nullable StoredRow find(List<?> primaryKey) {
    long row = findRow(primaryKey);
    return row < 0 ? null : readRow(row);
  }

  /** The row with this number. */
  public StoredRow readRow(long row) {
    if (row < 0 || row >= footer.entry.rows()) {
      throw new IndexOutOfBoundsException("No row " + row + " in " + footer.entry);
    }
    Group group = footer.groupOf(row);
    int inGroup = (int) (row - group.firstRow());
    TableSchema schema = table.schema();
    @Nullable Object[] values = new @Nullable Object[schema.columns().size()];
    try {
      for (int i = 0; i < values.length; i++) {
        ColumnSchema column = schema.column(i);
        int position = footer.layout.columnWithId(column.id());
        if (position < 0) {
          values[i] = defaults.valueOf(table, column);
        } else {
          ColumnSchema stored = footer.layout.columns().get(position);
          @Nullable Object value = read(group, inGroup, position);
          values[i] = value == null ? null : Widening.convert(value, stored.type(), column.type());
        }
      }
      int seq = footer.layout.seqColumn();
      return new StoredRow(
          row, readLong(group, inGroup, seq), readLong(group, inGroup, seq + 1) != 0, values);
    } catch (IOException | RuntimeException e) {
      throw Damage.wrap(footer.entry.file(), table, e);
    }
  }

  private @Nullable Object read(Group group, int row, int position) throws IOException {
    int count = footer.layout.leafCount(position);
    LeafBuffer[] members = new LeafBuffer[count];
    int[] rows = new int[count];
    for (int i = 0; i < count; i++) {
      LeafCursor cursor = cursors[footer.layout.firstLeaf(position) + i];
      members[i] = cursor.viewPageOf(group, row);
      rows[i] = row - cursor.pageFirst();
    }
    return StoredValues.read(footer.layout.columns().get(position).type(), members, rows);
  }

  private long readLong(Group group, int row, int position) throws IOException {
    LeafCursor cursor = cursors[footer.layout.firstLeaf(position)];
    return cursor.viewPageOf(group, row).longs[row - cursor.pageFirst()];
  }

  @Override
  public void close() {
    try {
      pages.close();
    } finally {
      file.close();
    }
  }
}
