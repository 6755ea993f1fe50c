package org.kalamdb.internal.sql.ddl;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.kalamdb.error.ErrorCode;
import org.kalamdb.error.KalamException;
import org.kalamdb.internal.catalog.CatalogSnapshot;
import org.kalamdb.internal.catalog.CheckConstraint;
import org.kalamdb.internal.catalog.ForeignKey;
import org.kalamdb.internal.catalog.IndexDefinition;
import org.kalamdb.internal.catalog.IndexDefinition.BloomSize;
import org.kalamdb.internal.catalog.IndexDefinition.IndexColumn;
import org.kalamdb.internal.catalog.IndexDefinition.Kind;
import org.kalamdb.internal.catalog.IndexDefinition.Origin;
import org.kalamdb.internal.catalog.NameRules;
import org.kalamdb.internal.catalog.TableConstraints;
import org.kalamdb.internal.catalog.TableDefinition;
import org.kalamdb.internal.sql.bind.Binder;
import org.kalamdb.internal.sql.parse.Identifier;
import org.kalamdb.internal.sql.parse.IndexClause;
import org.kalamdb.internal.sql.parse.ObjectName;
import org.kalamdb.internal.sql.parse.Option;
import org.kalamdb.internal.sql.parse.Position;
import org.kalamdb.internal.sql.parse.SqlParser;
import org.kalamdb.internal.sql.parse.TableConstraint;
import org.kalamdb.internal.sql.plan.Expressions;
import org.kalamdb.internal.storage.key.KeyEncoder;
import org.kalamdb.schema.ColumnSchema;
import org.kalamdb.schema.TableId;
import org.kalamdb.schema.TableSchema;
import org.kalamdb.schema.TableType;

/**
 * Adds constraints and indexes, as written, to a table: columns become ids, what has no name gets
 * PostgreSQL's. Not thread-safe.
 */
public final class ConstraintBuilder {
  private final CatalogSnapshot catalog;
  private final TableDefinition table;
  private final TableSchema schema;
  private final boolean ready;
  private TableConstraints constraints;

  /**
   * @param table with the columns that constraints may name, and the constraints there are
   * @param ready whether what is added holds for all rows, because there are none
   */
  public ConstraintBuilder(CatalogSnapshot catalog, TableDefinition table, boolean ready) {
    this.catalog = catalog;
    this.table = table;
    this.schema = table.schema();
    this.constraints = table.constraints();
    this.ready = ready;
  }

  /** What there was and what was added. */
  public TableConstraints finish() {
    return constraints;
  }

  public void add(TableConstraint constraint) {
    if (constraint instanceof TableConstraint.Check check) {
      addCheck(check);
    } else if (constraint instanceof TableConstraint.Unique unique) {
      addUnique(unique);
    } else if (constraint instanceof TableConstraint.ForeignKey key) {
      addForeignKey(key);
    } else {
      throw constraint
          .position()
          .error(
              ErrorCode.FEATURE_NOT_SUPPORTED,
              "the primary key of a table can only be declared when it is created");
    }
  }

  private void addCheck(TableConstraint.Check check) {
    BitSet positions = new BitSet();
    Expressions.collectColumns(
        Binder.ofStoredExpressions().bindCheck(check.condition().expression(), schema, table.id()),
        positions);
    List<Integer> columns = new ArrayList<>();
    positions.stream().forEach(position -> columns.add(schema.column(position).id()));
    String column = columns.size() == 1 ? "_" + nameOf(columns.get(0)) : "";
    String name = constraintName(check.name(), table.id().name() + column + "_check");
    // Without the table's name, which it may lose.
    String sql = SqlParser.withoutQualifier(check.condition().sql(), table.id().name());
    constraints = constraints.plus(new CheckConstraint(name, sql, columns, ready));
  }

