package org.kalamdb.internal.live;

import java.util.List;
import java.util.Set;
import org.apache.arrow.memory.BufferAllocator;
import org.jspecify.annotations.Nullable;
import org.kalamdb.internal.catalog.TableDefinition;
import org.kalamdb.internal.expr.Expression;
import org.kalamdb.internal.expr.ExpressionTree;
import org.kalamdb.query.ResultColumn;

/**
 * Filter and projection of the rows of one table, without parameter values: what all live queries
 * of one text share. Compared by identity.
 */
public final class RowQuery {
  private final String sql;
  private final TableDefinition table;
  private final @Nullable Expression filter;
  private final List<Expression> projection;
  private final List<ResultColumn> columns;
  private final Set<String> columnNames;
  private final BufferAllocator allocator;
  private final RowSnapshots snapshots;
  private final boolean asksSession;

  /** Reads the rows of such a query as they are now. */
  @FunctionalInterface
  public interface RowSnapshots {
    /** As {@link SnapshotSource#open}. */
    SnapshotSource.Snapshot open(EvaluatedSubscription query, long lastRows, int batchSize);

    /** As {@link SnapshotSource#changesSince}. */
    default Missed changesSince(EvaluatedSubscription query, long seq) {
      return Missed.lost("the query's changes are not kept");
    }
  }

  /**
   * @param filter over the row layout of {@link CompiledSubscription}; null: all rows
   * @param allocator outlives the query
   */
  public RowQuery(
      String sql,
      TableDefinition table,
      @Nullable Expression filter,
      List<Expression> projection,
      List<ResultColumn> columns,
      BufferAllocator allocator,
      RowSnapshots snapshots) {
    this.sql = sql;
    this.table = table;
    this.filter = filter;
    this.projection = List.copyOf(projection);
    this.columns = List.copyOf(columns);
    this.columnNames = Set.copyOf(ChangedColumns.all(columns));
    this.allocator = allocator;
    this.snapshots = snapshots;
    this.asksSession =
        (filter != null && !ExpressionTree.isImmutable(filter))
            || !this.projection.stream().allMatch(ExpressionTree::isImmutable);
  }

  public String sql() {
    return sql;
  }

  public TableDefinition table() {
    return table;
  }

  public @Nullable Expression filter() {
    return filter;
  }

  public List<Expression> projection() {
    return projection;
  }

  public List<ResultColumn> columns() {
    return columns;
  }

  Set<String> columnNames() {
    return columnNames;
  }

  BufferAllocator allocator() {
    return allocator;
  }

  RowSnapshots snapshots() {
    return snapshots;
  }

  /** Whether its rows may depend on who asks, and when. */
  public boolean asksSession() {
    return asksSession;
  }
}
