package org.kalamdb.internal.sql.ddl;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.kalamdb.error.ErrorCode;
import org.kalamdb.error.KalamException;
import org.kalamdb.internal.catalog.CatalogSnapshot;
import org.kalamdb.internal.catalog.CatalogSnapshot.Reference;
import org.kalamdb.internal.catalog.CheckConstraint;
import org.kalamdb.internal.catalog.ForeignKey;
import org.kalamdb.internal.catalog.IndexDefinition;
import org.kalamdb.internal.catalog.NameRules;
import org.kalamdb.internal.catalog.TableConstraints;
import org.kalamdb.internal.catalog.TableDefinition;
import org.kalamdb.internal.expr.Expression;
import org.kalamdb.internal.expr.ExpressionTree;
import org.kalamdb.internal.sql.bind.Binder;
import org.kalamdb.internal.sql.bind.TypeResolver;
import org.kalamdb.internal.sql.parse.AlterAction;
import org.kalamdb.internal.sql.parse.ColumnDefinition;
import org.kalamdb.internal.sql.parse.Identifier;
import org.kalamdb.internal.sql.parse.Position;
import org.kalamdb.internal.sql.parse.SqlParser;
import org.kalamdb.internal.sql.parse.TableConstraint;
import org.kalamdb.schema.ColumnSchema;
import org.kalamdb.schema.DataType;
import org.kalamdb.schema.TableId;
import org.kalamdb.schema.TableSchema;

/**
 * The definition of a table after an action of ALTER TABLE. Rows are not touched: those of earlier
 * schema versions are read by column id, with the value a column was added with, or widened.
 */
public final class TableAlteration {
  private final CatalogSnapshot catalog;
  private final TableDefinition table;
  private final TableSchema schema;
  private final Rows rows;

  /** What there is of the table's rows, and who looks at them. */
  public interface Rows {
    /** Whether the table has rows, deleted ones included. */
    boolean exist();

    /** Live queries that are open on the table. */
    int liveQueries();

    /** Those of them that look at the column. */
    int liveQueriesUsing(int columnId);

    /** The value of a DEFAULT without volatile parts. */
    @Nullable Object evaluate(Expression constant);

    /** Whether a condition is false for a row of all columns. */
    boolean isFalse(Expression condition, @Nullable Object[] row);

    /** A stored value in a wider type. */
    Object widen(Object value, DataType from, DataType to);
  }

  TableAlteration(CatalogSnapshot catalog, TableDefinition table, Rows rows) {
    this.catalog = catalog;
    this.table = table;
    this.schema = table.schema();
    this.rows = rows;
  }

  /** The table after an action that needs no look at every row. */
  public static TableDefinition apply(
      CatalogSnapshot catalog, TableDefinition table, AlterAction action, Rows rows) {
    TableAlteration alteration = new TableAlteration(catalog, table, rows);
    if (action instanceof AlterAction.AddColumn add) {
      return alteration.addColumn(add);
    } else if (action instanceof AlterAction.DropColumn drop) {
      return alteration.dropColumn(drop);
    } else if (action instanceof AlterAction.RenameColumn rename) {
      return alteration.renameColumn(rename);
    } else if (action instanceof AlterAction.RenameTable rename) {
      return alteration.renameTable(rename);
    } else if (action instanceof AlterAction.SetNotNull set) {
      return alteration.setNullable(set.column(), !set.notNull());
    } else if (action instanceof AlterAction.SetDefault set) {
      return alteration.setDefault(set);
    } else if (action instanceof AlterAction.DropDefault drop) {
      return alteration.dropDefault(drop);
    } else if (action instanceof AlterAction.SetCompression set) {
      int id = table.schema().column(alteration.positionOf(set.column())).id();
      return ColumnCompression.apply(table, id, set.codec());
    } else if (action instanceof AlterAction.SetType set) {
      return alteration.setType(set);
    } else if (action instanceof AlterAction.DropConstraint drop) {
      return alteration.dropConstraint(drop);
    } else if (action instanceof AlterAction.SetOptions set) {
      StorageOptions.check(catalog, set.options());
      return table.withOptions(
          TableOptionReader.change(table.type(), table.options(), set.options()));
    }
    throw new IllegalArgumentException("Not without a look at rows: " + action);
  }

