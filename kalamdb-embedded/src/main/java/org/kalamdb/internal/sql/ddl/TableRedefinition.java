package org.kalamdb.internal.sql.ddl;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.kalamdb.error.ErrorCode;
import org.kalamdb.internal.catalog.CatalogSnapshot;
import org.kalamdb.internal.catalog.CatalogSnapshot.Reference;
import org.kalamdb.internal.catalog.ForeignKey;
import org.kalamdb.internal.catalog.NameRules;
import org.kalamdb.internal.catalog.TableConstraints;
import org.kalamdb.internal.catalog.TableDefinition;
import org.kalamdb.internal.expr.Expression;
import org.kalamdb.internal.sql.bind.Binder;
import org.kalamdb.internal.sql.bind.TypeResolver;
import org.kalamdb.internal.sql.ddl.TableAlteration.Rows;
import org.kalamdb.internal.sql.parse.AlterAction;
import org.kalamdb.internal.sql.parse.Identifier;
import org.kalamdb.internal.sql.parse.Position;
import org.kalamdb.internal.sql.parse.TableConstraint;
import org.kalamdb.internal.storage.key.KeyEncoder;
import org.kalamdb.schema.ColumnSchema;
import org.kalamdb.schema.DataType;
import org.kalamdb.schema.TableSchema;
import org.kalamdb.schema.TableType;

/**
 * The definition of a table after an action of ALTER TABLE that needs its rows written anew: with
 * another primary key, another type, or a column that each row has another value of.
 */
public final class TableRedefinition {
  private final CatalogSnapshot catalog;
  private final TableDefinition table;
  private final TableSchema schema;
  private final Rows rows;

  private TableRedefinition(CatalogSnapshot catalog, TableDefinition table, Rows rows) {
    this.catalog = catalog;
    this.table = table;
    this.schema = table.schema();
    this.rows = rows;
  }

  /**
   * A table whose rows are written anew.
   *
   * @param table whose rows are all of its newest schema version, under the number of before
   * @param values of its columns over the row layout of before; null: what an INSERT that does not
   *     name the column gives it
   */
  public record Redefined(TableDefinition table, List<@Nullable Expression> values) {}

  /** The table after an action that is not {@link TableAlteration#isInPlace in place}. */
  public static Redefined apply(
      CatalogSnapshot catalog, TableDefinition table, AlterAction action, Rows rows) {
    TableRedefinition redefinition = new TableRedefinition(catalog, table, rows);
    if (action instanceof AlterAction.SetType set) {
      return redefinition.setType(set);
    } else if (action instanceof AlterAction.AddConstraint add
        && add.constraint() instanceof TableConstraint.PrimaryKey key) {
      return redefinition.addPrimaryKey(key);
    } else if (action instanceof AlterAction.DropConstraint drop) {
      return redefinition.dropPrimaryKey(drop);
    } else if (action instanceof AlterAction.AddColumn add) {
      return redefinition.addColumn(add);
    }
    throw new IllegalArgumentException("In place: " + action);
  }

  private Redefined addColumn(AlterAction.AddColumn add) {
    TableConstraint.PrimaryKey key = add.column().primaryKey();
    if (key != null) {
      throw key.position()
          .error(
              ErrorCode.FEATURE_NOT_SUPPORTED,
              "a column cannot be added as the primary key at once")
          .withHint("Add the column, give it values, then ADD PRIMARY KEY.");
    }
    TableDefinition wider = new TableAlteration(catalog, table, new NoRows(rows)).addColumn(add);
    return redefined(wider, wider.schema().columns());
  }

  /** As the rows are written anew, none is there while the definition changes. */
  private record NoRows(Rows rows) implements Rows {
    @Override
    public boolean exist() {
      return false;
    }

    @Override
    public int liveQueries() {
      return rows.liveQueries();
    }

    @Override
    public int liveQueriesUsing(int columnId) {
      return rows.liveQueriesUsing(columnId);
    }

