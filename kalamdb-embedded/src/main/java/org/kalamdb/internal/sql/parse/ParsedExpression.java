package org.kalamdb.internal.sql.parse;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * An expression as written: names are folded but not looked up, nothing has a type. Immutable.
 *
 * <p>Forms that PostgreSQL's grammar turns into calls are calls here too: {@code TRIM(BOTH x FROM
 * y)} is {@code btrim(y, x)}, {@code POSITION(a IN b)} is {@code position(b, a)}, {@code
 * SUBSTRING(a FROM b FOR c)} is {@code substring(a, b, c)}, {@code a AT TIME ZONE z} is {@code
 * timezone(z, a)}, {@code CURRENT_USER} is {@code current_user()}, {@code (a, b) OVERLAPS (c, d)}
 * is {@code overlaps(a, b, c, d)}, {@code @ a} is {@code abs(a)}.
 */
public sealed interface ParsedExpression {
  /** Where it begins; for an operator with a left operand, where that operand begins. */
  Position position();

  <R> R accept(ParsedExpressionVisitor<R> visitor);

  /** The word NULL. */
  record NullLiteral(Position position) implements ParsedExpression {
    @Override
    public <R> R accept(ParsedExpressionVisitor<R> visitor) {
      return visitor.visitNullLiteral(this);
    }
  }

  /** TRUE or FALSE. */
  record BooleanLiteral(boolean value, Position position) implements ParsedExpression {
    @Override
    public <R> R accept(ParsedExpressionVisitor<R> visitor) {
      return visitor.visitBooleanLiteral(this);
    }
  }

  /** A number without sign, as written: {@code 42}, {@code .5}, {@code 1e5}. */
  record NumberLiteral(String text, Position position) implements ParsedExpression {
    /** True where there is neither point nor exponent. */
    public boolean isInteger() {
      for (int i = 0; i < text.length(); i++) {
        if (text.charAt(i) < '0' || text.charAt(i) > '9') {
          return false;
        }
      }
      return true;
    }

    @Override
    public <R> R accept(ParsedExpressionVisitor<R> visitor) {
      return visitor.visitNumberLiteral(this);
    }
  }

  /** A string constant with its escapes undone; its type is still open, as in PostgreSQL. */
  record StringLiteral(String value, Position position) implements ParsedExpression {
    @Override
    public <R> R accept(ParsedExpressionVisitor<R> visitor) {
      return visitor.visitStringLiteral(this);
    }
  }

  /** {@code DATE '2024-01-31'}, {@code TIMESTAMPTZ '...'}: a type name before a string. */
  record TypedLiteral(TypeName type, String value, Position position) implements ParsedExpression {
    @Override
    public <R> R accept(ParsedExpressionVisitor<R> visitor) {
      return visitor.visitTypedLiteral(this);
    }
  }

  /**
   * {@code INTERVAL '1 day'} or {@code INTERVAL '1' DAY}.
   *
   * @param fields lower case: {@code day}, {@code day to second}; null if there are none
   * @param precision digits of broken seconds, or null for all there are
   */
  record IntervalLiteral(
      String value, @Nullable String fields, @Nullable Integer precision, Position position)
      implements ParsedExpression {
    @Override
    public <R> R accept(ParsedExpressionVisitor<R> visitor) {
      return visitor.visitIntervalLiteral(this);
    }
  }

  /** Parameter number {@code index}, from 0: the nth question mark, or {@code $n} with n - 1. */
  record Parameter(int index, Position position) implements ParsedExpression {
    @Override
    public <R> R accept(ParsedExpressionVisitor<R> visitor) {
      return visitor.visitParameter(this);
    }
  }

  /** The word DEFAULT as a value in INSERT or UPDATE. */
  record DefaultValue(Position position) implements ParsedExpression {
    @Override
    public <R> R accept(ParsedExpressionVisitor<R> visitor) {
      return visitor.visitDefaultValue(this);
    }
  }

  /** {@code column}, {@code table.column} or {@code namespace.table.column}. */
  record ColumnReference(List<String> parts, Position position) implements ParsedExpression {
    public ColumnReference {
      parts = List.copyOf(parts);
    }

    /** The column's own name. */
    public String name() {
      return parts.get(parts.size() - 1);
    }

    @Override
    public <R> R accept(ParsedExpressionVisitor<R> visitor) {
      return visitor.visitColumnReference(this);
    }
  }

  /**
   * {@code *}, {@code table.*} or {@code namespace.table.*}; only as a select item and in {@code
   * count(*)}.
   *
   * @param qualifier no part, the table, or namespace and table
   */
  record Star(List<String> qualifier, Position position) implements ParsedExpression {
    public Star {
      qualifier = List.copyOf(qualifier);
    }

    @Override
    public <R> R accept(ParsedExpressionVisitor<R> visitor) {
      return visitor.visitStar(this);
    }
  }

