package org.kalamdb.internal.catalog;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.kalamdb.error.ErrorCode;
import org.kalamdb.error.KalamException;
import org.kalamdb.schema.SeqId;
import org.kalamdb.schema.TableId;
import org.kalamdb.schema.TableSchema;
import org.kalamdb.schema.TableType;

/**
 * A table as the catalog knows it; immutable.
 *
 * @param number what keys of its rows begin with; never reused
 * @param id name
 * @param type user, shared or stream
 * @param revision rises with every change that writers must know of: columns, constraints, indexes
 * @param schemas every version so far, oldest first
 * @param constraints what it asks of its rows, and its indexes
 * @param options effective options
 */
public record TableDefinition(
    int number,
    TableId id,
    TableType type,
    int revision,
    List<TableSchema> schemas,
    TableConstraints constraints,
    TableOptions options) {
  public TableDefinition {
    schemas = List.copyOf(schemas);
    if (schemas.isEmpty()) {
      throw new IllegalArgumentException("A table has at least one schema version");
    }
  }

  /** A table as it is made, without constraints and indexes. */
  public TableDefinition(
      int number, TableId id, TableType type, List<TableSchema> schemas, TableOptions options) {
    this(number, id, type, 1, schemas, TableConstraints.NONE, options);
  }

  /**
   * Whether the other definition is of this table (not one of the same name) with the same columns,
   * constraints and indexes.
   */
  public boolean isSameVersion(@Nullable TableDefinition other) {
    return other != null && number == other.number && revision == other.revision;
  }

  /** Whether the other definition is of this table with the same columns. */
  public boolean hasSameColumns(@Nullable TableDefinition other) {
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

  /** Name of the primary key's constraint. */
  public String primaryKeyName() {
    String name = constraints.primaryKey();
    return name == null ? id.name() + "_pkey" : name;
  }

  /** The next revision, with these constraints and indexes. */
  public TableDefinition withConstraints(TableConstraints other) {
    return new TableDefinition(number, id, type, revision + 1, schemas, other, options);
  }

  /** The next revision, for writers to learn of what others ask of its rows. */
  public TableDefinition nextRevision() {
    return withConstraints(constraints);
  }

  /** The next revision, with a further schema version. */
  public TableDefinition withSchema(TableSchema next) {
    List<TableSchema> longer = new ArrayList<>(schemas);
    longer.add(next);
    return new TableDefinition(number, id, type, revision + 1, longer, constraints, options);
  }

  /** With all schema versions from {@code version} on made by the commit; no new revision. */
  public TableDefinition withSchemasSince(int version, SeqId commit) {
    List<TableSchema> stamped =
        schemas.stream().map(s -> s.version() < version ? s : s.since(commit)).toList();
    return new TableDefinition(number, id, type, revision, stamped, constraints, options);
  }

  /**
   * With what it asks of its rows made ready; no new revision, since writers held to it already.
   */
  public TableDefinition asReady() {
    return new TableDefinition(number, id, type, revision, schemas, constraints.asReady(), options);
  }

  public TableDefinition withOptions(TableOptions other) {
    return new TableDefinition(number, id, type, revision, schemas, constraints, other);
  }

  /** The next revision, under another name. */
  public TableDefinition withId(TableId other) {
    return new TableDefinition(number, other, type, revision + 1, schemas, constraints, options);
  }
}
