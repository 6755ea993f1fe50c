package org.kalamdb.internal.exec;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.kalamdb.internal.vector.RecordBatch;

/** Joins by hash, or by nested loop where there are no keys; owns what a {@link HashJoin} uses. */
final class JoinOperator implements Operator {
  private final HashJoin join;
  private final @Nullable BatchCondition residual;
  private final MemoryBudget.Share memory;

  JoinOperator(
      JoinShape shape,
      Operator left,
      Operator right,
      @Nullable BatchCondition residual,
      List<ProbeFilter> filters,
      ExecutionContext context) {
    this.residual = residual;
    this.memory = context.memory().share();
    this.join =
        new HashJoin(
            shape,
            new HashJoin.Input(left, right, 0, filters),
            residual,
            new JoinFacts(),
            memory,
            context);
  }

  @Override
  public @Nullable RecordBatch next() {
    return join.next();
  }

  @Override
  public void close() {
    Closeables.closeAll(memory, residual, join);
  }
}
