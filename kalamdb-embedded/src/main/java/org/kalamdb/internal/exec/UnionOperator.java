package org.kalamdb.internal.exec;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.kalamdb.internal.vector.RecordBatch;

/** All batches of the first input, then of the second, and so on. */
final class UnionOperator implements Operator {
  private final List<Operator> inputs;
  private int current;

  UnionOperator(List<Operator> inputs) {
    this.inputs = inputs;
  }

  @Override
  public @Nullable RecordBatch next() {
    while (current < inputs.size()) {
      RecordBatch batch = inputs.get(current).next();
      if (batch != null) {
        return batch;
      }
      inputs.get(current++).close();
    }
    return null;
  }

  @Override
  public void close() {
    Closeables.closeAll(inputs);
  }
}
