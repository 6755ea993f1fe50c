package org.kalamdb.internal.expr;

import java.util.ArrayList;
import java.util.List;
import org.apache.arrow.memory.BufferAllocator;
import org.jspecify.annotations.Nullable;
import org.kalamdb.internal.vector.ColumnView;
import org.kalamdb.internal.vector.ColumnWriter;

/**
 * The columns that an expression refers to, as vectors of one row each, filled from Java values.
 */
final class RowInput implements AutoCloseable {
  private final @Nullable ColumnWriter[] writers;
  private final @Nullable ColumnView[] views;

  RowInput(Expression expression, BufferAllocator allocator) {
    List<Expression.Column> columns = new ArrayList<>();
    collect(expression, columns);
    int width = columns.stream().mapToInt(c -> c.index() + 1).max().orElse(0);
    writers = new ColumnWriter[width];
    views = new ColumnView[width];
    for (Expression.Column column : columns) {
      if (writers[column.index()] == null) {
        writers[column.index()] = new ColumnWriter(column.type(), allocator);
      }
    }
  }

  private static void collect(Expression expression, List<Expression.Column> into) {
    if (expression instanceof Expression.Column column) {
      into.add(column);
    }
    ExpressionTree.children(expression).forEach(child -> collect(child, into));
  }

  /** The row's columns as views, null where the expression does not look. */
  @Nullable ColumnView[] fill(@Nullable Object[] row) {
    for (int i = 0; i < writers.length; i++) {
      ColumnWriter writer = writers[i];
      if (writer != null) {
        writer.begin(1);
        writer.setObject(0, row[i]);
        views[i] = writer.finish(1);
      }
    }
    return views;
  }

  @Override
  public void close() {
    for (ColumnWriter writer : writers) {
      if (writer != null) {
        writer.close();
      }
    }
  }
}
