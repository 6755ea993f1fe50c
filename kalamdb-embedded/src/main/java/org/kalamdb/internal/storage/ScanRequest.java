package org.kalamdb.internal.storage;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.kalamdb.internal.catalog.TableDefinition;
import org.kalamdb.schema.UserId;

/**
 * What to read of one partition of a table.
 *
 * @param table as of the reader's catalog
 * @param user owner of the partition; null exactly for shared tables
 * @param columns what each output column is: a position in the newest schema, or a {@link
 *     SystemColumn#scanNumber()}
 * @param ranges primary-key ranges, disjoint and ascending; never empty
 * @param predicates conditions to skip by, all of them ANDed
 * @param order whether rows must come in key order
 * @param includeDeleted whether retained tombstones are returned too
 * @param limit the reader will take at most this many rows; Long.MAX_VALUE if it does not know
 * @param afterSeq rows of commits up to this one may be left out
 */
public record ScanRequest(
    TableDefinition table,
    @Nullable UserId user,
    List<Integer> columns,
    List<KeyRange> ranges,
    List<ColumnPredicate> predicates,
    Order order,
    boolean includeDeleted,
    long limit,
    long afterSeq) {
  /** A scan of rows of whatever age. */
  public ScanRequest(
      TableDefinition table,
      @Nullable UserId user,
      List<Integer> columns,
      List<KeyRange> ranges,
      List<ColumnPredicate> predicates,
      Order order,
      boolean includeDeleted,
      long limit) {
    this(table, user, columns, ranges, predicates, order, includeDeleted, limit, 0);
  }

  public ScanRequest {
    columns = List.copyOf(columns);
    ranges = List.copyOf(ranges);
    predicates = List.copyOf(predicates);
  }

  /** Order of rows by primary key. */
  public enum Order {
    ANY,
    ASCENDING,
    DESCENDING
  }
}
