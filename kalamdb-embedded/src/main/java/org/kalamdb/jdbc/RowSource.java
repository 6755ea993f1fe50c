package org.kalamdb.jdbc;

import java.util.Iterator;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.kalamdb.query.Result;
import org.kalamdb.query.ResultColumn;
import org.kalamdb.query.Row;

/**
 * The rows of a result set, from a running query or from a list.
 *
 * @param columns their columns
 * @param rows those not yet read
 * @param result the query's result, owned by this and closed with it; null for a list
 */
record RowSource(List<ResultColumn> columns, Iterator<Row> rows, @Nullable Result result)
    implements AutoCloseable {
  static RowSource of(Result result) {
    return new RowSource(result.columns(), result.iterator(), result);
  }

  static RowSource of(List<ResultColumn> columns, List<Row> rows) {
    return new RowSource(columns, rows.iterator(), null);
  }

  /**
   * The same rows, read into memory, so that later statements cannot change what is still to come.
   */
  RowSource buffered() {
    return result == null ? this : of(columns, result.list());
  }

  @Override
  public void close() {
    if (result != null) {
      result.close();
    }
  }
}
