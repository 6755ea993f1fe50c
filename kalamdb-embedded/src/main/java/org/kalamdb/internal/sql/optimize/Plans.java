package org.kalamdb.internal.sql.optimize;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.kalamdb.internal.expr.Expression;
import org.kalamdb.internal.sql.plan.AggregateCall;
import org.kalamdb.internal.sql.plan.Apply;
import org.kalamdb.internal.sql.plan.Expand;
import org.kalamdb.internal.sql.plan.ExpandSets;
import org.kalamdb.internal.sql.plan.LogicalPlan;
import org.kalamdb.internal.sql.plan.LogicalPlan.Aggregate;
import org.kalamdb.internal.sql.plan.LogicalPlan.DistinctOn;
import org.kalamdb.internal.sql.plan.LogicalPlan.Filter;
import org.kalamdb.internal.sql.plan.LogicalPlan.Join;
import org.kalamdb.internal.sql.plan.LogicalPlan.LimitWithTies;
import org.kalamdb.internal.sql.plan.LogicalPlan.Project;
import org.kalamdb.internal.sql.plan.LogicalPlan.Sort;
import org.kalamdb.internal.sql.plan.LogicalPlan.TopN;
import org.kalamdb.internal.sql.plan.LogicalPlan.Values;
import org.kalamdb.internal.sql.plan.LogicalPlan.Window;
import org.kalamdb.internal.sql.plan.SortKey;
import org.kalamdb.internal.sql.plan.WindowCall;
import org.kalamdb.internal.sql.plan.WindowFrame;

/** Rewriting of plans, shared by the passes. */
final class Plans {
  private Plans() {}

  /** The plan with {@code step} applied to every operator, inputs before what reads them. */
  static LogicalPlan rewriteUp(LogicalPlan plan, UnaryOperator<LogicalPlan> step) {
    List<LogicalPlan> inputs = plan.inputs();
    boolean changed = false;
    List<LogicalPlan> rewritten = new ArrayList<>(inputs.size());
    for (LogicalPlan input : inputs) {
      LogicalPlan other = rewriteUp(input, step);
      changed |= other != input;
      rewritten.add(other);
    }
    return step.apply(changed ? plan.withInputs(rewritten) : plan);
  }

  /** The operator with {@code step} applied to each of its own expressions. */
  static LogicalPlan mapExpressions(LogicalPlan plan, UnaryOperator<Expression> step) {
    if (plan instanceof Filter filter) {
      return new Filter(filter.input(), step.apply(filter.condition()));
    }
    if (plan instanceof Project project) {
      return new Project(project.input(), mapAll(project.expressions(), step), project.columns());
    }
    if (plan instanceof Values values) {
      return new Values(
          values.rows().stream().map(row -> mapAll(row, step)).toList(), values.columns());
    }
    if (plan instanceof Sort sort) {
      return new Sort(sort.input(), mapKeys(sort.keys(), step));
    }
    if (plan instanceof TopN topN) {
      return new TopN(topN.input(), mapKeys(topN.keys(), step), topN.limit());
    }
    if (plan instanceof Aggregate aggregate) {
      return new Aggregate(
          aggregate.input(),
          mapAll(aggregate.groups(), step),
          aggregate.calls().stream().map(call -> mapCall(call, step)).toList(),
          aggregate.columns());
    }
    if (plan instanceof DistinctOn distinct) {
      return new DistinctOn(distinct.input(), mapAll(distinct.keys(), step));
    }
    if (plan instanceof LimitWithTies limit) {
      return new LimitWithTies(limit.input(), mapKeys(limit.keys(), step), limit.limit());
    }
    if (plan instanceof ExpandSets expand) {
      return expand.on(expand.input(), mapAll(expand.keys(), step));
    }
    if (plan instanceof Window window) {
      return new Window(
          window.input(),
          mapAll(window.partitionBy(), step),
          mapKeys(window.orderBy(), step),
          window.calls().stream().map(call -> mapCall(call, step)).toList(),
          window.columns());
    }
    if (plan instanceof Join join) {
      List<Join.EquiKey> keys =
          join.keys().stream()
              .map(key -> new Join.EquiKey(step.apply(key.left()), step.apply(key.right())))
              .toList();
      return join.withCondition(keys, applyNullable(join.residual(), step));
    }
    if (plan instanceof Apply apply) {
      return apply.withCondition(applyNullable(apply.condition(), step));
    }
    if (plan instanceof Expand expand) {
      return expand.withCalls(mapCalls(expand.calls(), step));
    }
    return plan;
  }

  static List<Expand.Call> mapCalls(List<Expand.Call> calls, UnaryOperator<Expression> step) {
    return calls.stream()
        .map(call -> new Expand.Call(call.function(), mapAll(call.arguments(), step)))
        .toList();
  }

  static List<Expression> mapAll(List<Expression> expressions, UnaryOperator<Expression> step) {
    return expressions.stream().map(step).toList();
  }

  static List<SortKey> mapKeys(List<SortKey> keys, UnaryOperator<Expression> step) {
    return keys.stream().map(key -> key.withExpression(step.apply(key.expression()))).toList();
  }

  static AggregateCall mapCall(AggregateCall call, UnaryOperator<Expression> step) {
    return new AggregateCall(
        call.function(), mapAll(call.arguments(), step), applyNullable(call.filter(), step));
  }

  static WindowCall mapCall(WindowCall call, UnaryOperator<Expression> step) {
    WindowFrame frame = call.frame();
    return new WindowCall(
        call.function(),
        mapAll(call.arguments(), step),
        applyNullable(call.filter(), step),
        new WindowFrame(
            frame.units(),
            mapBound(frame.start(), step),
            mapBound(frame.end(), step),
            frame.exclusion(),
            applyNullable(frame.rangeKey(), step)));
  }

  private static WindowFrame.Bound mapBound(
      WindowFrame.Bound bound, UnaryOperator<Expression> step) {
    return new WindowFrame.Bound(
        bound.kind(), applyNullable(bound.offset(), step), applyNullable(bound.limit(), step));
  }

  /** All expressions of the call over its input's rows, and the constant ones. */
  static List<Expression> expressionsOf(WindowCall call) {
    List<Expression> all = new ArrayList<>(call.arguments());
    WindowFrame frame = call.frame();
    for (Expression part :
        Arrays.asList(
            call.filter(), frame.start().limit(), frame.end().limit(), frame.rangeKey())) {
      if (part != null) {
        all.add(part);
      }
    }
    return all;
  }

  static @Nullable Expression applyNullable(
      @Nullable Expression expression, UnaryOperator<Expression> step) {
    return expression == null ? null : step.apply(expression);
  }
}
