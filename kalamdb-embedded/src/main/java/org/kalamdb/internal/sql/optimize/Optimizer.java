package org.kalamdb.internal.sql.optimize;

import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.apache.arrow.memory.BufferAllocator;
import org.kalamdb.internal.common.SnowflakeIds;
import org.kalamdb.internal.expr.EvaluationContext;
import org.kalamdb.internal.sql.estimate.PlanEstimator;
import org.kalamdb.internal.sql.plan.BoundStatement.BoundQuery;
import org.kalamdb.internal.sql.plan.BoundStatement.BoundWrite;
import org.kalamdb.internal.sql.plan.LogicalPlan;
import org.kalamdb.internal.sql.plan.LogicalPlan.Join;

/**
 * Turns a plan as bound into one that is cheaper to run: a list of small passes, each of which
 * keeps the rows and their columns. The first ones ({@link #optimize}) follow rules alone, so that
 * their plans can be kept and shared; those of {@link #arrange} ask how many rows there are. None
 * knows a parameter's value. Immutable.
 */
public final class Optimizer {
  private final List<Pass> passes;
  private final List<CostPass> costPasses;

  /** What may follow the rearranging of joins. */
  private final List<Pass> lastPasses;

  private Optimizer(List<Pass> passes, List<CostPass> costPasses, List<Pass> lastPasses) {
    this.passes = passes;
    this.costPasses = costPasses;
    this.lastPasses = lastPasses;
  }

  private static List<Pass> allPasses(BufferAllocator allocator) {
    // Immutable functions ask nothing of the context.
    EvaluationContext context = EvaluationContext.builder(new SnowflakeIds(0)).build();
    return List.of(
        new FoldConstants(allocator, context),
        new CompareDates(),
        new FactorCommonConditions(),
        new InferFromEqualities(),
        new PushFilterDown(),
        new DecorrelateSubqueries(),
        new PushFilterDown(),
        new TurnMarkIntoSemiJoin(),
        new ExtractEquiJoin(),
        new PushFilterIntoScan(),
        new MergeProjects(),
        new FuseTopN(),
        new UseKeyOrder(),
        new TakeExtremeByKeyOrder(),
        new UseIndex(),
        new PushLimit(),
        new PruneColumns());
  }

  /** All passes; the allocator is for computing constants and may be shared. */
  public static Optimizer standard(BufferAllocator allocator) {
    return new Optimizer(
        allPasses(allocator),
        List.of(new OrderJoins(), new BuildSmallerSide(), new UseMergeJoin()),
        List.of(new MergeProjects(), new PruneColumns()));
  }

  /**
   * All passes but those of the given names.
   *
   * @throws IllegalArgumentException if there is no pass of such a name
   */
  public Optimizer without(Set<String> names) {
    for (String name : names) {
      if (!passNames().contains(name)) {
        throw new IllegalArgumentException("No optimizer pass " + name + " in " + passNames());
      }
    }
    return new Optimizer(
        passes.stream().filter(pass -> !names.contains(pass.name())).toList(),
        costPasses.stream().filter(pass -> !names.contains(pass.name())).toList(),
        lastPasses.stream().filter(pass -> !names.contains(pass.name())).toList());
  }

  /**
   * The passes that keep filters and orders above the scans of a plan, where operators that work on
   * changes find them.
   */
  public Optimizer forChanges() {
    return without(
        Set.of(
            "PushFilterIntoScan", "UseKeyOrder", "TakeExtremeByKeyOrder", "UseIndex", "PushLimit"));
  }

  /** Only the pass that leaves out columns that nothing needs. */
  public Optimizer pruning() {
    return without(
        passNames().stream()
            .filter(name -> !name.equals("PruneColumns"))
            .collect(java.util.stream.Collectors.toSet()));
  }

  /** Names of the passes in the order they run. */
  public List<String> passNames() {
    return Stream.concat(passes.stream().map(Pass::name), costPasses.stream().map(CostPass::name))
        .toList();
  }

  public LogicalPlan optimize(LogicalPlan plan) {
    LogicalPlan current = plan;
    for (Pass pass : passes) {
      current = pass.apply(current);
    }
    return current;
  }

  /** Whether {@link #arrange} may give another plan. */
  public static boolean isArrangeable(LogicalPlan plan) {
    return plan instanceof Join || plan.inputs().stream().anyMatch(Optimizer::isArrangeable);
  }

  /** An optimized plan for tables of the sizes they have now. */
  public LogicalPlan arrange(LogicalPlan plan, PlanEstimator estimates) {
    if (!isArrangeable(plan)) {
      return plan;
    }
    LogicalPlan current = plan;
    for (CostPass pass : costPasses) {
      current = pass.apply(current, estimates);
    }
    for (Pass pass : lastPasses) {
      current = pass.apply(current);
    }
    return current;
  }

  public BoundQuery optimize(BoundQuery query) {
    return query.withPlan(optimize(query.plan()));
  }

  /** A write with each of its plans optimized. */
  public BoundWrite optimize(BoundWrite write) {
    return write.withPlans(this::optimize);
  }
}
