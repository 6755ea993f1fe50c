package org.kalamdb.internal.sql.parse;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.kalamdb.error.ErrorCode;
import org.kalamdb.schema.TableType;

/** CREATE, ALTER, DROP and TRUNCATE of namespaces, tables, indexes and views. */
final class DdlParser {
  private final TokenCursor cursor;
  private final Tokens tokens;
  private final ColumnParser columns;
  private final Position position;
  private boolean temporary;

  DdlParser(TokenCursor cursor) {
    this.cursor = cursor;
    this.tokens = cursor.tokens();
    this.columns = new ColumnParser(cursor);
    this.position = cursor.position();
  }

  Statement parse() {
    Statement statement;
    if (cursor.accept("create")) {
      statement = create();
    } else if (cursor.accept("alter")) {
      statement = alter();
    } else if (cursor.accept("drop")) {
      statement = drop();
    } else {
      cursor.expect("truncate");
      cursor.accept("table");
      List<ObjectName> names = cursor.objectNames("a table name");
      boolean restart = cursor.accept("restart", "identity");
      if (!restart) {
        cursor.accept("continue", "identity");
      }
      statement = new CatalogStatement.Truncate(names, restart, cascade(), position);
    }
    cursor.expectEnd();
    return statement;
  }

  /** CASCADE, or RESTRICT, which is the default. */
  private boolean cascade() {
    boolean cascade = cursor.accept("cascade");
    if (!cascade) {
      cursor.accept("restrict");
    }
    return cascade;
  }

  private Statement create() {
    if (isTemporary()) {
      return createTemporary();
    }
    TableType type = typeWord();
    if (type != null || cursor.isWord("table")) {
      cursor.expect("table");
      return createTable(type);
    } else if (cursor.accept("namespace") || cursor.accept("schema")) {
      boolean ifNotExists = cursor.acceptIfNotExists();
      Identifier name = cursor.identifier("a namespace name");
      List<Option> options = cursor.accept("with") ? new OptionParser(cursor).list() : List.of();
      return new CatalogStatement.CreateNamespace(name, ifNotExists, options, position);
    } else if (cursor.isWord("index") || cursor.isWords("unique", "index")) {
      return createIndex();
    } else if (cursor.isWord("view") || cursor.isWord("recursive") || cursor.isWord("or")) {
      return createView();
    }
    throw unsupported("CREATE");
  }

  private boolean isTemporary() {
    int at = cursor.isWord("local") || cursor.isWord("global") ? cursor.next() + 1 : cursor.next();
    return tokens.isWord(at, "temp") || tokens.isWord(at, "temporary");
  }

  /** CREATE TEMPORARY TABLE or VIEW: in the namespace of the session's own. */
  private Statement createTemporary() {
    if (!cursor.accept("local")) {
      cursor.accept("global");
    }
    cursor.moveTo(cursor.next() + 1);
    temporary = true;
    if (cursor.accept("table")) {
      return createTable(null);
    } else if (cursor.isWord("view") || cursor.isWord("recursive")) {
      return createView();
    }
    throw unsupported("CREATE TEMPORARY");
  }

  /** The name of what is to be made; of something temporary, without a namespace. */
  private ObjectName newName(String what) {
    ObjectName name = cursor.objectName(what);
    if (!temporary) {
      return name;
    }
    if (name.namespace() != null && !name.namespace().equals("pg_temp")) {
      throw name.position()
          .error(
              ErrorCode.INVALID_TABLE_DEFINITION,
              "cannot create temporary relation in non-temporary schema");
    }
    return new ObjectName("pg_temp", name.name(), name.position());
  }

  /** A CREATE, ALTER or DROP of something we do not have. */
  private RuntimeException unsupported(String verb) {
    if (!cursor.isName()) {
      return cursor.error("NAMESPACE, TABLE, INDEX or VIEW");
    }
    return tokens.unsupported(
        cursor.next(), verb + " " + tokens.image(cursor.next()).toUpperCase(Locale.ROOT));
  }

  private @Nullable TableType typeWord() {
    for (TableType type : TableType.values()) {
      if (cursor.isWords(type.name().toLowerCase(Locale.ROOT), "table")) {
        cursor.moveTo(cursor.next() + 1);
        return type;
      }
    }
    return null;
  }

