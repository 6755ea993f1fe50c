package org.kalamdb.internal.sql.parse;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.kalamdb.error.ErrorCode;
import org.kalamdb.internal.sql.parse.ColumnDefinition.AutoIncrement;
import org.kalamdb.internal.sql.parse.ColumnDefinition.Identity;
import org.kalamdb.internal.sql.parse.TableConstraint.ReferentialAction;

/** Columns, constraints and index clauses of CREATE TABLE and ALTER TABLE. */
final class ColumnParser {
  private final TokenCursor cursor;
  private final Tokens tokens;
  private final Grammar grammar;

  ColumnParser(TokenCursor cursor) {
    this.cursor = cursor;
    this.tokens = cursor.tokens();
    this.grammar = new Grammar(cursor);
  }

  TypeName type() {
    return grammar.types.type();
  }

  /** {@code name type [option ...]}. */
  ColumnDefinition column() {
    Identifier name = cursor.identifier("a column name");
    return new ColumnOptions(name, type()).read();
  }

  /** The options of one column as they are met; each at most once, CHECK apart. */
  private final class ColumnOptions {
    private final Identifier name;
    private final TypeName type;
    private final Set<String> seen = new HashSet<>();
    private final List<TableConstraint.Check> checks = new ArrayList<>();
    private @Nullable ExpressionText defaultValue;
    private @Nullable ExpressionText generated;
    private @Nullable AutoIncrement autoIncrement;
    private @Nullable Identity identity;
    private TableConstraint.@Nullable ForeignKey references;
    private TableConstraint.@Nullable PrimaryKey primaryKey;
    private TableConstraint.@Nullable Unique unique;
    private @Nullable Identifier compression;

    ColumnOptions(Identifier name, TypeName type) {
      this.name = name;
      this.type = type;
    }

    ColumnDefinition read() {
      while (!cursor.atEnd() && !cursor.isSymbol(",") && !cursor.isSymbol(")")) {
        Identifier constraint =
            cursor.accept("constraint") ? cursor.identifier("a constraint name") : null;
        option(constraint);
      }
      if (seen.contains("NULL") && (seen.contains("NOT NULL") || seen.contains("PRIMARY KEY"))) {
        throw name.position()
            .error(
                ErrorCode.SYNTAX_ERROR,
                "conflicting NULL/NOT NULL declarations for column \"" + name.name() + "\"");
      }
      int sources =
          (defaultValue == null ? 0 : 1)
              + (generated == null ? 0 : 1)
              + (autoIncrement == null ? 0 : 1)
              + (identity == null ? 0 : 1);
      if (sources > 1) {
        throw name.position()
            .error(
                ErrorCode.SYNTAX_ERROR,
                "column \""
                    + name.name()
                    + "\" takes only one of DEFAULT, AUTO_INCREMENT, IDENTITY and GENERATED");
      }
      return new ColumnDefinition(
          name,
          type,
          seen.contains("NOT NULL"),
          defaultValue,
          primaryKey,
          unique,
          checks,
          autoIncrement,
          identity,
          generated,
          references,
          compression);
    }

    private void option(@Nullable Identifier constraint) {
      int token = cursor.next();
      if (cursor.accept("not", "null")) {
        once(token, "NOT NULL");
      } else if (cursor.accept("null")) {
        once(token, "NULL");
      } else if (cursor.accept("default")) {
        once(token, "DEFAULT");
        defaultValue = defaultExpression();
      } else if (cursor.accept("primary", "key")) {
        once(token, "PRIMARY KEY");
        primaryKey =
            new TableConstraint.PrimaryKey(constraint, List.of(name), tokens.position(token));
      } else if (cursor.accept("unique")) {
        once(token, "UNIQUE");
        unique = new TableConstraint.Unique(constraint, List.of(name), tokens.position(token));
      } else if (cursor.accept("check")) {
        checks.add(new TableConstraint.Check(constraint, parenthesised(), tokens.position(token)));
      } else if (cursor.accept("auto_increment")) {
        once(token, "AUTO_INCREMENT");
        autoIncrement = autoIncrement();
      } else if (cursor.accept("generated")) {
        once(token, "GENERATED");
        generated();
      } else if (cursor.isWord("references")) {
        once(token, "REFERENCES");
        references = references(constraint, List.of(name), tokens.position(token));
      } else if (cursor.accept("compression")) {
        once(token, "COMPRESSION");
        compression = codec();
      } else if (cursor.isWord("collate")) {
        throw tokens.unsupported(token, "COLLATE");
      } else {
        throw cursor.error("a column option, \",\" or \")\"");
      }
    }

    private void once(int token, String clause) {
      if (!seen.add(clause)) {
        throw tokens
            .position(token)
            .error(
                ErrorCode.SYNTAX_ERROR,
                clause + " is given twice for column \"" + name.name() + "\"");
      }
    }

