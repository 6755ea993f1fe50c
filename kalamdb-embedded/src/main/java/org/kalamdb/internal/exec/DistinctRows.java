package org.kalamdb.internal.exec;

import java.util.List;
import org.kalamdb.internal.vector.RecordBatch;
import org.kalamdb.internal.vector.SelectionVector;
import org.kalamdb.schema.DataType;

/** The rows seen so far, to tell which rows of a batch are new. NULLs are equal to each other. */
final class DistinctRows implements AutoCloseable {
  private final boolean hasColumns;
  private final GroupTable seen;
  private boolean rowSeen;

  DistinctRows(List<DataType> types, ExecutionContext context) {
    this.hasColumns = !types.isEmpty();
    this.seen = GroupTable.create(types, context.allocator());
  }

  /** Narrows the batch to the first row of each kind that was not seen before. */
  void keepNew(RecordBatch batch) {
    batch.select(hasColumns ? firstSeen(batch) : firstRow(batch.selection()));
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
    seen.close();
  }
}
