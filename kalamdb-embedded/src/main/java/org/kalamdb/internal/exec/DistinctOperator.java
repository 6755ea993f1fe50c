package org.kalamdb.internal.exec;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.kalamdb.internal.vector.RecordBatch;
import org.kalamdb.schema.DataType;

/** Lets the first row of each kind through, as it comes. */
final class DistinctOperator implements Operator {
  private final Operator input;
  private final DistinctRows seen;

  DistinctOperator(Operator input, List<DataType> types, ExecutionContext context) {
    this.input = input;
    this.seen = new DistinctRows(types, context);
  }

  @Override
  public @Nullable RecordBatch next() {
    RecordBatch batch = input.next();
    if (batch == null) {
      return null;
    }
    try {
      seen.keepNew(batch);
      return batch;
    } catch (Throwable e) {
      Closeables.closeAfter(e, List.of(batch));
      throw e;
    }
  }

  @Override
  public void close() {
    Closeables.closeAll(input, seen);
  }
}
