package org.kalamdb.internal.sql.parse;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.StringJoiner;
import org.kalamdb.error.KalamException;

/** Reads one statement: looks at its first words and hands it to the parser of its kind. */
final class StatementParser {
  private static final Set<String> REFUSED =
      Set.of(
          "grant",
          "revoke",
          "analyze",
          "vacuum",
          "prepare",
          "execute",
          "deallocate",
          "declare",
          "fetch",
          "move",
          "close",
          "listen",
          "notify",
          "unlisten",
          "lock",
          "call",
          "do",
          "comment",
          "reindex",
          "cluster",
          "refresh",
          "import",
          "security",
          "discard",
          "load",
          "reassign",
          "create",
          "alter",
          "drop",
          "set",
          "show",
          "abort");

  private final TokenCursor cursor;
  private final Tokens tokens;
  private final Grammar grammar;

  StatementParser(TokenCursor cursor) {
    this.cursor = cursor;
    this.tokens = cursor.tokens();
    this.grammar = new Grammar(cursor);
  }

  /** The whole range of the cursor as one statement. */
  Statement parse() {
    if (cursor.isSymbol("(")) {
      return query();
    }
    String word = cursor.isName() ? tokens.name(cursor.next()) : "";
    return switch (word) {
      case "select", "values", "table" -> query();
      case "with" -> with();
      case "insert", "update", "delete", "merge" ->
          new DmlParser(grammar).parse(QueryParser.With.none(cursor.position()));
      case "create", "alter", "drop", "truncate" -> definition();
      case "show", "describe", "desc" -> new ShowParser(cursor).parse();
      case "use",
          "set",
          "reset",
          "begin",
          "start",
          "commit",
          "end",
          "rollback",
          "abort",
          "savepoint",
          "release" ->
          new SessionParser(cursor).parse();
      case "explain" -> explain();
      case "subscribe" -> subscribe();
      case "copy" -> copy();
      case "execute",
          "storage",
          "flush",
          "kill",
          "clear",
          "checkpoint",
          "check",
          "backup",
          "restore",
          "export",
          "purge" ->
          new OperationParser(cursor).parse();
      default -> throw unknown();
    };
  }

  /** A statement PostgreSQL has and we do not is told apart from no statement at all. */
  private KalamException unknown() {
    int token = cursor.next();
    if (tokens.isName(token) && REFUSED.contains(tokens.name(token))) {
      return tokens.unsupported(token, "statement " + tokens.image(token).toUpperCase(Locale.ROOT));
    }
    return tokens.syntaxError(token);
  }

  private Statement definition() {
    boolean operation =
        cursor.isWordAt(1, "user") && !cursor.isWordAt(2, "table") || cursor.isWordAt(1, "storage");
    return operation ? new OperationParser(cursor).parse() : new DdlParser(cursor).parse();
  }

  private SelectStatement query() {
    Position position = cursor.position();
    return query(QueryParser.With.none(position), position);
  }

  private SelectStatement query(QueryParser.With with, Position position) {
    Query query = grammar.queries.query(with);
    cursor.expectEnd();
    return new SelectStatement(query, position);
  }

  /** WITH belongs to whatever statement follows its list. */
  private Statement with() {
    Position position = cursor.position();
    QueryParser.With with = grammar.queries.with();
    return DmlParser.isNext(cursor) ? new DmlParser(grammar).parse(with) : query(with, position);
  }

  private ExplainStatement explain() {
    Position position = cursor.position();
    cursor.expect("explain");
    boolean analyze = cursor.accept("analyze");
    boolean json = false;
    boolean list =
        cursor.isSymbol("(")
            && !cursor.isWordAt(1, "select")
            && !cursor.isWordAt(1, "values")
            && !cursor.isWordAt(1, "with");
    if (list) {
      cursor.expectSymbol("(");
      Set<String> seen = new java.util.HashSet<>();
      do {
        Identifier option = cursor.identifier("FORMAT or ANALYZE");
        if (!seen.add(option.name())) {
          throw tokens.syntaxError(cursor.next() - 1, "each option once");
        }
        switch (option.name()) {
          case "analyze" -> analyze = !cursor.accept("false") && (cursor.accept("true") || true);
          case "format" -> {
            json = cursor.accept("json");
            if (!json && !cursor.accept("text")) {
              throw cursor.error("TEXT or JSON");
            }
          }
          default -> throw tokens.unsupported(cursor.next() - 1, "EXPLAIN option " + option.name());
        }
      } while (cursor.acceptSymbol(","));
      cursor.expectSymbol(")");
    }
    int token = cursor.next();
    Statement inner = nested();
    boolean explainable =
        inner instanceof SelectStatement
            || inner instanceof InsertStatement
            || inner instanceof UpdateStatement
            || inner instanceof DeleteStatement
            || inner instanceof MergeStatement
            || inner instanceof CopyFromStatement
            || inner instanceof CopyToStatement
            || (inner instanceof CatalogStatement.CreateTable create && create.query() != null)
            || inner instanceof SubscribeStatement;
    if (!explainable) {
      throw tokens.unsupported(token, "EXPLAIN of this statement");
    }
    return new ExplainStatement(analyze, json, inner, position);
  }

