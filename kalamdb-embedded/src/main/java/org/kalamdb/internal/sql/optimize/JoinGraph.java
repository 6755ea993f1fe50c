package org.kalamdb.internal.sql.optimize;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.kalamdb.internal.expr.Expression;
import org.kalamdb.internal.expr.Expression.Column;
import org.kalamdb.internal.expr.Expression.Comparison;
import org.kalamdb.internal.expr.Expression.ComparisonOperator;
import org.kalamdb.internal.sql.plan.Expressions;
import org.kalamdb.internal.sql.plan.JoinType;
import org.kalamdb.internal.sql.plan.LogicalPlan;
import org.kalamdb.internal.sql.plan.LogicalPlan.Join;
import org.kalamdb.internal.sql.plan.LogicalPlan.Project;

/**
 * Inner joins without their order: relations, the conditions between them, and the semi and anti
 * joins that only filter the result. Columns are numbered over all relations, one after the other
 * ("global" columns).
 */
final class JoinGraph {
  /** Sets of relations are bits of a long. */
  static final int MAX_RELATIONS = 60;

  private final List<LogicalPlan> relations = new ArrayList<>();
  private final List<Integer> offsets = new ArrayList<>();
  private final List<Integer> relationOf = new ArrayList<>();
  private final Map<Integer, String> names = new HashMap<>();
  private final List<Condition> conditions = new ArrayList<>();
  private final List<List<Integer>> classes = new ArrayList<>();
  private final List<Restriction> restrictions = new ArrayList<>();
  private final UnaryOperator<LogicalPlan> below;

  /** A condition over global columns that is not an equality of two columns. */
  record Condition(Expression expression, long relations) {}

  /**
   * A SEMI or ANTI join over the inner joins.
   *
   * @param leftKeys the left sides of the keys over global columns
   * @param residual over global columns followed by those of the right side
   * @param relations those it reads of
   */
  record Restriction(
      Join join, List<Expression> leftKeys, @Nullable Expression residual, long relations) {}

  private JoinGraph(UnaryOperator<LogicalPlan> below) {
    this.below = below;
  }

  /** What the flattened plan puts out, as global columns. */
  private List<Integer> outputs = List.of();

  /**
   * The joins at the root of the plan; null if there are no two relations to put in order.
   *
   * @param below applied to what is joined
   */
  static @Nullable JoinGraph of(LogicalPlan plan, UnaryOperator<LogicalPlan> below) {
    int relations = countRelations(plan);
    if (relations == 1 || relations > MAX_RELATIONS) {
      return null;
    }
    JoinGraph graph = new JoinGraph(below);
    graph.outputs = graph.add(plan);
    return graph;
  }

  private static boolean isFlat(LogicalPlan plan) {
    if (plan instanceof Project project && isChoice(project)) {
      return isFlat(project.input());
    }
    return plan instanceof Join join
        && (join.type() == JoinType.INNER || isRestriction(join))
        && (join.residual() == null || !Expressions.isVolatile(join.residual()));
  }

  private static int countRelations(LogicalPlan plan) {
    if (!isFlat(plan)) {
      return 1;
    }
    if (plan instanceof Join join) {
      return countRelations(join.left()) + (isRestriction(join) ? 0 : countRelations(join.right()));
    }
    return countRelations(plan.inputs().get(0));
  }

  private static boolean isRestriction(Join join) {
    return join.type() == JoinType.SEMI || join.type() == JoinType.ANTI;
  }

  /** Whether the projection only picks and orders columns. */
  private static boolean isChoice(Project project) {
    return project.expressions().stream().allMatch(Column.class::isInstance);
  }

  private List<Integer> add(LogicalPlan plan) {
    if (!isFlat(plan)) {
      return addRelation(below.apply(plan));
    }
    if (plan instanceof Project project) {
      List<Integer> input = add(project.input());
      return project.expressions().stream().map(e -> input.get(((Column) e).index())).toList();
    }
    Join join = (Join) plan;
    List<Integer> left = add(join.left());
    if (isRestriction(join)) {
      addRestriction(join, left);
      return left;
    }
    List<Integer> right = add(join.right());
    for (Join.EquiKey key : join.keys()) {
      addCondition(
          new Comparison(
              ComparisonOperator.EQUAL,
              globalize(key.left(), left),
              globalize(key.right(), right)));
    }
    List<Integer> both = new ArrayList<>(left);
    both.addAll(right);
    for (Expression part : Expressions.conjuncts(join.residual())) {
      addCondition(globalize(part, both));
    }
    return both;
  }

