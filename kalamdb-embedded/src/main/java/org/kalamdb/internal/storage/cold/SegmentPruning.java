package org.kalamdb.internal.storage.cold;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.kalamdb.internal.catalog.TableDefinition;
import org.kalamdb.internal.expr.Expression.ComparisonOperator;
import org.kalamdb.internal.storage.ColumnPredicate;
import org.kalamdb.internal.storage.KeyRange;
import org.kalamdb.internal.storage.ScanRequest;
import org.kalamdb.internal.storage.ScanStatistics;
import org.kalamdb.internal.storage.cold.SegmentFooter.Chunk;
import org.kalamdb.internal.storage.cold.SegmentFooter.Group;
import org.kalamdb.internal.storage.cold.SegmentFooter.Pages;
import org.kalamdb.internal.storage.key.ByteRange;
import org.kalamdb.internal.storage.manifest.ColumnStatistics;
import org.kalamdb.internal.storage.manifest.SegmentEntry;
import org.kalamdb.schema.ColumnSchema;

/** Which rows of a segment a scan must look at. */
final class SegmentPruning {
  private final SegmentFooter footer;
  private final ScanRequest request;
  private final SegmentStore.Part part;
  private final LeafCursor[] cursors;
  private final ScanStatistics statistics;
  private final List<SegmentPredicate> predicates;

  SegmentPruning(
      SegmentFooter footer,
      ScanRequest request,
      SegmentStore.Part part,
      LeafCursor[] cursors,
      ScanStatistics statistics) {
    this.footer = footer;
    this.request = request;
    this.part = part;
    this.cursors = cursors;
    this.statistics = statistics;
    this.predicates = predicates(footer.layout, request);
  }

  private static List<SegmentPredicate> predicates(SegmentLayout layout, ScanRequest request) {
    List<SegmentPredicate> predicates = new ArrayList<>();
    for (ColumnPredicate predicate : request.predicates()) {
      @Nullable SegmentPredicate known =
          SegmentPredicate.of(
              layout, request.table().schema().column(predicate.column()), predicate);
      if (known != null) {
        predicates.add(known);
      }
    }
    return predicates;
  }

  /** Whether a row of the segment can be wanted, by its manifest entry alone. */
  static boolean mayMatch(SegmentEntry entry, ScanRequest request) {
    TableDefinition table = request.table();
    boolean inRange = false;
    for (KeyRange range : request.ranges()) {
      @Nullable ByteRange keys = PartitionKeys.range(table, request.user(), range);
      inRange |= keys != null && PartitionKeys.mayContain(table, entry, keys);
    }
    if (!inRange) {
      return false;
    }
    if (request.predicates().isEmpty()) {
      return true;
    }
    SegmentLayout layout = SegmentLayout.of(table.schema(entry.schemaVersion()));
    if (!mayMatchMissing(layout, request)) {
      return false;
    }
    for (SegmentPredicate predicate : predicates(layout, request)) {
      @Nullable ColumnStatistics column =
          entry.column(layout.columns().get(predicate.leaf().column()).id());
      if (column == null) {
        continue;
      }
      byte[] min = column.min();
      byte[] max = column.max();
      if (column.nulls() == entry.rows()
          || (min != null && max != null && !predicate.mayMatch(min, max))) {
        return false;
      }
    }
    return true;
  }

  /** Of a column that was added later, all rows have the same value. */
  private static boolean mayMatchMissing(SegmentLayout layout, ScanRequest request) {
    for (ColumnPredicate predicate : request.predicates()) {
      ColumnSchema column = request.table().schema().column(predicate.column());
      if (layout.columnWithId(column.id()) < 0
          && !SegmentPredicate.mayMatchConstant(column, column.missingValue(), predicate)) {
        return false;
      }
    }
    return true;
  }

