package org.kalamdb.internal.exec;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.kalamdb.internal.vector.RecordBatch;

/** Joins by hash, or by nested loop where there are no keys; owns what a {@link HashJoin} uses. */
final class JoinOperator implements Operator {
  private final JoinShape shape;
  private final Operator left;
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
    this.shape = shape;
    this.left = left;
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

  /**
   * Where right rows are put out at the end, the join itself has several threads stream the left.
   */
  @Override
  public boolean isForkable() {
    return !shape.endsWithRight()
        && (residual == null || residual.isForkable())
        && left.isForkable();
  }

  @Override
  public @Nullable ScanParts prepareForks() {
    return join.prepareProbes() ? left.prepareForks() : null;
  }

  @Override
  public Operator fork(ScanParts.Reader source) {
    return join.fork(left.fork(source));
  }

  @Override
  public void close() {
    Closeables.closeAll(memory, residual, join);
  }
}
