package org.kalamdb.internal.sql.plan;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.kalamdb.internal.expr.Expression;
import org.kalamdb.schema.DataType;

/**
 * Each row once for each of several grouping sets, for an {@link Aggregate} above. Puts out the
 * input's columns, then the keys, NULL where the set lacks them, then the number of the set, and,
 * if there is an empty set, whether this is a row at all: an input without rows gives one row that
 * is none for each empty set, so that its group exists.
 *
 * @param sets numbers of the keys in each set
 */
public record ExpandSets(
    LogicalPlan input,
    List<Expression> keys,
    List<List<Integer>> sets,
    boolean hasPresent,
    List<PlanColumn> columns)
    implements LogicalPlan {
  public ExpandSets {
    keys = List.copyOf(keys);
    sets = sets.stream().map(List::copyOf).toList();
    columns = List.copyOf(columns);
  }

  public static ExpandSets of(
      LogicalPlan input, List<Expression> keys, List<BitSet> sets, boolean hasPresent) {
    return over(
        input, keys, sets.stream().map(set -> set.stream().boxed().toList()).toList(), hasPresent);
  }

  private static ExpandSets over(
      LogicalPlan input, List<Expression> keys, List<List<Integer>> sets, boolean hasPresent) {
    List<PlanColumn> columns = new ArrayList<>(input.columns());
    for (Expression key : keys) {
      columns.add(
          key instanceof Expression.Column column
              ? input.columns().get(column.index()).asNullable()
              : PlanColumn.computed(ExpressionPrinter.print(key), key.type()));
    }
    columns.add(new PlanColumn("grouping set", DataType.INTEGER, null, null, false));
    if (hasPresent) {
      columns.add(new PlanColumn("present", DataType.BOOLEAN, null, null, false));
    }
    return new ExpandSets(input, keys, sets, hasPresent, columns);
  }

  /** The same on another input, with its keys over that. */
  public ExpandSets on(LogicalPlan other, List<Expression> otherKeys) {
    return over(other, otherKeys, sets, hasPresent);
  }

  /** The keys and the number of the set, over this. */
  public List<Expression> groups() {
    int width = input.columns().size();
    List<Expression> groups = new ArrayList<>();
    for (int i = width; i <= width + keys.size(); i++) {
      groups.add(new Expression.Column(i, columns.get(i).type(), columns.get(i).name()));
    }
    return groups;
  }

  /** Whether a row is one of the input's; null if all are. */
  public Expression.@Nullable Column present() {
    return hasPresent
        ? new Expression.Column(columns.size() - 1, DataType.BOOLEAN, "present")
        : null;
  }

  @Override
  public List<LogicalPlan> inputs() {
    return List.of(input);
  }

  @Override
  public LogicalPlan withInputs(List<LogicalPlan> inputs) {
    return on(inputs.get(0), keys);
  }

  @Override
  public <R> R accept(PlanVisitor<R> visitor) {
    return visitor.visitExpandSets(this);
  }
}