  /** A statement inside this one, up to this one's end. */
  private Statement nested() {
    if (cursor.atEnd()) {
      throw cursor.error("a statement");
    }
    return new StatementParser(cursor).parse();
  }

  private SubscribeStatement subscribe() {
    Position position = cursor.position();
    cursor.expect("subscribe", "to");
    int from = cursor.next();
    int end = lastOptions(from);
    String sql = tokens.textBetween(from, end);
    Query query = subscribed(new Grammar(cursor.until(end)));
    cursor.moveTo(end);
    List<Option> options = new ArrayList<>();
    if (cursor.accept("options")) {
      options = new OptionParser(cursor).subscriptionOptions();
    }
    cursor.expectEnd();
    return new SubscribeStatement(query, sql, options, position);
  }

  /** The token of a trailing {@code OPTIONS (}, or the end. */
  private int lastOptions(int from) {
    int options = cursor.find(from, "options");
    while (options < cursor.end()) {
      boolean last =
          tokens.isSymbol(options + 1, '(')
              && cursor.behindParenthesis(options + 1) == cursor.end();
      if (last) {
        return options;
      }
      options = cursor.find(options + 1, "options");
    }
    return options;
  }

  /** The query, or all of a table, up to the end of its own cursor. */
  private static Query subscribed(Grammar inner) {
    Query query = inner.queries.startsQuery(0) ? inner.queries.query() : tableQuery(inner);
    inner.cursor.expectEnd();
    return query;
  }

  private static Query tableQuery(Grammar inner) {
    Position position = inner.cursor.position();
    ObjectName table = inner.cursor.objectName("a table name or SELECT");
    ParsedExpression where = null;
    if (!inner.cursor.atEnd()) {
      inner.cursor.expect("where");
      where = inner.expressions.expression();
    }
    List<QueryBody.SelectItem> all =
        List.of(new QueryBody.SelectItem(new ParsedExpression.Star(List.of(), position), null));
    FromItem source = new FromItem.Table(table, false, null, position);
    return Query.of(
        new QueryBody.Select(
            false, List.of(), all, List.of(source), where, null, null, List.of(), null, position));
  }

  private Statement copy() {
    Position position = cursor.position();
    cursor.expect("copy");
    if (cursor.isSymbol("(")) {
      Query query = grammar.queries.parenthesised();
      cursor.expect("to");
      return new CopyToStatement(
          query, false, cursor.string("a file name"), copyOptions(), position);
    }
    ObjectName table = cursor.objectName("a table name");
    List<Identifier> columns = cursor.isSymbol("(") ? cursor.columnList() : List.of();
    if (cursor.accept("to")) {
      return new CopyToStatement(
          rowsOf(table, columns),
          columns.isEmpty(),
          cursor.string("a file name"),
          copyOptions(),
          position);
    }
    cursor.expect("from");
    return new CopyFromStatement(
        table, columns, cursor.string("a file name"), copyOptions(), position);
  }

  /** The query of a table's columns; of all that {@code *} shows if none are named. */
  private static Query rowsOf(ObjectName table, List<Identifier> columns) {
    StringJoiner names = new StringJoiner(", ");
    columns.forEach(column -> names.add(quoted(column.name())));
    String namespace = table.namespace();
    String sql =
        "SELECT "
            + (columns.isEmpty() ? "*" : names)
            + " FROM "
            + (namespace == null ? "" : quoted(namespace) + ".")
            + quoted(table.name());
    return ((SelectStatement) SqlParser.parse(sql).get(0).statement()).query();
  }

  private static String quoted(String name) {
    return '"' + name.replace("\"", "\"\"") + '"';
  }

  private List<Option> copyOptions() {
    List<Option> options = List.of();
    if (cursor.accept("with") || cursor.isSymbol("(")) {
      options = new OptionParser(cursor).copyOptions();
    }
    cursor.expectEnd();
    return options;
  }
}
