package org.kalamdb.internal.exec;

import java.util.ArrayList;
import java.util.List;
import org.apache.arrow.vector.FieldVector;
import org.jspecify.annotations.Nullable;
import org.kalamdb.internal.sql.plan.LogicalPlan.BufferedRows;
import org.kalamdb.internal.sql.plan.PlanColumn;
import org.kalamdb.internal.vector.ColumnWriter;
import org.kalamdb.internal.vector.RecordBatch;
import org.kalamdb.schema.DataType;

/** Rows of Java values that were given to the run. */
final class BufferedRowsOperator implements Operator {
  private final List<@Nullable Object[]> rows;
  private final List<DataType> types;
  private final ExecutionContext context;
  private int next;

  BufferedRowsOperator(BufferedRows plan, ExecutionContext context) {
    this.rows = context.buffered(plan.number());
    this.types = plan.columns().stream().map(PlanColumn::type).toList();
    this.context = context;
  }

  @Override
  public @Nullable RecordBatch next() {
    int n = Math.min(RecordBatch.MAX_ROWS, rows.size() - next);
    if (n <= 0) {
      return null;
    }
    List<FieldVector> vectors = new ArrayList<>();
    try {
      for (int c = 0; c < types.size(); c++) {
        try (ColumnWriter out = new ColumnWriter(types.get(c), context.allocator())) {
          out.begin(n);
          for (int r = 0; r < n; r++) {
            out.setObject(r, rows.get(next + r)[c]);
          }
          vectors.add(out.takeVector(n));
        }
      }
      next += n;
      return new RecordBatch(types, vectors, n);
    } catch (Throwable e) {
      Closeables.closeAfter(e, vectors);
      throw e;
    }
  }

  @Override
  public void close() {
    next = rows.size();
  }
}