  private List<Integer> addRelation(LogicalPlan relation) {
    int offset = relationOf.size();
    offsets.add(offset);
    List<Integer> columns = new ArrayList<>();
    for (int i = 0; i < relation.columns().size(); i++) {
      relationOf.add(relations.size());
      columns.add(offset + i);
    }
    relations.add(relation);
    return columns;
  }

  private void addRestriction(Join join, List<Integer> left) {
    LogicalPlan right = below.apply(join.right());
    List<Expression> keys = join.keys().stream().map(key -> globalize(key.left(), left)).toList();
    long read = 0;
    for (Expression key : keys) {
      read |= relationsOf(key);
    }
    Expression residual = join.residual();
    if (residual != null) {
      BitSet columns = Expressions.columnsOf(residual);
      for (int i = columns.nextSetBit(0);
          i >= 0 && i < left.size();
          i = columns.nextSetBit(i + 1)) {
        read |= 1L << relationOf.get(left.get(i));
      }
      // Columns of the right side stand behind all global ones, whose number is not known yet.
      residual =
          Expressions.mapColumns(
              residual, i -> i < left.size() ? left.get(i) : -1 - (i - left.size()));
    }
    Join moved =
        new Join(join.type(), join.left(), right, join.keys(), join.residual(), join.markName());
    restrictions.add(new Restriction(moved, keys, residual, read));
  }

  private Expression globalize(Expression expression, List<Integer> columns) {
    Expression global = Expressions.mapColumns(expression, columns::get);
    noteNames(global);
    return global;
  }

  /** Conditions may call a column by more than its name. */
  private void noteNames(Expression global) {
    if (global instanceof Column column) {
      names.putIfAbsent(column.index(), column.name());
    }
    Expressions.children(global).forEach(this::noteNames);
  }

  private void addCondition(Expression condition) {
    if (condition instanceof Comparison comparison
        && comparison.operator() == ComparisonOperator.EQUAL
        && comparison.left() instanceof Column left
        && comparison.right() instanceof Column right
        && left.index() != right.index()
        && left.type().equals(right.type())) {
      unite(left.index(), right.index());
    } else {
      conditions.add(new Condition(condition, relationsOf(condition)));
    }
  }

  private void unite(int left, int right) {
    List<Integer> first = classOf(left);
    List<Integer> second = classOf(right);
    if (first != second) {
      first.addAll(second);
      classes.remove(second);
    }
  }

  private List<Integer> classOf(int column) {
    for (List<Integer> known : classes) {
      if (known.contains(column)) {
        return known;
      }
    }
    List<Integer> fresh = new ArrayList<>(List.of(column));
    classes.add(fresh);
    return fresh;
  }

  long relationsOf(Expression expression) {
    long set = 0;
    BitSet columns = Expressions.columnsOf(expression);
    for (int i = columns.nextSetBit(0); i >= 0; i = columns.nextSetBit(i + 1)) {
      set |= 1L << relationOf.get(i);
    }
    return set;
  }

  int size() {
    return relations.size();
  }

  LogicalPlan relation(int number) {
    return relations.get(number);
  }

  /** Number of the relation's first column. */
  int offset(int relation) {
    return offsets.get(relation);
  }

  int relationOfColumn(int global) {
    return relationOf.get(global);
  }

  List<Condition> conditions() {
    return conditions;
  }

  /** Sets of columns that are equal to each other in every row of the result. */
  List<List<Integer>> classes() {
    return classes;
  }

  List<Restriction> restrictions() {
    return restrictions;
  }

  List<Integer> outputs() {
    return outputs;
  }

  Column column(int global) {
    int relation = relationOf.get(global);
    var column = relations.get(relation).columns().get(global - offsets.get(relation));
    return new Column(global, column.type(), names.getOrDefault(global, column.name()));
  }
}
