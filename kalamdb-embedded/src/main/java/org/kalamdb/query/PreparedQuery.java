package org.kalamdb.query;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.kalamdb.schema.DataType;

/**
 * A statement parsed and planned once. Belongs to its session and its thread; stays right when
 * tables change, because it is planned again then.
 */
public interface PreparedQuery extends AutoCloseable {
  /** Runs it and returns the rows it changed; 0 for statements that change none. */
  long execute(@Nullable Object... parameters);

  /** Runs it and returns its rows. */
  Result query(@Nullable Object... parameters);

  /**
   * Runs it once for each row of parameters in one commit: all of them or none.
   *
   * @return rows changed by each
   */
  long[] executeBatch(List<@Nullable Object[]> rows);

  /** Columns of its result; empty if it returns no rows. */
  List<ResultColumn> columns();

  /** Types the parameters are converted to, {@link DataType#UNKNOWN} where any will do. */
  List<DataType> parameterTypes();

  @Override
  void close();
}
