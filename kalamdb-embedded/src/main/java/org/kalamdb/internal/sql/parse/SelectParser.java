package org.kalamdb.internal.sql.parse;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.kalamdb.internal.sql.parse.QueryBody.GroupingElement;

/** SELECT from its first word to QUALIFY, TABLE, and lists of items such as RETURNING's. */
final class SelectParser {
  private final Grammar grammar;
  private final TokenCursor cursor;

  SelectParser(Grammar grammar) {
    this.grammar = grammar;
    this.cursor = grammar.cursor;
  }

  QueryBody.Select select() {
    Position position = cursor.position();
    cursor.expect(Keyword.SELECT);
    boolean distinct = cursor.accept(Keyword.DISTINCT);
    List<ParsedExpression> distinctOn = List.of();
    if (distinct && cursor.accept(Keyword.ON)) {
      cursor.expectSymbol('(');
      distinctOn = grammar.expressions.list();
      cursor.expectSymbol(')');
    } else if (!distinct) {
      cursor.accept(Keyword.ALL);
    }
    List<QueryBody.SelectItem> items = !distinct && endsItem(0) ? List.of() : items();
    if (cursor.is(Keyword.INTO)) {
      throw cursor.unsupported(0, "SELECT INTO");
    }
    List<FromItem> from = cursor.accept(Keyword.FROM) ? grammar.sources.list() : List.of();
    ParsedExpression where = condition(Keyword.WHERE);
    QueryBody.GroupBy groupBy = cursor.is(Keyword.GROUP) ? groupBy() : null;
    ParsedExpression having = condition(Keyword.HAVING);
    List<QueryBody.NamedWindow> windows =
        cursor.accept(Keyword.WINDOW) ? grammar.windows.named() : List.of();
    ParsedExpression qualify = condition(Keyword.QUALIFY);
    return new QueryBody.Select(
        distinct, distinctOn, items, from, where, groupBy, having, windows, qualify, position);
  }

  /** A condition behind the word, or null. */
  @Nullable ParsedExpression condition(Keyword word) {
    return cursor.accept(word) ? grammar.expressions.expression() : null;
  }

  /** {@code TABLE t}, which is {@code SELECT * FROM t}. */
  QueryBody.Select table() {
    Position position = cursor.position();
    cursor.expect(Keyword.TABLE);
    List<QueryBody.SelectItem> all =
        List.of(new QueryBody.SelectItem(new ParsedExpression.Star(List.of(), position), null));
    return new QueryBody.Select(
        false,
        List.of(),
        all,
        List.of(grammar.sources.table()),
        null,
        null,
        null,
        List.of(),
        null,
        position);
  }

  /** One or more select items. */
  List<QueryBody.SelectItem> items() {
    List<QueryBody.SelectItem> items = new ArrayList<>();
    do {
      items.add(item());
    } while (cursor.acceptSymbol(','));
    return items;
  }

  private QueryBody.SelectItem item() {
    if (cursor.isSymbol('*')) {
      Position position = cursor.position();
      cursor.take();
      return new QueryBody.SelectItem(new ParsedExpression.Star(List.of(), position), null);
    }
    ParsedExpression value = grammar.expressions.labelledExpression();
    boolean star = value instanceof ParsedExpression.Star;
    if (cursor.accept(Keyword.AS)) {
      return star ? refuseAlias() : new QueryBody.SelectItem(value, cursor.label());
    }
    if (isBareLabel()) {
      return star ? refuseAlias() : new QueryBody.SelectItem(value, cursor.label());
    }
    return new QueryBody.SelectItem(value, null);
  }

  private QueryBody.SelectItem refuseAlias() {
    throw cursor.unsupported(0, "an alias of *");
  }

  private boolean isBareLabel() {
    if (!cursor.isName()) {
      return false;
    }
    Keyword keyword = cursor.keyword();
    return keyword == null || (keyword == Keyword.QUALIFY ? !isQualify() : keyword.isBareLabel());
  }

