package org.kalamdb.internal.exec;

import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.kalamdb.internal.vector.ColumnView;
import org.kalamdb.internal.vector.RecordBatch;
import org.kalamdb.internal.vector.SelectionVector;
import org.kalamdb.schema.DataType;

/** Lets the first row of each kind through, as it comes; the kind is that of some columns. */
final class DistinctOperator implements Operator {
  private final Operator input;
  private final int[] keys;
  private final GroupTable seen;
  private boolean rowSeen;

  /** Rows are of one kind if the given columns are equal. */
  DistinctOperator(Operator input, int[] keys, List<DataType> keyTypes, ExecutionContext context) {
    this.input = input;
    this.keys = keys;
    this.seen = GroupTable.create(keyTypes, context.allocator());
  }

  /** Rows are of one kind if all columns are equal. */
  DistinctOperator(Operator input, List<DataType> types, ExecutionContext context) {
    this(input, IntStream.range(0, types.size()).toArray(), types, context);
  }

  @Override
  public @Nullable RecordBatch next() {
    RecordBatch batch = input.next();
    if (batch == null) {
      return null;
    }
    try {
      batch.select(keys.length > 0 ? firstSeen(batch) : firstRow(batch.selection()));
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
    ColumnView[] views = new ColumnView[keys.length];
    for (int i = 0; i < keys.length; i++) {
      views[i] = ColumnView.of(batch.column(keys[i]), batch.types().get(keys[i]));
    }
    seen.assign(views, rows.viewRows(), rows.size(), groups);
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
