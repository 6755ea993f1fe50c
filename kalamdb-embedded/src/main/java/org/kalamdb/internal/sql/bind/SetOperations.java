package org.kalamdb.internal.sql.bind;

import java.util.ArrayList;
import java.util.List;
import org.kalamdb.error.ErrorCode;
import org.kalamdb.error.KalamException;
import org.kalamdb.internal.expr.AggregateRegistry;
import org.kalamdb.internal.expr.Expression;
import org.kalamdb.internal.expr.Expression.Column;
import org.kalamdb.internal.expr.Expression.ComparisonOperator;
import org.kalamdb.internal.expr.Expression.Literal;
import org.kalamdb.internal.expr.FunctionRegistry;
import org.kalamdb.internal.expr.TableFunctionRegistry;
import org.kalamdb.internal.expr.TypeRules;
import org.kalamdb.internal.expr.TypeRules.CastContext;
import org.kalamdb.internal.sql.parse.Position;
import org.kalamdb.internal.sql.parse.QueryBody;
import org.kalamdb.internal.sql.parse.QueryBody.SetOperator;
import org.kalamdb.internal.sql.plan.AggregateCall;
import org.kalamdb.internal.sql.plan.Expand;
import org.kalamdb.internal.sql.plan.Expressions;
import org.kalamdb.internal.sql.plan.LogicalPlan;
import org.kalamdb.internal.sql.plan.LogicalPlan.Aggregate;
import org.kalamdb.internal.sql.plan.LogicalPlan.Distinct;
import org.kalamdb.internal.sql.plan.LogicalPlan.Project;
import org.kalamdb.internal.sql.plan.LogicalPlan.Union;
import org.kalamdb.internal.sql.plan.PlanColumn;
import org.kalamdb.schema.DataType;

/**
 * UNION, INTERSECT and EXCEPT of two plans, whose columns it brings to common types. A column of a
 * select list may still be open: its literal takes the other side's type.
 */
final class SetOperations {
  private static final Literal ONE = new Literal(1L, DataType.BIGINT);
  private static final Literal ZERO = new Literal(0L, DataType.BIGINT);

  private SetOperations() {}

  static LogicalPlan combine(QueryBody.SetOperation body, LogicalPlan left, LogicalPlan right) {
    String name = body.operator().name();
    if (left.columns().size() != right.columns().size()) {
      throw body.right()
          .position()
          .error(
              ErrorCode.SYNTAX_ERROR,
              "each " + name + " query must have the same number of columns");
    }
    List<DataType> types = new ArrayList<>();
    List<PlanColumn> columns = new ArrayList<>();
    for (int i = 0; i < left.columns().size(); i++) {
      PlanColumn a = left.columns().get(i);
      PlanColumn b = right.columns().get(i);
      DataType type = commonType(List.of(a.type(), b.type()), name, body.right().position());
      types.add(type);
      columns.add(new PlanColumn(a.name(), type, null, null, a.nullable() || b.nullable()));
    }
    LogicalPlan first = coerced(left, types, body.left().position());
    LogicalPlan second = coerced(right, types, body.right().position());
    if (body.operator() != SetOperator.UNION || !body.all()) {
      SelectBinder.refuseUncomparable(first, body.position());
    }
    if (body.operator() == SetOperator.UNION) {
      Union union = new Union(List.of(first, second), columns);
      return body.all() ? union : new Distinct(union);
    }
    return counted(first, second, columns, body.operator(), body.all());
  }

  static DataType commonType(List<DataType> types, String construct, Position position) {
    try {
      return TypeRules.commonType(types, construct);
    } catch (KalamException e) {
      throw e.at(position.line(), position.column());
    }
  }

  /** The plan with columns of the given types. */
  static LogicalPlan coerced(LogicalPlan plan, List<DataType> types, Position position) {
    try {
      LogicalPlan closed = closed(plan, types);
      boolean same = true;
      List<Expression> expressions = new ArrayList<>();
      List<PlanColumn> columns = new ArrayList<>();
      for (Expression column : Expressions.columnsOf(closed)) {
        int i = expressions.size();
        Expression coerced = TypeRules.coerce(column, types.get(i), CastContext.IMPLICIT);
        same &= coerced == column;
        expressions.add(coerced);
        PlanColumn old = closed.columns().get(i);
        columns.add(new PlanColumn(old.name(), types.get(i), null, null, old.nullable()));
      }
      return same ? closed : new Project(closed, expressions, columns);
    } catch (KalamException e) {
      throw e.at(position.line(), position.column());
    }
  }

