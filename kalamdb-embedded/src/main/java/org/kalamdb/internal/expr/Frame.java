package org.kalamdb.internal.expr;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.kalamdb.internal.vector.ColumnView;
import org.kalamdb.internal.vector.RecordBatch;
import org.kalamdb.schema.DataType;

/**
 * What the nodes of an expression look at: the batch in hand, its columns as views, the context.
 */
final class Frame {
  private static final @Nullable ColumnView[] NO_VIEWS = {};

  private @Nullable RecordBatch batch;
  private @Nullable ColumnView[] rowViews = NO_VIEWS;
  private @Nullable EvaluationContext context;
  private @Nullable ColumnView[] views = {};
  private boolean[] fresh = {};
  private int rowCount;

  void begin(@Nullable RecordBatch newBatch, int rows, EvaluationContext newContext) {
    batch = newBatch;
    rowViews = NO_VIEWS;
    rowCount = rows;
    context = newContext;
    Arrays.fill(fresh, false);
  }

  /** One row instead of a batch, its columns given as views. */
  void beginRow(@Nullable ColumnView[] row, EvaluationContext newContext) {
    begin(null, 1, newContext);
    rowViews = row;
  }

  /** The values of columns, given as views, instead of a batch. */
  void beginValues(@Nullable ColumnView[] columns, int rows, EvaluationContext newContext) {
    begin(null, rows, newContext);
    rowViews = columns;
  }

  int rowCount() {
    return rowCount;
  }

  EvaluationContext context() {
    if (context == null) {
      throw new IllegalStateException("no evaluation is running");
    }
    return context;
  }

  @Nullable RecordBatch batch() {
    return batch;
  }

  ColumnView column(int index, DataType type) {
    if (index < rowViews.length) {
      ColumnView given = rowViews[index];
      if (given != null) {
        return given;
      }
    }
    if (batch == null) {
      throw new IllegalStateException("an expression without input refers to column " + index);
    }
    if (index >= views.length) {
      views = Arrays.copyOf(views, index + 1);
      fresh = Arrays.copyOf(fresh, index + 1);
    }
    ColumnView view = views[index];
    if (view == null || !view.type().equals(type)) {
      view = new ColumnView(type);
      views[index] = view;
      fresh[index] = false;
    }
    if (!fresh[index]) {
      view.reset(batch.column(index));
      fresh[index] = true;
    }
    return view;
  }
}