  private void addUnique(TableConstraint.Unique unique) {
    refuseForStream(unique.position(), "UNIQUE");
    List<IndexColumn> columns = new ArrayList<>();
    for (Identifier column : unique.columns()) {
      columns.add(new IndexColumn(keyColumn(column).id(), false));
    }
    String name =
        unique.name() == null
            ? freeRelationName(generatedName(unique.columns(), "key"))
            : takenName(unique.name());
    constraints =
        constraints.plus(
            new IndexDefinition(
                constraints.nextIndex(),
                name,
                Kind.SORTED,
                true,
                Origin.UNIQUE_CONSTRAINT,
                columns,
                false,
                BloomSize.DEFAULT,
                ready));
  }

  /** An index of CREATE INDEX or of a table's INDEX clause. */
  public void add(IndexClause index, boolean unique) {
    refuseForStream(index.position(), "an index");
    boolean bloom = index.kind() == IndexClause.IndexKind.BLOOM;
    Set<Integer> seen = new HashSet<>();
    List<IndexColumn> columns = new ArrayList<>();
    for (IndexClause.IndexColumn column : index.columns()) {
      int id = keyColumn(column.name()).id();
      // A column that is there already changes neither the order nor what is unique.
      if (seen.add(id)) {
        columns.add(new IndexColumn(id, column.descending()));
      }
    }
    if (bloom && (unique || columns.size() > 1)) {
      throw index
          .position()
          .error(
              ErrorCode.FEATURE_NOT_SUPPORTED,
              "a bloom index is on one column and not unique: it only tells what is absent");
    }
    List<Identifier> names = index.columns().stream().map(IndexClause.IndexColumn::name).toList();
    String name =
        index.name() == null
            ? freeRelationName(generatedName(names, "idx"))
            : takenName(index.name());
    constraints =
        constraints.plus(
            new IndexDefinition(
                constraints.nextIndex(),
                name,
                bloom ? Kind.BLOOM : Kind.SORTED,
                unique,
                Origin.STATEMENT,
                columns,
                false,
                bloom ? bloomSize(index.options()) : BloomSize.DEFAULT,
                ready || bloom));
  }

  private static BloomSize bloomSize(List<Option> options) {
    double falsePositives = BloomSize.DEFAULT.falsePositives();
    long items = BloomSize.DEFAULT.items();
    for (Option option : options) {
      if (option.name().equals("fpp")) {
        falsePositives = Double.parseDouble(option.text());
      } else {
        items = option.longValue(1, Integer.MAX_VALUE);
      }
    }
    return new BloomSize(falsePositives, items);
  }

  // ---- foreign keys

  private void addForeignKey(TableConstraint.ForeignKey key) {
    refuseForStream(key.position(), "FOREIGN KEY");
    List<Integer> columns = new ArrayList<>();
    List<ColumnSchema> own = new ArrayList<>();
    for (Identifier name : key.columns()) {
      ColumnSchema column = keyColumn(name);
      own.add(column);
      columns.add(column.id());
    }
    TableDefinition target = referencedTable(key.referenced());
    List<ColumnSchema> theirs = referencedColumns(key, target);
    if (theirs.size() != own.size()) {
      throw key.position()
          .error(
              ErrorCode.INVALID_FOREIGN_KEY,
              "number of referencing and referenced columns for foreign key disagree");
    }
    String name =
        constraintName(key.name(), table.id().name() + "_" + joined(key.columns()) + "_fkey");
    for (int i = 0; i < own.size(); i++) {
      checkComparable(key.position(), name, own.get(i), theirs.get(i));
    }
    checkActions(key, own);
    boolean spansUsers = table.type() == TableType.USER && target.type() == TableType.SHARED;
    int index = indexFor(columns, spansUsers, name);
    constraints =
        constraints.plus(
            new ForeignKey(
                name,
                columns,
                target.number(),
                theirs.stream().map(ColumnSchema::id).toList(),
                action(key.onDelete()),
                action(key.onUpdate()),
                index,
                ready));
  }

  /** An index on just the columns, made if there is none. */
  private int indexFor(List<Integer> columns, boolean spansUsers, String name) {
    for (IndexDefinition index : constraints.indexes()) {
      if (index.isSorted()
          && index.spansUsers() == spansUsers
          && index.columnIds().equals(columns)
          && index.columns().stream().noneMatch(IndexColumn::descending)) {
        return index.number();
      }
    }
    IndexDefinition made =
        new IndexDefinition(
            constraints.nextIndex(),
            freeRelationName(name + "_idx"),
            Kind.SORTED,
            false,
            Origin.FOREIGN_KEY,
            columns.stream().map(column -> new IndexColumn(column, false)).toList(),
            spansUsers,
            BloomSize.DEFAULT,
            ready);
    constraints = constraints.plus(made);
    return made.number();
  }

