package org.kalamdb.internal.sql.optimize;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.kalamdb.internal.expr.Expression;
import org.kalamdb.internal.expr.Expression.Column;
import org.kalamdb.internal.sql.plan.AggregateCall;
import org.kalamdb.internal.sql.plan.Apply;
import org.kalamdb.internal.sql.plan.CommonScan;
import org.kalamdb.internal.sql.plan.CommonScans;
import org.kalamdb.internal.sql.plan.Expand;
import org.kalamdb.internal.sql.plan.ExpandSets;
import org.kalamdb.internal.sql.plan.Expressions;
import org.kalamdb.internal.sql.plan.LogicalPlan;
import org.kalamdb.internal.sql.plan.LogicalPlan.Aggregate;
import org.kalamdb.internal.sql.plan.LogicalPlan.BufferedRows;
import org.kalamdb.internal.sql.plan.LogicalPlan.Distinct;
import org.kalamdb.internal.sql.plan.LogicalPlan.DistinctOn;
import org.kalamdb.internal.sql.plan.LogicalPlan.Filter;
import org.kalamdb.internal.sql.plan.LogicalPlan.Join;
import org.kalamdb.internal.sql.plan.LogicalPlan.Limit;
import org.kalamdb.internal.sql.plan.LogicalPlan.LimitWithTies;
import org.kalamdb.internal.sql.plan.LogicalPlan.Project;
import org.kalamdb.internal.sql.plan.LogicalPlan.Sort;
import org.kalamdb.internal.sql.plan.LogicalPlan.TopN;
import org.kalamdb.internal.sql.plan.LogicalPlan.Union;
import org.kalamdb.internal.sql.plan.LogicalPlan.Values;
import org.kalamdb.internal.sql.plan.LogicalPlan.Window;
import org.kalamdb.internal.sql.plan.PlanColumn;
import org.kalamdb.internal.sql.plan.PlanVisitor;
import org.kalamdb.internal.sql.plan.RecursiveUnion;
import org.kalamdb.internal.sql.plan.Scan;
import org.kalamdb.internal.sql.plan.SortKey;
import org.kalamdb.internal.sql.plan.WindowCall;
import org.kalamdb.internal.sql.plan.With;

/** Leaves out of every operator the columns that nothing above it asks for. */
final class PruneColumns implements Pass {
  @Override
  public LogicalPlan apply(LogicalPlan plan) {
    BitSet all = new BitSet();
    all.set(0, plan.columns().size());
    Pruned pruned = plan.accept(new Pruner(all));
    return pruned.restoring(plan);
  }

  /** A plan with fewer columns, and where each old column is now (-1 if it is gone). */
  private record Pruned(LogicalPlan plan, int[] position) {
    static Pruned unchanged(LogicalPlan plan) {
      int[] position = new int[plan.columns().size()];
      Arrays.setAll(position, i -> i);
      return new Pruned(plan, position);
    }

    Expression map(Expression expression) {
      return Expressions.mapColumns(expression, old -> position[old]);
    }

    /** The root must put out exactly what it did. */
    LogicalPlan restoring(LogicalPlan original) {
      boolean same = plan.columns().equals(original.columns());
      for (int i = 0; i < position.length; i++) {
        same &= position[i] == i;
      }
      if (same) {
        return plan;
      }
      List<Integer> positions = new ArrayList<>();
      for (int now : position) {
        positions.add(now);
      }
      Project project = Project.ofColumns(plan, positions);
      return new Project(plan, project.expressions(), original.columns());
    }
  }

  private record Pruner(BitSet required) implements PlanVisitor<Pruned> {
    private static Pruned prune(LogicalPlan plan, BitSet required) {
      return plan.accept(new Pruner(required));
    }

    private BitSet requiredAnd(List<Expression> expressions) {
      BitSet columns = (BitSet) required.clone();
      for (Expression expression : expressions) {
        Expressions.collectColumns(expression, columns);
      }
      return columns;
    }

    private static int[] positions(BitSet kept, int width) {
      int[] position = new int[width];
      int next = 0;
      for (int i = 0; i < width; i++) {
        position[i] = kept.get(i) ? next++ : -1;
      }
      return position;
    }

    private static <T> List<T> pick(List<T> list, BitSet kept) {
      List<T> picked = new ArrayList<>();
      for (int i = kept.nextSetBit(0); i >= 0; i = kept.nextSetBit(i + 1)) {
        picked.add(list.get(i));
      }
      return picked;
    }

    @Override
    public Pruned visitScan(Scan scan) {
      List<Integer> columns = pick(scan.scanColumns(), required);
      return new Pruned(scan.withColumns(columns), positions(required, scan.scanColumns().size()));
    }