  /**
   * Whether the action leaves the rows there are as they lie. Others are written anew, as {@link
   * TableRedefinition} says.
   */
  public static boolean isInPlace(
      CatalogSnapshot catalog, TableDefinition table, AlterAction action, Rows rows) {
    TableAlteration alteration = new TableAlteration(catalog, table, rows);
    if (action instanceof AlterAction.SetType set) {
      return alteration.isWidening(set);
    } else if (action instanceof AlterAction.AddConstraint add) {
      return !(add.constraint() instanceof TableConstraint.PrimaryKey);
    } else if (action instanceof AlterAction.DropConstraint drop) {
      return table.schema().hasHiddenKey()
          || !table.primaryKeyName().equals(drop.name().name())
          || table.constraints().names().contains(drop.name().name());
    } else if (action instanceof AlterAction.AddColumn add) {
      return alteration.isAddedInPlace(add);
    }
    return true;
  }

  private boolean isWidening(AlterAction.SetType set) {
    int position = positionOf(set.column());
    ColumnSchema old = schema.column(position);
    DataType type = TypeResolver.resolve(set.type());
    if (set.using() != null) {
      return false;
    }
    return old.type().equals(type)
        || (isWider(old.type(), type)
            && (old.type().isText() || !(schema.isPrimaryKey(position) || isIndexed(old.id()))));
  }

  private boolean isAddedInPlace(AlterAction.AddColumn add) {
    ColumnDefinition written = add.column();
    if (schema.indexOf(written.name().name()) >= 0) {
      return true;
    }
    if (written.primaryKey() != null) {
      return false;
    }
    boolean simple =
        written.unique() == null
            && written.references() == null
            && written.generated() == null
            && written.identity() == null
            && written.autoIncrement() == null;
    if (simple && (written.defaultValue() != null || !written.checks().isEmpty())) {
      ColumnSchema column = ColumnBuilder.build(nextColumnId(), written, false);
      String sql = column.defaultSql();
      simple =
          written.checks().isEmpty()
              && (sql == null
                  || !ExpressionTree.isVolatile(
                      Binder.ofStoredExpressions().bindDefault(sql, column)));
    }
    return (simple && !ColumnBuilder.isSerial(written)) || !rows.exist();
  }

  // ---- columns

  TableDefinition addColumn(AlterAction.AddColumn add) {
    ColumnDefinition written = add.column();
    Position position = written.name().position();
    if (schema.indexOf(written.name().name()) >= 0) {
      if (add.ifNotExists()) {
        return table;
      }
      throw duplicateColumn(written.name());
    }
    if (schema.visibleColumns() >= TableDefinitionBuilder.MAX_COLUMNS) {
      throw position.error(
          ErrorCode.TOO_MANY_COLUMNS,
          "tables can have at most " + TableDefinitionBuilder.MAX_COLUMNS + " columns");
    }
    if (written.primaryKey() != null) {
      throw written
          .primaryKey()
          .position()
          .error(
              ErrorCode.FEATURE_NOT_SUPPORTED,
              "the primary key of a table can only be declared when it is created");
    }
    boolean keyed = written.unique() != null || written.references() != null;
    if (rows.exist() && (keyed || written.generated() != null)) {
      throw position
          .error(
              ErrorCode.FEATURE_NOT_SUPPORTED,
              "a column added to a table with rows cannot be generated, UNIQUE or a foreign key")
          .withHint("Add the column first and the constraint by a statement of its own.");
    }
    ColumnSchema column = ColumnBuilder.build(nextColumnId(), written, false);
    Object missing = rows.exist() ? missingValue(column, position) : null;
    if (missing == null && !column.nullable() && rows.exist()) {
      throw containsNulls(column.name(), position);
    }
    List<ColumnSchema> columns = new ArrayList<>(schema.columns());
    columns.add(schema.visibleColumns(), with(column, missing));
    TableDefinition wider =
        ColumnCompression.apply(withColumns(columns), column.id(), written.compression());
    if (written.generated() != null) {
      Binder.ofStoredExpressions()
          .bindGenerated(written.generated().expression(), column, wider.schema());
    }
    ConstraintBuilder builder = new ConstraintBuilder(catalog, wider, true);
    written.checks().forEach(builder::add);
    if (written.unique() != null) {
      builder.add(written.unique());
    }
    if (written.references() != null) {
      builder.add(written.references());
    }
    TableDefinition changed = wider.withConstraints(builder.finish());
    if (rows.exist()) {
      checkMissing(changed, column, missing, position);
    }
    return changed;
  }

