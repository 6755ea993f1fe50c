package org.kalamdb.internal.catalog;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.kalamdb.schema.ColumnSchema;
import org.kalamdb.schema.DataType;
import org.kalamdb.schema.NamespaceId;
import org.kalamdb.schema.TableId;
import org.kalamdb.schema.TableSchema;
import org.kalamdb.schema.TableType;

/**
 * The one list of the tables in namespace {@code system}: what the database tells of itself, in
 * rows that are made when they are asked for. They are read like any shared table and nothing else
 * can be done with them. Their numbers are negative, so that no stored table shares one.
 */
public enum SystemTable {
  /** Transactions that sessions have open. */
  TRANSACTIONS(
      new Columns()
          .add("id", DataType.BIGINT)
          .add("session_id", DataType.BIGINT)
          .owner("user_id")
          .add("isolation", DataType.TEXT)
          .add("read_only", DataType.BOOLEAN)
          .add("started", DataType.TIMESTAMPTZ)
          .add("state", DataType.TEXT)
          .add("read_seq", DataType.BIGINT)
          .add("write_bytes", DataType.BIGINT)
          .add("savepoints", DataType.INTEGER)
          .add("snapshot_age", DataType.INTERVAL)),

  /** Work in the background: what is under way, and what ended last. */
  JOBS(
      new Columns()
          .add("id", DataType.TEXT)
          .add("type", DataType.TEXT)
          .add("status", DataType.TEXT)
          .add("subject", DataType.TEXT)
          .add("user_id", DataType.TEXT)
          .add("created", DataType.TIMESTAMPTZ)
          .add("started", DataType.TIMESTAMPTZ)
          .add("ended", DataType.TIMESTAMPTZ)
          .add("rows_done", DataType.BIGINT)
          .add("rows_total", DataType.BIGINT)
          .add("files", DataType.BIGINT)
          .add("bytes", DataType.BIGINT)
          .add("message", DataType.TEXT)),

  /** Where segments lie. */
  STORAGES(
      new Columns()
          .add("storage_id", DataType.TEXT)
          .add("storage_type", DataType.TEXT)
          .add("name", DataType.TEXT)
          .add("description", DataType.TEXT)
          .add("path", DataType.TEXT)
          .add("shared_tables_template", DataType.TEXT)
          .add("user_tables_template", DataType.TEXT)
          .add("created", DataType.TIMESTAMPTZ)
          .add("available", DataType.BOOLEAN)
          .add("problem", DataType.TEXT)
          .add("tables", DataType.BIGINT)
          .add("segments", DataType.BIGINT)
          .add("bytes", DataType.BIGINT)),

  /** Open subscriptions. */
  LIVE_QUERIES(
      new Columns()
          .add("id", DataType.TEXT)
          .owner("user_id")
          .add("query", DataType.TEXT)
          .add("tables", DataType.TEXT)
          .add("way", DataType.TEXT)
          .add("fallback", DataType.TEXT)
          .add("state", DataType.TEXT)
          .add("opened", DataType.TIMESTAMPTZ)
          .add("last_seq", DataType.BIGINT)
          .add("delivered", DataType.BIGINT)
          .add("queued", DataType.BIGINT)
          .add("queued_bytes", DataType.BIGINT)
          .add("coalesced", DataType.BIGINT)
          .add("lag", DataType.INTERVAL)
          .add("resets", DataType.BIGINT)
          .add("failures", DataType.BIGINT)
          .add("listeners", DataType.BIGINT)
          .add("state_bytes", DataType.BIGINT)),

  /** Users of whom the catalog has something. */
  USERS(
      new Columns()
          .add("user_id", DataType.TEXT)
          .add("storage_id", DataType.TEXT)
          .add("role", DataType.TEXT)
          .add("email", DataType.TEXT)
          .add("has_password", DataType.BOOLEAN)
          .add("created", DataType.TIMESTAMPTZ)
          .add("dropped", DataType.TIMESTAMPTZ));

  public static final NamespaceId NAMESPACE = new NamespaceId("system");

  private final TableDefinition definition;
  private final int ownerColumn;

  SystemTable(Columns columns) {
    this.definition =
        new TableDefinition(
            -1 - ordinal(),
            new TableId(new NamespaceId("system"), name().toLowerCase(Locale.ROOT)),
            TableType.SHARED,
            List.of(new TableSchema(1, columns.columns, List.of())),
            TableOptions.DEFAULTS);
    this.ownerColumn = columns.owner;
  }

  /** The table of the name, or null. */
  public static @Nullable SystemTable of(TableId id) {
    for (SystemTable table : values()) {
      if (table.definition.id().equals(id)) {
        return table;
      }
    }
    return null;
  }

  /** The table that the definition is of, or null if it is of a stored one. */
  public static @Nullable SystemTable of(TableDefinition definition) {
    return definition.number() < 0 ? values()[-1 - definition.number()] : null;
  }

  /** As queries see it. */
  public TableDefinition definition() {
    return definition;
  }

  /**
   * Position of the column that says whose the row is; a user's session sees own rows. -1 if only
   * those who operate the database may read the table.
   */
  public int ownerColumn() {
    return ownerColumn;
  }

  /** Columns under construction. */
  private static final class Columns {
    private final List<ColumnSchema> columns = new ArrayList<>();
    private int owner = -1;

    Columns add(String name, DataType type) {
      columns.add(new ColumnSchema(columns.size() + 1, name, type, true, null, null));
      return this;
    }

    Columns owner(String name) {
      owner = columns.size();
      return add(name, DataType.TEXT);
    }
  }
}
