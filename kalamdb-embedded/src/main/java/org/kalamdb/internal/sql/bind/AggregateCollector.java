package org.kalamdb.internal.sql.bind;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.kalamdb.error.ErrorCode;
import org.kalamdb.error.KalamException;
import org.kalamdb.internal.expr.AggregateRegistry;
import org.kalamdb.internal.expr.Expression;
import org.kalamdb.internal.expr.Expression.Column;
import org.kalamdb.internal.expr.TableFunction;
import org.kalamdb.internal.sql.parse.Position;
import org.kalamdb.internal.sql.plan.AggregateCall;
import org.kalamdb.internal.sql.plan.Expand;
import org.kalamdb.internal.sql.plan.ExpandSets;
import org.kalamdb.internal.sql.plan.Expressions;
import org.kalamdb.internal.sql.plan.LogicalPlan;
import org.kalamdb.internal.sql.plan.LogicalPlan.Aggregate;
import org.kalamdb.internal.sql.plan.PlanColumn;
import org.kalamdb.schema.DataType;

/**
 * Gathers the aggregate calls and subqueries of the clauses that come after grouping. While those
 * are bound, nobody knows yet whether the query groups, so their expressions are over the columns
 * <i>before</i> grouping plus stand-ins: numbers from {@link #CALLS} for aggregate calls and from
 * {@link #SUBQUERIES} for subqueries, then those of {@link WindowCollector}. {@link Grouping}
 * brings them to the columns after it.
 */
final class AggregateCollector implements SubqueryTarget {
  private static final int CALLS = 1 << 20;
  private static final int GROUPINGS = CALLS + (1 << 19);
  private static final int SETS = GROUPINGS + (1 << 18);
  private static final int SUBQUERIES = 1 << 21;

  private final StatementBinding statement;
  private final Scope scope;
  private final PlanInProgress input;
  private final List<AggregateCall> calls = new ArrayList<>();
  private final List<GroupingCall> groupings = new ArrayList<>();
  private final List<Expand.Call> sets = new ArrayList<>();
  private final List<Collected> subqueries = new ArrayList<>();
  private final List<Stage> answerStages = new ArrayList<>();
  private final WindowCollector windows = new WindowCollector();
  private final WindowBinder windowBinder;

  /** What has been computed of a SELECT, in this order; a subquery may need any of it. */
  private enum Stage {
    GROUPS,
    WINDOWS,
    SETS
  }

  /** A subquery and the number of its first stand-in, from 0. */
  private record Collected(Subquery subquery, int first, Stage stage) {
    private boolean isIn(Expression expression) {
      int start = SUBQUERIES + first;
      int end = start + subquery.columns().size();
      return Expressions.contains(
          expression,
          part -> part instanceof Column column && column.index() >= start && column.index() < end);
    }
  }

  AggregateCollector(StatementBinding statement, Scope scope, PlanInProgress input) {
    this.statement = statement;
    this.scope = scope;
    this.input = input;
    this.windowBinder = new WindowBinder(statement, scope, this, windows);
  }

  WindowBinder windowBinder() {
    return windowBinder;
  }

  /** A binder for what stands inside an aggregate call: rows before grouping, no aggregates. */
  ExpressionBinder argumentBinder(Clause clause) {
    return new ExpressionBinder(statement, scope, clause, input, null);
  }

  boolean hasCalls() {
    return !calls.isEmpty() || !groupings.isEmpty();
  }

  /** Whether the expression has an aggregate call in it. */
  static boolean hasCalls(Expression expression) {
    return Expressions.contains(
        expression,
        part ->
            part instanceof Column column
                && column.index() >= CALLS
                && column.index() < SUBQUERIES);
  }

  /** Whether the expression has a part that exists only after grouping. */
  static boolean hasStandIns(Expression expression) {
    return Expressions.contains(
        expression, part -> part instanceof Column column && column.index() >= CALLS);
  }

  /** The stand-in of the call; equal calls are computed once. */
  Expression collect(AggregateRegistry.Resolved resolved, @Nullable Expression filter) {
    AggregateCall call = new AggregateCall(resolved.function(), resolved.arguments(), filter);
    int index = 0;
    while (index < calls.size() && !isSame(calls.get(index), call)) {
      index++;
    }
    if (index == calls.size()) {
      calls.add(call);
    }
    return new Column(CALLS + index, call.type(), call.function().name());
  }

  /** The stand-in of GROUPING(arguments). */
  Expression collectGrouping(List<Expression> arguments, Position position) {
    groupings.add(new GroupingCall(arguments, position));
    return new Column(GROUPINGS + groupings.size() - 1, DataType.INTEGER, "grouping");
  }