    private void generated() {
      boolean always = cursor.accept("always");
      if (!always) {
        cursor.expect("by", "default");
      }
      cursor.expect("as");
      if (cursor.accept("identity")) {
        if (cursor.isSymbol("(")) {
          throw tokens.unsupported(cursor.next(), "sequence options");
        }
        identity = always ? Identity.ALWAYS : Identity.BY_DEFAULT;
        return;
      }
      if (!always) {
        throw cursor.error("IDENTITY");
      }
      generated = parenthesised();
      if (cursor.isWord("virtual")) {
        throw tokens.unsupported(cursor.next(), "a virtual generated column");
      }
      cursor.expect("stored");
    }
  }

  private AutoIncrement autoIncrement() {
    if (!cursor.acceptSymbol("(")) {
      return AutoIncrement.SNOWFLAKE;
    }
    boolean uuid = cursor.accept("uuid");
    if (!uuid && !cursor.accept("snowflake")) {
      throw cursor.error("SNOWFLAKE or UUID");
    }
    cursor.expectSymbol(")");
    return uuid ? AutoIncrement.UUID : AutoIncrement.SNOWFLAKE;
  }

  /** A codec behind COMPRESSION; null for {@code default}. */
  @Nullable Identifier codec() {
    if (cursor.accept("default")) {
      return null;
    }
    Position position = cursor.position();
    String name = cursor.stringOrName("zstd, snappy, none or default");
    return new Identifier(
        TableOptionParser.codec(new Option("compression", name, position)).text(), position);
  }

  /** An expression in parentheses; its text is kept without them. */
  private ExpressionText parenthesised() {
    if (!cursor.acceptSymbol('(')) {
      throw cursor.error("\"(\"");
    }
    ExpressionText expression = expression();
    cursor.expectSymbol(')');
    return expression;
  }

  /** An expression that is stored with the table. */
  ExpressionText expression() {
    return stored(grammar.expressions::expression);
  }

  /** The same behind DEFAULT, where column options such as NOT NULL may follow. */
  private ExpressionText defaultExpression() {
    if (cursor.atEnd() || cursor.isSymbol(',') || cursor.isSymbol(')')) {
      throw cursor.error("an expression");
    }
    return stored(grammar.expressions::restrictedExpression);
  }

  private ExpressionText stored(Supplier<ParsedExpression> parser) {
    int from = cursor.next();
    ParsedExpression expression = parser.get();
    for (int i = from; i < cursor.next(); i++) {
      if (tokens.kind(i) == TokenKind.PARAMETER) {
        throw tokens
            .position(i)
            .error(ErrorCode.UNDEFINED_PARAMETER, "a stored expression takes no parameters");
      }
    }
    return new ExpressionText(tokens.textBetween(from, cursor.next()), expression);
  }

  boolean startsConstraint() {
    return cursor.isWord("constraint")
        || cursor.isWords("primary", "key")
        || cursor.isWords("foreign", "key")
        || (cursor.isWord("unique") && isParenthesisAt(1))
        || (cursor.isWord("check") && isParenthesisAt(1));
  }

  boolean startsIndex() {
    return cursor.isWord("index")
        && (isParenthesisAt(1) || isParenthesisAt(2))
        && !(isParenthesisAt(2) && tokens.kind(cursor.next() + 3) == TokenKind.NUMBER);
  }

  private boolean isParenthesisAt(int ahead) {
    return tokens.isSymbol(cursor.next() + ahead, '(');
  }

  /** {@code [CONSTRAINT name] PRIMARY KEY|UNIQUE|CHECK|FOREIGN KEY ...}. */
  TableConstraint constraint() {
    Position position = cursor.position();
    Identifier name = cursor.accept("constraint") ? cursor.identifier("a constraint name") : null;
    if (cursor.accept("primary", "key")) {
      return new TableConstraint.PrimaryKey(name, distinctColumns(), position);
    } else if (cursor.accept("unique")) {
      return new TableConstraint.Unique(name, distinctColumns(), position);
    } else if (cursor.accept("check")) {
      return new TableConstraint.Check(name, parenthesised(), position);
    } else if (cursor.accept("foreign", "key")) {
      return references(name, distinctColumns(), position);
    }
    throw cursor.error("PRIMARY KEY, UNIQUE, CHECK or FOREIGN KEY");
  }

  private List<Identifier> distinctColumns() {
    List<Identifier> columns = cursor.columnList();
    Set<String> seen = new HashSet<>();
    for (Identifier column : columns) {
      if (!seen.add(column.name())) {
        throw column
            .position()
            .error(
                ErrorCode.DUPLICATE_COLUMN,
                "column \"" + column.name() + "\" appears twice in a constraint");
      }
    }
    return columns;
  }

