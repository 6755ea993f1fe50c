package org.kalamdb.internal.exec;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.kalamdb.internal.vector.RecordBatch;
import org.kalamdb.schema.DataType;

/** Takes all rows and puts them out in order. */
final class SortOperator implements Operator {
  private final Operator input;
  private final RowSorter sorter;
  private boolean consumed;

  /**
   * Sorts by columns of the input.
   *
   * @param types of the input's first columns, which are put out
   * @param inputTypes of all of the input's columns
   */
  SortOperator(
      Operator input,
      RowOrder order,
      List<DataType> types,
      List<DataType> inputTypes,
      ExecutionContext context) {
    this.input = input;
    this.sorter = new RowSorter(order, inputTypes, types, context.memory().share(), context);
  }

  @Override
  public @Nullable RecordBatch next() {
    if (!consumed) {
      RecordBatch batch;
      while ((batch = input.next()) != null) {
        sorter.add(batch);
      }
      input.close();
      consumed = true;
    }
    return sorter.next();
  }

  @Override
  public void close() {
    Closeables.closeAll(input, sorter);
  }
}
