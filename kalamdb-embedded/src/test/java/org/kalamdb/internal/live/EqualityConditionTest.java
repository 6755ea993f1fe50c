package org.kalamdb.internal.live;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.kalamdb.internal.expr.Expression;
import org.kalamdb.internal.expr.Expression.Comparison;
import org.kalamdb.internal.expr.Expression.ComparisonOperator;
import org.kalamdb.internal.expr.Expression.Connective;
import org.kalamdb.internal.expr.Expression.Logical;
import org.kalamdb.internal.feed.ChangeFeed;
import org.kalamdb.schema.DataType;

class EqualityConditionTest {
  private static final Expression ID = new Expression.Column(0, DataType.BIGINT, "id");
  private static final Expression GRP = new Expression.Column(1, DataType.INTEGER, "grp");
  private static final Expression SEQ = new Expression.Column(3, DataType.BIGINT, "_seq");
  private static final Expression SEVEN = new Expression.Literal(7, DataType.INTEGER);
  private static final Expression FIRST = new Expression.Parameter(0, DataType.INTEGER);

  private final ModelTable table =
      new ModelTable(1, null, new ChangeFeed(0), new ModelTable.Clock());

  private @Nullable EqualityCondition of(Expression filter, @Nullable Object... parameters) {
    return EqualityCondition.impliedBy(filter, table.definition, parameters);
  }

  private static Expression compare(
      Expression left, ComparisonOperator operator, Expression right) {
    return new Comparison(operator, left, right);
  }

  private static Expression equal(Expression left, Expression right) {
    return compare(left, ComparisonOperator.EQUAL, right);
  }

  @Test
  void impliedBy_columnEqualsConstant_eitherWayRound_isFound() {
    assertThat(of(equal(GRP, SEVEN))).isEqualTo(new EqualityCondition(2, 7));
    assertThat(of(equal(SEVEN, GRP))).isEqualTo(new EqualityCondition(2, 7));
    assertThat(of(equal(GRP, FIRST), 8)).isEqualTo(new EqualityCondition(2, 8));
  }

  @Test
  void impliedBy_conjunction_isFound_disjunctionIsNot() {
    Expression other =
        compare(ID, ComparisonOperator.GREATER, new Expression.Literal(1L, DataType.BIGINT));
    List<Expression> operands = List.of(other, equal(GRP, SEVEN));
    assertThat(of(new Logical(Connective.AND, operands))).isEqualTo(new EqualityCondition(2, 7));
    assertThat(of(new Logical(Connective.OR, operands))).isNull();
  }

  @Test
  void impliedBy_disjunctionOfOneColumn_isItsValues() {
    assertThat(of(new Logical(Connective.OR, List.of(in(GRP, SEVEN), equal(FIRST, GRP))), 8))
        .isEqualTo(new EqualityCondition(2, Set.of(7, 8)));
    Expression one = new Expression.Literal(1L, DataType.BIGINT);
    assertThat(of(new Logical(Connective.OR, List.of(equal(GRP, SEVEN), equal(ID, one))))).isNull();
  }

  @Test
  void impliedBy_conjunction_takesTheNarrowest() {
    Expression one = new Expression.Literal(1L, DataType.BIGINT);
    assertThat(of(new Logical(Connective.AND, List.of(in(GRP, SEVEN, FIRST), equal(ID, one))), 8))
        .isEqualTo(new EqualityCondition(1, 1L));
  }

  @Test
  void impliedBy_whatIsNoPlainEquality_isNotFound() {
    assertThat(EqualityCondition.impliedBy(null, table.definition, new Object[0])).isNull();
    assertThat(of(compare(GRP, ComparisonOperator.LESS, SEVEN))).isNull();
    assertThat(of(compare(GRP, ComparisonOperator.NOT_DISTINCT, SEVEN))).isNull();
    assertThat(of(new Expression.Not(equal(GRP, SEVEN)))).isNull();
    assertThat(of(equal(GRP, FIRST), new Object[] {null})).isNull();
    assertThat(of(equal(GRP, FIRST), 8L)).as("a value of another class").isNull();
    assertThat(of(equal(ID, GRP))).isNull();
    assertThat(of(equal(SEQ, new Expression.Literal(5L, DataType.BIGINT)))).isNull();
    Expression real = new Expression.Column(2, DataType.DOUBLE, "d");
    assertThat(of(equal(real, new Expression.Literal(0.0, DataType.DOUBLE)))).isNull();
  }

  @Test
  void impliedBy_list_isFoundByItsConstants() {
    Expression five = new Expression.Literal(5, DataType.INTEGER);
    Expression none = new Expression.Literal(null, DataType.INTEGER);
    assertThat(of(in(GRP, SEVEN, five, SEVEN))).isEqualTo(new EqualityCondition(2, Set.of(7, 5)));
    assertThat(of(in(GRP, FIRST, none, five), 8)).isEqualTo(new EqualityCondition(2, Set.of(8, 5)));
    assertThat(of(in(GRP, SEVEN, none))).isEqualTo(new EqualityCondition(2, 7));
    assertThat(of(in(GRP, none))).isNull();
    assertThat(of(in(GRP, SEVEN, GRP))).isNull();
    assertThat(of(in(GRP, SEVEN, FIRST), 8L)).as("a value of another class").isNull();
    assertThat(of(new Expression.In(GRP, List.of(SEVEN), true))).isNull();
    List<Expression> many = new ArrayList<>();
    for (int i = 0; i <= EqualityCondition.MOST_VALUES; i++) {
      many.add(new Expression.Literal(i, DataType.INTEGER));
    }
    assertThat(of(new Expression.In(GRP, many, false))).isNull();
    many.remove(0);
    assertThat(of(new Expression.In(GRP, many, false))).isNotNull();
  }

  private static Expression in(Expression operand, Expression... list) {
    return new Expression.In(operand, List.of(list), false);
  }

  @Test
  void impliedBy_varcharComparedAsText_isFound() {
    Expression column = new Expression.Column(2, DataType.varchar(10), "v");
    Expression text = new Expression.Literal("x", DataType.TEXT);
    assertThat(of(equal(new Expression.Cast(column, DataType.TEXT, true), text)))
        .isEqualTo(new EqualityCondition(3, "x"));
  }
}
