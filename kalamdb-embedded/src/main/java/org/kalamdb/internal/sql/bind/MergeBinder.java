package org.kalamdb.internal.sql.bind;

import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.kalamdb.error.ErrorCode;
import org.kalamdb.internal.catalog.TableDefinition;
import org.kalamdb.internal.expr.Expression;
import org.kalamdb.internal.sql.bind.FromBinder.Source;
import org.kalamdb.internal.sql.parse.MergeBranch.Match;
import org.kalamdb.internal.sql.parse.MergeStatement;
import org.kalamdb.internal.sql.parse.ParsedExpression;
import org.kalamdb.internal.sql.plan.BoundStatement.BoundMerge;
import org.kalamdb.internal.sql.plan.BoundStatement.InsertItem;
import org.kalamdb.internal.sql.plan.BoundStatement.MergeAction;
import org.kalamdb.internal.sql.plan.BoundStatement.MergeBranch;
import org.kalamdb.internal.sql.plan.BoundStatement.Returning;
import org.kalamdb.internal.sql.plan.Expressions;
import org.kalamdb.internal.sql.plan.JoinType;
import org.kalamdb.internal.sql.plan.LogicalPlan.Join;
import org.kalamdb.internal.sql.plan.LogicalPlan.Project;
import org.kalamdb.internal.sql.plan.PlanColumn;
import org.kalamdb.schema.DataType;
import org.kalamdb.schema.TableType;

/** Binds a MERGE: an outer join of the table with the merged rows, and what to do with its rows. */
final class MergeBinder {
  private final StatementBinding statement;
  private final WithClause with;
  private final TableDefinition table;
  private final ColumnAssignments assignments;

  MergeBinder(StatementBinding statement, WithClause with, TableDefinition table) {
    this.statement = statement;
    this.with = with;
    this.table = table;
    this.assignments = new ColumnAssignments(statement, table);
  }

  BoundMerge bind(MergeStatement merge) {
    if (table.type() == TableType.STREAM) {
      throw merge
          .position()
          .error(
              ErrorCode.FEATURE_NOT_SUPPORTED,
              "MERGE is not supported on stream table " + table.id());
    }
    String alias = merge.alias() == null ? null : merge.alias().name();
    FromBinder from = new FromBinder(statement, null, with.tables());
    Source target = from.scan(table, alias, WriteBinder.LOCATION);
    Source source = from.bind(List.of(merge.source()));
    Source pairs = from.product(target, source, merge.source().position());
    Scope scope = pairs.scope().inside(null, with.tables());
    Expression on = new ExpressionBinder(statement, scope, Clause.JOIN).bindCondition(merge.on());
    PlanInProgress input =
        new PlanInProgress(
            Join.of(joinType(merge), target.plan(), marked(source), null)
                .withCondition(List.of(), on));
    Scope sourceScope = Scope.EMPTY.and(source.scope(), target.width()).inside(null, with.tables());
    Scope targetScope = target.scope().inside(null, with.tables());
    List<MergeBranch> branches = new ArrayList<>();
    Set<Match> unconditional = EnumSet.noneOf(Match.class);
    for (org.kalamdb.internal.sql.parse.MergeBranch branch : merge.branches()) {
      if (unconditional.contains(branch.match())) {
        throw branch
            .position()
            .error(
                ErrorCode.SYNTAX_ERROR,
                "unreachable WHEN clause specified after unconditional WHEN clause");
      }
      if (branch.condition() == null) {
        unconditional.add(branch.match());
      }
      Scope visible =
          switch (branch.match()) {
            case MATCHED -> scope;
            case NOT_MATCHED -> sourceScope;
            case NOT_MATCHED_BY_SOURCE -> targetScope;
          };
      branches.add(bindBranch(branch, visible, input));
    }
    Returning returning =
        new ReturningBinder(statement, with).bindMerged(merge.returning(), table, alias, source);
    return new BoundMerge(
        table,
        with.around(input.plan()),
        source.width(),
        branches,
        returning,
        statement.parameters().soFar());
  }

  private static JoinType joinType(MergeStatement merge) {
    boolean sources =
        merge.branches().stream().anyMatch(branch -> branch.match() == Match.NOT_MATCHED);
    boolean targets =
        merge.branches().stream().anyMatch(branch -> branch.match() == Match.NOT_MATCHED_BY_SOURCE);
    if (targets) {
      return sources ? JoinType.FULL : JoinType.LEFT;
    }
    return sources ? JoinType.RIGHT : JoinType.INNER;
  }

  /** The rows with TRUE behind them, which tells them from the NULLs of an outer join. */
  private static Project marked(Source source) {
    List<Expression> expressions = new ArrayList<>(Expressions.columnsOf(source.plan()));
    List<PlanColumn> columns = new ArrayList<>(source.plan().columns());
    expressions.add(Expressions.TRUE);
    columns.add(new PlanColumn("_present", DataType.BOOLEAN, null, null, false));
    return new Project(source.plan(), expressions, columns);
  }

  private MergeBranch bindBranch(
      org.kalamdb.internal.sql.parse.MergeBranch branch, Scope scope, PlanInProgress input) {
    ExpressionBinder binder = new ExpressionBinder(statement, scope, Clause.MERGE, input, null);
    @Nullable Expression condition =
        branch.condition() == null ? null : binder.bindCondition(branch.condition());
    List<Integer> columns = List.of();
    List<InsertItem> values = List.of();
    switch (branch.action()) {
      case INSERT -> {
        columns = insertColumns(branch);
        values = insertValues(branch, columns, binder);
      }
      case UPDATE -> {
        ColumnAssignments.Bound set = assignments.bind(branch.assignments(), binder);
        columns = set.columns();
        values = set.values().stream().map(InsertItem::new).toList();
      }
      case DELETE, DO_NOTHING -> {}
    }
    return new MergeBranch(
        branch.match() != Match.NOT_MATCHED,
        branch.match() != Match.NOT_MATCHED_BY_SOURCE,
        condition,
        MergeAction.valueOf(branch.action().name()),
        columns,
        values);
  }

  private List<Integer> insertColumns(org.kalamdb.internal.sql.parse.MergeBranch branch) {
    List<Integer> targets = assignments.targets(branch.columns());
    int width = branch.values().size();
    if (width > targets.size()) {
      throw branch
          .values()
          .get(targets.size())
          .position()
          .error(ErrorCode.SYNTAX_ERROR, "INSERT has more expressions than target columns");
    }
    if (width < targets.size() && !branch.columns().isEmpty()) {
      throw branch
          .columns()
          .get(width)
          .position()
          .error(ErrorCode.SYNTAX_ERROR, "INSERT has more target columns than expressions");
    }
    return targets.subList(0, width);
  }

  private List<InsertItem> insertValues(
      org.kalamdb.internal.sql.parse.MergeBranch branch,
      List<Integer> columns,
      ExpressionBinder binder) {
    List<InsertItem> values = new ArrayList<>();
    for (int i = 0; i < columns.size(); i++) {
      ParsedExpression item = branch.values().get(i);
      values.add(
          item instanceof ParsedExpression.DefaultValue
              ? InsertItem.DEFAULT
              : new InsertItem(
                  assignments.inserted(
                      binder.bind(item), columns.get(i), branch.overriding(), item.position())));
    }
    return values;
  }
}
