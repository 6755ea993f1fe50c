package org.kalamdb.internal.sql.parse;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** What stands in FROM: tables, queries, functions and their joins. */
final class FromParser {
  private final Grammar grammar;
  private final TokenCursor cursor;
  private final Tokens tokens;

  FromParser(Grammar grammar) {
    this.grammar = grammar;
    this.cursor = grammar.cursor;
    this.tokens = cursor.tokens();
  }

  /** One or more items parted by commas. */
  List<FromItem> list() {
    List<FromItem> items = new ArrayList<>();
    do {
      items.add(item());
    } while (cursor.acceptSymbol(','));
    return items;
  }

  /** A source with all the joins that follow it. */
  FromItem item() {
    int outer = grammar.nesting.open();
    FromItem item = joins(source());
    grammar.nesting.close(outer);
    return item;
  }

  private FromItem joins(FromItem first) {
    FromItem left = first;
    while (true) {
      int token = cursor.next();
      boolean natural = cursor.accept(Keyword.NATURAL);
      if (!natural && cursor.accept(Keyword.CROSS)) {
        grammar.nesting.growByQuery(cursor);
        cursor.expect(Keyword.JOIN);
        left = join(FromItem.JoinType.CROSS, false, left, source());
        continue;
      }
      FromItem.JoinType type = joinType();
      if (type == null) {
        if (natural) {
          throw cursor.error();
        }
        return left;
      }
      grammar.nesting.growByQuery(cursor);
      left = natural ? join(type, true, left, source()) : qualified(type, left, token);
    }
  }

  /** {@code [INNER|LEFT|RIGHT|FULL [OUTER]] JOIN}; null where no join comes next. */
  private FromItem.@Nullable JoinType joinType() {
    Keyword keyword = cursor.keyword();
    if (keyword == null) {
      return null;
    }
    FromItem.JoinType type =
        switch (keyword) {
          case JOIN, INNER -> FromItem.JoinType.INNER;
          case LEFT -> FromItem.JoinType.LEFT;
          case RIGHT -> FromItem.JoinType.RIGHT;
          case FULL -> FromItem.JoinType.FULL;
          default -> null;
        };
    if (type != null) {
      cursor.take();
      if (keyword != Keyword.JOIN) {
        if (keyword != Keyword.INNER) {
          cursor.accept(Keyword.OUTER);
        }
        cursor.expect(Keyword.JOIN);
      }
    }
    return type;
  }

  private static FromItem.Join join(
      FromItem.JoinType type, boolean natural, FromItem left, FromItem right) {
    return new FromItem.Join(
        type, natural, left, right, null, List.of(), null, null, left.position());
  }

  /**
   * The right side and condition of a join. Joins that follow the right side belong to it until a
   * condition comes: {@code a JOIN b JOIN c ON x ON y} joins a with the join of b and c.
   */
  private FromItem qualified(FromItem.JoinType type, FromItem left, int token) {
    grammar.nesting.enter(cursor);
    FromItem right = item();
    grammar.nesting.leave();
    if (cursor.accept(Keyword.ON)) {
      ParsedExpression on = grammar.expressions.expression();
      return new FromItem.Join(
          type, false, left, right, on, List.of(), null, null, left.position());
    }
    if (!cursor.accept(Keyword.USING)) {
      throw tokens.syntaxError(token, "ON or USING after JOIN");
    }
    List<Identifier> columns = cursor.columnNames();
    Identifier name = cursor.accept(Keyword.AS) ? cursor.columnName() : null;
    return new FromItem.Join(type, false, left, right, null, columns, name, null, left.position());
  }

  private FromItem source() {
    Position position = cursor.position();
    boolean lateral = cursor.accept(Keyword.LATERAL);
    if (cursor.isSymbol('(')) {
      return lateral || grammar.queries.startsQuery(1)
          ? queryOrJoin(lateral, position)
          : joinInParentheses(position);
    }
    if (cursor.isWord("rows") && cursor.keywordAt(1) == Keyword.FROM) {
      throw cursor.unsupported(0, "ROWS FROM");
    }
    if (isFunction()) {
      return function(lateral);
    }
    if (lateral) {
      throw cursor.error();
    }
    return aliased(table());
  }

  /** A table without alias. */
  FromItem.Table table() {
    if (cursor.is(Keyword.ALL) && cursor.isWordAt(1, "users") && cursor.isWordAt(2, "of")) {
      cursor.moveTo(cursor.next() + 3);
      ObjectName name = tableName();
      return new FromItem.Table(name, true, null, name.position());
    }
    if (cursor.is(Keyword.ONLY)) {
      throw cursor.unsupported(0, "ONLY");
    }
    ObjectName name = tableName();
    if (cursor.isSymbol('*')) {
      throw cursor.unsupported(0, "* behind a table");
    }
    return new FromItem.Table(name, false, null, name.position());
  }

  /** {@code [namespace.]table}; reserved words are no names. */
  private ObjectName tableName() {
    Identifier first = cursor.columnName();
    if (!cursor.acceptSymbol('.')) {
      return new ObjectName(null, first.name(), first.position());
    }
    Identifier second = cursor.label();
    if (cursor.isSymbol('.')) {
      throw tokens.unsupported(cursor.next() - 3, "a name of more than two parts");
    }
    return new ObjectName(first.name(), second.name(), first.position());
  }