  private Statement createTable(@Nullable TableType word) {
    boolean ifNotExists = cursor.acceptIfNotExists();
    ObjectName name = newName("a table name");
    TableElements elements = new TableElements();
    List<Identifier> queryColumns = List.of();
    if (isNameList()) {
      queryColumns = cursor.columnList();
    } else if (cursor.isSymbol("(")) {
      elements.read();
    } else if (!cursor.isWord("as") && !cursor.isWord("with") && !cursor.isWord("on")) {
      throw cursor.error("\"(\"");
    }
    List<Option> options = new TableOptionParser(cursor).clauses();
    if (temporary && cursor.accept("on", "commit")) {
      if (!cursor.accept("preserve", "rows")) {
        throw cursor.unsupported(0, "ON COMMIT other than PRESERVE ROWS");
      }
    }
    Query query = null;
    boolean withData = true;
    if (cursor.accept("as")) {
      if (!elements.columns.isEmpty()) {
        throw tokens.syntaxError(cursor.next() - 1);
      }
      query = new Grammar(cursor).queries.query();
      if (cursor.accept("with")) {
        withData = !cursor.accept("no");
        cursor.expect("data");
      }
    } else if (elements.columns.isEmpty()) {
      throw cursor.error("columns or AS");
    }
    TableType written = TableOptionParser.typeOf(word, options);
    TableType type = written == null ? TableType.SHARED : written;
    List<Option> others = options.stream().filter(o -> !o.name().equals("type")).toList();
    TableOptionParser.checkFor(type, others, position);
    elements.check(name, type, query == null);
    return new CatalogStatement.CreateTable(
        name,
        type,
        written != null,
        ifNotExists,
        elements.columns,
        elements.constraints,
        elements.indexes,
        others,
        query,
        queryColumns,
        withData,
        position);
  }

  /** True before {@code (a, b, ...) AS}: names of the columns of a query. */
  private boolean isNameList() {
    if (!cursor.isSymbol('(') || !(cursor.isSymbolAt(2, ',') || cursor.isSymbolAt(2, ')'))) {
      return false;
    }
    int behind = cursor.behindParenthesis(cursor.next());
    return tokens.isWord(behind, "as") || tokens.isWord(behind, "with");
  }

  /** What stands in the parentheses of CREATE TABLE. */
  private final class TableElements {
    private final List<ColumnDefinition> columns = new ArrayList<>();
    private final List<TableConstraint> constraints = new ArrayList<>();
    private final List<IndexClause> indexes = new ArrayList<>();
    private final Set<String> names = new HashSet<>();

    void read() {
      cursor.expectSymbol("(");
      do {
        if (DdlParser.this.columns.startsConstraint()) {
          constraints.add(DdlParser.this.columns.constraint());
        } else if (DdlParser.this.columns.startsIndex()) {
          indexes.add(DdlParser.this.columns.index());
        } else {
          add(DdlParser.this.columns.column());
        }
      } while (cursor.acceptSymbol(","));
      cursor.expectSymbol(")");
    }

    private void add(ColumnDefinition column) {
      if (!names.add(column.name().name())) {
        throw column
            .name()
            .position()
            .error(
                ErrorCode.DUPLICATE_COLUMN,
                "column \"" + column.name().name() + "\" specified more than once");
      }
      columns.add(column);
    }

    /** One primary key at most, and only over columns there are. */
    void check(ObjectName table, TableType type, boolean hasColumns) {
      int keys = 0;
      for (ColumnDefinition column : columns) {
        keys += column.primaryKey() == null ? 0 : 1;
      }
      for (TableConstraint constraint : constraints) {
        if (constraint instanceof TableConstraint.PrimaryKey key) {
          keys++;
          requireColumns(key.columns());
        } else if (constraint instanceof TableConstraint.Unique unique) {
          requireColumns(unique.columns());
        } else if (constraint instanceof TableConstraint.ForeignKey key) {
          requireColumns(key.columns());
        }
      }
      for (IndexClause index : indexes) {
        requireColumns(index.columns().stream().map(IndexClause.IndexColumn::name).toList());
      }
      if (keys > 1) {
        throw table
            .position()
            .error(
                ErrorCode.INVALID_TABLE_DEFINITION,
                "multiple primary keys for table \"" + table.name() + "\" are not allowed");
      }
      if (keys == 0 && type == TableType.USER && hasColumns) {
        throw table
            .position()
            .error(
                ErrorCode.INVALID_TABLE_DEFINITION,
                "USER table \"" + table.name() + "\" requires a primary key");
      }
    }

    private void requireColumns(List<Identifier> used) {
      for (Identifier column : used) {
        if (!names.contains(column.name())) {
          throw column
              .position()
              .error(
                  ErrorCode.UNDEFINED_COLUMN,
                  "column \"" + column.name() + "\" named in key does not exist");
        }
      }
    }
  }