  private TableDefinition referencedTable(ObjectName name) {
    String namespace = name.namespace();
    if (namespace != null && !namespace.equals(table.id().namespace().name())) {
      throw name.position()
          .error(
              ErrorCode.FEATURE_NOT_SUPPORTED,
              "a foreign key refers to a table of its own namespace");
    }
    TableId id = new TableId(table.id().namespace(), name.name());
    TableDefinition target = id.equals(table.id()) ? table : catalog.table(id);
    if (target == null) {
      throw name.position()
          .error(ErrorCode.UNDEFINED_TABLE, "relation \"" + name + "\" does not exist");
    }
    boolean fits =
        target.type() == TableType.SHARED
            || (target.type() == TableType.USER && table.type() == TableType.USER);
    if (!fits) {
      throw name.position()
          .error(
              ErrorCode.INVALID_FOREIGN_KEY,
              "a foreign key of a "
                  + table.type().name().toLowerCase(java.util.Locale.ROOT)
                  + " table cannot refer to a "
                  + target.type().name().toLowerCase(java.util.Locale.ROOT)
                  + " table");
    }
    return target;
  }

  private List<ColumnSchema> referencedColumns(
      TableConstraint.ForeignKey key, TableDefinition target) {
    TableSchema referred = target.schema();
    List<ColumnSchema> columns = new ArrayList<>();
    if (key.referencedColumns().isEmpty()) {
      if (referred.hasHiddenKey()) {
        throw key.referenced()
            .position()
            .error(
                ErrorCode.UNDEFINED_OBJECT,
                "there is no primary key for referenced table \"" + target.id().name() + "\"");
      }
      referred.primaryKey().forEach(column -> columns.add(referred.column(column)));
      return columns;
    }
    Set<Integer> ids = new HashSet<>();
    for (Identifier name : key.referencedColumns()) {
      int column = referred.indexOf(name.name());
      if (column < 0 || column >= referred.visibleColumns()) {
        throw undefinedColumn(name, "referenced in foreign key constraint");
      }
      columns.add(referred.column(column));
      ids.add(referred.column(column).id());
    }
    Set<Integer> primaryKey = new HashSet<>();
    referred.primaryKey().forEach(column -> primaryKey.add(referred.column(column).id()));
    boolean itself = target.id().equals(table.id());
    TableConstraints theirs = itself ? constraints : target.constraints();
    boolean unique =
        ids.size() == columns.size()
            && (ids.equals(primaryKey)
                || theirs.indexes().stream()
                    .anyMatch(
                        index ->
                            index.unique()
                                && (index.ready() || itself)
                                && ids.equals(new HashSet<>(index.columnIds()))));
    if (!unique) {
      throw key.position()
          .error(
              ErrorCode.INVALID_FOREIGN_KEY,
              "there is no unique constraint matching given keys for referenced table \""
                  + target.id().name()
                  + "\"");
    }
    return columns;
  }

  private static void checkComparable(
      Position position, String name, ColumnSchema own, ColumnSchema their) {
    boolean same =
        own.type().equals(their.type())
            || (own.type().isText() && own.type().kind() == their.type().kind())
            || (own.type().isText()
                && their.type().isText()
                && own.type().kind() != org.kalamdb.schema.DataType.Kind.CHAR
                && their.type().kind() != org.kalamdb.schema.DataType.Kind.CHAR)
            || (own.type().isInteger() && their.type().isInteger());
    if (!same) {
      throw position.error(
          ErrorCode.DATATYPE_MISMATCH,
          "foreign key constraint \""
              + name
              + "\" cannot be implemented: key columns \""
              + own.name()
              + "\" and \""
              + their.name()
              + "\" are of incompatible types: "
              + own.type()
              + " and "
              + their.type());
    }
  }