  private static boolean isSame(AggregateCall a, AggregateCall b) {
    return a.function().name().equals(b.function().name())
        && a.function().distinct() == b.function().distinct()
        && a.function().arguments().equals(b.function().arguments())
        && a.function().order().equals(b.function().order())
        && a.arguments().equals(b.arguments())
        && java.util.Objects.equals(a.filter(), b.filter())
        && a.arguments().stream().noneMatch(Expressions::isVolatile);
  }

  /** The stand-in of a function whose rows multiply those of the query. */
  Expression collectSet(Expand.Call call) {
    sets.add(call);
    TableFunction.Output output = call.function().outputs().get(0);
    return new Column(SETS + sets.size() - 1, output.type(), output.name());
  }

  /** Whether the expression depends on a function that returns rows. */
  boolean hasSets(Expression expression) {
    return stageOf(expression) == Stage.SETS;
  }

  /** The first stage after which the expression can be computed. */
  private Stage stageOf(Expression expression) {
    Stage latest = expression instanceof Column column ? stageOf(column) : Stage.GROUPS;
    for (Expression child : Expressions.children(expression)) {
      Stage stage = stageOf(child);
      latest = stage.compareTo(latest) > 0 ? stage : latest;
    }
    return latest;
  }

  private Stage stageOf(Column column) {
    int index = column.index();
    if (index < SETS || Subquery.isOwn(column)) {
      return Stage.GROUPS;
    }
    if (index >= WindowCollector.WINDOWS) {
      return Stage.WINDOWS;
    }
    return index >= SUBQUERIES ? answerStages.get(index - SUBQUERIES) : Stage.SETS;
  }

  @Override
  public List<Column> attach(Subquery subquery) {
    Expression condition = subquery.condition();
    Stage stage = condition == null ? Stage.GROUPS : stageOf(condition);
    subqueries.add(new Collected(subquery, answerStages.size(), stage));
    List<Column> standIns = new ArrayList<>();
    for (PlanColumn column : subquery.columns()) {
      standIns.add(new Column(SUBQUERIES + answerStages.size(), column.type(), column.name()));
      answerStages.add(stage);
    }
    return standIns;
  }

  /** Drops the subqueries that only the expression uses, which stands nowhere any more. */
  void forget(Expression expression) {
    for (Collected collected : List.copyOf(subqueries)) {
      if (collected.isIn(expression)) {
        subqueries.remove(collected);
        Expression condition = collected.subquery().condition();
        if (condition != null) {
          forget(condition);
        }
      }
    }
  }

  /** Ends without grouping: joins the subqueries; call {@link Grouping#map} on each expression. */
  Grouping finishUngrouped() {
    return new Grouping(null, List.of());
  }

  /**
   * Groups the input and joins the subqueries on top.
   *
   * @param users expressions over the grouped rows, where columns may stand that depend on groups
   */
  Grouping finishGrouped(GroupingSets sets, List<Expression> users) {
    List<Expression> all = new ArrayList<>(users);
    all.addAll(windows.operands());
    for (Collected collected : subqueries) {
      Subquery subquery = collected.subquery();
      subquery.references().forEach(reference -> all.add(reference.column()));
      if (subquery.condition() != null) {
        all.add(subquery.condition());
      }
    }
    List<Column> dependents =
        sets.isPlain()
            ? new DependentColumns(input.plan(), sets.groups()).in(all, CALLS)
            : List.of();
    List<AggregateCall> computed = new ArrayList<>(calls);
    for (Column dependent : dependents) {
      AggregateRegistry.Resolved any =
          AggregateRegistry.resolve("any_value", List.of(dependent), false);
      computed.add(new AggregateCall(any.function(), any.arguments(), null));
    }
    if (sets.isPlain()) {
      input.replace(aggregate(input.plan(), sets.groups(), computed));
    } else {
      ExpandSets expand =
          ExpandSets.of(input.plan(), sets.groups(), sets.sets(), sets.hasGrandTotal());
      List<AggregateCall> present =
          computed.stream().map(call -> withoutAbsent(call, expand)).toList();
      input.replace(aggregate(expand, expand.groups(), present));
    }
    return new Grouping(sets, dependents);
  }

  private static AggregateCall withoutAbsent(AggregateCall call, ExpandSets expand) {
    Column present = expand.present();
    return present == null ? call : call.withFilter(Expressions.and(present, call.filter()));
  }

  private static Aggregate aggregate(
      LogicalPlan plan, List<Expression> groups, List<AggregateCall> calls) {
    List<PlanColumn> columns = new ArrayList<>();
    for (Expression group : groups) {
      columns.add(
          group instanceof Column column
              ? plan.columns().get(column.index())
              : PlanColumn.computed("?column?", group.type()));
    }
    for (AggregateCall call : calls) {
      boolean counts = call.function().name().equals("count");
      columns.add(new PlanColumn(call.function().name(), call.type(), null, null, !counts));
    }
    return new Aggregate(plan, groups, calls, columns);
  }

