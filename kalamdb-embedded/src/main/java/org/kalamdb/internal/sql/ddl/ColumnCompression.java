package org.kalamdb.internal.sql.ddl;

import org.jspecify.annotations.Nullable;
import org.kalamdb.error.ErrorCode;
import org.kalamdb.internal.catalog.TableDefinition;
import org.kalamdb.internal.catalog.TableOptions;
import org.kalamdb.internal.sql.parse.Identifier;
import org.kalamdb.schema.TableType;

/** COMPRESSION of single columns: what segments written from now on pack their pages with. */
final class ColumnCompression {
  private ColumnCompression() {}

  /**
   * The table with another codec of a column; null: that of the table. 42P16 for stream tables,
   * which have no segments.
   */
  static TableDefinition apply(TableDefinition table, int columnId, @Nullable Identifier codec) {
    return table.withOptions(apply(table.options(), table.type(), columnId, codec));
  }

  /** The same for options that no table has yet. */
  static TableOptions apply(
      TableOptions options, TableType type, int columnId, @Nullable Identifier codec) {
    if (codec != null && type == TableType.STREAM) {
      throw codec
          .position()
          .error(
              ErrorCode.INVALID_TABLE_DEFINITION,
              "COMPRESSION does not fit: events of a stream table are never flushed");
    }
    return options.withCompression(columnId, codec == null ? null : codec.name());
  }
}