  /**
   * The rows of the part, after all the statistics have been asked; counts what is read and what is
   * not, of the whole segment with its first part.
   */
  RowRanges rowsToRead(boolean[] neededLeaves) throws IOException {
    RowRanges rows = RowRanges.NONE;
    RowRanges inRange = rowsInRanges();
    RowRanges ofPart = RowRanges.of(part.from(), part.to());
    for (Group group : footer.groups) {
      if (!part.isFirst()
          && !ofPart.intersects(group.firstRow(), group.firstRow() + group.rows())) {
        continue;
      }
      RowRanges left = inRange.and(RowRanges.of(group.firstRow(), group.firstRow() + group.rows()));
      for (SegmentPredicate predicate : predicates) {
        if (!left.isEmpty()) {
          Chunk chunk = group.chunks().get(predicate.leafNumber());
          left = predicate.mayMatch(chunk) ? left.and(predicate.rowsOf(group)) : RowRanges.NONE;
        }
      }
      for (SegmentPredicate predicate : predicates) {
        if (!left.isEmpty() && !isInDictionary(group, predicate)) {
          left = RowRanges.NONE;
        }
      }
      count(group, left, neededLeaves);
      RowRanges here = left.and(ofPart);
      for (int i = 0; i < here.size(); i++) {
        rows = rows.plus(here.from(i), here.to(i));
      }
    }
    return rows;
  }

  /**
   * False if all values of a chunk are in a dictionary and none is one that is asked for. Where the
   * filter says so already the dictionary is not read; where it is read, the scan has it.
   */
  private boolean isInDictionary(Group group, SegmentPredicate predicate) throws IOException {
    Chunk chunk = group.chunks().get(predicate.leafNumber());
    if (!predicate.isEquality() || !chunk.isNumbered()) {
      return true;
    }
    @Nullable LeafBuffer dictionary = cursors[predicate.leafNumber()].dictionaryOf(group);
    return dictionary == null || predicate.mayBeIn(dictionary);
  }

  private RowRanges rowsInRanges() throws IOException {
    RowRanges rows = RowRanges.NONE;
    @Nullable KeySearch search = null;
    for (KeyRange range : request.ranges()) {
      if (range.isAll()) {
        return RowRanges.of(0, footer.entry.rows());
      }
      @Nullable ByteRange keys = PartitionKeys.range(request.table(), request.user(), range);
      if (keys == null
          || !PartitionKeys.mayContain(request.table(), footer.entry, keys)
          || !mayHaveKey(range)) {
        continue;
      }
      if (search == null) {
        search = new KeySearch(footer, request.table(), leaf -> cursors[leaf]);
      }
      byte[] to = keys.to();
      long from = search.lowerBound(keys.from());
      rows = rows.plus(from, to == null ? footer.entry.rows() : search.lowerBound(to));
    }
    return rows;
  }

  /** Asks the bloom filters of the columns that the range fixes to one value. */
  private boolean mayHaveKey(KeyRange range) {
    List<Integer> key = request.table().schema().primaryKey();
    List<SegmentPredicate> equalities = new ArrayList<>();
    for (int i = 0; i < range.prefix().size(); i++) {
      ColumnPredicate equal =
          new ColumnPredicate(key.get(i), ComparisonOperator.EQUAL, List.of(range.prefix().get(i)));
      @Nullable SegmentPredicate known =
          SegmentPredicate.of(footer.layout, request.table().schema().column(key.get(i)), equal);
      if (known != null) {
        equalities.add(known);
      }
    }
    return footer.groups.stream()
        .anyMatch(
            group ->
                equalities.stream()
                    .allMatch(equal -> equal.mayMatch(group.chunks().get(equal.leafNumber()))));
  }

  private void count(Group group, RowRanges left, boolean[] neededLeaves) {
    if (left.isEmpty()) {
      statistics.rowGroupsSkipped++;
    } else {
      statistics.rowGroupsRead++;
    }
    for (int leaf = 0; leaf < neededLeaves.length; leaf++) {
      if (neededLeaves[leaf]) {
        Pages pages = group.chunks().get(leaf).pages();
        for (int page = 0; page < pages.count; page++) {
          long first = group.firstRow() + pages.firstRows[page];
          long end = group.firstRow() + pages.firstRows[page + 1];
          statistics.pagesSkipped += left.intersects(first, end) ? 0 : 1;
        }
      }
    }
  }
}
