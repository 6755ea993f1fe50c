package org.kalamdb.internal.sql.bind;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.kalamdb.error.KalamException;
import org.kalamdb.internal.expr.Expression;
import org.kalamdb.internal.expr.Expression.Column;
import org.kalamdb.internal.expr.WindowFunction;
import org.kalamdb.internal.sql.parse.Position;
import org.kalamdb.internal.sql.plan.Expressions;
import org.kalamdb.internal.sql.plan.LogicalPlan;
import org.kalamdb.internal.sql.plan.LogicalPlan.Project;
import org.kalamdb.internal.sql.plan.LogicalPlan.Sort;
import org.kalamdb.internal.sql.plan.LogicalPlan.Window;
import org.kalamdb.internal.sql.plan.PlanColumn;
import org.kalamdb.internal.sql.plan.SortKey;
import org.kalamdb.internal.sql.plan.WindowCall;
import org.kalamdb.internal.sql.plan.WindowFrame;

/**
 * Gathers the window function calls of a SELECT. Their stand-ins are columns from {@link #WINDOWS}
 * on; {@link #attach} computes them on top of the grouped and filtered rows.
 */
final class WindowCollector {
  static final int WINDOWS = 3 << 20;

  private final List<Call> calls = new ArrayList<>();

  /** PARTITION BY and ORDER BY of a window. */
  record Definition(List<Expression> partitionBy, List<SortKey> orderBy) {
    Definition {
      partitionBy = List.copyOf(partitionBy);
      orderBy = List.copyOf(orderBy);
    }

    private Definition map(UnaryOperator<Expression> step) {
      return new Definition(
          partitionBy.stream().map(step).toList(),
          orderBy.stream().map(key -> key.withExpression(step.apply(key.expression()))).toList());
    }

    /** A sort that brings partitions together and their rows into order. */
    private List<SortKey> sortKeys() {
      List<SortKey> keys = new ArrayList<>();
      Set<Expression> seen = new HashSet<>();
      for (Expression part : partitionBy) {
        if (seen.add(part)) {
          keys.add(new SortKey(part, false, false));
        }
      }
      for (SortKey key : orderBy) {
        if (seen.add(key.expression())) {
          keys.add(key);
        }
      }
      return keys;
    }

    /** Whether rows sorted by {@code keys} are sorted for this window too. */
    private boolean isServedBy(List<SortKey> keys) {
      Set<Expression> parts = new HashSet<>(partitionBy);
      List<SortKey> own = sortKeys();
      if (own.size() > keys.size()) {
        return false;
      }
      Set<Expression> first = new HashSet<>();
      keys.subList(0, parts.size()).forEach(key -> first.add(key.expression()));
      return first.equals(parts)
          && keys.subList(parts.size(), own.size()).equals(own.subList(parts.size(), own.size()));
    }
  }

  /** A call over columns as they are before grouping, like the window it is over. */
  record Call(
      WindowFunction function,
      List<Expression> arguments,
      @Nullable Expression filter,
      Definition window,
      WindowFrame frame,
      Position position) {
    private boolean isSame(Call other) {
      return function.name().equals(other.function.name())
          && function.arguments().equals(other.function.arguments())
          && arguments.equals(other.arguments)
          && java.util.Objects.equals(filter, other.filter)
          && window.equals(other.window)
          && frame.equals(other.frame)
          && arguments.stream().noneMatch(Expressions::isVolatile);
    }

    private Call map(UnaryOperator<Expression> step) {
      try {
        return new Call(
            function,
            arguments.stream().map(step).toList(),
            filter == null ? null : step.apply(filter),
            window.map(step),
            new WindowFrame(
                frame.units(),
                mapBound(frame.start(), step),
                mapBound(frame.end(), step),
                frame.exclusion(),
                frame.rangeKey() == null ? null : step.apply(frame.rangeKey())),
            position);
      } catch (KalamException e) {
        throw e.at(position.line(), position.column());
      }
    }

    private static WindowFrame.Bound mapBound(
        WindowFrame.Bound bound, UnaryOperator<Expression> step) {
      return new WindowFrame.Bound(
          bound.kind(), bound.offset(), bound.limit() == null ? null : step.apply(bound.limit()));
    }
  }

  /** Windows that one sort serves, and which of the calls are over each. */
  private record Chain(List<SortKey> keys, List<Definition> windows) {}

  boolean isEmpty() {
    return calls.isEmpty();
  }

  /** The stand-in of the call; equal calls are computed once. */
  Column collect(Call call) {
    int index = 0;
    while (index < calls.size() && !calls.get(index).isSame(call)) {
      index++;
    }
    if (index == calls.size()) {
      calls.add(call);
    }
    return new Column(WINDOWS + index, call.function().type(), call.function().name());
  }

  /** Whether the expression has a window function in it. */
  static boolean isIn(Expression expression) {
    return Expressions.contains(
        expression, part -> part instanceof Column column && column.index() >> 20 == WINDOWS >> 20);
  }