    @Override
    public Pruned visitValues(Values values) {
      List<List<Expression>> rows = values.rows().stream().map(row -> pick(row, required)).toList();
      return new Pruned(
          new Values(rows, pick(values.columns(), required)),
          positions(required, values.columns().size()));
    }

    @Override
    public Pruned visitBufferedRows(BufferedRows rows) {
      return Pruned.unchanged(rows);
    }

    @Override
    public Pruned visitFilter(Filter filter) {
      Pruned input = prune(filter.input(), requiredAnd(List.of(filter.condition())));
      return new Pruned(new Filter(input.plan(), input.map(filter.condition())), input.position());
    }

    @Override
    public Pruned visitProject(Project project) {
      BitSet below = new BitSet();
      List<Expression> kept = pick(project.expressions(), required);
      kept.forEach(expression -> Expressions.collectColumns(expression, below));
      Pruned input = prune(project.input(), below);
      List<Expression> expressions = Plans.mapAll(kept, input::map);
      int[] position = positions(required, project.columns().size());
      if (isAllOf(input.plan(), expressions)) {
        for (int i = required.nextSetBit(0); i >= 0; i = required.nextSetBit(i + 1)) {
          position[i] = ((Column) expressions.get(position[i])).index();
        }
        return new Pruned(input.plan(), position);
      }
      return new Pruned(
          new Project(input.plan(), expressions, pick(project.columns(), required)), position);
    }

    /**
     * Whether the expressions are all of the plan's columns, in whatever order, or none: then what
     * is above takes them from the plan itself. Names matter only at the root.
     */
    private static boolean isAllOf(LogicalPlan plan, List<Expression> expressions) {
      BitSet columns = new BitSet();
      for (Expression expression : expressions) {
        if (!(expression instanceof Column column) || columns.get(column.index())) {
          return false;
        }
        columns.set(column.index());
      }
      return expressions.isEmpty() || expressions.size() == plan.columns().size();
    }

    @Override
    public Pruned visitAggregate(Aggregate aggregate) {
      int groups = aggregate.groups().size();
      BitSet kept = (BitSet) required.clone();
      kept.set(0, groups);
      BitSet below = new BitSet();
      aggregate.groups().forEach(group -> Expressions.collectColumns(group, below));
      List<AggregateCall> calls = new ArrayList<>();
      for (int i = 0; i < aggregate.calls().size(); i++) {
        if (kept.get(groups + i)) {
          AggregateCall call = aggregate.calls().get(i);
          calls.add(call);
          call.arguments().forEach(argument -> Expressions.collectColumns(argument, below));
          if (call.filter() != null) {
            Expressions.collectColumns(call.filter(), below);
          }
        }
      }
      Pruned input = prune(aggregate.input(), below);
      return new Pruned(
          new Aggregate(
              input.plan(),
              Plans.mapAll(aggregate.groups(), input::map),
              calls.stream().map(call -> Plans.mapCall(call, input::map)).toList(),
              pick(aggregate.columns(), kept)),
          positions(kept, aggregate.columns().size()));
    }

    /** Its own columns are all part of the groups above. */
    @Override
    public Pruned visitExpandSets(ExpandSets expand) {
      int width = expand.input().columns().size();
      BitSet below = required.get(0, width);
      expand.keys().forEach(key -> Expressions.collectColumns(key, below));
      Pruned input = prune(expand.input(), below);
      int newWidth = input.plan().columns().size();
      int[] position = Arrays.copyOf(input.position(), expand.columns().size());
      for (int i = width; i < position.length; i++) {
        position[i] = newWidth + i - width;
      }
      return new Pruned(expand.on(input.plan(), Plans.mapAll(expand.keys(), input::map)), position);
    }

    @Override
    public Pruned visitWindow(Window window) {
      int width = window.input().columns().size();
      BitSet keptCalls = required.get(width, window.columns().size());
      List<WindowCall> calls = pick(window.calls(), keptCalls);
      BitSet below = required.get(0, width);
      window.partitionBy().forEach(part -> Expressions.collectColumns(part, below));
      window.orderBy().forEach(key -> Expressions.collectColumns(key.expression(), below));
      for (WindowCall call : calls) {
        Plans.expressionsOf(call).forEach(part -> Expressions.collectColumns(part, below));
      }
      Pruned input = prune(window.input(), calls.isEmpty() ? required.get(0, width) : below);
      int newWidth = input.plan().columns().size();
      int[] position = Arrays.copyOf(input.position(), window.columns().size());
      int next = newWidth;
      for (int i = 0; i < window.calls().size(); i++) {
        position[width + i] = keptCalls.get(i) ? next++ : -1;
      }
      if (calls.isEmpty()) {
        return new Pruned(input.plan(), position);
      }
      List<PlanColumn> columns = new ArrayList<>(input.plan().columns());
      columns.addAll(pick(window.columns().subList(width, window.columns().size()), keptCalls));
      return new Pruned(
          new Window(
              input.plan(),
              Plans.mapAll(window.partitionBy(), input::map),
              Plans.mapKeys(window.orderBy(), input::map),
              calls.stream().map(call -> Plans.mapCall(call, input::map)).toList(),
              columns),
          position);
    }

