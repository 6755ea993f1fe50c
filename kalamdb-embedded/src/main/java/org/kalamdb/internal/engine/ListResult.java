package org.kalamdb.internal.engine;

import java.util.Iterator;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.kalamdb.error.ErrorCode;
import org.kalamdb.error.KalamException;
import org.kalamdb.query.ResultBatch;
import org.kalamdb.query.ResultColumn;
import org.kalamdb.query.Row;

/** Rows that are all there: of SHOW and maintenance statements, RETURNING and point reads. */
final class ListResult extends AbstractResult {
  private final List<ResultColumn> columns;
  private final long updateCount;
  private final Iterator<Row> rows;

  ListResult(List<ResultColumn> columns, List<Row> rows) {
    this(columns, rows, -1);
  }

  ListResult(List<ResultColumn> columns, List<Row> rows, long updateCount) {
    this.columns = columns;
    this.rows = rows.iterator();
    this.updateCount = updateCount;
  }

  /** The result of a statement without rows of its own. */
  static ListResult ofCount(long updateCount) {
    return new ListResult(List.of(), List.of(), updateCount);
  }

  @Override
  public List<ResultColumn> columns() {
    return columns;
  }

  @Override
  public long updateCount() {
    return updateCount;
  }

  @Override
  public Iterator<Row> iterator() {
    return rows;
  }

  @Override
  public @Nullable ResultBatch nextBatch() {
    throw new KalamException(
        ErrorCode.FEATURE_NOT_SUPPORTED, "This statement's rows do not come as Arrow vectors");
  }

  @Override
  public void close() {}
}
