package org.kalamdb.internal.sql.optimize;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.kalamdb.internal.expr.Expression;
import org.kalamdb.internal.expr.Expression.Comparison;
import org.kalamdb.internal.expr.Expression.ComparisonOperator;
import org.kalamdb.internal.sql.estimate.PlanEstimator;
import org.kalamdb.internal.sql.plan.Expressions;
import org.kalamdb.internal.sql.plan.LogicalPlan;

/**
 * Finds the cheapest tree of joins over a {@link JoinGraph}: by dynamic programming over all sets
 * of relations, or, where those are too many, by joining greedily the two whose join is smallest
 * (Fegaras, "A New Heuristic for Optimizing Large Queries", 1998). The right side of a join is the
 * one that is held in memory.
 */
final class JoinOrder {
  /** Up to here all orders are compared: 3^10 splits. */
  private static final int MAX_EXHAUSTIVE = 10;

  private static final double BUILD_COST = 2;
  private static final double PAIR_COST = 0.3;
  private static final double UNKNOWN_SHARE = 1.0 / 3;

  private final JoinGraph graph;
  private final List<LogicalPlan> leaves;
  private final PlanEstimator estimates;
  private final Map<Long, Double> rows = new HashMap<>();
  private final long[] classRelations;
  private final double[] conditionShares;

  /**
   * A join of two trees, or a relation.
   *
   * @param relation its number if it is one, else -1
   */
  record Tree(
      long set,
      int relation,
      @Nullable Tree left,
      @Nullable Tree right,
      double rows,
      double cost) {}

  /**
   * Over relations that may have been narrowed.
   *
   * @param leaves what stands for each relation of the graph
   */
  JoinOrder(JoinGraph graph, List<LogicalPlan> leaves, PlanEstimator estimates) {
    this.graph = graph;
    this.leaves = leaves;
    this.estimates = estimates;
    this.classRelations = new long[graph.classes().size()];
    for (int i = 0; i < classRelations.length; i++) {
      for (int column : graph.classes().get(i)) {
        classRelations[i] |= 1L << graph.relationOfColumn(column);
      }
    }
    this.conditionShares =
        graph.conditions().stream().mapToDouble(c -> share(c.expression())).toArray();
  }

  Tree best() {
    return leaves.size() <= MAX_EXHAUSTIVE ? exhaustive() : greedy();
  }

  private Tree leaf(int relation) {
    long set = 1L << relation;
    return new Tree(set, relation, null, null, rowsOf(set), 0);
  }

  private Tree exhaustive() {
    int sets = 1 << leaves.size();
    Tree[] best = new Tree[sets];
    for (int i = 0; i < leaves.size(); i++) {
      best[1 << i] = leaf(i);
    }
    for (int set = 1; set < sets; set++) {
      if (best[set] == null) {
        Tree found = bestSplit(set, best, true);
        best[set] = found != null ? found : bestSplit(set, best, false);
      }
    }
    return best[sets - 1];
  }

  private @Nullable Tree bestSplit(int set, Tree[] best, boolean connected) {
    Tree cheapest = null;
    for (int left = set - 1 & set; left > 0; left = left - 1 & set) {
      int right = set ^ left;
      if (!connected || isConnected(left, right)) {
        Tree tree = join(best[left], best[right]);
        if (cheapest == null || tree.cost() < cheapest.cost()) {
          cheapest = tree;
        }
      }
    }
    return cheapest;
  }

  private Tree greedy() {
    List<Tree> trees = new ArrayList<>();
    for (int i = 0; i < leaves.size(); i++) {
      trees.add(leaf(i));
    }
    while (trees.size() > 1) {
      Tree connected = smallestJoin(trees, true);
      Tree next =
          connected != null ? connected : Objects.requireNonNull(smallestJoin(trees, false));
      trees.removeIf(tree -> (tree.set() & next.set()) != 0);
      trees.add(next);
    }
    return trees.get(0);
  }

  private @Nullable Tree smallestJoin(List<Tree> trees, boolean connected) {
    Tree smallest = null;
    for (int i = 0; i < trees.size(); i++) {
      for (int j = i + 1; j < trees.size(); j++) {
        Tree a = trees.get(i);
        Tree b = trees.get(j);
        if (!connected || isConnected(a.set(), b.set())) {
          Tree tree = a.rows() >= b.rows() ? join(a, b) : join(b, a);
          if (smallest == null || tree.rows() < smallest.rows()) {
            smallest = tree;
          }
        }
      }
    }
    return smallest;
  }

