package org.kalamdb.internal.sql.bind;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.kalamdb.error.ErrorCode;
import org.kalamdb.internal.sql.bind.CommonTables.CommonTable;
import org.kalamdb.internal.sql.parse.Identifier;
import org.kalamdb.internal.sql.parse.Query;
import org.kalamdb.internal.sql.parse.QueryBody;
import org.kalamdb.internal.sql.plan.BoundStatement;
import org.kalamdb.internal.sql.plan.BoundStatement.BoundQuery;
import org.kalamdb.internal.sql.plan.BoundStatement.BoundWrite;
import org.kalamdb.internal.sql.plan.BoundStatement.Part;
import org.kalamdb.internal.sql.plan.BoundStatement.Returning;
import org.kalamdb.internal.sql.plan.CommonScans;
import org.kalamdb.internal.sql.plan.LogicalPlan;
import org.kalamdb.internal.sql.plan.LogicalPlan.BufferedRows;
import org.kalamdb.internal.sql.plan.PlanColumn;
import org.kalamdb.internal.sql.plan.PlanExpressions;
import org.kalamdb.internal.sql.plan.RecursiveUnion;
import org.kalamdb.internal.sql.plan.With;
import org.kalamdb.query.ResultColumn;

/**
 * A bound WITH clause: its queries, each bound once, and the names they give to the query behind
 * it. Where it holds statements that write, these are parts of their own, which run before what is
 * behind the clause; so are queries that would not give the same rows to each part.
 */
final class WithClause {
  private final StatementBinding statement;
  private final @Nullable OuterQuery outer;
  private final @Nullable WithClause parent;
  private final boolean inParts;
  private final List<Definition> definitions = new ArrayList<>();
  private final List<Part> parts = new ArrayList<>();
  private final Set<Integer> readParts = new HashSet<>();
  private CommonTables tables;

  private record Definition(
      CommonTable.Rows rows, LogicalPlan plan, @Nullable Boolean materialized) {}

  private WithClause(
      StatementBinding statement,
      @Nullable OuterQuery outer,
      @Nullable WithClause parent,
      boolean inParts,
      CommonTables tables) {
    this.statement = statement;
    this.outer = outer;
    this.parent = parent;
    this.inParts = inParts;
    this.tables = tables;
  }

  /** Whether one of the queries writes. */
  static boolean writes(List<Query.CommonTable> with) {
    return with.stream().anyMatch(table -> table.query().body() instanceof QueryBody.Write);
  }

  /** Binds the queries, which see {@code around} and those before them. */
  static WithClause bind(
      List<Query.CommonTable> with,
      boolean recursive,
      StatementBinding statement,
      @Nullable OuterQuery outer,
      CommonTables around) {
    return bind(with, recursive, new WithClause(statement, outer, null, false, around));
  }

  /**
   * Binds the clause of a statement.
   *
   * @param parent the clause the statement is in; null for the whole statement, whose clause may
   *     hold statements that write
   */
  static WithClause bind(
      List<Query.CommonTable> with,
      boolean recursive,
      StatementBinding statement,
      @Nullable WithClause parent) {
    CommonTables around = parent == null ? CommonTables.NONE : parent.tables;
    boolean inParts = parent == null && writes(with);
    return bind(with, recursive, new WithClause(statement, null, parent, inParts, around));
  }

  private static WithClause bind(
      List<Query.CommonTable> with, boolean recursive, WithClause clause) {
    Set<String> names = new HashSet<>();
    for (Query.CommonTable table : with) {
      Identifier name = table.name();
      if (!names.add(name.name())) {
        throw name.position()
            .error(
                ErrorCode.DUPLICATE_ALIAS,
                "WITH query name \"" + name.name() + "\" specified more than once");
      }
      clause.add(table, recursive);
    }
    return clause;
  }

  /** What the query behind the clause sees. */
  CommonTables tables() {
    return tables;
  }

  /** What runs before the query behind the clause, in order. */
  List<Part> parts() {
    return parts.stream()
        .filter(part -> part.statement() instanceof BoundWrite || readParts.contains(part.number()))
        .toList();
  }

  private void add(Query.CommonTable table, boolean recursive) {
    if (inParts && table.query().body() instanceof QueryBody.Write write) {
      addWrite(table, write, recursive);
      return;
    }
    LogicalPlan plan = recursive ? bindRecursive(table) : bind(table.query(), tables);
    if (inParts && PlanExpressions.isVolatile(plan)) {
      LogicalPlan whole = around(statement.withDeletedRows(plan));
      addPart(table, new BoundQuery(whole, List.of()), plan.columns());
    } else {
      define(table, plan);
    }
  }

