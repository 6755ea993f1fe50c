package org.kalamdb.internal.exec;

import java.util.ArrayList;
import java.util.List;
import org.apache.arrow.vector.FieldVector;
import org.jspecify.annotations.Nullable;
import org.kalamdb.internal.expr.Values;
import org.kalamdb.internal.sql.plan.Scan;
import org.kalamdb.internal.vector.RecordBatch;
import org.kalamdb.internal.vector.VectorTypes;
import org.kalamdb.schema.DataType;

/**
 * What the side a join holds tells a scan below its other side: the values that a column need have
 * for a row to find a partner. So a join of a few rows with a large table reads that table by key,
 * and other joins drop rows before anything is done with them. Filled before the scan opens, by the
 * thread that opens it.
 */
final class ProbeFilter {
  /** More values than this are not told. */
  static final int MAX_VALUES = 1_000;

  /** Beyond this an IN to skip data by costs more than it saves. */
  static final int MAX_SKIPPING = 100;

  /** A row found by key costs about as much as so many that are scanned. */
  static final int SCANNED_PER_SEEK = 20;

  private final Scan scan;
  private final int column;
  private final int output;
  private final int joinKey;
  private @Nullable List<Object> values;
  private @Nullable KeySet keys;

  /**
   * A filter that knows nothing yet.
   *
   * @param column position in the schema of the scan's table
   * @param output position in the scan's output
   * @param joinKey which of the join's keys the column is
   */
  ProbeFilter(Scan scan, int column, int output, int joinKey) {
    this.scan = scan;
    this.column = column;
    this.output = output;
    this.joinKey = joinKey;
  }

  Scan scan() {
    return scan;
  }

  int column() {
    return column;
  }

  /** Position in the scan's output. */
  int output() {
    return output;
  }

  private DataType type() {
    return scan.table().schema().column(column).type();
  }

  /** The values, ascending, each once; null if they are too many or not known. */
  @Nullable List<Object> values() {
    return values;
  }

  /** What the column's values are among; null if that is not known. */
  @Nullable KeySet keys() {
    return keys;
  }

  /**
   * Takes the values of the join's key from all the rows it holds.
   *
   * @param maxBytes what the set of them may take
   */
  void fill(RowStore rows, int[] keyColumns, long maxBytes) {
    if (KeySet.takes(type())) {
      keys = KeySet.of(rows, keyColumns[joinKey], maxBytes);
    }
    if (rows.rowCount() > MAX_VALUES) {
      return;
    }
    List<Object> found = new ArrayList<>();
    rows.forEachBatch(batch -> addValues(batch, keyColumns[joinKey], found));
    found.sort((a, b) -> Values.compare(a, b, type()));
    List<Object> distinct = new ArrayList<>();
    for (Object value : found) {
      boolean repeated =
          !distinct.isEmpty()
              && Values.compare(distinct.get(distinct.size() - 1), value, type()) == 0;
      if (!repeated) {
        distinct.add(value);
      }
    }
    values = distinct;
  }

  private void addValues(RecordBatch batch, int keyColumn, List<Object> found) {
    FieldVector vector = batch.column(keyColumn);
    for (int i = 0; i < batch.selection().size(); i++) {
      Object value = VectorTypes.readValue(vector, type(), batch.selection().get(i));
      if (value != null) {
        found.add(value);
      }
    }
  }
}
