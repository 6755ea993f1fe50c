package org.kalamdb.internal.sql.optimize;

import java.util.List;
import java.util.Set;
import org.apache.arrow.memory.BufferAllocator;
import org.kalamdb.internal.common.SnowflakeIds;
import org.kalamdb.internal.expr.EvaluationContext;
import org.kalamdb.internal.sql.plan.BoundStatement.BoundQuery;
import org.kalamdb.internal.sql.plan.BoundStatement.BoundWrite;
import org.kalamdb.internal.sql.plan.LogicalPlan;

/**
 * Turns a plan as bound into one that is cheaper to run: a list of small passes, each of which
 * keeps the rows and their columns. Knows no parameter values, so its plans can be kept and shared.
 * Immutable.
 */
public final class Optimizer {
  private final List<Pass> passes;

  private Optimizer(List<Pass> passes) {
    this.passes = passes;
  }

  private static List<Pass> allPasses(BufferAllocator allocator) {
    // Immutable functions ask nothing of the context.
    EvaluationContext context = EvaluationContext.builder(new SnowflakeIds(0)).build();
    return List.of(
        new FoldConstants(allocator, context),
        new PushFilterDown(),
        new DecorrelateSubqueries(),
        new PushFilterDown(),
        new TurnMarkIntoSemiJoin(),
        new ExtractEquiJoin(),
        new PushFilterIntoScan(),
        new MergeProjects(),
        new FuseTopN(),
        new UseKeyOrder(),
        new UseIndex(),
        new PushLimit(),
        new PruneColumns());
  }

  /** All passes; the allocator is for computing constants and may be shared. */
  public static Optimizer standard(BufferAllocator allocator) {
    return new Optimizer(allPasses(allocator));
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
    return new Optimizer(passes.stream().filter(pass -> !names.contains(pass.name())).toList());
  }

  /** Names of the passes in the order they run. */
  public List<String> passNames() {
    return passes.stream().map(Pass::name).toList();
  }

  public LogicalPlan optimize(LogicalPlan plan) {
    LogicalPlan current = plan;
    for (Pass pass : passes) {
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