  private @Nullable Object missingValue(ColumnSchema column, Position position) {
    String sql = column.defaultSql();
    if (sql == null) {
      return null;
    }
    Expression value = Binder.ofStoredExpressions().bindDefault(sql, column);
    if (ExpressionTree.isVolatile(value)) {
      throw position
          .error(
              ErrorCode.FEATURE_NOT_SUPPORTED,
              "a column added to a table with rows cannot have a volatile default")
          .withHint("Add it without, UPDATE the rows, then ALTER COLUMN ... SET DEFAULT.");
    }
    return rows.evaluate(value);
  }

  /** Holds the value that all rows have in a new column to the column's own CHECKs. */
  private void checkMissing(
      TableDefinition changed, ColumnSchema column, @Nullable Object missing, Position position) {
    TableSchema wider = changed.schema();
    @Nullable Object[] row = new @Nullable Object[wider.columns().size() + 2];
    row[wider.positionOf(column.id())] = missing;
    for (CheckConstraint check : changed.constraints().checks()) {
      if (!check.columns().contains(column.id())) {
        continue;
      }
      if (check.columns().size() > 1) {
        throw position
            .error(
                ErrorCode.FEATURE_NOT_SUPPORTED,
                "a column added to a table with rows cannot have a CHECK of other columns")
            .withHint("Add the column first and the CHECK by a statement of its own.");
      }
      if (rows.isFalse(Binder.ofStoredExpressions().bindCheck(check.sql(), wider), row)) {
        throw position.error(
            ErrorCode.CHECK_VIOLATION,
            "check constraint \""
                + check.name()
                + "\" of relation \""
                + table.id().name()
                + "\" is violated by some row");
      }
    }
  }

  /** 23502 for a column that must have values and has none. */
  public KalamException containsNulls(String column, Position position) {
    return containsNulls(table, column, position);
  }

  /** The same for any table. */
  public static KalamException containsNulls(
      TableDefinition table, String column, Position position) {
    return position.error(
        ErrorCode.NOT_NULL_VIOLATION,
        "column \"" + column + "\" of relation \"" + table.id().name() + "\" contains null values");
  }

  private TableDefinition dropColumn(AlterAction.DropColumn drop) {
    int index = schema.indexOf(drop.column().name());
    if (index < 0 && drop.ifExists()) {
      return table;
    }
    int position = positionOf(drop.column());
    ColumnSchema column = schema.column(position);
    Position place = drop.column().position();
    refuseKeyColumn(position, place, "dropped");
    if (schema.visibleColumns() == 1) {
      throw place.error(ErrorCode.INVALID_TABLE_DEFINITION, "a table has at least one column");
    }
    List<ColumnSchema> dependent =
        schema.columns().stream().filter(other -> isComputedFrom(other, position)).toList();
    if (!dependent.isEmpty() && !drop.cascade()) {
      throw dependents(
          place,
          "column " + column.name() + " of table " + table.id().name(),
          "column " + dependent.get(0).name() + " of table " + table.id().name());
    }
    TableDefinition left = table;
    for (ColumnSchema gone : Stream.concat(dependent.stream(), Stream.of(column)).toList()) {
      refuseLiveQueries(gone, place);
      left = new TableAlteration(catalog, left, rows).without(gone, drop.cascade(), place);
    }
    return left;
  }

  private TableDefinition without(ColumnSchema column, boolean cascade, Position place) {
    TableConstraints constraints = table.constraints();
    for (IndexDefinition index : constraints.indexes()) {
      if (index.columnIds().contains(column.id())) {
        refuseReferenced(index, cascade, place);
      }
    }
    for (ForeignKey key : constraints.foreignKeys()) {
      if (key.columns().contains(column.id())) {
        constraints = constraints.without(key);
      }
    }
    constraints =
        constraints
            .withChecks(
                constraints.checks().stream()
                    .filter(check -> !check.columns().contains(column.id()))
                    .toList())
            .withIndexes(
                constraints.indexes().stream()
                    .filter(index -> !index.columnIds().contains(column.id()))
                    .toList());
    List<ColumnSchema> columns =
        schema.columns().stream().filter(other -> other.id() != column.id()).toList();
    TableDefinition narrower = withColumns(columns).withConstraints(constraints);
    return ColumnCompression.apply(narrower, column.id(), null);
  }

  /** Foreign keys of other tables that refer to a unique index are in the way of its drop. */
  void refuseReferenced(IndexDefinition index, boolean cascade, Position place) {
    if (!index.unique() || cascade) {
      return;
    }
    for (Reference reference : catalog.references(table.number())) {
      if (Set.copyOf(reference.key().referenced()).equals(Set.copyOf(index.columnIds()))) {
        throw dependents(
            place,
            "constraint " + index.name() + " on table " + table.id().name(),
            "constraint " + reference.key().name() + " on table " + reference.table().id().name());
      }
    }
  }

