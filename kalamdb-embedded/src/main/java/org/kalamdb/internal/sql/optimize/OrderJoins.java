package org.kalamdb.internal.sql.optimize;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.IntUnaryOperator;
import org.jspecify.annotations.Nullable;
import org.kalamdb.internal.expr.Expression;
import org.kalamdb.internal.expr.Expression.Column;
import org.kalamdb.internal.expr.Expression.Comparison;
import org.kalamdb.internal.expr.Expression.ComparisonOperator;
import org.kalamdb.internal.sql.estimate.PlanEstimator;
import org.kalamdb.internal.sql.optimize.JoinGraph.Restriction;
import org.kalamdb.internal.sql.optimize.JoinOrder.Tree;
import org.kalamdb.internal.sql.plan.Expressions;
import org.kalamdb.internal.sql.plan.JoinType;
import org.kalamdb.internal.sql.plan.LogicalPlan;
import org.kalamdb.internal.sql.plan.LogicalPlan.Join;
import org.kalamdb.internal.sql.plan.LogicalPlan.Project;
import org.kalamdb.internal.sql.plan.PlanColumn;

/**
 * Joins inner joins in the order that is cheapest, and asks the semi and anti joins over them
 * before or after, whichever is cheaper. An equality that follows from others joins as well as one
 * that was written.
 */
final class OrderJoins implements CostPass {
  private static final double BUILD_COST = 2;

  /** Each doubles the number of orders that are compared. */
  private static final int MAX_MOVABLE = 3;

  @Override
  public LogicalPlan apply(LogicalPlan plan, PlanEstimator estimates) {
    return new Run(estimates).order(plan);
  }

  private record Run(PlanEstimator estimates) {
    LogicalPlan order(LogicalPlan plan) {
      JoinGraph graph = JoinGraph.of(plan, this::order);
      if (graph == null) {
        List<LogicalPlan> inputs = plan.inputs().stream().map(this::order).toList();
        return inputs.equals(plan.inputs()) ? plan : plan.withInputs(inputs);
      }
      Arrangement cheapest = null;
      int movable = movable(graph);
      for (int choice = 0; choice < 1 << movable; choice++) {
        Arrangement arrangement = arrange(graph, choice);
        if (cheapest == null || arrangement.cost() < cheapest.cost()) {
          cheapest = arrangement;
        }
      }
      return new Assembly(graph, cheapest, plan.columns()).build();
    }

    /** Restrictions that read one relation only may be asked of it before it is joined. */
    private static int movable(JoinGraph graph) {
      int movable = 0;
      while (movable < Math.min(MAX_MOVABLE, graph.restrictions().size())
          && Long.bitCount(graph.restrictions().get(movable).relations()) == 1) {
        movable++;
      }
      return movable;
    }

    private Arrangement arrange(JoinGraph graph, int early) {
      List<LogicalPlan> leaves = new ArrayList<>();
      for (int i = 0; i < graph.size(); i++) {
        leaves.add(graph.relation(i));
      }
      double cost = 0;
      double lateShare = 1;
      List<Restriction> late = new ArrayList<>();
      double lateCost = 0;
      for (int i = 0; i < graph.restrictions().size(); i++) {
        Restriction restriction = graph.restrictions().get(i);
        boolean single = Long.bitCount(restriction.relations()) == 1;
        double build = BUILD_COST * estimates.rows(restriction.join().right());
        int relation = Long.numberOfTrailingZeros(restriction.relations());
        LogicalPlan before = single ? leaves.get(relation) : restriction.join().left();
        LogicalPlan after = single ? restricted(graph, relation, before, restriction) : null;
        if (after != null && (early & 1 << i) != 0) {
          leaves.set(relation, after);
          cost += build + estimates.rows(before);
        } else {
          late.add(restriction);
          lateCost += build;
          lateShare *=
              after == null ? 0.5 : estimates.rows(after) / Math.max(1, estimates.rows(before));
        }
      }
      Tree tree = new JoinOrder(graph, leaves, estimates).best();
      double asked = late.isEmpty() ? 0 : tree.rows() * (1 + lateShare);
      return new Arrangement(tree, leaves, late, cost + tree.cost() + lateCost + asked);
    }

    private static Join restricted(
        JoinGraph graph, int relation, LogicalPlan leaf, Restriction restriction) {
      int offset = graph.offset(relation);
      int width = leaf.columns().size();
      return attach(restriction, leaf, global -> global - offset, width);
    }
  }

  /** The restriction over a plan that has the global columns at {@code position}. */
  private static Join attach(
      Restriction restriction, LogicalPlan left, IntUnaryOperator position, int width) {
    Join join = restriction.join();
    List<Join.EquiKey> keys = new ArrayList<>();
    for (int i = 0; i < join.keys().size(); i++) {
      keys.add(
          new Join.EquiKey(
              Expressions.mapColumns(restriction.leftKeys().get(i), position),
              join.keys().get(i).right()));
    }
    Expression residual =
        Plans.applyNullable(
            restriction.residual(),
            part ->
                Expressions.mapColumns(
                    part, i -> i >= 0 ? position.applyAsInt(i) : width + (-1 - i)));
    return new Join(join.type(), left, join.right(), keys, residual, join.markName());
  }

