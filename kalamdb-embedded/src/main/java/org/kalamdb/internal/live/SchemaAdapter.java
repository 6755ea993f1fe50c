package org.kalamdb.internal.live;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.kalamdb.error.ErrorCode;
import org.kalamdb.error.KalamException;
import org.kalamdb.internal.catalog.TableDefinition;
import org.kalamdb.schema.ColumnSchema;
import org.kalamdb.schema.TableSchema;

/**
 * Shows rows of a table that has been altered since to a query that was bound before: columns are
 * found by id, new ones and those the query does not use left out.
 */
final class SchemaAdapter {
  private final int version;
  private final int[] positions;

  /**
   * @throws KalamException if a column the query uses has gone or has another type; the query must
   *     be subscribed to anew
   */
  SchemaAdapter(CompiledSubscription query, TableSchema actual) {
    TableDefinition bound = query.table();
    List<ColumnSchema> columns = bound.schema().columns();
    version = actual.version();
    positions = new int[columns.size() + 2];
    for (int i = 0; i < columns.size(); i++) {
      positions[i] = query.uses(i) ? positionOf(bound, columns.get(i), actual) : -1;
    }
    positions[columns.size()] = actual.columns().size();
    positions[columns.size() + 1] = actual.columns().size() + 1;
  }

  /**
   * Shows rows of {@code actual} to the query; null if it sees them as they are.
   *
   * @param known one that may do
   */
  static @Nullable SchemaAdapter between(
      TableSchema actual, CompiledSubscription query, @Nullable SchemaAdapter known) {
    if (actual.version() == query.table().schema().version()) {
      return null;
    }
    return known != null && known.version == actual.version()
        ? known
        : new SchemaAdapter(query, actual);
  }

  private static int positionOf(TableDefinition bound, ColumnSchema column, TableSchema actual) {
    int position = positionOf(column.id(), actual, -1);
    if (position < 0 || !actual.column(position).type().equals(column.type())) {
      throw new KalamException(
          ErrorCode.OBJECT_NOT_IN_PREREQUISITE_STATE,
          "Table "
              + bound.id()
              + " was altered: column \""
              + column.name()
              + (position < 0 ? "\" was dropped" : "\" has another type"));
    }
    return position;
  }

  /** Where the column stands, tried first at {@code guess}; -1 if it has gone. */
  static int positionOf(int columnId, TableSchema schema, int guess) {
    List<ColumnSchema> columns = schema.columns();
    if (guess >= 0 && guess < columns.size() && columns.get(guess).id() == columnId) {
      return guess;
    }
    for (int i = 0; i < columns.size(); i++) {
      if (columns.get(i).id() == columnId) {
        return i;
      }
    }
    return -1;
  }

  @Nullable Object[] adapt(@Nullable Object[] row) {
    @Nullable Object[] adapted = new Object[positions.length];
    for (int i = 0; i < positions.length; i++) {
      adapted[i] = positions[i] < 0 ? null : row[positions[i]];
    }
    return adapted;
  }
}