  boolean isComputedFrom(ColumnSchema column, int position) {
    String sql = column.generatedSql();
    if (sql == null) {
      return false;
    }
    Expression bound =
        Binder.ofStoredExpressions().bindGenerated(SqlParser.parseExpression(sql), column, schema);
    return names(bound, position);
  }

  private static boolean names(Expression expression, int position) {
    return (expression instanceof Expression.Column column && column.index() == position)
        || ExpressionTree.children(expression).stream().anyMatch(child -> names(child, position));
  }

  private TableDefinition renameColumn(AlterAction.RenameColumn rename) {
    int position = positionOf(rename.column());
    String name = rename.newName().name();
    Located.run(rename.newName().position(), () -> NameRules.checkColumn(name));
    if (schema.indexOf(name) >= 0) {
      throw duplicateColumn(rename.newName());
    }
    Binder binder = Binder.ofStoredExpressions();
    int id = schema.column(position).id();
    List<ColumnSchema> columns = new ArrayList<>();
    for (ColumnSchema column : schema.columns()) {
      String generated = column.generatedSql();
      columns.add(
          new ColumnSchema(
              column.id(),
              column.id() == id ? name : column.name(),
              column.type(),
              column.nullable(),
              column.defaultSql(),
              generated == null ? null : binder.renamed(generated, schema, position, name),
              column.identity(),
              column.missingValue()));
    }
    List<CheckConstraint> checks =
        table.constraints().checks().stream()
            .map(
                check ->
                    check.columns().contains(id)
                        ? check.withSql(binder.renamed(check.sql(), schema, position, name))
                        : check)
            .toList();
    return withColumns(columns).withConstraints(table.constraints().withChecks(checks));
  }

  private TableDefinition renameTable(AlterAction.RenameTable rename) {
    String name = rename.newName().name();
    Position place = rename.newName().position();
    if (rename.view()) {
      throw place.error(ErrorCode.WRONG_OBJECT_TYPE, "\"" + table.id().name() + "\" is not a view");
    }
    Located.run(place, () -> NameRules.checkTable(name));
    TableId id = new TableId(table.id().namespace(), name);
    if (catalog.table(id) != null
        || catalog.view(id) != null
        || catalog.tableOfIndex(id.namespace(), name) != null) {
      throw place.error(ErrorCode.DUPLICATE_TABLE, "relation \"" + name + "\" already exists");
    }
    TableConstraints named = table.constraints().withPrimaryKey(table.primaryKeyName());
    return table.withConstraints(named).withId(id);
  }

  /** NOT NULL where all rows are known to have values, or no more. */
  public static TableDefinition withNullable(
      TableDefinition table, Identifier column, boolean nullable) {
    TableSchema schema = table.schema();
    int position = schema.indexOf(column.name());
    List<ColumnSchema> columns = new ArrayList<>(schema.columns());
    ColumnSchema old = columns.get(position);
    columns.set(
        position,
        new ColumnSchema(
            old.id(),
            old.name(),
            old.type(),
            nullable,
            old.defaultSql(),
            old.generatedSql(),
            old.identity(),
            old.missingValue()));
    return withColumns(table, columns);
  }

  private TableDefinition setNullable(Identifier name, boolean nullable) {
    int position = positionOf(name);
    if (schema.column(position).nullable() == nullable) {
      return table;
    }
    if (schema.isPrimaryKey(position)) {
      throw name.position()
          .error(
              ErrorCode.INVALID_TABLE_DEFINITION,
              "column \"" + name.name() + "\" is in a primary key");
    }
    if (schema.column(position).identity() != ColumnSchema.Identity.NONE) {
      throw isKind(name, "an identity column");
    }
    return withNullable(table, name, nullable);
  }

  private TableDefinition setDefault(AlterAction.SetDefault set) {
    ColumnSchema column = plainColumn(set.column());
    Binder.ofStoredExpressions().bindDefault(set.value().expression(), column);
    return withDefault(column, set.value().sql());
  }

  private TableDefinition dropDefault(AlterAction.DropDefault drop) {
    return withDefault(plainColumn(drop.column()), null);
  }

  private ColumnSchema plainColumn(Identifier name) {
    ColumnSchema column = schema.column(positionOf(name));
    if (column.generatedSql() != null) {
      throw isKind(name, "a generated column");
    }
    if (column.identity() != ColumnSchema.Identity.NONE) {
      throw isKind(name, "an identity column");
    }
    return column;
  }

