package org.kalamdb.internal.sql.bind;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.kalamdb.error.ErrorCode;
import org.kalamdb.error.KalamException;
import org.kalamdb.internal.expr.Expression;
import org.kalamdb.internal.expr.Expression.ComparisonOperator;
import org.kalamdb.internal.expr.Expression.Literal;
import org.kalamdb.internal.sql.bind.SubqueryTarget.Subquery;
import org.kalamdb.internal.sql.parse.ParsedExpression;
import org.kalamdb.internal.sql.parse.Position;
import org.kalamdb.internal.sql.parse.Query;
import org.kalamdb.internal.sql.plan.JoinType;
import org.kalamdb.internal.sql.plan.LogicalPlan;
import org.kalamdb.internal.sql.plan.LogicalPlan.Limit;
import org.kalamdb.internal.sql.plan.LogicalPlan.Project;
import org.kalamdb.internal.sql.plan.RowLimit;
import org.kalamdb.schema.DataType;

/** Binds the subqueries in the expressions of one clause. */
final class SubqueryBinder {
  private final ExpressionBinder binder;
  private final StatementBinding statement;
  private final Scope scope;
  private final Clause clause;
  private final @Nullable SubqueryTarget subqueries;
  private final @Nullable AggregateCollector aggregates;
  private final Guards guards;
  private final RowComparisons rows;

  /** For the expressions of {@code binder}, which binds what a subquery is compared with. */
  SubqueryBinder(
      ExpressionBinder binder,
      StatementBinding statement,
      Scope scope,
      Clause clause,
      @Nullable SubqueryTarget subqueries,
      @Nullable AggregateCollector aggregates,
      Guards guards) {
    this.binder = binder;
    this.statement = statement;
    this.scope = scope;
    this.clause = clause;
    this.subqueries = subqueries;
    this.aggregates = aggregates;
    this.guards = guards;
    this.rows = new RowComparisons(statement);
  }

  /** {@code left operator ANY (query)}. */
  Expression quantified(
      ComparisonOperator operator, ParsedExpression left, Query query, Position position) {
    SubqueryTarget target = target(position);
    List<Expression> operands = binder.bindRow(left);
    OuterQuery outer = outerQuery();
    LogicalPlan plan = bindSubquery(query, outer);
    if (plan.columns().size() != operands.size()) {
      throw position.error(
          ErrorCode.SYNTAX_ERROR,
          plan.columns().size() > operands.size()
              ? "subquery has too many columns"
              : "subquery has too few columns");
    }
    List<Expression> own = new ArrayList<>();
    for (int i = 0; i < operands.size(); i++) {
      own.add(Subquery.column(plan, i));
    }
    Expression condition = rows.compare(operator, operands, own, position);
    return target
        .attach(new Subquery(JoinType.MARK, plan, outer.references(plan), condition, "in"))
        .get(0);
  }

  private OuterQuery outerQuery() {
    return OuterQuery.ofClause(statement, scope, clause, aggregates);
  }

  private LogicalPlan bindSubquery(Query query, OuterQuery outer) {
    return statement.withoutRecursion(
        "a subquery", query.position(), () -> statement.bindSubquery(query, outer));
  }

  private SubqueryTarget target(Position position) {
    if (clause == Clause.CHECK || clause == Clause.DEFAULT) {
      throw binder.unsupported(
          position,
          clause == Clause.CHECK
              ? "cannot use subquery in check constraint"
              : "cannot use subquery in DEFAULT expression");
    }
    if (subqueries == null || !clause.allowsSubqueries()) {
      throw binder.unsupported(position, "subqueries are not supported in " + clause.label());
    }
    return subqueries;
  }

  /** Whether the subquery has a row. */
  Expression exists(ParsedExpression.Exists expression) {
    SubqueryTarget target = target(expression.position());
    OuterQuery outer = outerQuery();
    LogicalPlan plan = bindSubquery(expression.query(), outer);
    List<OuterQuery.Reference> references = outer.references(plan);
    LogicalPlan rows = new Project(plan, List.of(), List.of());
    if (references.isEmpty()) {
      rows = new Limit(rows, new RowLimit(new Literal(1L, DataType.BIGINT), null));
    }
    return target.attach(new Subquery(JoinType.EXISTS, rows, references, null, "exists")).get(0);
  }

  /** The one value of the subquery. */
  Expression single(ParsedExpression.ScalarSubquery expression) {
    List<Expression> values = row(expression);
    if (values.size() != 1) {
      throw expression
          .position()
          .error(ErrorCode.SYNTAX_ERROR, "subquery must return only one column");
    }
    return values.get(0);
  }

  /** The columns of the one row of the subquery. */
  List<Expression> row(ParsedExpression.ScalarSubquery expression) {
    SubqueryTarget target = target(expression.position());
    OuterQuery outer = outerQuery();
    LogicalPlan plan = bindSubquery(expression.query(), outer);
    if (plan.columns().isEmpty()) {
      throw expression
          .position()
          .error(ErrorCode.SYNTAX_ERROR, "subquery must return only one column");
    }
    return List.copyOf(
        target.attach(
            new Subquery(JoinType.SINGLE, plan, outer.references(plan), guards.condition(), "")));
  }

  /** The columns of a subquery of one row, for a SET of several columns. */
  List<Expression> rowOfWidth(ParsedExpression.ScalarSubquery expression, int width) {
    try {
      List<Expression> values = row(expression);
      if (values.size() != width) {
        throw expression
            .position()
            .error(ErrorCode.SYNTAX_ERROR, "number of columns does not match number of values");
      }
      return values;
    } catch (KalamException e) {
      throw e.at(expression.position().line(), expression.position().column());
    }
  }
}
