package org.kalamdb.internal.sql.parse;

/**
 * One method per form of {@link ParsedExpression}; all abstract, so that a new form is an error
 * wherever it was forgotten.
 *
 * @param <R> what a visit gives
 */
public interface ParsedExpressionVisitor<R> {
  R visitNullLiteral(ParsedExpression.NullLiteral expression);

  R visitBooleanLiteral(ParsedExpression.BooleanLiteral expression);

  R visitNumberLiteral(ParsedExpression.NumberLiteral expression);

  R visitStringLiteral(ParsedExpression.StringLiteral expression);

  R visitTypedLiteral(ParsedExpression.TypedLiteral expression);

  R visitIntervalLiteral(ParsedExpression.IntervalLiteral expression);

  R visitParameter(ParsedExpression.Parameter expression);

  R visitDefaultValue(ParsedExpression.DefaultValue expression);

  R visitColumnReference(ParsedExpression.ColumnReference expression);

  R visitStar(ParsedExpression.Star expression);

  R visitFunctionCall(ParsedExpression.FunctionCall expression);

  R visitUnary(ParsedExpression.Unary expression);

  R visitBinary(ParsedExpression.Binary expression);

  R visitComparison(ParsedExpression.Comparison expression);

  R visitAnd(ParsedExpression.And expression);

  R visitOr(ParsedExpression.Or expression);

  R visitNot(ParsedExpression.Not expression);

  R visitBetween(ParsedExpression.Between expression);

  R visitInList(ParsedExpression.InList expression);

  R visitInSubquery(ParsedExpression.InSubquery expression);

  R visitPatternMatch(ParsedExpression.PatternMatch expression);

  R visitIsNull(ParsedExpression.IsNull expression);

  R visitIsTruth(ParsedExpression.IsTruth expression);

  R visitIsDistinctFrom(ParsedExpression.IsDistinctFrom expression);

  R visitCase(ParsedExpression.Case expression);

  R visitCast(ParsedExpression.Cast expression);

  R visitCollate(ParsedExpression.Collate expression);

  R visitExtract(ParsedExpression.Extract expression);

  R visitExists(ParsedExpression.Exists expression);

  R visitScalarSubquery(ParsedExpression.ScalarSubquery expression);

  R visitQuantifiedComparison(ParsedExpression.QuantifiedComparison expression);

  R visitRowValue(ParsedExpression.RowValue expression);
}
