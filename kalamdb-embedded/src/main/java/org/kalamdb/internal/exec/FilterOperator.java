package org.kalamdb.internal.exec;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.kalamdb.internal.vector.RecordBatch;

/** Narrows the selection of its input's batches and copies nothing. */
final class FilterOperator implements Operator {
  private final Operator input;
  private final BatchCondition condition;

  FilterOperator(Operator input, BatchCondition condition) {
    this.input = input;
    this.condition = condition;
  }

  @Override
  public @Nullable RecordBatch next() {
    RecordBatch batch = input.next();
    if (batch == null || batch.selection().size() == 0) {
      return batch;
    }
    try {
      batch.select(condition.select(batch));
      return batch;
    } catch (Throwable e) {
      Closeables.closeAfter(e, List.of(batch));
      throw e;
    }
  }

  @Override
  public boolean isForkable() {
    return condition.isForkable() && input.isForkable();
  }

  @Override
  public @Nullable ScanParts prepareForks() {
    return input.prepareForks();
  }

  @Override
  public Operator fork(ScanParts.Reader source) {
    return new FilterOperator(input.fork(source), condition.fork());
  }

  @Override
  public void close() {
    Closeables.closeAll(input, condition);
  }
}
