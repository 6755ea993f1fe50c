package org.kalamdb.internal.catalog;

import java.util.List;
import org.kalamdb.schema.DataType;
import org.kalamdb.schema.NamespaceId;
import org.kalamdb.schema.TableId;

/**
 * A view: a query under the name of a table. Immutable.
 *
 * @param id name
 * @param namespace where the query's unqualified names are looked up
 * @param columns as they were when the view was created; later columns of its tables are none of
 *     them
 * @param sql text of the query
 * @param reads the tables and views the query names
 */
public record ViewDefinition(
    TableId id, NamespaceId namespace, List<Column> columns, String sql, List<TableId> reads) {
  public ViewDefinition {
    columns = List.copyOf(columns);
    reads = List.copyOf(reads);
  }

  /**
   * A column of a view.
   *
   * @param name no two alike
   * @param source what the query itself calls it
   */
  public record Column(String name, String source, DataType type) {}
}