  private record Arrangement(
      Tree tree, List<LogicalPlan> leaves, List<Restriction> late, double cost) {}

  /** Makes a plan of an arrangement. */
  private static final class Assembly {
    private final JoinGraph graph;
    private final Arrangement arrangement;
    private final List<PlanColumn> columns;

    Assembly(JoinGraph graph, @Nullable Arrangement arrangement, List<PlanColumn> columns) {
      if (arrangement == null) {
        throw new IllegalStateException("no order");
      }
      this.graph = graph;
      this.arrangement = arrangement;
      this.columns = columns;
    }

    /** A part of the plan and where each global column is in it, -1 if it is not. */
    private record Part(LogicalPlan plan, int[] position) {
      Expression map(Expression expression) {
        return Expressions.mapColumns(expression, global -> position[global]);
      }
    }

    LogicalPlan build() {
      Part whole = build(arrangement.tree());
      LogicalPlan plan = whole.plan();
      plan = Expressions.filter(plan, narrow(whole));
      for (Restriction restriction : arrangement.late()) {
        plan = attach(restriction, plan, global -> whole.position()[global], plan.columns().size());
      }
      List<Expression> outputs = new ArrayList<>();
      for (int global : graph.outputs()) {
        outputs.add(whole.map(graph.column(global)));
      }
      boolean same = plan.columns().equals(columns) && isIdentity(outputs);
      return same ? plan : new Project(plan, outputs, columns);
    }

    private static boolean isIdentity(List<Expression> outputs) {
      for (int i = 0; i < outputs.size(); i++) {
        if (((Column) outputs.get(i)).index() != i) {
          return false;
        }
      }
      return true;
    }

    /** Conditions that read no relation, or only one. */
    private List<Expression> narrow(Part whole) {
      return graph.conditions().stream()
          .filter(condition -> Long.bitCount(condition.relations()) < 2)
          .map(condition -> whole.map(condition.expression()))
          .toList();
    }

    private Part build(Tree tree) {
      if (tree.left() == null || tree.right() == null) {
        return leaf(tree.relation());
      }
      Part left = build(tree.left());
      Part right = build(tree.right());
      int leftWidth = left.plan().columns().size();
      int[] position = left.position().clone();
      for (int i = 0; i < position.length; i++) {
        if (right.position()[i] >= 0) {
          position[i] = leftWidth + right.position()[i];
        }
      }
      List<Join.EquiKey> keys = new ArrayList<>();
      for (List<Integer> equal : graph.classes()) {
        int first = oneOf(equal, left);
        int second = oneOf(equal, right);
        if (first >= 0 && second >= 0) {
          keys.add(
              new Join.EquiKey(left.map(graph.column(first)), right.map(graph.column(second))));
        }
      }
      List<Expression> residual = new ArrayList<>();
      for (JoinGraph.Condition condition : graph.conditions()) {
        if (JoinOrder.becomesKnown(condition, tree.left().set(), tree.right().set())) {
          residual.add(Expressions.mapColumns(condition.expression(), g -> position[g]));
        }
      }
      Join join =
          new Join(
              JoinType.INNER,
              left.plan(),
              right.plan(),
              keys,
              Expressions.conjunction(residual),
              "");
      return new Part(ExtractEquiJoin.extract(join), position);
    }

    private static int oneOf(List<Integer> columns, Part part) {
      for (int column : columns) {
        if (part.position()[column] >= 0) {
          return column;
        }
      }
      return -1;
    }

    private Part leaf(int relation) {
      LogicalPlan plan = arrangement.leaves().get(relation);
      int width = graph.relation(relation).columns().size();
      int offset = graph.offset(relation);
      int[] position = new int[globalColumns()];
      Arrays.fill(position, -1);
      for (int i = 0; i < width; i++) {
        position[offset + i] = i;
      }
      Part part = new Part(plan, position);
      return new Part(Expressions.filter(plan, equalities(relation, part)), position);
    }

    /** Columns of one relation may be equal because both equal one of another. */
    private List<Expression> equalities(int relation, Part part) {
      List<Expression> equalities = new ArrayList<>();
      for (List<Integer> equal : graph.classes()) {
        List<Integer> own =
            equal.stream().filter(c -> graph.relationOfColumn(c) == relation).toList();
        for (int i = 1; i < own.size(); i++) {
          equalities.add(
              new Comparison(
                  ComparisonOperator.EQUAL,
                  part.map(graph.column(own.get(0))),
                  part.map(graph.column(own.get(i)))));
        }
      }
      return equalities;
    }

    private int globalColumns() {
      int last = graph.size() - 1;
      return graph.offset(last) + graph.relation(last).columns().size();
    }
  }
}