  /** Gives the open columns of a select list the types wanted of them. */
  static LogicalPlan closed(LogicalPlan plan, List<DataType> types) {
    if (!(plan instanceof Project project)
        || plan.columns().stream().noneMatch(SetOperations::isOpen)) {
      return plan;
    }
    List<Expression> expressions = new ArrayList<>();
    List<PlanColumn> columns = new ArrayList<>();
    for (int i = 0; i < project.columns().size(); i++) {
      Expression expression = project.expressions().get(i);
      PlanColumn column = project.columns().get(i);
      if (isOpen(column)) {
        expression = TypeRules.coerce(expression, types.get(i), CastContext.IMPLICIT);
        column = new PlanColumn(column.name(), expression.type(), null, null, column.nullable());
      }
      expressions.add(expression);
      columns.add(column);
    }
    return new Project(project.input(), expressions, columns);
  }

  static boolean isOpen(PlanColumn column) {
    return column.type().kind() == DataType.Kind.UNKNOWN;
  }

  /**
   * INTERSECT and EXCEPT: groups the rows of both sides and counts how many of each side every
   * group has, which treats NULLs as equal, as these operations do.
   */
  private static LogicalPlan counted(
      LogicalPlan left,
      LogicalPlan right,
      List<PlanColumn> columns,
      SetOperator operator,
      boolean all) {
    boolean intersect = operator == SetOperator.INTERSECT;
    List<PlanColumn> marked = new ArrayList<>(columns);
    marked.add(new PlanColumn("side", DataType.BOOLEAN, null, null, false));
    Union union =
        new Union(
            List.of(
                marked(left, Expressions.TRUE, marked), marked(right, Expressions.FALSE, marked)),
            marked);
    int width = columns.size();
    Column side = new Column(width, DataType.BOOLEAN, "side");
    List<Expression> groups = Expressions.columnsOf(union).subList(0, width);
    AggregateRegistry.Resolved count = AggregateRegistry.resolve("count", List.of(), false);
    List<AggregateCall> calls =
        List.of(
            new AggregateCall(count.function(), count.arguments(), side),
            new AggregateCall(count.function(), count.arguments(), new Expression.Not(side)));
    List<PlanColumn> counted = new ArrayList<>(columns);
    counted.add(new PlanColumn("left", DataType.BIGINT, null, null, false));
    counted.add(new PlanColumn("right", DataType.BIGINT, null, null, false));
    LogicalPlan plan = new Aggregate(union, groups, calls, counted);
    Column onLeft = new Column(width, DataType.BIGINT, "left");
    Column onRight = new Column(width + 1, DataType.BIGINT, "right");
    if (all) {
      FunctionRegistry functions = FunctionRegistry.instance();
      Expression times =
          intersect
              ? functions.resolve("least", List.of(onLeft, onRight))
              : functions.resolveOperator("-", onLeft, onRight);
      TableFunctionRegistry.Resolved series =
          TableFunctionRegistry.resolve("generate_series", List.of(ONE, times));
      plan =
          Expand.of(plan, List.of(new Expand.Call(series.function(), series.arguments())), false);
    } else {
      plan =
          Expressions.filter(
              plan,
              List.of(
                  new Expression.Comparison(ComparisonOperator.GREATER, onLeft, ZERO),
                  new Expression.Comparison(
                      intersect ? ComparisonOperator.GREATER : ComparisonOperator.EQUAL,
                      onRight,
                      ZERO)));
    }
    return new Project(plan, Expressions.columnsOf(plan).subList(0, width), columns);
  }

  private static LogicalPlan marked(LogicalPlan plan, Literal side, List<PlanColumn> columns) {
    List<Expression> expressions = new ArrayList<>(Expressions.columnsOf(plan));
    expressions.add(side);
    return new Project(plan, expressions, columns);
  }
}