  private TableConstraint.ForeignKey references(
      @Nullable Identifier name, List<Identifier> columns, Position position) {
    cursor.expect("references");
    ObjectName table = cursor.objectName("a table name");
    List<Identifier> referenced = cursor.isSymbol("(") ? cursor.columnList() : List.of();
    if (!referenced.isEmpty() && referenced.size() != columns.size()) {
      throw position.error(
          ErrorCode.SYNTAX_ERROR,
          "number of referencing and referenced columns for foreign key disagree");
    }
    ReferentialAction onDelete = null;
    ReferentialAction onUpdate = null;
    while (cursor.isWord("on")) {
      int token = cursor.next();
      cursor.expect("on");
      boolean delete = cursor.accept("delete");
      if (!delete) {
        cursor.expect("update");
      }
      if ((delete ? onDelete : onUpdate) != null) {
        throw tokens.syntaxError(token, "each of ON DELETE and ON UPDATE once");
      }
      if (delete) {
        onDelete = action();
      } else {
        onUpdate = action();
      }
    }
    if (cursor.isWord("match") || cursor.isWord("deferrable") || cursor.isWord("initially")) {
      throw tokens.unsupported(cursor.next(), tokens.image(cursor.next()) + " of a foreign key");
    }
    return new TableConstraint.ForeignKey(
        name,
        columns,
        table,
        referenced,
        onDelete == null ? ReferentialAction.NO_ACTION : onDelete,
        onUpdate == null ? ReferentialAction.NO_ACTION : onUpdate,
        position);
  }

  private ReferentialAction action() {
    if (cursor.accept("no", "action")) {
      return ReferentialAction.NO_ACTION;
    } else if (cursor.accept("restrict")) {
      return ReferentialAction.RESTRICT;
    } else if (cursor.accept("cascade")) {
      return ReferentialAction.CASCADE;
    } else if (cursor.accept("set", "null")) {
      return ReferentialAction.SET_NULL;
    } else if (cursor.accept("set", "default")) {
      return ReferentialAction.SET_DEFAULT;
    }
    throw cursor.error("NO ACTION, RESTRICT, CASCADE, SET NULL or SET DEFAULT");
  }

  /** {@code INDEX [name] (a, ...) [USING ...]}. */
  IndexClause index() {
    Position position = cursor.position();
    cursor.expect("index");
    Identifier name = cursor.nullableIdentifier(!cursor.isSymbol("("), "an index name");
    return indexBody(name, position);
  }

  /**
   * {@code (a [ASC|DESC], ...) [USING {SORTED|BLOOM} [ASC|DESC] [(fpp = 0.01, num_items = n)]]}.
   */
  IndexClause indexBody(@Nullable Identifier name, Position position) {
    List<IndexClause.IndexColumn> columns = new ArrayList<>();
    cursor.expectSymbol("(");
    do {
      Identifier column = cursor.identifier("a column name");
      columns.add(new IndexClause.IndexColumn(column, direction()));
    } while (cursor.acceptSymbol(","));
    cursor.expectSymbol(")");
    IndexClause.IndexKind kind = IndexClause.IndexKind.SORTED;
    List<Option> options = List.of();
    if (cursor.accept("using")) {
      boolean bloom = cursor.accept("bloom");
      if (!bloom) {
        cursor.expect("sorted");
      }
      kind = bloom ? IndexClause.IndexKind.BLOOM : kind;
      if (cursor.isWord("asc") || cursor.isWord("desc")) {
        boolean descending = direction();
        columns.replaceAll(c -> new IndexClause.IndexColumn(c.name(), descending));
      }
      options = cursor.isSymbol("(") ? indexOptions(bloom) : options;
    }
    return new IndexClause(name, columns, kind, options, position);
  }

  private boolean direction() {
    boolean descending = cursor.accept("desc");
    if (!descending) {
      cursor.accept("asc");
    }
    return descending;
  }

  private List<Option> indexOptions(boolean bloom) {
    List<Option> options = new OptionParser(cursor).list();
    for (Option option : options) {
      if (!bloom || !(option.name().equals("fpp") || option.name().equals("num_items"))) {
        throw OptionParser.unknown(option, "fpp and num_items, of a BLOOM index");
      }
      if (option.name().equals("num_items")) {
        option.longValue(1, Integer.MAX_VALUE);
      } else {
        checkRate(option);
      }
    }
    return options;
  }

  private static void checkRate(Option option) {
    double rate;
    try {
      rate = Double.parseDouble(option.text());
    } catch (NumberFormatException e) {
      throw option.invalid("a number between 0 and 1");
    }
    if (!(rate > 0 && rate < 1)) {
      throw option.invalid("a number between 0 and 1");
    }
  }
}