  /**
   * A call of a scalar, aggregate, window or table function.
   *
   * @param name folded name, with {@code namespace.} before it where one was written
   * @param distinct aggregate over distinct values
   * @param orderBy order of an aggregate's input
   * @param withinGroup order of WITHIN GROUP
   * @param filter condition of FILTER (WHERE ...)
   * @param over window, or null
   */
  record FunctionCall(
      String name,
      List<ParsedExpression> arguments,
      boolean distinct,
      List<Query.OrderItem> orderBy,
      List<Query.OrderItem> withinGroup,
      @Nullable ParsedExpression filter,
      @Nullable WindowSpecification over,
      Position position)
      implements ParsedExpression {
    public FunctionCall {
      arguments = List.copyOf(arguments);
      orderBy = List.copyOf(orderBy);
      withinGroup = List.copyOf(withinGroup);
    }

    /** A plain call without clauses. */
    public static FunctionCall of(
        String name, List<ParsedExpression> arguments, Position position) {
      return new FunctionCall(name, arguments, false, List.of(), List.of(), null, null, position);
    }

    /** True where no clause makes it an aggregate's or a window's call. */
    public boolean isPlain() {
      return !distinct
          && orderBy.isEmpty()
          && withinGroup.isEmpty()
          && filter == null
          && over == null;
    }

    @Override
    public <R> R accept(ParsedExpressionVisitor<R> visitor) {
      return visitor.visitFunctionCall(this);
    }
  }

  /** A prefix operator: {@code -}, {@code +}, {@code ~}. */
  record Unary(String operator, ParsedExpression operand, Position position)
      implements ParsedExpression {
    @Override
    public <R> R accept(ParsedExpressionVisitor<R> visitor) {
      return visitor.visitUnary(this);
    }
  }

  /**
   * An infix operator that is none of the forms with a record of their own.
   *
   * @param operator as PostgreSQL spells it: {@code + - * / % ^ || & | # << >> -> ->> #> #>> @> <@
   *     ? ?| ?& <=> <-> <#>}
   * @param operatorPosition where the operator itself stands
   */
  record Binary(
      String operator,
      ParsedExpression left,
      ParsedExpression right,
      Position operatorPosition,
      Position position)
      implements ParsedExpression {
    @Override
    public <R> R accept(ParsedExpressionVisitor<R> visitor) {
      return visitor.visitBinary(this);
    }
  }

  /** {@code = <> < <= > >=}. */
  record Comparison(
      ComparisonOperator operator, ParsedExpression left, ParsedExpression right, Position position)
      implements ParsedExpression {
    @Override
    public <R> R accept(ParsedExpressionVisitor<R> visitor) {
      return visitor.visitComparison(this);
    }
  }

  /** The six comparisons. */
  enum ComparisonOperator {
    EQUAL("="),
    NOT_EQUAL("<>"),
    LESS("<"),
    LESS_OR_EQUAL("<="),
    GREATER(">"),
    GREATER_OR_EQUAL(">=");

    private final String sql;

    ComparisonOperator(String sql) {
      this.sql = sql;
    }

    public String sql() {
      return sql;
    }
  }

  /** Two or more operands joined by AND, flattened, in written order. */
  record And(List<ParsedExpression> operands, Position position) implements ParsedExpression {
    public And {
      operands = List.copyOf(operands);
    }

    @Override
    public <R> R accept(ParsedExpressionVisitor<R> visitor) {
      return visitor.visitAnd(this);
    }
  }

  /** Two or more operands joined by OR, flattened, in written order. */
  record Or(List<ParsedExpression> operands, Position position) implements ParsedExpression {
    public Or {
      operands = List.copyOf(operands);
    }

    @Override
    public <R> R accept(ParsedExpressionVisitor<R> visitor) {
      return visitor.visitOr(this);
    }
  }

  record Not(ParsedExpression operand, Position position) implements ParsedExpression {
    @Override
    public <R> R accept(ParsedExpressionVisitor<R> visitor) {
      return visitor.visitNot(this);
    }
  }

  /** {@code value [NOT] BETWEEN [SYMMETRIC] low AND high}. */
  record Between(
      ParsedExpression value,
      ParsedExpression low,
      ParsedExpression high,
      boolean symmetric,
      boolean negated,
      Position position)
      implements ParsedExpression {
    @Override
    public <R> R accept(ParsedExpressionVisitor<R> visitor) {
      return visitor.visitBetween(this);
    }
  }

  /** {@code value [NOT] IN (a, b, ...)}; value may be a {@link RowValue}, as then is each item. */
  record InList(
      ParsedExpression value, List<ParsedExpression> items, boolean negated, Position position)
      implements ParsedExpression {
    public InList {
      items = List.copyOf(items);
    }

    @Override
    public <R> R accept(ParsedExpressionVisitor<R> visitor) {
      return visitor.visitInList(this);
    }
  }

  /** {@code value [NOT] IN (SELECT ...)}. */
  record InSubquery(ParsedExpression value, Query query, boolean negated, Position position)
      implements ParsedExpression {
    @Override
    public <R> R accept(ParsedExpressionVisitor<R> visitor) {
      return visitor.visitInSubquery(this);
    }
  }

