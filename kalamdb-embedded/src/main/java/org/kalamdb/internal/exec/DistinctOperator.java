package org.kalamdb.internal.exec;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.kalamdb.internal.vector.RecordBatch;
import org.kalamdb.internal.vector.SelectionVector;
import org.kalamdb.schema.DataType;

/** Lets the first row of each kind through, as it comes. */
final class DistinctOperator implements Operator {
  private final Operator input;
  private final boolean hasColumns;
  private final GroupTable seen;
  private boolean rowSeen;

  DistinctOperator(Operator input, List<DataType> types, ExecutionContext context) {
    this.input = input;
    this.hasColumns = !types.isEmpty();
    this.seen = GroupTable.create(types, context.allocator());
  }

  @Override
  public @Nullable RecordBatch next() {
    RecordBatch batch = input.next();
    if (batch == null) {
      return null;
    }
    try {
      batch.select(hasColumns ? firstSeen(batch) : firstRow(batch.selection()));
      return batch;
    } catch (Throwable e) {
      Closeables.closeAfter(e, List.of(batch));
      throw e;
    }
  }

  private SelectionVector firstSeen(RecordBatch batch) {
    SelectionVector rows = batch.selection();
    int before = seen.groupCount();
    int[] groups = new int[rows.size()];
    seen.assign(RowStore.viewsOf(batch), rows.viewRows(), rows.size(), groups);
    int[] fresh = new int[seen.groupCount() - before];
    int n = 0;
    for (int i = 0; i < groups.length && n < fresh.length; i++) {
      if (groups[i] == before + n) {
        fresh[n++] = rows.get(i);
      }
    }
    return SelectionVector.of(fresh, n);
  }

  /** Rows without columns are all equal. */
  private SelectionVector firstRow(SelectionVector rows) {
    if (rowSeen || rows.size() == 0) {
      return SelectionVector.all(0);
    }
    rowSeen = true;
    return SelectionVector.of(new int[] {rows.get(0)}, 1);
  }

  @Override
  public void close() {
    Closeables.closeAll(input, seen);
  }
}
