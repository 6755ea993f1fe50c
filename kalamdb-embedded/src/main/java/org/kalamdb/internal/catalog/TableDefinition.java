package org.kalamdb.internal.catalog;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.kalamdb.error.ErrorCode;
import org.kalamdb.error.KalamException;
import org.kalamdb.schema.TableId;
import org.kalamdb.schema.TableSchema;
import org.kalamdb.schema.TableType;

/**
 * A table as the catalog knows it; immutable.
 *
 * @param number what keys of its rows begin with; never reused
 * @param id name
 * @param type user, shared or stream
 * @param schemas every version so far, oldest first
 * @param options effective options
 */
public record TableDefinition(
    int number, TableId id, TableType type, List<TableSchema> schemas, TableOptions options) {
  public TableDefinition {
    schemas = List.copyOf(schemas);
    if (schemas.isEmpty()) {
      throw new IllegalArgumentException("A table has at least one schema version");
    }
  }

  /**
   * Whether the other definition is of this table (not one of the same name) with the same columns.
   */
  public boolean isSameVersion(@Nullable TableDefinition other) {
    return other != null
        && number == other.number
        && schema().version() == other.schema().version();
  }

  /** The newest schema version. */
  public TableSchema schema() {
    return schemas.get(schemas.size() - 1);
  }

  /** The schema a stored row or segment was written with. */
  public TableSchema schema(int version) {
    for (int i = schemas.size() - 1; i >= 0; i--) {
      if (schemas.get(i).version() == version) {
        return schemas.get(i);
      }
    }
    throw new KalamException(
        ErrorCode.DATA_CORRUPTED, "Table " + id + " has no schema version " + version);
  }
}