  private void define(Query.CommonTable table, LogicalPlan plan) {
    CommonTable.Rows rows =
        new CommonTable.Rows(
            statement.nextCommonTable(), table.name().name(), named(plan.columns(), table), false);
    definitions.add(new Definition(rows, plan, table.materialized()));
    tables = tables.with(rows);
  }

  private void addWrite(Query.CommonTable table, QueryBody.Write write, boolean recursive) {
    String name = table.name().name();
    CommonTables outside = tables;
    if (recursive) {
      tables =
          tables.with(
              new CommonTable.Forbidden(
                  name,
                  ErrorCode.INVALID_RECURSION,
                  "recursive query \"" + name + "\" must not contain data-modifying statements"));
    }
    BoundWrite bound = new WriteBinder(statement, this).bind(write.statement());
    tables = outside;
    Returning returning = bound.returning();
    if (returning == null) {
      parts.add(new Part(statement.nextRelation(), name, bound));
      tables =
          tables.with(
              new CommonTable.Forbidden(
                  name,
                  ErrorCode.FEATURE_NOT_SUPPORTED,
                  "WITH query \"" + name + "\" does not have a RETURNING clause"));
    } else {
      addPart(table, bound, returning.columns().stream().map(WithClause::column).toList());
    }
  }

  private static PlanColumn column(ResultColumn column) {
    return PlanColumn.computed(column.name(), column.type());
  }

  private void addPart(Query.CommonTable table, BoundStatement bound, List<PlanColumn> columns) {
    int number = statement.nextRelation();
    parts.add(new Part(number, table.name().name(), bound));
    define(table, new BufferedRows(number, columns));
  }

  private LogicalPlan bind(Query query, CommonTables visible) {
    return new QueryBinder(statement, outer, visible).bind(query);
  }

  private static List<PlanColumn> named(List<PlanColumn> columns, Query.CommonTable table) {
    if (table.columns().size() > columns.size()) {
      throw table
          .name()
          .position()
          .error(
              ErrorCode.INVALID_COLUMN_REFERENCE,
              "WITH query \""
                  + table.name().name()
                  + "\" has "
                  + columns.size()
                  + " columns available but "
                  + table.columns().size()
                  + " columns specified");
    }
    List<PlanColumn> named = new ArrayList<>();
    for (int i = 0; i < columns.size(); i++) {
      named.add(
          i < table.columns().size()
              ? columns.get(i).named(table.columns().get(i).name())
              : columns.get(i));
    }
    return named;
  }

  /**
   * The query around {@code body}, which reads the common tables. One that is read once is put in
   * its place, unless it is to be computed apart or would be computed again in every round of a
   * recursion.
   */
  LogicalPlan around(LogicalPlan body) {
    LogicalPlan plan = body;
    for (int i = definitions.size() - 1; i >= 0; i--) {
      Definition definition = definitions.get(i);
      int id = definition.rows().id();
      int count = CommonScans.count(plan, id);
      if (count > 0 && definition.plan() instanceof BufferedRows rows) {
        readParts.add(rows.number());
        plan = CommonScans.inline(plan, id, rows);
      } else if (count > 0) {
        plan =
            isInlined(definition, count, plan)
                ? CommonScans.inline(plan, id, definition.plan())
                : new With(id, definition.rows().name(), definition.plan(), plan);
      }
    }
    return parent == null ? plan : parent.around(plan);
  }

  private static boolean isInlined(Definition definition, int count, LogicalPlan plan) {
    if (definition.materialized() != null) {
      return !definition.materialized() && !(definition.plan() instanceof RecursiveUnion);
    }
    return count == 1
        && !PlanExpressions.isVolatile(definition.plan())
        && !isReadInStep(plan, definition.rows().id());
  }

  private static boolean isReadInStep(LogicalPlan plan, int id) {
    if (plan instanceof RecursiveUnion union && CommonScans.count(union.step(), id) > 0) {
      return true;
    }
    return plan.inputs().stream().anyMatch(input -> isReadInStep(input, id));
  }

  /** A query under WITH RECURSIVE, which may or may not name itself. */
  private LogicalPlan bindRecursive(Query.CommonTable table) {
    String name = table.name().name();
    if (table.query().body() instanceof QueryBody.SetOperation union
        && union.operator() == QueryBody.SetOperator.UNION) {
      return new RecursiveQuery(statement, outer, table, union).bind(tables);
    }
    CommonTable self =
        new CommonTable.Forbidden(
            name,
            ErrorCode.INVALID_RECURSION,
            "recursive query \""
                + name
                + "\" does not have the form non-recursive-term UNION [ALL] recursive-term");
    return bind(table.query(), tables.with(self));
  }
}
