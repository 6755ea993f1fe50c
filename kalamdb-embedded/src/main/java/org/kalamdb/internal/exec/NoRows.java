package org.kalamdb.internal.exec;

import org.jspecify.annotations.Nullable;
import org.kalamdb.internal.vector.RecordBatch;

/** An input that is empty. */
final class NoRows implements Operator {
  @Override
  public @Nullable RecordBatch next() {
    return null;
  }

  @Override
  public void close() {}
}
