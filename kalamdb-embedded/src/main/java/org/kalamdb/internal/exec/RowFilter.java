package org.kalamdb.internal.exec;

import org.kalamdb.internal.vector.ColumnView;
import org.kalamdb.internal.vector.RecordBatch;
import org.kalamdb.internal.vector.SelectionVector;

/**
 * Narrows batches to rows whose key a join above holds, as long as that drops enough of them to be
 * worth the look. One thread at a time.
 */
final class RowFilter {
  private static final int TRIAL_ROWS = 1 << 15;
  private static final double WORTH_DROPPING = 0.1;

  private final KeySet keys;
  private final int column;
  private long seen;
  private long kept;

  /**
   * @param column position in the batches
   */
  RowFilter(KeySet keys, int column) {
    this.keys = keys;
    this.column = column;
  }

  void apply(RecordBatch batch) {
    if (seen >= TRIAL_ROWS && kept > seen * (1 - WORTH_DROPPING)) {
      return;
    }
    SelectionVector rows = batch.selection();
    ColumnView values = ColumnView.of(batch.column(column), batch.types().get(column));
    SelectionVector selected = keys.select(values, rows);
    seen += rows.size();
    kept += selected.size();
    batch.select(selected);
  }
}
