package org.kalamdb.internal.engine;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.kalamdb.internal.catalog.TableDefinition;
import org.kalamdb.internal.exec.PointRead;
import org.kalamdb.internal.expr.Expression;
import org.kalamdb.internal.storage.SystemColumn;
import org.kalamdb.internal.storage.hot.RowVersion;
import org.kalamdb.internal.storage.hot.RowWrite;
import org.kalamdb.internal.storage.key.RowKeys;
import org.kalamdb.internal.storage.table.TableSnapshot;
import org.kalamdb.schema.UserId;

/** Finds rows by their whole key, as a snapshot and the writes on top of it have them. */
final class PointReader {
  private final TableSnapshot snapshot;
  private final @Nullable UserId sessionUser;

  PointReader(TableSnapshot snapshot, @Nullable UserId sessionUser) {
    this.snapshot = snapshot;
    this.sessionUser = sessionUser;
  }

  /** What the read puts out for its row; null if there is none. */
  @Nullable Object @Nullable [] read(PointRead point, RowEvaluators evaluators) {
    TableDefinition table = point.table();
    UserId user = table.type().isPerUser() ? sessionUser : null;
    List<Object> key = new ArrayList<>(point.key().size());
    for (Expression part : point.key()) {
      Object value = evaluators.constant(part);
      if (value == null) {
        return null;
      }
      key.add(value);
    }
    @Nullable Object[] row = find(table, user, RowKeys.rowKeyOf(table, user, key), point.columns());
    if (row == null
        || (point.filter() != null
            && !Boolean.TRUE.equals(evaluators.overRow(point.filter()).evaluate(row)))) {
      return null;
    }
    @Nullable Object[] values = new @Nullable Object[point.projection().size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = evaluators.overRow(point.projection().get(i)).evaluate(row);
    }
    return values;
  }

  /** These columns of the key's row at least, then its system columns; null if there is no row. */
  private @Nullable Object @Nullable [] find(
      TableDefinition table, @Nullable UserId user, byte[] rowKey, List<Integer> columns) {
    RowWrite written = snapshot.pending().find(rowKey);
    if (written != null) {
      @Nullable Object[] values = written.newRow();
      return values == null ? null : withSystemColumns(values, 0, 0, 0);
    }
    RowVersion found = snapshot.find(table, user, rowKey, columns);
    return found == null || found.deleted()
        ? null
        : withSystemColumns(found.values(), found.seq(), found.segment(), found.segmentRow());
  }

  private static @Nullable Object[] withSystemColumns(
      @Nullable Object[] values, long seq, long segment, long segmentRow) {
    int width = values.length;
    @Nullable Object[] row = Arrays.copyOf(values, width + SystemColumn.values().length);
    row[width + SystemColumn.SEQ.ordinal()] = seq;
    row[width + SystemColumn.DELETED.ordinal()] = false;
    row[width + SystemColumn.SEGMENT.ordinal()] = segment;
    row[width + SystemColumn.SEGMENT_ROW.ordinal()] = segmentRow;
    return row;
  }
}