  private Tree join(Tree left, Tree right) {
    long set = left.set() | right.set();
    double out = rowsOf(set);
    double pairs = isHashable(left.set(), right.set()) ? 0 : left.rows() * right.rows() * PAIR_COST;
    double cost =
        left.cost() + right.cost() + left.rows() + BUILD_COST * right.rows() + out + pairs;
    return new Tree(set, -1, left, right, out, cost);
  }

  private boolean isConnected(long left, long right) {
    if (isHashable(left, right)) {
      return true;
    }
    for (JoinGraph.Condition condition : graph.conditions()) {
      if (becomesKnown(condition, left, right)) {
        return true;
      }
    }
    return false;
  }

  private boolean isHashable(long left, long right) {
    for (long relations : classRelations) {
      if ((relations & left) != 0 && (relations & right) != 0) {
        return true;
      }
    }
    for (JoinGraph.Condition condition : graph.conditions()) {
      if (becomesKnown(condition, left, right)
          && condition.expression() instanceof Comparison comparison
          && comparison.operator() == ComparisonOperator.EQUAL
          && isSeparated(comparison, left, right)) {
        return true;
      }
    }
    return false;
  }

  private boolean isSeparated(Comparison comparison, long left, long right) {
    long first = graph.relationsOf(comparison.left());
    long second = graph.relationsOf(comparison.right());
    return ((first & ~left) == 0 && (second & ~right) == 0)
        || ((first & ~right) == 0 && (second & ~left) == 0);
  }

  /** Whether the join of the two is the first that can ask the condition. */
  static boolean becomesKnown(JoinGraph.Condition condition, long left, long right) {
    long read = condition.relations();
    return (read & ~(left | right)) == 0 && (read & left) != 0 && (read & right) != 0;
  }

  /** The same for a set however it is joined: relation by relation. */
  private double rowsOf(long set) {
    Double known = rows.get(set);
    if (known == null) {
      int last = Long.SIZE - 1 - Long.numberOfLeadingZeros(set);
      long rest = set & ~(1L << last);
      double own = estimates.rows(leaves.get(last));
      known = rest == 0 ? own : Math.max(1, rowsOf(rest) * own * share(rest, last, own));
      rows.put(set, known);
    }
    return known;
  }

  private double share(long rest, int last, double lastRows) {
    long joined = 1L << last;
    double restValues = 1;
    double lastValues = 1;
    for (int i = 0; i < classRelations.length; i++) {
      if ((classRelations[i] & rest) != 0 && (classRelations[i] & joined) != 0) {
        restValues *= distinct(graph.classes().get(i), rest);
        lastValues *= distinct(graph.classes().get(i), joined);
      }
    }
    restValues = Math.min(restValues, Math.max(1, rowsOf(rest)));
    lastValues = Math.min(lastValues, Math.max(1, lastRows));
    double share = 1 / Math.max(restValues, lastValues);
    for (int i = 0; i < conditionShares.length; i++) {
      if (becomesKnown(graph.conditions().get(i), rest, joined)) {
        share *= conditionShares[i];
      }
    }
    return share;
  }

  /** Values of equal columns that are left when all of those in the set are joined. */
  private double distinct(List<Integer> columns, long set) {
    double least = Double.MAX_VALUE;
    for (int column : columns) {
      if ((set & 1L << graph.relationOfColumn(column)) != 0) {
        least = Math.min(least, distinct(column));
      }
    }
    return least;
  }

  private double distinct(int column) {
    int relation = graph.relationOfColumn(column);
    var local = graph.column(column);
    return estimates.distinctOrGuess(
        new Expression.Column(column - graph.offset(relation), local.type(), local.name()),
        leaves.get(relation));
  }

  private double share(Expression condition) {
    if (condition instanceof Comparison comparison
        && comparison.operator() == ComparisonOperator.EQUAL) {
      return 1 / Math.max(sideValues(comparison.left()), sideValues(comparison.right()));
    }
    return UNKNOWN_SHARE;
  }

  private double sideValues(Expression side) {
    long relations = graph.relationsOf(side);
    if (Long.bitCount(relations) != 1) {
      return 1;
    }
    int relation = Long.numberOfTrailingZeros(relations);
    int offset = graph.offset(relation);
    return estimates.distinctOrGuess(
        Expressions.mapColumns(side, column -> column - offset), leaves.get(relation));
  }
}