  private static void checkActions(TableConstraint.ForeignKey key, List<ColumnSchema> columns) {
    for (ColumnSchema column : columns) {
      if (column.generatedSql() == null) {
        continue;
      }
      boolean writes = isWriting(key.onDelete(), false) || isWriting(key.onUpdate(), true);
      if (writes) {
        throw key.position()
            .error(
                ErrorCode.SYNTAX_ERROR,
                "invalid referential action for foreign key constraint containing generated column"
                    + " \""
                    + column.name()
                    + "\"");
      }
    }
  }

  private static boolean isWriting(TableConstraint.ReferentialAction action, boolean update) {
    return switch (action) {
      case SET_NULL, SET_DEFAULT -> true;
      case CASCADE -> update;
      case NO_ACTION, RESTRICT -> false;
    };
  }

  private static ForeignKey.Action action(TableConstraint.ReferentialAction action) {
    return ForeignKey.Action.valueOf(action.name());
  }

  // ---- columns and names

  private void refuseForStream(Position position, String what) {
    if (table.type() == TableType.STREAM) {
      throw position.error(ErrorCode.FEATURE_NOT_SUPPORTED, "a stream table cannot have " + what);
    }
  }

  private ColumnSchema keyColumn(Identifier name) {
    int column = schema.indexOf(name.name());
    if (column < 0 || column >= schema.visibleColumns()) {
      throw undefinedColumn(name, "named in key");
    }
    ColumnSchema found = schema.column(column);
    Located.run(name.position(), () -> KeyEncoder.checkIndexType(found.type()));
    return found;
  }

  private static KalamException undefinedColumn(Identifier name, String where) {
    return name.position()
        .error(
            ErrorCode.UNDEFINED_COLUMN,
            "column \"" + name.name() + "\" " + where + " does not exist");
  }

  private String nameOf(int columnId) {
    return schema.columns().stream()
        .filter(column -> column.id() == columnId)
        .map(ColumnSchema::name)
        .findFirst()
        .orElseThrow();
  }

  private String generatedName(List<Identifier> columns, String suffix) {
    return table.id().name() + "_" + joined(columns) + "_" + suffix;
  }

  private static String joined(List<Identifier> columns) {
    return String.join("_", columns.stream().map(Identifier::name).toList());
  }

  /** The written name, which no other constraint of the table has, or a free one. */
  private String constraintName(@Nullable Identifier written, String wanted) {
    Set<String> taken = constraints.names();
    taken.add(table.primaryKeyName());
    if (written == null) {
      return free(wanted, taken);
    }
    Located.run(written.position(), () -> NameRules.checkConstraint(written.name()));
    if (taken.contains(written.name())) {
      throw written
          .position()
          .error(
              ErrorCode.DUPLICATE_OBJECT,
              "constraint \""
                  + written.name()
                  + "\" for relation \""
                  + table.id().name()
                  + "\" already exists");
    }
    return written.name();
  }

  /** The written name of an index, which nothing else in the namespace has. */
  private String takenName(Identifier written) {
    Located.run(written.position(), () -> NameRules.checkConstraint(written.name()));
    if (relationNames().contains(written.name())) {
      throw written
          .position()
          .error(ErrorCode.DUPLICATE_TABLE, "relation \"" + written.name() + "\" already exists");
    }
    return written.name();
  }

  private String freeRelationName(String wanted) {
    return free(wanted, relationNames());
  }

  private Set<String> relationNames() {
    Set<String> taken = constraints.names();
    taken.add(table.id().name());
    taken.add(table.primaryKeyName());
    catalog.viewsIn(table.id().namespace()).forEach(view -> taken.add(view.id().name()));
    for (TableDefinition other : catalog.tablesIn(table.id().namespace())) {
      taken.add(other.id().name());
      taken.add(other.primaryKeyName());
      other.constraints().indexes().forEach(index -> taken.add(index.name()));
    }
    return taken;
  }

  private static String free(String wanted, Set<String> taken) {
    String name = wanted;
    for (int i = 1; taken.contains(name); i++) {
      name = wanted + i;
    }
    return name;
  }
}