  private KalamException isKind(Identifier name, String kind) {
    return name.position()
        .error(
            ErrorCode.SYNTAX_ERROR,
            "column \"" + name.name() + "\" of relation \"" + table.id().name() + "\" is " + kind);
  }

  private TableDefinition withDefault(ColumnSchema old, @Nullable String sql) {
    return replacing(
        old,
        new ColumnSchema(
            old.id(),
            old.name(),
            old.type(),
            old.nullable(),
            sql,
            null,
            old.identity(),
            old.missingValue()));
  }

  // ---- types

  private TableDefinition setType(AlterAction.SetType set) {
    int position = positionOf(set.column());
    ColumnSchema old = schema.column(position);
    DataType type = TypeResolver.resolve(set.type());
    Position place = set.column().position();
    if (old.type().equals(type)) {
      return table;
    }
    refuseLiveQueries(old, place);
    if (!isWider(old.type(), type)) {
      throw place
          .error(
              ErrorCode.FEATURE_NOT_SUPPORTED,
              "column \""
                  + old.name()
                  + "\" of type "
                  + old.type()
                  + " cannot become "
                  + type
                  + ": a type can only be widened")
          .withHint("SMALLINT to INTEGER to BIGINT to DECIMAL, REAL to DOUBLE, VARCHAR to TEXT.");
    }
    boolean sameKey = old.type().isText();
    if (!sameKey && (schema.isPrimaryKey(position) || isIndexed(old.id()))) {
      throw place
          .error(
              ErrorCode.FEATURE_NOT_SUPPORTED,
              "column \"" + old.name() + "\" is part of a key or index and keeps its type")
          .withHint("Drop the index first and create it again.");
    }
    if (old.generatedSql() != null
        || schema.columns().stream().anyMatch(other -> isComputedFrom(other, position))) {
      throw place.error(
          ErrorCode.FEATURE_NOT_SUPPORTED,
          "cannot alter type of a column used by a generated column");
    }
    Object missing = old.missingValue();
    ColumnSchema wider =
        new ColumnSchema(
            old.id(),
            old.name(),
            type,
            old.nullable(),
            old.defaultSql(),
            null,
            old.identity(),
            missing == null ? null : rows.widen(missing, old.type(), type));
    String sql = wider.defaultSql();
    if (sql != null) {
      Located.run(place, () -> Binder.ofStoredExpressions().bindDefault(sql, wider));
    }
    TableDefinition changed = replacing(old, wider);
    for (CheckConstraint check : table.constraints().checks()) {
      Located.run(
          place, () -> Binder.ofStoredExpressions().bindCheck(check.sql(), changed.schema()));
    }
    return changed;
  }

  private boolean isIndexed(int columnId) {
    return table.constraints().indexes().stream()
            .anyMatch(index -> index.isSorted() && index.columnIds().contains(columnId))
        || table.constraints().foreignKeys().stream()
            .anyMatch(key -> key.columns().contains(columnId));
  }

  private static boolean isWider(DataType from, DataType to) {
    switch (from.kind()) {
      case SMALLINT, INTEGER, BIGINT -> {
        int digits =
            from.kind() == DataType.Kind.SMALLINT
                ? 5
                : from.kind() == DataType.Kind.INTEGER ? 10 : 19;
        return (to.isInteger() && to.kind().ordinal() > from.kind().ordinal())
            || (to.kind() == DataType.Kind.DECIMAL && to.length() - to.scale() >= digits);
      }
      case REAL -> {
        return to.kind() == DataType.Kind.DOUBLE;
      }
      case DECIMAL -> {
        return to.kind() == DataType.Kind.DECIMAL
            && to.scale() >= from.scale()
            && to.length() - to.scale() >= from.length() - from.scale();
      }
      case VARCHAR -> {
        return to.kind() == DataType.Kind.TEXT
            || (to.kind() == DataType.Kind.VARCHAR
                && (to.length() == 0 || (from.length() > 0 && to.length() >= from.length())));
      }
      case TEXT -> {
        return to.kind() == DataType.Kind.VARCHAR && to.length() == 0;
      }
      default -> {
        return false;
      }
    }
  }

  // ---- constraints