    /** Every column decides about distinctness. */
    @Override
    public Pruned visitDistinct(Distinct distinct) {
      BitSet all = new BitSet();
      all.set(0, distinct.columns().size());
      Pruned input = prune(distinct.input(), all);
      return Pruned.unchanged(new Distinct(input.restoring(distinct.input())));
    }

    @Override
    public Pruned visitDistinctOn(DistinctOn distinct) {
      Pruned input = prune(distinct.input(), requiredAnd(distinct.keys()));
      return new Pruned(
          new DistinctOn(input.plan(), Plans.mapAll(distinct.keys(), input::map)),
          input.position());
    }

    @Override
    public Pruned visitSort(Sort sort) {
      Pruned input = prune(sort.input(), requiredAnd(expressions(sort.keys())));
      return new Pruned(
          new Sort(input.plan(), Plans.mapKeys(sort.keys(), input::map)), input.position());
    }

    @Override
    public Pruned visitLimitWithTies(LimitWithTies limit) {
      Pruned input = prune(limit.input(), requiredAnd(expressions(limit.keys())));
      return new Pruned(
          new LimitWithTies(input.plan(), Plans.mapKeys(limit.keys(), input::map), limit.limit()),
          input.position());
    }

    @Override
    public Pruned visitTopN(TopN topN) {
      Pruned input = prune(topN.input(), requiredAnd(expressions(topN.keys())));
      return new Pruned(
          new TopN(input.plan(), Plans.mapKeys(topN.keys(), input::map), topN.limit()),
          input.position());
    }

    private static List<Expression> expressions(List<SortKey> keys) {
      return keys.stream().map(SortKey::expression).toList();
    }

    @Override
    public Pruned visitLimit(Limit limit) {
      Pruned input = prune(limit.input(), required);
      return new Pruned(new Limit(input.plan(), limit.limit()), input.position());
    }

    @Override
    public Pruned visitJoin(Join join) {
      int leftWidth = join.left().columns().size();
      int rightWidth = join.right().columns().size();
      boolean showsRight = join.type().showsRight();
      BitSet both = showsRight ? (BitSet) required.clone() : required.get(0, leftWidth);
      if (join.residual() != null) {
        Expressions.collectColumns(join.residual(), both);
      }
      BitSet leftColumns = both.get(0, leftWidth);
      BitSet rightColumns = both.get(leftWidth, leftWidth + rightWidth);
      for (Join.EquiKey key : join.keys()) {
        Expressions.collectColumns(key.left(), leftColumns);
        Expressions.collectColumns(key.right(), rightColumns);
      }
      Pruned left = prune(join.left(), leftColumns);
      Pruned right = prune(join.right(), rightColumns);
      int newLeftWidth = left.plan().columns().size();

      int[] pair = Arrays.copyOf(left.position(), leftWidth + rightWidth);
      for (int i = 0; i < rightWidth; i++) {
        int now = right.position()[i];
        pair[leftWidth + i] = now < 0 ? -1 : newLeftWidth + now;
      }
      List<Join.EquiKey> keys =
          join.keys().stream()
              .map(key -> new Join.EquiKey(left.map(key.left()), right.map(key.right())))
              .toList();
      @Nullable Expression residual =
          Plans.applyNullable(
              join.residual(), part -> Expressions.mapColumns(part, old -> pair[old]));
      Join pruned =
          new Join(
              join.type(),
              left.plan(),
              right.plan(),
              keys,
              residual,
              join.markName(),
              join.holdsLeft(),
              join.merged());
      int[] position = showsRight ? pair : Arrays.copyOf(left.position(), join.columns().size());
      if (join.type().marks()) {
        position[leftWidth] = newLeftWidth;
      }
      return new Pruned(pruned, position);
    }

