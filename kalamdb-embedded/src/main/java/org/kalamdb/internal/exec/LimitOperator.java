package org.kalamdb.internal.exec;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.kalamdb.internal.sql.plan.RowLimit;
import org.kalamdb.internal.vector.RecordBatch;
import org.kalamdb.internal.vector.SelectionVector;

/** Lets a run of rows through and asks for no batch behind it. */
final class LimitOperator implements Operator {
  private final Operator input;
  private final RowLimit limit;
  private final ExecutionContext context;
  private @Nullable RowWindow window;
  private long seen;

  LimitOperator(Operator input, RowLimit limit, ExecutionContext context) {
    this.input = input;
    this.limit = limit;
    this.context = context;
  }

  @Override
  public @Nullable RecordBatch next() {
    if (window == null) {
      window = RowWindow.of(limit, new Constants(context));
    }
    while (seen < window.end()) {
      RecordBatch batch = input.next();
      if (batch == null) {
        return null;
      }
      SelectionVector rows = batch.selection();
      int from = (int) Math.max(0, Math.min(rows.size(), window.start() - seen));
      int to = (int) Math.min(rows.size(), window.end() - seen);
      seen += rows.size();
      if (from >= to) {
        batch.close();
        continue;
      }
      if (from > 0 || to < rows.size()) {
        batch.select(SelectionVector.of(Arrays.copyOfRange(rows.viewRows(), from, to), to - from));
      }
      return batch;
    }
    return null;
  }

  @Override
  public void close() {
    input.close();
  }
}
