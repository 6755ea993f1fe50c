package org.kalamdb.internal.sql.parse;

import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.kalamdb.error.ErrorCode;
import org.kalamdb.internal.sql.parse.ParsedExpression.ComparisonOperator;
import org.kalamdb.internal.sql.parse.ParsedExpression.PatternKind;

/** What begins with IS, or with BETWEEN, IN, LIKE, ILIKE, SIMILAR and perhaps NOT before it. */
final class PredicateParser {
  static final Set<String> NORMAL_FORMS = Set.of("nfc", "nfd", "nfkc", "nfkd");

  private final Grammar grammar;
  private final ExpressionParser expressions;
  private final TokenCursor cursor;

  PredicateParser(Grammar grammar, ExpressionParser expressions) {
    this.grammar = grammar;
    this.expressions = expressions;
    this.cursor = grammar.cursor;
  }

  /** True for a word that NOT may stand before. */
  static boolean isNegatable(@Nullable Keyword keyword) {
    return keyword == Keyword.BETWEEN
        || keyword == Keyword.IN
        || keyword == Keyword.LIKE
        || keyword == Keyword.ILIKE
        || keyword == Keyword.SIMILAR;
  }

  /** True before {@code IS [NOT] DISTINCT}. */
  boolean isDistinct() {
    int distinct = cursor.keywordAt(1) == Keyword.NOT ? 2 : 1;
    return cursor.is(Keyword.IS) && cursor.keywordAt(distinct) == Keyword.DISTINCT;
  }

  ParsedExpression is(ParsedExpression value) {
    if (cursor.accept(Keyword.ISNULL)) {
      return new ParsedExpression.IsNull(value, false, value.position());
    } else if (cursor.accept(Keyword.NOTNULL)) {
      return new ParsedExpression.IsNull(value, true, value.position());
    }
    cursor.expect(Keyword.IS);
    boolean negated = cursor.accept(Keyword.NOT);
    if (cursor.accept(Keyword.NULL)) {
      return new ParsedExpression.IsNull(value, negated, value.position());
    } else if (cursor.accept(Keyword.TRUE)) {
      return new ParsedExpression.IsTruth(value, true, negated, value.position());
    } else if (cursor.accept(Keyword.FALSE)) {
      return new ParsedExpression.IsTruth(value, false, negated, value.position());
    } else if (cursor.accept("unknown")) {
      return new ParsedExpression.IsTruth(value, null, negated, value.position());
    } else if (cursor.accept(Keyword.DISTINCT)) {
      cursor.expect(Keyword.FROM);
      ParsedExpression right = expressions.rightOf(ExpressionParser.IS);
      return new ParsedExpression.IsDistinctFrom(value, right, negated, value.position());
    }
    return normalized(value, negated);
  }

  /** {@code value IS NFC NORMALIZED} is {@code normalize(value, 'NFC') = value}. */
  private ParsedExpression normalized(ParsedExpression value, boolean negated) {
    if (cursor.isWord("document") || cursor.isWord("json")) {
      Tokens tokens = cursor.tokens();
      throw cursor.unsupported(0, "IS " + tokens.image(cursor.next()).toUpperCase(Locale.ROOT));
    }
    String form = "nfc";
    if (cursor.isName() && cursor.isWordAt(1, "normalized")) {
      form = cursor.tokens().name(cursor.next());
      if (!NORMAL_FORMS.contains(form)) {
        throw cursor.error();
      }
      cursor.take();
    }
    if (!cursor.accept("normalized")) {
      throw cursor.error();
    }
    ParsedExpression normal =
        ParsedExpression.FunctionCall.of(
            "normalize",
            List.of(value, new ParsedExpression.StringLiteral(form, value.position())),
            value.position());
    return new ParsedExpression.Comparison(
        negated ? ComparisonOperator.NOT_EQUAL : ComparisonOperator.EQUAL,
        normal,
        value,
        value.position());
  }

  ParsedExpression match(ParsedExpression value) {
    if (cursor.is(Keyword.OVERLAPS)) {
      return overlaps(value);
    }
    boolean negated = cursor.accept(Keyword.NOT);
    if (cursor.accept(Keyword.BETWEEN)) {
      return between(value, negated);
    } else if (cursor.accept(Keyword.IN)) {
      return in(value, negated);
    } else if (cursor.accept(Keyword.LIKE)) {
      return pattern(PatternKind.LIKE, value, negated);
    } else if (cursor.accept(Keyword.ILIKE)) {
      return pattern(PatternKind.ILIKE, value, negated);
    }
    cursor.expect(Keyword.SIMILAR);
    cursor.expect(Keyword.TO);
    return pattern(PatternKind.SIMILAR, value, negated);
  }

  private ParsedExpression between(ParsedExpression value, boolean negated) {
    boolean symmetric = cursor.accept(Keyword.SYMMETRIC);
    if (!symmetric) {
      cursor.accept(Keyword.ASYMMETRIC);
    }
    ParsedExpression low = expressions.restrictedExpression();
    cursor.expect(Keyword.AND);
    ParsedExpression high = expressions.rightOf(ExpressionParser.MATCH);
    return new ParsedExpression.Between(value, low, high, symmetric, negated, value.position());
  }

  private ParsedExpression in(ParsedExpression value, boolean negated) {
    if (!cursor.isSymbol('(')) {
      throw cursor.error();
    }
    OperandParser.Parenthesised right = grammar.operands.parenthesised();
    return right.query() != null
        ? new ParsedExpression.InSubquery(value, right.query(), negated, value.position())
        : new ParsedExpression.InList(value, right.items(), negated, value.position());
  }

  private ParsedExpression pattern(PatternKind kind, ParsedExpression value, boolean negated) {
    Keyword next = cursor.keyword();
    if (next == Keyword.ANY || next == Keyword.SOME || next == Keyword.ALL) {
      throw cursor.unsupported(0, kind.sql() + " with ANY, SOME or ALL");
    }
    ParsedExpression pattern = expressions.rightOf(ExpressionParser.MATCH);
    ParsedExpression escape =
        cursor.accept("escape") ? expressions.rightOf(ExpressionParser.MATCH) : null;
    return new ParsedExpression.PatternMatch(
        kind, value, pattern, escape, negated, value.position());
  }

  private ParsedExpression overlaps(ParsedExpression left) {
    Position position = cursor.position();
    if (!(left instanceof ParsedExpression.RowValue first)) {
      throw cursor.error();
    }
    cursor.take();
    int token = cursor.next();
    if (!(grammar.operands.operand() instanceof ParsedExpression.RowValue second)) {
      throw cursor.tokens().syntaxError(token);
    }
    requireTwo(first, "left");
    requireTwo(second, "right");
    List<ParsedExpression> a = first.items();
    List<ParsedExpression> b = second.items();
    return ParsedExpression.FunctionCall.of(
        "overlaps", List.of(a.get(0), a.get(1), b.get(0), b.get(1)), position);
  }

  private static void requireTwo(ParsedExpression.RowValue row, String side) {
    if (row.items().size() != 2) {
      throw row.position()
          .error(
              ErrorCode.SYNTAX_ERROR,
              "wrong number of parameters on " + side + " side of OVERLAPS expression");
    }
  }
}
