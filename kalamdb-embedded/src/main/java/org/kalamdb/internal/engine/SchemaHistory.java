package org.kalamdb.internal.engine;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.StringJoiner;
import org.jspecify.annotations.Nullable;
import org.kalamdb.internal.catalog.CatalogSnapshot;
import org.kalamdb.internal.catalog.TableDefinition;
import org.kalamdb.internal.engine.ShowExecutor.Listing;
import org.kalamdb.internal.sql.parse.Identifier;
import org.kalamdb.internal.storage.kv.KvWriteBatch;
import org.kalamdb.schema.ColumnSchema;
import org.kalamdb.schema.DataType;
import org.kalamdb.schema.SeqId;
import org.kalamdb.schema.TableSchema;

/** Which commit made which version of a table's columns, and what it changed. */
final class SchemaHistory {
  private SchemaHistory() {}

  /** Notes the commit in the schema versions that are new with it; the batch stores them so. */
  static CatalogSnapshot noted(
      CatalogSnapshot before, CatalogSnapshot after, KvWriteBatch batch, long seq) {
    CatalogSnapshot noted = after;
    for (TableDefinition table : after.tables()) {
      if (table.schema().since() == null) {
        int from = firstNew(before, table);
        if (from <= table.schema().version()) {
          noted = ForeignKeyChanges.put(noted, batch, table.withSchemasSince(from, new SeqId(seq)));
        }
      }
    }
    return noted;
  }

  /** The versions of a table whose rows were written anew go on from those of before. */
  private static int firstNew(CatalogSnapshot before, TableDefinition table) {
    TableDefinition known = before.table(table.number());
    if (known == null) {
      known = before.table(table.id());
    }
    return known != null && known.schemas().get(0).equals(table.schemas().get(0))
        ? known.schema().version() + 1
        : 1;
  }

  /** A row for each schema version, newest first. */
  static ListResult describe(TableDefinition table) {
    Listing listing =
        new Listing()
            .column("version", DataType.INTEGER)
            .column("seq", DataType.BIGINT)
            .column("changed_at", DataType.TIMESTAMPTZ)
            .column("change", DataType.TEXT)
            .column("columns", DataType.TEXT);
    for (int i = table.schemas().size() - 1; i >= 0; i--) {
      TableSchema schema = table.schemas().get(i);
      SeqId since = schema.since();
      listing.row(
          schema.version(),
          since == null ? null : since.value(),
          since == null ? null : Instant.ofEpochMilli(since.epochMillis()),
          i == 0 ? "CREATE TABLE" : change(table.schemas().get(i - 1), schema),
          columns(schema));
    }
    return listing.result();
  }

  private static String columns(TableSchema schema) {
    StringJoiner columns = new StringJoiner(", ");
    for (int i = 0; i < schema.visibleColumns(); i++) {
      columns.add(declaration(schema.column(i)));
    }
    return columns.toString();
  }

  private static String declaration(ColumnSchema column) {
    String name = Identifier.written(column.name()) + " " + column.type();
    return column.nullable() ? name : name + " NOT NULL";
  }

  /** As actions of ALTER TABLE that lead from one version to the next. */
  private static String change(TableSchema from, TableSchema to) {
    List<String> actions = new ArrayList<>();
    if (!keyOf(from).equals(keyOf(to)) && !from.hasHiddenKey()) {
      actions.add("DROP PRIMARY KEY");
    }
    for (ColumnSchema old : from.columns()) {
      if (to.positionOf(old.id()) < 0 && isShown(old)) {
        actions.add("DROP COLUMN " + Identifier.written(old.name()));
      }
    }
    for (ColumnSchema column : to.columns()) {
      int position = from.positionOf(column.id());
      if (position >= 0) {
        addChanges(from.column(position), column, actions);
      } else if (isShown(column)) {
        actions.add("ADD COLUMN " + declaration(column) + valueOf(column));
      }
    }
    if (!keyOf(from).equals(keyOf(to)) && !to.hasHiddenKey()) {
      StringJoiner names = new StringJoiner(", ", "ADD PRIMARY KEY (", ")");
      to.primaryKey().forEach(c -> names.add(Identifier.written(to.column(c).name())));
      actions.add(names.toString());
    }
    return String.join(", ", actions);
  }

  private static boolean isShown(ColumnSchema column) {
    return !column.name().equals(TableSchema.HIDDEN_KEY);
  }

  private static List<Integer> keyOf(TableSchema schema) {
    return schema.primaryKey().stream().map(position -> schema.column(position).id()).toList();
  }

  private static String valueOf(ColumnSchema column) {
    if (column.generatedSql() != null) {
      return " GENERATED ALWAYS AS (" + column.generatedSql() + ") STORED";
    } else if (column.identity() != ColumnSchema.Identity.NONE) {
      return " GENERATED AS IDENTITY";
    }
    return column.defaultSql() == null ? "" : " DEFAULT " + column.defaultSql();
  }

  private static void addChanges(ColumnSchema old, ColumnSchema now, List<String> actions) {
    String name = Identifier.written(now.name());
    if (!old.name().equals(now.name())) {
      actions.add("RENAME COLUMN " + Identifier.written(old.name()) + " TO " + name);
    }
    String alter = "ALTER COLUMN " + name;
    if (!old.type().equals(now.type())) {
      actions.add(alter + " TYPE " + now.type());
    }
    if (old.nullable() != now.nullable()) {
      actions.add(alter + (now.nullable() ? " DROP NOT NULL" : " SET NOT NULL"));
    }
    @Nullable String value = now.defaultSql();
    if (!Objects.equals(old.defaultSql(), value)) {
      actions.add(alter + (value == null ? " DROP DEFAULT" : " SET DEFAULT " + value));
    }
  }
}