  private FromItem aliased(FromItem.Table table) {
    FromItem.Alias alias = alias();
    if (cursor.is(Keyword.TABLESAMPLE)) {
      throw cursor.unsupported(0, "TABLESAMPLE");
    }
    return alias == null
        ? table
        : new FromItem.Table(table.name(), table.allUsers(), alias, table.position());
  }

  /**
   * {@code [AS] name [(columns)]}, or null. A word that QUALIFY could begin a condition with is no
   * alias.
   */
  private FromItem.@Nullable Alias alias() {
    if (!startsAlias()) {
      return null;
    }
    Identifier name = cursor.columnName();
    return new FromItem.Alias(name, cursor.isSymbol('(') ? cursor.columnNames() : List.of());
  }

  private boolean startsAlias() {
    return cursor.accept(Keyword.AS) || (cursor.isColumnName() && !grammar.selects.isQualify());
  }

  /** True where a call comes next. */
  private boolean isFunction() {
    Keyword keyword = cursor.keyword();
    int behind = 1;
    while (cursor.isSymbolAt(behind, '.')) {
      behind += 2;
    }
    if (keyword != null && keyword.kind() == Keyword.Kind.RESERVED) {
      return grammar.calls.isCallWord(keyword);
    }
    return cursor.isName() && cursor.isSymbolAt(behind, '(');
  }

  private FromItem function(boolean lateral) {
    int token = cursor.next();
    ParsedExpression value = grammar.calls.withoutClauses();
    if (!(value instanceof ParsedExpression.FunctionCall call)) {
      throw tokens.unsupported(token, "this expression as a source of rows");
    }
    boolean ordinality = false;
    if (cursor.is(Keyword.WITH)) {
      cursor.expect("with", "ordinality");
      ordinality = true;
    }
    return functionAlias(call, lateral, ordinality);
  }

  /** An alias, or column definitions: names with types. */
  private FromItem functionAlias(
      ParsedExpression.FunctionCall call, boolean lateral, boolean ordinality) {
    Position position = call.position();
    if (!startsAlias()) {
      return new FromItem.Function(call, lateral, ordinality, null, List.of(), position);
    }
    Identifier name =
        cursor.isSymbol('(') ? new Identifier(call.name(), position) : cursor.columnName();
    List<Identifier> columns = new ArrayList<>();
    List<TypeName> types = new ArrayList<>();
    if (cursor.acceptSymbol('(')) {
      do {
        columns.add(cursor.columnName());
        boolean typed = !cursor.isSymbol(',') && !cursor.isSymbol(')');
        if (typed != (types.size() == columns.size() - 1) && columns.size() > 1) {
          throw cursor.error();
        }
        if (typed) {
          types.add(grammar.types.type());
        }
      } while (cursor.acceptSymbol(','));
      cursor.expectSymbol(')');
    }
    return new FromItem.Function(
        call, lateral, ordinality, new FromItem.Alias(name, columns), types, position);
  }

  private FromItem joinInParentheses(Position position) {
    grammar.nesting.enter(cursor);
    cursor.take();
    FromItem joined = closed(item(), position);
    grammar.nesting.leave();
    return joined;
  }

  /** Behind a join in parentheses: the closing one and an alias of all of it. */
  private FromItem closed(FromItem item, Position position) {
    if (!(item instanceof FromItem.Join join) || join.alias() != null) {
      throw cursor.error();
    }
    cursor.expectSymbol(')');
    FromItem.Alias alias = alias();
    if (alias == null) {
      return join;
    }
    return new FromItem.Join(
        join.type(),
        join.natural(),
        join.left(),
        join.right(),
        join.on(),
        join.using(),
        join.usingAlias(),
        alias,
        position);
  }

  /**
   * A query in parentheses, or a join that begins with one: {@code ((SELECT 1) UNION SELECT 2) x}
   * and {@code ((SELECT 1) x JOIN y ON true)}.
   */
  private FromItem queryOrJoin(boolean lateral, Position position) {
    int open = cursor.next();
    Inside inside = inside();
    if (inside.query() != null) {
      return new FromItem.Subquery(inside.query(), lateral, alias(), position);
    }
    FromItem item = inside.item();
    if (lateral || item == null) {
      throw tokens.syntaxError(open + 1);
    }
    return item;
  }

  /** What a parenthesis of FROM holds, with the alias of a join: one of both. */
  private record Inside(@Nullable Query query, @Nullable FromItem item) {}

  private Inside inside() {
    Position position = cursor.position();
    grammar.nesting.enter(cursor);
    cursor.expectSymbol('(');
    Inside inside;
    if (!cursor.isSymbol('(')) {
      Query query = grammar.queries.query();
      cursor.expectSymbol(')');
      inside = new Inside(query, null);
    } else {
      inside = afterSecondParenthesis(position);
    }
    grammar.nesting.leave();
    return inside;
  }

  private Inside afterSecondParenthesis(Position position) {
    Position innerPosition = cursor.position();
    Inside inner = inside();
    if (inner.query() != null && (cursor.isSymbol(')') || grammar.queries.continuesQuery())) {
      Query query = grammar.queries.continued(inner.query());
      cursor.expectSymbol(')');
      return new Inside(query, null);
    }
    FromItem source =
        inner.query() != null
            ? new FromItem.Subquery(inner.query(), false, alias(), innerPosition)
            : inner.item();
    int outer = grammar.nesting.open();
    FromItem item = joins(Objects.requireNonNull(source));
    grammar.nesting.close(outer);
    return new Inside(null, closed(item, position));
  }
}