  /** True for QUALIFY where it is no name: something it could be the condition of follows. */
  boolean isQualify() {
    return cursor.is(Keyword.QUALIFY) && !endsItem(1) && !isJoin(1) && !cursor.isSymbolAt(1, '.');
  }

  private boolean isJoin(int ahead) {
    Keyword keyword = cursor.keywordAt(ahead);
    return keyword == Keyword.JOIN
        || keyword == Keyword.INNER
        || keyword == Keyword.CROSS
        || keyword == Keyword.NATURAL
        || keyword == Keyword.FULL
        || ((keyword == Keyword.LEFT || keyword == Keyword.RIGHT)
            && !cursor.isSymbolAt(ahead + 1, '('));
  }

  /** True where the token {@code ahead} is the end of a select list or of one of its items. */
  boolean endsItem(int ahead) {
    if (cursor.next() + ahead >= cursor.end()
        || cursor.isSymbolAt(ahead, ',')
        || cursor.isSymbolAt(ahead, ')')) {
      return true;
    }
    Keyword keyword = cursor.keywordAt(ahead);
    if (keyword == null) {
      return false;
    }
    return switch (keyword) {
      case FROM,
          WHERE,
          GROUP,
          HAVING,
          WINDOW,
          UNION,
          INTERSECT,
          EXCEPT,
          ORDER,
          LIMIT,
          OFFSET,
          FETCH,
          FOR,
          INTO,
          ON,
          RETURNING ->
          true;
      default -> false;
    };
  }

  private QueryBody.GroupBy groupBy() {
    Position position = cursor.position();
    cursor.take();
    cursor.expect("by");
    boolean distinct = cursor.accept(Keyword.DISTINCT);
    if (!distinct) {
      cursor.accept(Keyword.ALL);
    }
    List<GroupingElement> elements = new ArrayList<>();
    do {
      elements.add(groupingElement());
    } while (cursor.acceptSymbol(','));
    return new QueryBody.GroupBy(distinct, elements, position);
  }

  private GroupingElement groupingElement() {
    Keyword keyword = cursor.keyword();
    if (keyword == Keyword.ROLLUP && cursor.isSymbolAt(1, '(')) {
      return new GroupingElement.Rollup(groupingSets());
    } else if (keyword == Keyword.CUBE && cursor.isSymbolAt(1, '(')) {
      return new GroupingElement.Cube(groupingSets());
    } else if (keyword == Keyword.GROUPING && cursor.isWordAt(1, "sets")) {
      cursor.take();
      cursor.take();
      List<GroupingElement> sets = new ArrayList<>();
      grammar.nesting.enter(cursor);
      cursor.expectSymbol('(');
      do {
        sets.add(groupingElement());
      } while (cursor.acceptSymbol(','));
      cursor.expectSymbol(')');
      grammar.nesting.leave();
      return new GroupingElement.GroupingSets(sets);
    } else if (cursor.isSymbol('(') && cursor.isSymbolAt(1, ')')) {
      cursor.take();
      cursor.take();
      return new GroupingElement.Simple(List.of());
    }
    return groupingSet();
  }

  /** The list of ROLLUP and CUBE. */
  private List<GroupingElement.Simple> groupingSets() {
    cursor.take();
    cursor.expectSymbol('(');
    List<GroupingElement.Simple> sets = new ArrayList<>();
    do {
      sets.add(groupingSet());
    } while (cursor.acceptSymbol(','));
    cursor.expectSymbol(')');
    return sets;
  }

  /** An expression; a row in parentheses is a set of several. */
  private GroupingElement.Simple groupingSet() {
    boolean parenthesis = cursor.isSymbol('(');
    ParsedExpression expression = grammar.expressions.expression();
    return new GroupingElement.Simple(
        parenthesis && expression instanceof ParsedExpression.RowValue row
            ? row.items()
            : List.of(expression));
  }
}