  /** What the calls compute from. */
  List<Expression> operands() {
    List<Expression> operands = new ArrayList<>();
    for (Call call : calls) {
      call.map(
          part -> {
            operands.add(part);
            return part;
          });
    }
    return operands;
  }

  /**
   * Computes the calls on top of the plan.
   *
   * @param grouping from the columns the calls are over to those of the plan
   * @return the columns of the results, in order of the stand-ins
   */
  List<Column> attach(PlanInProgress input, UnaryOperator<Expression> grouping) {
    Operands operands = new Operands(input.plan());
    List<Call> mapped = new ArrayList<>();
    for (Call call : calls) {
      mapped.add(call.map(grouping).map(operands::column));
    }
    LogicalPlan plan = operands.finish();
    @Nullable Column[] results = new Column[mapped.size()];
    for (Chain chain : chains(mapped)) {
      if (!chain.keys().isEmpty()) {
        plan = new Sort(plan, chain.keys());
      }
      for (Definition window : chain.windows()) {
        plan = compute(plan, window, mapped, results);
      }
    }
    input.replace(plan);
    List<Column> columns = new ArrayList<>();
    for (Column result : results) {
      columns.add(java.util.Objects.requireNonNull(result));
    }
    return columns;
  }

  /**
   * Chains in PostgreSQL's order, on which rows depend that come out of a LIMIT without an order.
   */
  private static List<Chain> chains(List<Call> calls) {
    List<Definition> windows = new ArrayList<>();
    calls.stream().map(Call::window).distinct().forEach(windows::add);
    windows.sort(new SharingOrder(windows));
    List<Chain> chains = new ArrayList<>();
    for (Definition window : windows) {
      Chain serving = null;
      for (Chain chain : chains) {
        if (serving == null && window.isServedBy(chain.keys())) {
          serving = chain;
        }
      }
      if (serving == null) {
        serving = new Chain(window.sortKeys(), new ArrayList<>());
        chains.add(serving);
      }
      serving.windows().add(window);
    }
    return chains;
  }

  /**
   * Windows whose keys begin alike stand together, a longer one before what its sort serves too;
   * those by the expressions written first come last, and with them the order of the result.
   */
  private static final class SharingOrder implements Comparator<Definition> {
    private final List<Expression> written = new ArrayList<>();

    SharingOrder(List<Definition> windows) {
      for (Definition window : windows) {
        window.orderBy().forEach(key -> written.add(key.expression()));
        written.addAll(window.partitionBy());
      }
    }

    @Override
    public int compare(Definition left, Definition right) {
      List<SortKey> a = left.sortKeys();
      List<SortKey> b = right.sortKeys();
      for (int i = 0; i < Math.min(a.size(), b.size()); i++) {
        int order = written.indexOf(b.get(i).expression()) - written.indexOf(a.get(i).expression());
        if (order == 0) {
          order = Boolean.compare(b.get(i).descending(), a.get(i).descending());
        }
        if (order == 0) {
          order = Boolean.compare(b.get(i).nullsFirst(), a.get(i).nullsFirst());
        }
        if (order != 0) {
          return order;
        }
      }
      return b.size() - a.size();
    }
  }

  private static LogicalPlan compute(
      LogicalPlan plan, Definition window, List<Call> calls, @Nullable Column[] results) {
    List<WindowCall> computed = new ArrayList<>();
    List<PlanColumn> columns = new ArrayList<>(plan.columns());
    for (int i = 0; i < calls.size(); i++) {
      Call call = calls.get(i);
      if (call.window().equals(window)) {
        WindowFunction function = call.function();
        results[i] = new Column(columns.size(), function.type(), function.name());
        computed.add(new WindowCall(function, call.arguments(), call.filter(), call.frame()));
        columns.add(PlanColumn.computed(function.name(), function.type()));
      }
    }
    return new Window(plan, window.partitionBy(), window.orderBy(), computed, columns);
  }

  /** Makes columns of what windows compute from, so that sorts do not compute it again. */
  private static final class Operands {
    private final LogicalPlan plan;
    private final List<Expression> expressions;
    private final List<PlanColumn> columns;

    Operands(LogicalPlan plan) {
      this.plan = plan;
      this.expressions = new ArrayList<>(Expressions.columnsOf(plan));
      this.columns = new ArrayList<>(plan.columns());
    }

    Expression column(Expression expression) {
      if (expression instanceof Column) {
        return expression;
      }
      int index = Expressions.isVolatile(expression) ? -1 : expressions.indexOf(expression);
      if (index < 0) {
        index = expressions.size();
        expressions.add(expression);
        columns.add(PlanColumn.computed("?column?", expression.type()));
      }
      String name = org.kalamdb.internal.sql.plan.ExpressionPrinter.print(expression);
      return new Column(index, expression.type(), name);
    }

    LogicalPlan finish() {
      return columns.size() == plan.columns().size()
          ? plan
          : new Project(plan, expressions, columns);
    }
  }
}