  private Statement createIndex() {
    boolean unique = cursor.accept("unique");
    cursor.expect("index");
    boolean ifNotExists = cursor.acceptIfNotExists();
    Identifier name = cursor.nullableIdentifier(!cursor.isWord("on"), "an index name");
    cursor.expect("on");
    ObjectName table = cursor.objectName("a table name");
    if (cursor.accept("using") && !cursor.accept("btree")) {
      throw cursor.unsupported(0, "an index method other than btree");
    }
    IndexClause index = columns.indexBody(name, position);
    return new CatalogStatement.CreateIndex(name, table, index, unique, ifNotExists, position);
  }

  private Statement createView() {
    boolean orReplace = cursor.accept("or", "replace");
    if (orReplace && (cursor.accept("temp") || cursor.accept("temporary"))) {
      temporary = true;
    }
    boolean recursive = cursor.accept("recursive");
    cursor.expect("view");
    ObjectName name = newName("a view name");
    List<Identifier> names = recursive || cursor.isSymbol("(") ? cursor.columnList() : List.of();
    cursor.expect("as");
    int from = cursor.next();
    Query query = new Grammar(cursor).queries.query();
    String sql = tokens.textBetween(from, cursor.next());
    if (recursive) {
      sql = recursiveText(name, names, sql);
      query = recursive(name, names, query);
    }
    return new CatalogStatement.CreateView(name, orReplace, names, query, sql, position);
  }

  /** {@code CREATE RECURSIVE VIEW v (a) AS q} has the query that selects from v WITH RECURSIVE. */
  private static Query recursive(ObjectName name, List<Identifier> names, Query query) {
    Position at = name.position();
    List<QueryBody.SelectItem> items = new ArrayList<>();
    for (Identifier column : names) {
      items.add(
          new QueryBody.SelectItem(
              new ParsedExpression.ColumnReference(List.of(column.name()), column.position()),
              null));
    }
    FromItem source = new FromItem.Table(new ObjectName(null, name.name(), at), false, null, at);
    QueryBody body =
        new QueryBody.Select(
            false, List.of(), items, List.of(source), null, null, null, List.of(), null, at);
    Query.CommonTable itself =
        new Query.CommonTable(new Identifier(name.name(), at), names, null, query);
    return new Query(List.of(itself), true, body, List.of(), null, null, false, at);
  }

  private static String recursiveText(ObjectName name, List<Identifier> names, String sql) {
    String itself = Identifier.written(name.name());
    String columns =
        names.stream().map(n -> Identifier.written(n.name())).collect(Collectors.joining(", "));
    return "WITH RECURSIVE "
        + (itself + " (" + columns + ") AS (" + sql + ") SELECT " + columns + " FROM " + itself);
  }

  private Statement alter() {
    if (cursor.accept("namespace") || cursor.accept("schema")) {
      Identifier name = cursor.identifier("a namespace name");
      cursor.expect("set", "options");
      return new CatalogStatement.AlterNamespace(name, new OptionParser(cursor).list(), position);
    }
    typeWord();
    if (cursor.accept("view")) {
      return alterView();
    }
    if (!cursor.accept("table")) {
      throw unsupported("ALTER");
    }
    boolean ifExists = cursor.acceptIfExists();
    ObjectName name = cursor.objectName("a table name");
    List<AlterAction> actions = new ArrayList<>();
    do {
      actions.add(action());
    } while (cursor.acceptSymbol(","));
    return new CatalogStatement.AlterTable(name, ifExists, actions, position);
  }

  private Statement alterView() {
    boolean ifExists = cursor.acceptIfExists();
    ObjectName name = cursor.objectName("a view name");
    Position at = cursor.position();
    if (!cursor.accept("rename", "to")) {
      throw cursor.unsupported(0, "ALTER VIEW other than RENAME TO");
    }
    AlterAction rename = new AlterAction.RenameTable(cursor.identifier("a view name"), true, at);
    return new CatalogStatement.AlterTable(name, ifExists, List.of(rename), position);
  }