  /** The way from stand-ins to columns of the finished input. */
  final class Grouping {
    private final @Nullable GroupingSets sets;
    private final List<Column> dependents;
    private final @Nullable Column[] answers = new Column[answerStages.size()];
    private int firstSet;
    private List<Column> windowResults = List.of();

    private Grouping(@Nullable GroupingSets sets, List<Column> dependents) {
      this.sets = sets;
      this.dependents = dependents;
      attachSubqueries(Stage.GROUPS);
    }

    private void attachSubqueries(Stage stage) {
      for (Collected collected : subqueries) {
        if (collected.stage() == stage) {
          List<Column> added =
              input.attach(collected.subquery().mapped(this::mapCondition, this::mapReference));
          for (int i = 0; i < added.size(); i++) {
            answers[collected.first() + i] = added.get(i);
          }
        }
      }
    }

    /** Multiplies the rows by those of functions in the select list, all side by side. */
    void attachSets() {
      if (!AggregateCollector.this.sets.isEmpty()) {
        firstSet = input.plan().columns().size();
        List<Expand.Call> expanding = new ArrayList<>();
        for (Expand.Call call : AggregateCollector.this.sets) {
          List<Expression> arguments = new ArrayList<>();
          call.arguments().forEach(argument -> arguments.add(map(argument, null)));
          expanding.add(new Expand.Call(call.function(), arguments));
        }
        input.replace(Expand.of(input.plan(), expanding, false));
      }
      attachSubqueries(Stage.SETS);
    }

    /** What a subquery uses of a grouped query has to be grouped. */
    private Column mapReference(OuterQuery.Reference reference) {
      Column column = reference.column();
      if (sets != null
          && column.index() < CALLS
          && !sets.groups().contains(column)
          && !dependents.contains(column)) {
        throw reference
            .position()
            .error(
                ErrorCode.GROUPING_ERROR,
                "subquery uses ungrouped column \"" + column.name() + "\" from outer query");
      }
      return (Column) map(column, null);
    }

    /** Computes the window functions on top of what there is; before that, they have no column. */
    void attachWindows() {
      if (!windows.isEmpty()) {
        windowResults = windows.attach(input, expression -> map(expression, null));
      }
      attachSubqueries(Stage.WINDOWS);
    }

    /** The columns of the subquery itself stay as they are. */
    private Expression mapCondition(Expression condition) {
      return map(condition, null);
    }

    /** The expression over the finished input. */
    Expression map(Expression expression, @Nullable ExpressionBinder binder) {
      if (sets != null) {
        int group = sets.groups().indexOf(expression);
        if (group >= 0) {
          return new Column(group, expression.type(), groupName(expression));
        }
      }
      if (expression instanceof Column column) {
        return mapColumn(column, binder);
      }
      List<Expression> children = Expressions.children(expression);
      if (children.isEmpty()) {
        return expression;
      }
      List<Expression> mapped = new ArrayList<>();
      for (Expression child : children) {
        mapped.add(map(child, binder));
      }
      return Expressions.withChildren(expression, mapped);
    }

    private static String groupName(Expression group) {
      return group instanceof Column column ? column.name() : "?column?";
    }

    private Expression mapColumn(Column column, @Nullable ExpressionBinder binder) {
      int index = column.index();
      if (index >= 2 * SUBQUERIES) {
        return column; // of a subquery, which joinTo places
      }
      if (index >= WindowCollector.WINDOWS) {
        return windowResults.get(index - WindowCollector.WINDOWS);
      }
      if (index >= SUBQUERIES) {
        return Objects.requireNonNull(answers[index - SUBQUERIES], "subquery");
      }
      if (index >= SETS) {
        return new Column(firstSet + index - SETS, column.type(), column.name());
      }
      if (sets == null && index < CALLS) {
        return column;
      }
      if (sets == null) {
        throw new IllegalStateException("a query with aggregate calls is grouped");
      }
      int firstCall = sets.groups().size() + (sets.isPlain() ? 0 : 1);
      if (index >= GROUPINGS) {
        return groupings.get(index - GROUPINGS).value(sets);
      }
      if (index >= CALLS) {
        return new Column(firstCall + index - CALLS, column.type(), column.name());
      }
      int dependent = dependents.indexOf(column);
      if (dependent >= 0) {
        return new Column(firstCall + calls.size() + dependent, column.type(), column.name());
      }
      KalamException error =
          new KalamException(
              ErrorCode.GROUPING_ERROR,
              "column \""
                  + column.name()
                  + "\" must appear in the GROUP BY clause or be used in an aggregate function");
      Position position = binder == null ? null : binder.positionOf(column);
      throw position == null ? error : error.at(position.line(), position.column());
    }
  }
}
