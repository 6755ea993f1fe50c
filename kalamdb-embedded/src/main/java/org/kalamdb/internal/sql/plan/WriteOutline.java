package org.kalamdb.internal.sql.plan;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.kalamdb.internal.expr.Expression;
import org.kalamdb.internal.sql.plan.BoundStatement.BoundDelete;
import org.kalamdb.internal.sql.plan.BoundStatement.BoundInsert;
import org.kalamdb.internal.sql.plan.BoundStatement.BoundMerge;
import org.kalamdb.internal.sql.plan.BoundStatement.BoundParts;
import org.kalamdb.internal.sql.plan.BoundStatement.BoundQuery;
import org.kalamdb.internal.sql.plan.BoundStatement.BoundUpdate;
import org.kalamdb.internal.sql.plan.BoundStatement.BoundWrite;
import org.kalamdb.internal.sql.plan.BoundStatement.InsertItem;
import org.kalamdb.internal.sql.plan.BoundStatement.MergeBranch;
import org.kalamdb.internal.sql.plan.BoundStatement.OnConflict;
import org.kalamdb.internal.sql.plan.BoundStatement.Part;
import org.kalamdb.internal.sql.plan.BoundStatement.Returning;
import org.kalamdb.schema.TableSchema;

/** Says of writes what EXPLAIN shows: what they do to their tables, and their plans. */
public final class WriteOutline {
  private final BoundWrite write;
  private final TableSchema schema;
  private final List<String> details = new ArrayList<>();
  private final List<LogicalPlan> plans = new ArrayList<>();
  private final List<StatementOutline> parts = new ArrayList<>();

  private WriteOutline(BoundWrite write) {
    this.write = write;
    this.schema = write.table().schema();
  }

  /** The outline of a query or write, whose parts stand before it. */
  public static StatementOutline of(BoundStatement statement) {
    if (statement instanceof BoundParts bound) {
      List<StatementOutline> parts = new ArrayList<>();
      for (Part part : bound.parts()) {
        StatementOutline own = of(part.statement());
        parts.add(
            new StatementOutline(
                part.name() + ": " + own.label(),
                own.subject(),
                own.details(),
                own.plans(),
                own.parts()));
      }
      parts.add(of(bound.main()));
      return new StatementOutline("With", "", List.of(), List.of(), parts);
    } else if (statement instanceof BoundQuery query) {
      return new StatementOutline("Select", "", List.of(), List.of(query.plan()), List.of());
    }
    return new WriteOutline((BoundWrite) statement).outline();
  }

  private StatementOutline outline() {
    if (write instanceof BoundInsert insert) {
      detail("columns: " + names(insert.targetColumns()));
      conflict(insert.conflict());
    } else if (write instanceof BoundUpdate update) {
      detail("sets: " + names(update.assignedColumns()));
    } else if (write instanceof BoundMerge merge) {
      merge.branches().forEach(this::branch);
    }
    Returning returning = write.returning();
    if (returning != null) {
      detail("returns: " + ExpressionPrinter.printAll(returning.expressions()));
    }
    if (write instanceof BoundInsert insert) {
      if (insert.rows() != null) {
        int rows = insert.rows().size();
        parts.add(
            new StatementOutline(
                "Values", rows + (rows == 1 ? " row" : " rows"), List.of(), List.of(), List.of()));
      }
      plan(insert.subqueries());
      plan(insert.source());
      plan(insert.conflict() == null ? null : insert.conflict().input());
    } else if (write instanceof BoundUpdate update) {
      plan(update.source());
    } else if (write instanceof BoundDelete delete) {
      plan(delete.source());
    } else if (write instanceof BoundMerge merge) {
      plan(merge.source());
    }
    plan(returning == null ? null : returning.input());
    String verb = write.label().charAt(0) + write.label().substring(1).toLowerCase(Locale.ROOT);
    return new StatementOutline(verb, write.table().id().toString(), details, plans, parts);
  }

  private void detail(String text) {
    details.add(text);
  }

  private void plan(@Nullable LogicalPlan plan) {
    if (plan != null) {
      plans.add(plan);
    }
  }

  private String names(List<Integer> columns) {
    return columns.stream()
        .map(column -> schema.column(column).name())
        .collect(Collectors.joining(", "));
  }

  private void conflict(@Nullable OnConflict conflict) {
    if (conflict == null) {
      return;
    }
    List<Integer> assigned = conflict.assignedColumns();
    if (assigned == null) {
      detail("on conflict: do nothing");
      return;
    }
    String sets =
        IntStream.range(0, assigned.size())
            .mapToObj(i -> set(assigned.get(i), conflict.values().get(i)))
            .collect(Collectors.joining(", "));
    Expression condition = conflict.condition();
    detail(
        "on conflict: update "
            + sets
            + (condition == null ? "" : " where " + ExpressionPrinter.print(condition)));
  }

  private String set(int column, @Nullable Expression value) {
    return schema.column(column).name()
        + " = "
        + (value == null ? "DEFAULT" : ExpressionPrinter.print(value));
  }

  private void branch(MergeBranch branch) {
    StringBuilder text = new StringBuilder("when ");
    text.append(
        !branch.onTarget()
            ? "not matched"
            : branch.onSource() ? "matched" : "not matched by source");
    Expression condition = branch.condition();
    if (condition != null) {
      text.append(" and ").append(ExpressionPrinter.print(condition));
    }
    text.append(": ").append(branch.action().name().toLowerCase(Locale.ROOT).replace('_', ' '));
    List<InsertItem> values = branch.values();
    for (int i = 0; i < values.size(); i++) {
      text.append(i == 0 ? " " : ", ");
      text.append(set(branch.columns().get(i), values.get(i).value()));
    }
    detail(text.toString());
  }
}