    @Override
    public Pruned visitApply(Apply apply) {
      int leftWidth = apply.left().columns().size();
      int rightWidth = apply.right().columns().size();
      boolean showsRight = apply.type().showsRight();
      BitSet both = showsRight ? (BitSet) required.clone() : required.get(0, leftWidth);
      if (apply.condition() != null) {
        Expressions.collectColumns(apply.condition(), both);
      }
      BitSet leftColumns = both.get(0, leftWidth);
      apply.correlations().forEach(c -> leftColumns.set(c.column().index()));
      Pruned left = prune(apply.left(), leftColumns);
      Pruned right = prune(apply.right(), both.get(leftWidth, leftWidth + rightWidth));
      int newLeftWidth = left.plan().columns().size();

      int[] pair = Arrays.copyOf(left.position(), leftWidth + rightWidth);
      for (int i = 0; i < rightWidth; i++) {
        int now = right.position()[i];
        pair[leftWidth + i] = now < 0 ? -1 : newLeftWidth + now;
      }
      List<Apply.Correlation> correlations =
          apply.correlations().stream()
              .map(c -> new Apply.Correlation(c.id(), (Column) left.map(c.column())))
              .toList();
      @Nullable Expression condition =
          Plans.applyNullable(
              apply.condition(), part -> Expressions.mapColumns(part, old -> pair[old]));
      int[] position = showsRight ? pair : Arrays.copyOf(left.position(), apply.columns().size());
      if (apply.type().marks()) {
        position[leftWidth] = newLeftWidth;
      }
      return new Pruned(
          new Apply(
              apply.type(), left.plan(), right.plan(), correlations, condition, apply.markName()),
          position);
    }

    @Override
    public Pruned visitExpand(Expand expand) {
      int width = expand.input().columns().size();
      BitSet below = required.get(0, width);
      for (Expand.Call call : expand.calls()) {
        call.arguments().forEach(argument -> Expressions.collectColumns(argument, below));
      }
      Pruned input = prune(expand.input(), below);
      int newWidth = input.plan().columns().size();
      int[] position = Arrays.copyOf(input.position(), expand.columns().size());
      for (int i = width; i < position.length; i++) {
        position[i] = newWidth + i - width;
      }
      return new Pruned(
          new Expand(
              input.plan(),
              Plans.mapCalls(expand.calls(), input::map),
              expand.ordinality(),
              expand.added()),
          position);
    }

    /** First the body, which shows what of the definition is read. */
    @Override
    public Pruned visitWith(With with) {
      Pruned body = prune(with.body(), required);
      BitSet read = new BitSet();
      CommonScans.visit(body.plan(), with.id(), scan -> scan.positions().forEach(read::set));
      Pruned definition = prune(with.definition(), read);
      LogicalPlan moved =
          CommonScans.replace(
              body.plan(),
              with.id(),
              scan ->
                  new CommonScan(
                      scan.id(),
                      scan.name(),
                      scan.positions().stream().map(old -> definition.position()[old]).toList(),
                      scan.columns()));
      return new Pruned(
          new With(with.id(), with.name(), definition.plan(), moved), body.position());
    }

    @Override
    public Pruned visitCommonScan(CommonScan scan) {
      return new Pruned(
          new CommonScan(
              scan.id(),
              scan.name(),
              pick(scan.positions(), required),
              pick(scan.columns(), required)),
          positions(required, scan.columns().size()));
    }

    /** What one step does not show the next one may ask for, so every column stays. */
    @Override
    public Pruned visitRecursiveUnion(RecursiveUnion union) {
      BitSet all = new BitSet();
      all.set(0, union.columns().size());
      return Pruned.unchanged(
          union.withInputs(
              union.inputs().stream().map(input -> prune(input, all).restoring(input)).toList()));
    }

    @Override
    public Pruned visitUnion(Union union) {
      List<LogicalPlan> inputs = new ArrayList<>();
      for (LogicalPlan input : union.inputs()) {
        Pruned pruned = prune(input, required);
        List<Integer> positions = new ArrayList<>();
        for (int i = required.nextSetBit(0); i >= 0; i = required.nextSetBit(i + 1)) {
          positions.add(pruned.position()[i]);
        }
        boolean exact = pruned.plan().columns().size() == positions.size() && isInOrder(positions);
        inputs.add(exact ? pruned.plan() : Project.ofColumns(pruned.plan(), positions));
      }
      List<PlanColumn> columns = pick(union.columns(), required);
      return new Pruned(new Union(inputs, columns), positions(required, union.columns().size()));
    }

    private static boolean isInOrder(List<Integer> positions) {
      for (int i = 0; i < positions.size(); i++) {
        if (positions.get(i) != i) {
          return false;
        }
      }
      return true;
    }
  }
}
