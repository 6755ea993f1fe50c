package org.kalamdb.internal.catalog;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.kalamdb.error.ErrorCode;
import org.kalamdb.error.KalamException;
import org.kalamdb.schema.ColumnSchema;
import org.kalamdb.schema.DataType;
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
 * @param partitioned of the rows of all users together, the table whose partitions they are in;
 *     else null
 */
public record TableDefinition(
    int number,
    TableId id,
    TableType type,
    int revision,
    List<TableSchema> schemas,
    TableConstraints constraints,
    TableOptions options,
    @Nullable TableDefinition partitioned) {
  /** The column of {@link #ofAllUsers()} that says whose a row is. */
  public static final String USER_COLUMN = "_user_id";

  /** In the number of a table of all users' rows: no stored table is numbered so. */
  private static final int ALL_USERS = 1 << 30;

  /** No declared column has this id. */
  private static final int USER_COLUMN_ID = 0;

  public TableDefinition {
    schemas = List.copyOf(schemas);
    if (schemas.isEmpty()) {
      throw new IllegalArgumentException("A table has at least one schema version");
    }
  }

  /** A table that is stored. */
  public TableDefinition(
      int number,
      TableId id,
      TableType type,
      int revision,
      List<TableSchema> schemas,
      TableConstraints constraints,
      TableOptions options) {
    this(number, id, type, revision, schemas, constraints, options, null);
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

  /**
   * The rows of all partitions of a user table as one table, which can only be read: it has one
   * column more, the last, with the user's id, and its primary key begins with that.
   */
  public TableDefinition ofAllUsers() {
    return new TableDefinition(
        numberOfAllUsers(number),
        id,
        TableType.SHARED,
        revision,
        schemas.stream().map(TableDefinition::withUser).toList(),
        TableConstraints.NONE,
        options,
        this);
  }

  /** The number of {@link #ofAllUsers()} of the table with the number. */
  public static int numberOfAllUsers(int number) {
    return number | ALL_USERS;
  }

  private static TableSchema withUser(TableSchema schema) {
    List<ColumnSchema> columns = new ArrayList<>(schema.columns());
    columns.add(new ColumnSchema(USER_COLUMN_ID, USER_COLUMN, DataType.TEXT, false, null, null));
    List<Integer> key = new ArrayList<>();
    key.add(columns.size() - 1);
    key.addAll(schema.primaryKey());
    return new TableSchema(schema.version(), columns, key, schema.since());
  }

  /** The table that is stored: this one, or that of which it is all users' rows. */
  public TableDefinition stored() {
    return partitioned == null ? this : partitioned;
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
