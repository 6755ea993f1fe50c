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
import org.kalamdb.internal.sql.plan.BoundStatement.BoundUpdate;
import org.kalamdb.internal.sql.plan.BoundStatement.BoundWrite;
import org.kalamdb.internal.sql.plan.BoundStatement.InsertItem;
import org.kalamdb.internal.sql.plan.BoundStatement.MergeBranch;
import org.kalamdb.internal.sql.plan.BoundStatement.OnConflict;
import org.kalamdb.internal.sql.plan.BoundStatement.Returning;
import org.kalamdb.schema.TableSchema;

/** Prints a write as EXPLAIN shows it: what it does to its table, and below that its plans. */
public final class WritePrinter {
  private static final String DETAIL = "    ";
  private static final String INPUT = "  ";

  private final BoundWrite write;
  private final TableSchema schema;
  private final List<String> lines = new ArrayList<>();

  private WritePrinter(BoundWrite write) {
    this.write = write;
    this.schema = write.table().schema();
  }

  /** The lines, with the notes about the run behind the head. */
  public static List<String> print(BoundWrite write, List<String> notes) {
    return new WritePrinter(write).print(notes);
  }

  private List<String> print(List<String> notes) {
    String verb = write.label().charAt(0) + write.label().substring(1).toLowerCase(Locale.ROOT);
    lines.add(verb + " " + write.table().id());
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
    notes.forEach(this::detail);
    if (write instanceof BoundInsert insert) {
      if (insert.rows() != null) {
        int rows = insert.rows().size();
        lines.add(INPUT + "Values " + rows + (rows == 1 ? " row" : " rows"));
      }
      input(insert.subqueries());
      input(insert.source());
      input(insert.conflict() == null ? null : insert.conflict().input());
    } else if (write instanceof BoundUpdate update) {
      input(update.source());
    } else if (write instanceof BoundDelete delete) {
      input(delete.source());
    } else if (write instanceof BoundMerge merge) {
      input(merge.source());
    }
    input(returning == null ? null : returning.input());
    return lines;
  }

  private void detail(String text) {
    lines.add(DETAIL + text);
  }

  private void input(@Nullable LogicalPlan plan) {
    if (plan != null) {
      PlanPrinter.print(plan).forEach(line -> lines.add(INPUT + line));
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