  /**
   * A match of text with a pattern.
   *
   * @param escape escape character of LIKE, ILIKE, SIMILAR; null if none was written
   */
  record PatternMatch(
      PatternKind kind,
      ParsedExpression value,
      ParsedExpression pattern,
      @Nullable ParsedExpression escape,
      boolean negated,
      Position position)
      implements ParsedExpression {
    @Override
    public <R> R accept(ParsedExpressionVisitor<R> visitor) {
      return visitor.visitPatternMatch(this);
    }
  }

  /** The languages of patterns. */
  enum PatternKind {
    LIKE("LIKE"),
    ILIKE("ILIKE"),
    SIMILAR("SIMILAR TO"),
    REGEX("~"),
    REGEX_IGNORE_CASE("~*");

    private final String sql;

    PatternKind(String sql) {
      this.sql = sql;
    }

    public String sql() {
      return sql;
    }
  }

  /** {@code value IS [NOT] NULL}. */
  record IsNull(ParsedExpression value, boolean negated, Position position)
      implements ParsedExpression {
    @Override
    public <R> R accept(ParsedExpressionVisitor<R> visitor) {
      return visitor.visitIsNull(this);
    }
  }

  /**
   * {@code value IS [NOT] {TRUE|FALSE|UNKNOWN}}.
   *
   * @param truth null for UNKNOWN
   */
  record IsTruth(
      ParsedExpression value, @Nullable Boolean truth, boolean negated, Position position)
      implements ParsedExpression {
    @Override
    public <R> R accept(ParsedExpressionVisitor<R> visitor) {
      return visitor.visitIsTruth(this);
    }
  }

  /** {@code left IS [NOT] DISTINCT FROM right}; {@code negated} for the form with NOT. */
  record IsDistinctFrom(
      ParsedExpression left, ParsedExpression right, boolean negated, Position position)
      implements ParsedExpression {
    @Override
    public <R> R accept(ParsedExpressionVisitor<R> visitor) {
      return visitor.visitIsDistinctFrom(this);
    }
  }

  /**
   * CASE.
   *
   * @param operand what a simple CASE compares its arms with; null for a searched CASE
   * @param otherwise ELSE, or null
   */
  record Case(
      @Nullable ParsedExpression operand,
      List<When> whens,
      @Nullable ParsedExpression otherwise,
      Position position)
      implements ParsedExpression {
    public Case {
      whens = List.copyOf(whens);
    }

    @Override
    public <R> R accept(ParsedExpressionVisitor<R> visitor) {
      return visitor.visitCase(this);
    }
  }

  /** One arm of a CASE. */
  record When(ParsedExpression condition, ParsedExpression result) {}

  /** {@code CAST(value AS type)} and {@code value::type}. */
  record Cast(ParsedExpression value, TypeName type, Position position)
      implements ParsedExpression {
    @Override
    public <R> R accept(ParsedExpressionVisitor<R> visitor) {
      return visitor.visitCast(this);
    }
  }

  /** {@code value COLLATE "C"}, or another name for the order of code points. */
  record Collate(ParsedExpression value, Position position) implements ParsedExpression {
    @Override
    public <R> R accept(ParsedExpressionVisitor<R> visitor) {
      return visitor.visitCollate(this);
    }
  }

  /** {@code EXTRACT(field FROM value)}; the field in lower case. */
  record Extract(String field, ParsedExpression value, Position position)
      implements ParsedExpression {
    @Override
    public <R> R accept(ParsedExpressionVisitor<R> visitor) {
      return visitor.visitExtract(this);
    }
  }

  /** {@code EXISTS (SELECT ...)}. */
  record Exists(Query query, Position position) implements ParsedExpression {
    @Override
    public <R> R accept(ParsedExpressionVisitor<R> visitor) {
      return visitor.visitExists(this);
    }
  }

  /** A query in parentheses where a value is expected. */
  record ScalarSubquery(Query query, Position position) implements ParsedExpression {
    @Override
    public <R> R accept(ParsedExpressionVisitor<R> visitor) {
      return visitor.visitScalarSubquery(this);
    }
  }

  /** {@code left = ANY (SELECT ...)}, {@code left < ALL (SELECT ...)}; SOME is ANY. */
  record QuantifiedComparison(
      ComparisonOperator operator,
      ParsedExpression left,
      boolean all,
      Query query,
      Position position)
      implements ParsedExpression {
    @Override
    public <R> R accept(ParsedExpressionVisitor<R> visitor) {
      return visitor.visitQuantifiedComparison(this);
    }
  }

  /** {@code (a, b)} or {@code ROW(a, b)}. */
  record RowValue(List<ParsedExpression> items, Position position) implements ParsedExpression {
    public RowValue {
      items = List.copyOf(items);
    }

    @Override
    public <R> R accept(ParsedExpressionVisitor<R> visitor) {
      return visitor.visitRowValue(this);
    }
  }
}