    @Override
    public @Nullable Object evaluate(Expression constant) {
      return rows.evaluate(constant);
    }

    @Override
    public boolean isFalse(Expression condition, @Nullable Object[] row) {
      return rows.isFalse(condition, row);
    }

    @Override
    public Object widen(Object value, DataType from, DataType to) {
      return rows.widen(value, from, to);
    }
  }

  // ---- primary keys

  private Redefined addPrimaryKey(TableConstraint.PrimaryKey key) {
    if (table.type() == TableType.STREAM) {
      throw key.position()
          .error(ErrorCode.FEATURE_NOT_SUPPORTED, "a stream table cannot have a primary key");
    }
    if (!schema.hasHiddenKey()) {
      throw key.position()
          .error(
              ErrorCode.INVALID_TABLE_DEFINITION,
              "multiple primary keys for table \"" + table.id().name() + "\" are not allowed");
    }
    Identifier name = key.name();
    if (name != null) {
      Located.run(name.position(), () -> NameRules.checkConstraint(name.name()));
      if (table.constraints().names().contains(name.name())) {
        throw name.position()
            .error(ErrorCode.DUPLICATE_TABLE, "relation \"" + name.name() + "\" already exists");
      }
    }
    List<ColumnSchema> columns = new ArrayList<>(schema.columns());
    columns.remove(columns.size() - 1);
    List<Integer> positions = new ArrayList<>();
    for (Identifier column : key.columns()) {
      int position = new TableAlteration(catalog, table, rows).positionOf(column);
      ColumnSchema old = columns.get(position);
      if (positions.contains(position)) {
        throw column
            .position()
            .error(
                ErrorCode.DUPLICATE_COLUMN,
                "column \"" + column.name() + "\" appears twice in primary key constraint");
      }
      if (old.generatedSql() != null) {
        throw column
            .position()
            .error(
                ErrorCode.FEATURE_NOT_SUPPORTED,
                "generated column \"" + column.name() + "\" cannot be in a primary key");
      }
      Located.run(column.position(), () -> KeyEncoder.checkKeyType(old.type()));
      positions.add(position);
      columns.set(position, with(old, old.type(), false, old.defaultSql()));
    }
    TableDefinition keyed =
        table.withConstraints(
            table.constraints().withPrimaryKey(name == null ? null : name.name()));
    return redefined(keyed, columns, positions);
  }

  private Redefined dropPrimaryKey(AlterAction.DropConstraint drop) {
    Position place = drop.name().position();
    if (table.type() == TableType.USER) {
      throw place.error(
          ErrorCode.FEATURE_NOT_SUPPORTED, "the primary key of a user table cannot be dropped");
    }
    Set<Integer> key = new HashSet<>();
    schema.primaryKey().forEach(position -> key.add(schema.column(position).id()));
    for (Reference reference : catalog.references(table.number())) {
      if (Set.copyOf(reference.key().referenced()).equals(key)) {
        throw TableAlteration.dependents(
            place,
            "constraint " + drop.name().name() + " on table " + table.id().name(),
            "constraint " + reference.key().name() + " on table " + reference.table().id().name());
      }
    }
    List<ColumnSchema> columns = new ArrayList<>(schema.columns());
    columns.add(
        new ColumnSchema(
            new TableAlteration(catalog, table, rows).nextColumnId(),
            TableSchema.HIDDEN_KEY,
            DataType.BIGINT,
            false,
            "SNOWFLAKE_ID()",
            null));
    TableConstraints constraints = table.constraints().withPrimaryKey(null);
    return redefined(table.withConstraints(constraints), columns, List.of(columns.size() - 1));
  }

  // ---- types