  private TableDefinition dropConstraint(AlterAction.DropConstraint drop) {
    String name = drop.name().name();
    TableConstraints constraints = table.constraints();
    for (CheckConstraint check : constraints.checks()) {
      if (check.name().equals(name)) {
        return table.withConstraints(
            constraints.withChecks(
                constraints.checks().stream().filter(other -> !other.equals(check)).toList()));
      }
    }
    for (ForeignKey key : constraints.foreignKeys()) {
      if (key.name().equals(name)) {
        return table.withConstraints(constraints.without(key));
      }
    }
    IndexDefinition index = constraints.index(name);
    if (index != null && index.origin() == IndexDefinition.Origin.UNIQUE_CONSTRAINT) {
      refuseReferenced(index, false, drop.name().position());
      boolean needed =
          constraints.foreignKeys().stream().anyMatch(key -> key.index() == index.number());
      if (needed) {
        throw dependents(
            drop.name().position(),
            "constraint " + name + " on table " + table.id().name(),
            "a foreign key of the table that is looked up by its index");
      }
      return table.withConstraints(
          constraints.withIndexes(
              constraints.indexes().stream().filter(other -> !other.equals(index)).toList()));
    }
    if (!schema.hasHiddenKey() && table.primaryKeyName().equals(name)) {
      throw drop.name()
          .position()
          .error(ErrorCode.FEATURE_NOT_SUPPORTED, "the primary key of a table cannot be dropped");
    }
    if (drop.ifExists()) {
      return table;
    }
    throw drop.name()
        .position()
        .error(
            ErrorCode.UNDEFINED_OBJECT,
            "constraint \"" + name + "\" of relation \"" + table.id().name() + "\" does not exist");
  }

  // ---- pieces

  static KalamException dependents(Position place, String what, String who) {
    return place
        .error(
            ErrorCode.DEPENDENT_OBJECTS_EXIST,
            "cannot drop " + what + " because other objects depend on it: " + who)
        .withHint("Use DROP ... CASCADE to drop the dependent objects too.");
  }

  private void refuseKeyColumn(int position, Position place, String what) {
    if (schema.isPrimaryKey(position)) {
      throw place.error(
          ErrorCode.FEATURE_NOT_SUPPORTED,
          "column \""
              + schema.column(position).name()
              + "\" is in the primary key and cannot be "
              + what);
    }
  }

  private void refuseLiveQueries(ColumnSchema column, Position place) {
    int open = rows.liveQueriesUsing(column.id());
    if (open > 0) {
      throw place
          .error(
              ErrorCode.OBJECT_IN_USE,
              "column \""
                  + column.name()
                  + "\" of table \""
                  + table.id().name()
                  + "\" is used by live queries, "
                  + open
                  + " in all")
          .withHint("Close them first.");
    }
  }

  int positionOf(Identifier name) {
    int position = schema.indexOf(name.name());
    if (position < 0 || position >= schema.visibleColumns()) {
      throw name.position()
          .error(
              ErrorCode.UNDEFINED_COLUMN,
              "column \""
                  + name.name()
                  + "\" of relation \""
                  + table.id().name()
                  + "\" does not exist");
    }
    return position;
  }

  private KalamException duplicateColumn(Identifier name) {
    return name.position()
        .error(
            ErrorCode.DUPLICATE_COLUMN,
            "column \""
                + name.name()
                + "\" of relation \""
                + table.id().name()
                + "\" already exists");
  }

  int nextColumnId() {
    return 1
        + table.schemas().stream()
            .flatMap(version -> version.columns().stream())
            .mapToInt(ColumnSchema::id)
            .max()
            .orElse(0);
  }

  private static ColumnSchema with(ColumnSchema column, @Nullable Object missing) {
    return new ColumnSchema(
        column.id(),
        column.name(),
        column.type(),
        column.nullable(),
        column.defaultSql(),
        column.generatedSql(),
        column.identity(),
        missing);
  }

  private TableDefinition replacing(ColumnSchema old, ColumnSchema changed) {
    return withColumns(
        schema.columns().stream()
            .map(column -> column.id() == old.id() ? changed : column)
            .collect(Collectors.toList()));
  }

  private TableDefinition withColumns(List<ColumnSchema> columns) {
    return withColumns(table, columns);
  }

  /** The next schema version, its key the same columns as before. */
  private static TableDefinition withColumns(TableDefinition table, List<ColumnSchema> columns) {
    TableSchema before = table.schema();
    TableSchema next = new TableSchema(before.version() + 1, columns, List.of());
    List<Integer> key =
        before.primaryKey().stream()
            .map(position -> next.positionOf(before.column(position).id()))
            .toList();
    return table.withSchema(new TableSchema(before.version() + 1, columns, key));
  }
}
