package org.kalamdb.internal.sql.bind;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.kalamdb.error.ErrorCode;
import org.kalamdb.error.KalamException;
import org.kalamdb.internal.expr.Expression;
import org.kalamdb.internal.expr.Expression.Column;
import org.kalamdb.internal.expr.Expression.OuterColumn;
import org.kalamdb.internal.sql.parse.Position;
import org.kalamdb.internal.sql.plan.Expressions;
import org.kalamdb.internal.sql.plan.LogicalPlan;
import org.kalamdb.internal.sql.plan.PlanExpressions;

/**
 * What a query sees of the one around it, and a record of what of it was used. FROM items that a
 * LATERAL one may refer to stand in the chain as one such level for each join they are in; these
 * levels are together one level of names.
 */
final class OuterQuery {
  private final StatementBinding statement;
  private final Scope scope;
  private final Clause clause;
  private final @Nullable AggregateCollector aggregates;
  private final Kind kind;
  private final List<Reference> references = new ArrayList<>();

  /** What of a query a level is. */
  private enum Kind {
    /** A clause that the inner query stands in. */
    CLAUSE,
    /** FROM items left of a LATERAL one. */
    NEIGHBOURS,
    /** FROM items left of a LATERAL one that RIGHT or FULL JOIN keeps from them. */
    FORBIDDEN_NEIGHBOURS
  }

  /**
   * A use of the outer query's column.
   *
   * @param position where the inner query first names it
   */
  record Reference(int id, Column column, Position position) {}

  private OuterQuery(
      StatementBinding statement,
      Scope scope,
      Clause clause,
      @Nullable AggregateCollector aggregates,
      Kind kind) {
    this.statement = statement;
    this.scope = scope;
    this.clause = clause;
    this.aggregates = aggregates;
    this.kind = kind;
  }

  /** The level of a clause; {@code aggregates} where it allows them. */
  static OuterQuery ofClause(
      StatementBinding statement,
      Scope scope,
      Clause clause,
      @Nullable AggregateCollector aggregates) {
    return new OuterQuery(statement, scope, clause, aggregates, Kind.CLAUSE);
  }

  /** The level of FROM items; {@code scope} is inside whatever else they can refer to. */
  static OuterQuery ofNeighbours(StatementBinding statement, Scope scope, boolean allowed) {
    return new OuterQuery(
        statement, scope, Clause.FROM, null, allowed ? Kind.NEIGHBOURS : Kind.FORBIDDEN_NEIGHBOURS);
  }

  Scope scope() {
    return scope;
  }

  CommonTables commonTables() {
    return scope.commonTables();
  }

  boolean isNeighbours() {
    return kind != Kind.CLAUSE;
  }

  /**
   * The uses that the plan, bound inside, still has: some have become part of an aggregate here.
   */
  List<Reference> references(LogicalPlan plan) {
    if (references.isEmpty()) {
      return List.of();
    }
    Set<Integer> used = PlanExpressions.outerColumns(plan).keySet();
    return references.stream().filter(reference -> used.contains(reference.id())).toList();
  }

  /** The outer column that stands for {@code column} of this level's input. */
  OuterColumn refer(Column column, Position position) {
    if (kind == Kind.FORBIDDEN_NEIGHBOURS) {
      throw position
          .error(
              ErrorCode.INVALID_COLUMN_REFERENCE,
              "invalid reference to FROM-clause entry: " + column.name())
          .withHint("The combining JOIN type must be INNER or LEFT for a LATERAL reference.");
    }
    for (Reference reference : references) {
      if (reference.column().index() == column.index()) {
        return new OuterColumn(reference.id(), column.type(), column.name());
      }
    }
    int id = statement.nextOuterColumn();
    references.add(new Reference(id, column, position));
    return new OuterColumn(id, column.type(), column.name());
  }

  /** The column that the outer column stands for, if it is one of this level. */
  @Nullable Column columnOf(OuterColumn outer) {
    for (Reference reference : references) {
      if (reference.id() == outer.id()) {
        return reference.column();
      }
    }
    return null;
  }

  /** As {@link #refer(Column, Position)}, where no error can be about the column. */
  OuterColumn refer(Column column) {
    return refer(column, Position.START);
  }

  /** The same level with nothing of it used, and with nothing forbidden. */
  OuterQuery unused() {
    return ofNeighbours(statement, scope, true);
  }

  /** Where an aggregate belongs that refers to this query's columns and to none further in. */
  AggregateCollector requireAggregates() {
    if (aggregates == null) {
      throw new KalamException(
          ErrorCode.GROUPING_ERROR,
          isNeighbours()
              ? "aggregate functions are not allowed in FROM clause of their own query level"
              : "aggregate functions are not allowed in " + clause.label());
    }
    return aggregates;
  }

  /** The expression with the outer columns of this level as columns of its input. */
  Expression inward(Expression expression) {
    return Expressions.mapOuterColumns(
        expression,
        outer -> {
          Column column = columnOf(outer);
          return column == null ? outer : column;
        });
  }
}