  private Redefined setType(AlterAction.SetType set) {
    int position = new TableAlteration(catalog, table, rows).positionOf(set.column());
    ColumnSchema old = schema.column(position);
    Position place = set.column().position();
    DataType type = TypeResolver.resolve(set.type());
    if (type.kind() == DataType.Kind.INTERVAL) {
      throw set.type()
          .position()
          .error(ErrorCode.FEATURE_NOT_SUPPORTED, "a column of type INTERVAL is not supported");
    }
    TableAlteration alteration = new TableAlteration(catalog, table, rows);
    if (old.generatedSql() != null
        || schema.columns().stream().anyMatch(c -> alteration.isComputedFrom(c, position))) {
      throw place.error(
          ErrorCode.FEATURE_NOT_SUPPORTED,
          "cannot alter type of a column used by a generated column");
    }
    if (isInForeignKey(old.id()) && !old.type().equals(type)) {
      throw place
          .error(
              ErrorCode.FEATURE_NOT_SUPPORTED,
              "column \"" + old.name() + "\" is part of a foreign key and keeps its type")
          .withHint("Drop the foreign key first and add it again.");
    }
    boolean keyed =
        schema.isPrimaryKey(position)
            || table.constraints().indexes().stream()
                .anyMatch(index -> index.columnIds().contains(old.id()));
    if (keyed) {
      Located.run(set.type().position(), () -> KeyEncoder.checkKeyType(type));
    }
    ColumnSchema changed = with(old, type, old.nullable(), old.defaultSql());
    Expression value =
        Binder.ofStoredExpressions()
            .bindNewType(
                set.using() == null ? null : set.using().expression(), schema, changed, place);
    String sql = old.defaultSql();
    if (sql != null) {
      Located.run(place, () -> Binder.ofStoredExpressions().bindDefault(sql, changed));
    }
    List<ColumnSchema> columns = new ArrayList<>(schema.columns());
    columns.set(position, changed);
    Redefined redefined = redefined(table, columns, schema.primaryKey());
    TableSchema next = redefined.table().schema();
    table
        .constraints()
        .checks()
        .forEach(
            check ->
                Located.run(
                    place, () -> Binder.ofStoredExpressions().bindCheck(check.sql(), next)));
    List<@Nullable Expression> values = new ArrayList<>(redefined.values());
    values.set(position, value);
    return new Redefined(redefined.table(), values);
  }

  private boolean isInForeignKey(int column) {
    for (ForeignKey key : table.constraints().foreignKeys()) {
      if (key.columns().contains(column)) {
        return true;
      }
    }
    return catalog.references(table.number()).stream()
        .anyMatch(reference -> reference.key().referenced().contains(column));
  }

  // ---- pieces

  private Redefined redefined(TableDefinition changed, List<ColumnSchema> columns) {
    List<Integer> key =
        schema.primaryKey().stream()
            .map(position -> changed.schema().positionOf(schema.column(position).id()))
            .toList();
    return redefined(changed, columns, key);
  }

  private Redefined redefined(
      TableDefinition changed, List<ColumnSchema> columns, List<Integer> key) {
    List<ColumnSchema> kept =
        columns.stream().map(c -> with(c, c.type(), c.nullable(), c.defaultSql())).toList();
    // No row is of the versions of before any more; they are kept to tell of.
    List<TableSchema> schemas = new ArrayList<>(table.schemas());
    schemas.add(new TableSchema(schema.version() + 1, kept, key));
    TableDefinition next =
        new TableDefinition(
            changed.number(),
            changed.id(),
            changed.type(),
            changed.revision() + 1,
            schemas,
            changed.constraints(),
            changed.options());
    List<@Nullable Expression> values = new ArrayList<>();
    for (ColumnSchema column : kept) {
      int from = schema.positionOf(column.id());
      values.add(from < 0 ? null : new Expression.Column(from, column.type(), column.name()));
    }
    return new Redefined(next, values);
  }

  /** The column without a value for rows of before: all rows come to have their own. */
  private static ColumnSchema with(
      ColumnSchema old, DataType type, boolean nullable, @Nullable String defaultSql) {
    return new ColumnSchema(
        old.id(), old.name(), type, nullable, defaultSql, old.generatedSql(), old.identity(), null);
  }
}
