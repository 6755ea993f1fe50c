package org.kalamdb.internal.sql.plan;

import java.util.ArrayList;
import java.util.List;
import org.kalamdb.internal.expr.Expression;
import org.kalamdb.internal.expr.TableFunction;
import org.kalamdb.schema.DataType;

/**
 * The rows of table functions called for each input row: the input's columns, then those of each
 * function, side by side. A function that ends before the longest one goes on with NULLs; an input
 * row for which none gives a row is in no row of the output.
 *
 * @param added the columns behind the input's, of all functions in order and then, if {@code
 *     ordinality}, a BIGINT that counts each input row's rows from 1
 */
public record Expand(
    LogicalPlan input, List<Call> calls, boolean ordinality, List<PlanColumn> added)
    implements LogicalPlan {
  public Expand {
    calls = List.copyOf(calls);
    added = List.copyOf(added);
  }

  /** A function and its arguments over the input's columns. */
  public record Call(TableFunction function, List<Expression> arguments) {
    public Call {
      arguments = List.copyOf(arguments);
    }
  }

  /** With columns named as the functions name them. */
  public static Expand of(LogicalPlan input, List<Call> calls, boolean ordinality) {
    List<PlanColumn> added = new ArrayList<>();
    for (Call call : calls) {
      for (TableFunction.Output output : call.function().outputs()) {
        added.add(PlanColumn.computed(output.name(), output.type()));
      }
    }
    if (ordinality) {
      added.add(new PlanColumn("ordinality", DataType.BIGINT, null, null, false));
    }
    return new Expand(input, calls, ordinality, added);
  }

  public Expand withCalls(List<Call> newCalls) {
    return new Expand(input, newCalls, ordinality, added);
  }

  @Override
  public List<PlanColumn> columns() {
    List<PlanColumn> columns = new ArrayList<>(input.columns());
    columns.addAll(added);
    return columns;
  }

  @Override
  public List<LogicalPlan> inputs() {
    return List.of(input);
  }

  @Override
  public LogicalPlan withInputs(List<LogicalPlan> inputs) {
    return new Expand(inputs.get(0), calls, ordinality, added);
  }

  @Override
  public <R> R accept(PlanVisitor<R> visitor) {
    return visitor.visitExpand(this);
  }
}
