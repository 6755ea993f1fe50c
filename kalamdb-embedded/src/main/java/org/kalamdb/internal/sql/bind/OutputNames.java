package org.kalamdb.internal.sql.bind;

import org.kalamdb.internal.sql.parse.ParsedExpression;
import org.kalamdb.internal.sql.parse.QueryBody;

/** What a select item without an alias is called: PostgreSQL's rules. */
final class OutputNames {
  private static final String NONE = "?column?";

  private OutputNames() {}

  static String of(ParsedExpression expression) {
    if (expression instanceof ParsedExpression.ColumnReference reference) {
      return reference.name();
    }
    if (expression instanceof ParsedExpression.FunctionCall call) {
      return call.name().substring(call.name().lastIndexOf('.') + 1);
    }
    if (expression instanceof ParsedExpression.Cast cast) {
      String inner = of(cast.value());
      return inner.equals(NONE) ? cast.type().name() : inner;
    }
    if (expression instanceof ParsedExpression.TypedLiteral literal) {
      return literal.type().name();
    }
    if (expression instanceof ParsedExpression.IntervalLiteral) {
      return "interval";
    }
    if (expression instanceof ParsedExpression.Case branches) {
      String inner = branches.otherwise() == null ? NONE : of(branches.otherwise());
      return inner.equals(NONE) ? "case" : inner;
    }
    if (expression instanceof ParsedExpression.Extract) {
      return "extract";
    }
    if (expression instanceof ParsedExpression.Exists) {
      return "exists";
    }
    if (expression instanceof ParsedExpression.RowValue) {
      return "row";
    }
    if (expression instanceof ParsedExpression.ScalarSubquery subquery
        && subquery.query().body() instanceof QueryBody.Select select
        && select.items().size() == 1) {
      QueryBody.SelectItem item = select.items().get(0);
      return item.alias() == null ? of(item.value()) : item.alias().name();
    }
    return NONE;
  }
}
