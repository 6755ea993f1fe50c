package org.kalamdb.internal.exec;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.kalamdb.internal.catalog.TableDefinition;
import org.kalamdb.internal.expr.Expression;
import org.kalamdb.internal.expr.Expression.Column;
import org.kalamdb.internal.sql.plan.Expressions;
import org.kalamdb.internal.sql.plan.KeyCondition;
import org.kalamdb.internal.sql.plan.LogicalPlan;
import org.kalamdb.internal.sql.plan.LogicalPlan.Filter;
import org.kalamdb.internal.sql.plan.LogicalPlan.Project;
import org.kalamdb.internal.sql.plan.Scan;
import org.kalamdb.internal.storage.SystemColumn;
import org.kalamdb.schema.DataType;
import org.kalamdb.schema.TableSchema;

/**
 * A plan that reads one row by its whole primary key: what the row path runs without batches.
 *
 * @param table to read
 * @param key for each key column, in key order, an expression without columns of that column's very
 *     type; NULL finds nothing
 * @param filter condition over the row layout, or null
 * @param projection over the row layout: all columns in declared order, then the {@link
 *     SystemColumn}s
 * @param columns positions of those that filter and projection look at, system columns apart
 */
public record PointRead(
    TableDefinition table,
    List<Expression> key,
    @Nullable Expression filter,
    List<Expression> projection,
    List<Integer> columns) {
  public PointRead {
    key = List.copyOf(key);
    projection = List.copyOf(projection);
    columns = List.copyOf(columns);
  }

  /** The optimized plan as a point read, or null if it is not one. */
  public static @Nullable PointRead of(LogicalPlan root) {
    LogicalPlan plan = root;
    List<Expression> projection = Expressions.columnsOf(plan);
    if (plan instanceof Project project) {
      projection = project.expressions();
      plan = project.input();
    }
    Expression filter = null;
    if (plan instanceof Filter where) {
      filter = where.condition();
      plan = where.input();
    }
    if (!(plan instanceof Scan scan)
        || scan.includeDeleted()
        || scan.limit() != null
        || scan.table().partitioned() != null) {
      return null;
    }
    List<Expression> key = key(scan);
    if (key == null || projection.stream().anyMatch(Expressions::isVolatile)) {
      return null;
    }
    return new PointRead(
        scan.table(),
        key,
        filter == null ? null : overRow(filter, scan),
        projection.stream().map(expression -> overRow(expression, scan)).toList(),
        scan.scanColumns().stream().filter(column -> column >= 0).toList());
  }

  private static @Nullable List<Expression> key(Scan scan) {
    TableSchema schema = scan.table().schema();
    if (schema.primaryKey().isEmpty() || scan.keys().size() != schema.primaryKey().size()) {
      return null;
    }
    List<Expression> key = new ArrayList<>();
    for (KeyCondition condition : scan.keys()) {
      boolean oneValue =
          condition.equal().size() == 1
              && condition.equal().get(0).size() == 1
              && condition.lower().isEmpty()
              && condition.upper().isEmpty();
      if (!oneValue) {
        return null;
      }
      Expression value = condition.equal().get(0).get(0);
      if (!isOfType(value.type(), schema.column(condition.column()).type())) {
        return null;
      }
      key.add(value);
    }
    return key;
  }

  private static boolean isOfType(DataType value, DataType column) {
    return value.equals(column) || (isText(value) && isText(column));
  }

  private static boolean isText(DataType type) {
    return type.kind() == DataType.Kind.TEXT || type.kind() == DataType.Kind.VARCHAR;
  }

  private static Expression overRow(Expression expression, Scan scan) {
    int width = scan.table().schema().columns().size();
    return Expressions.rewrite(
        expression,
        part -> {
          if (!(part instanceof Column column)) {
            return part;
          }
          int number = scan.scanColumns().get(column.index());
          int position = number >= 0 ? number : width - 1 - number;
          return new Column(position, column.type(), column.name());
        });
  }
}