  private AlterAction action() {
    Position at = cursor.position();
    if (cursor.accept("add")) {
      if (columns.startsConstraint()) {
        return new AlterAction.AddConstraint(columns.constraint(), at);
      }
      if (columns.startsIndex()) {
        return new AlterAction.AddIndex(columns.index(), at);
      }
      cursor.accept("column");
      boolean ifNotExists = cursor.acceptIfNotExists();
      return new AlterAction.AddColumn(columns.column(), ifNotExists, at);
    } else if (cursor.accept("drop")) {
      boolean constraint = cursor.accept("constraint");
      if (!constraint) {
        cursor.accept("column");
      }
      boolean ifExists = cursor.acceptIfExists();
      Identifier name = cursor.identifier(constraint ? "a constraint name" : "a column name");
      boolean cascade = cursor.accept("cascade");
      if (!cascade) {
        cursor.accept("restrict");
      }
      return constraint
          ? new AlterAction.DropConstraint(name, ifExists, cascade, at)
          : new AlterAction.DropColumn(name, ifExists, cascade, at);
    } else if (cursor.accept("rename")) {
      return rename(at);
    } else if (cursor.accept("alter") || cursor.accept("modify")) {
      return alterColumn(tokens.isWord(cursor.next() - 1, "modify"), at);
    } else if (cursor.accept("set", "access", "level")) {
      Option level = new Option("access_level", cursor.stringOrName("an access level"), at);
      return new AlterAction.SetOptions(List.of(checkedLevel(level)), at);
    } else if (cursor.accept("set")) {
      return new AlterAction.SetOptions(new TableOptionParser(cursor).changes(), at);
    }
    throw cursor.error("ADD, DROP, RENAME, ALTER or SET");
  }

  private static Option checkedLevel(Option option) {
    String level = option.text().toUpperCase(Locale.ROOT);
    if (!Set.of("PUBLIC", "PRIVATE", "RESTRICTED", "DBA").contains(level)) {
      throw option.invalid("PUBLIC, PRIVATE, RESTRICTED or DBA");
    }
    return new Option(option.name(), level, option.position());
  }

  private AlterAction rename(Position at) {
    if (cursor.accept("to")) {
      return new AlterAction.RenameTable(cursor.identifier("a table name"), false, at);
    }
    cursor.accept("column");
    Identifier column = cursor.identifier("a column name");
    cursor.expect("to");
    return new AlterAction.RenameColumn(column, cursor.identifier("a column name"), at);
  }

  /** ALTER COLUMN; MODIFY COLUMN names the type without SET DATA TYPE. */
  private AlterAction alterColumn(boolean modify, Position at) {
    cursor.accept("column");
    Identifier column = cursor.identifier("a column name");
    if (cursor.accept("set", "not", "null")) {
      return new AlterAction.SetNotNull(column, true, at);
    } else if (cursor.accept("drop", "not", "null")) {
      return new AlterAction.SetNotNull(column, false, at);
    } else if (cursor.accept("set", "default")) {
      return new AlterAction.SetDefault(column, columns.expression(), at);
    } else if (cursor.accept("drop", "default")) {
      return new AlterAction.DropDefault(column, at);
    } else if (cursor.accept("set", "compression")) {
      return new AlterAction.SetCompression(column, columns.codec(), at);
    } else if (cursor.accept("set", "data", "type") || cursor.accept("type") || modify) {
      TypeName type = columns.type();
      ExpressionText using = cursor.accept("using") ? columns.expression() : null;
      return new AlterAction.SetType(column, type, using, at);
    }
    throw cursor.error(
        "SET NOT NULL, DROP NOT NULL, SET DEFAULT, DROP DEFAULT, SET COMPRESSION or TYPE");
  }

  private Statement drop() {
    TableType type = typeWord();
    if (type != null || cursor.isWord("table")) {
      cursor.expect("table");
      boolean ifExists = cursor.acceptIfExists();
      List<ObjectName> names = cursor.objectNames("a table name");
      boolean force = cursor.accept("force") || cursor.accept("cascade");
      if (!force) {
        cursor.accept("restrict");
      }
      return new CatalogStatement.DropTable(names, type, ifExists, force, position);
    } else if (cursor.accept("namespace") || cursor.accept("schema")) {
      boolean ifExists = cursor.acceptIfExists();
      Identifier name = cursor.identifier("a namespace name");
      boolean cascade = cursor.accept("cascade");
      if (!cascade) {
        cursor.accept("restrict");
      }
      return new CatalogStatement.DropNamespace(name, ifExists, cascade, position);
    } else if (cursor.accept("index")) {
      boolean ifExists = cursor.acceptIfExists();
      List<ObjectName> names = cursor.objectNames("an index name");
      return new CatalogStatement.DropIndex(names, ifExists, position);
    } else if (cursor.accept("view")) {
      boolean ifExists = cursor.acceptIfExists();
      List<ObjectName> names = cursor.objectNames("a view name");
      return new CatalogStatement.DropView(names, ifExists, cascade(), position);
    }
    throw unsupported("DROP");
  }
}
