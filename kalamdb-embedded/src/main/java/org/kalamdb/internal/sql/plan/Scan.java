package org.kalamdb.internal.sql.plan;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.kalamdb.internal.catalog.TableDefinition;
import org.kalamdb.internal.storage.ScanRequest;
import org.kalamdb.internal.storage.SystemColumn;
import org.kalamdb.schema.ColumnSchema;

/**
 * Rows of one table.
 *
 * @param relation which FROM item of the statement this is; unique in the plan as bound
 * @param table definition in the statement's catalog
 * @param alias what the statement calls it
 * @param scanColumns what each output column is, as {@link ScanRequest#columns()} numbers them
 * @param keys conditions on the first columns of the primary key, in key order; exact: no filter
 *     above repeats them
 * @param predicates conditions to skip data by
 * @param order whether rows come in key order
 * @param includeDeleted whether retained tombstones are rows too
 * @param limit no more rows than this are needed; null if unknown
 * @param index the index that may serve instead of reading all rows; null: none
 */
public record Scan(
    int relation,
    TableDefinition table,
    String alias,
    List<Integer> scanColumns,
    List<KeyCondition> keys,
    List<ScanPredicate> predicates,
    ScanRequest.Order order,
    boolean includeDeleted,
    @Nullable RowLimit limit,
    @Nullable IndexAccess index)
    implements LogicalPlan {
  public Scan {
    scanColumns = List.copyOf(scanColumns);
    keys = List.copyOf(keys);
    predicates = List.copyOf(predicates);
  }

  /** A scan of everything in any order. */
  public static Scan of(
      int relation, TableDefinition table, String alias, List<Integer> scanColumns) {
    return new Scan(
        relation,
        table,
        alias,
        scanColumns,
        List.of(),
        List.of(),
        ScanRequest.Order.ANY,
        false,
        null,
        null);
  }

  @Override
  public List<PlanColumn> columns() {
    List<PlanColumn> columns = new ArrayList<>(scanColumns.size());
    for (int number : scanColumns) {
      columns.add(columnOf(table, number));
    }
    return columns;
  }

  private static PlanColumn columnOf(TableDefinition table, int number) {
    if (number < 0) {
      SystemColumn system = SystemColumn.ofScanNumber(number);
      return new PlanColumn(
          system.columnName(), system.type(), table.id(), system.columnName(), false);
    }
    ColumnSchema column = table.schema().column(number);
    return new PlanColumn(
        column.name(), column.type(), table.id(), column.name(), column.nullable());
  }

  public Scan withColumns(List<Integer> numbers) {
    return new Scan(
        relation, table, alias, numbers, keys, predicates, order, includeDeleted, limit, index);
  }

  public Scan withConditions(List<KeyCondition> newKeys, List<ScanPredicate> newPredicates) {
    return new Scan(
        relation,
        table,
        alias,
        scanColumns,
        newKeys,
        newPredicates,
        order,
        includeDeleted,
        limit,
        index);
  }

  public Scan withOrder(ScanRequest.Order newOrder) {
    return new Scan(
        relation,
        table,
        alias,
        scanColumns,
        keys,
        predicates,
        newOrder,
        includeDeleted,
        limit,
        index);
  }

  public Scan withDeleted() {
    return new Scan(
        relation, table, alias, scanColumns, keys, predicates, order, true, limit, null);
  }

  public Scan withLimit(RowLimit newLimit) {
    return new Scan(
        relation,
        table,
        alias,
        scanColumns,
        keys,
        predicates,
        order,
        includeDeleted,
        newLimit,
        index);
  }

  public Scan withIndex(IndexAccess access) {
    return new Scan(
        relation,
        table,
        alias,
        scanColumns,
        keys,
        predicates,
        order,
        includeDeleted,
        limit,
        access);
  }

  @Override
  public List<LogicalPlan> inputs() {
    return List.of();
  }

  @Override
  public LogicalPlan withInputs(List<LogicalPlan> inputs) {
    return this;
  }

  @Override
  public <R> R accept(PlanVisitor<R> visitor) {
    return visitor.visitScan(this);
  }
}
