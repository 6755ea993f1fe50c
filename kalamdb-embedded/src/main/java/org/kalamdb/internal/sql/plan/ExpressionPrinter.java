package org.kalamdb.internal.sql.plan;

import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.kalamdb.internal.expr.Expression;
import org.kalamdb.internal.expr.Expression.Call;
import org.kalamdb.internal.expr.Expression.Case;
import org.kalamdb.internal.expr.Expression.Cast;
import org.kalamdb.internal.expr.Expression.Coalesce;
import org.kalamdb.internal.expr.Expression.Column;
import org.kalamdb.internal.expr.Expression.Comparison;
import org.kalamdb.internal.expr.Expression.In;
import org.kalamdb.internal.expr.Expression.IsNull;
import org.kalamdb.internal.expr.Expression.Literal;
import org.kalamdb.internal.expr.Expression.Logical;
import org.kalamdb.internal.expr.Expression.Not;
import org.kalamdb.internal.expr.Expression.OuterColumn;
import org.kalamdb.internal.expr.Expression.Parameter;
import org.kalamdb.internal.expr.Values;
import org.kalamdb.schema.DataType.Kind;

/**
 * Prints bound expressions for people, much as they were written; conversions of ours are left out.
 */
public final class ExpressionPrinter {
  private ExpressionPrinter() {}

  public static String print(Expression expression) {
    return print(expression, false);
  }

  static String printAll(List<Expression> expressions) {
    return expressions.stream().map(ExpressionPrinter::print).collect(Collectors.joining(", "));
  }

  /** With parentheses around what is no single word if {@code nested}. */
  private static String print(Expression expression, boolean nested) {
    if (expression instanceof Literal literal) {
      return literal(literal.value(), literal);
    }
    if (expression instanceof Parameter parameter) {
      return "$" + (parameter.index() + 1);
    }
    if (expression instanceof Column column) {
      return column.name();
    }
    if (expression instanceof OuterColumn column) {
      return "outer " + column.name();
    }
    if (expression instanceof Cast cast) {
      return cast.implicit()
          ? print(cast.operand(), nested)
          : print(cast.operand(), true) + "::" + cast.type();
    }
    if (expression instanceof Call call) {
      return call(call, nested);
    }
    if (expression instanceof Coalesce coalesce) {
      return "coalesce(" + printAll(coalesce.operands()) + ")";
    }
    if (expression instanceof Case branches) {
      return branches(branches);
    }
    String text;
    if (expression instanceof Comparison comparison) {
      text =
          print(comparison.left(), true)
              + " "
              + comparison.operator().sql()
              + " "
              + print(comparison.right(), true);
    } else if (expression instanceof Logical logical) {
      text =
          logical.operands().stream()
              .map(operand -> print(operand, operand instanceof Logical))
              .collect(Collectors.joining(" " + logical.connective() + " "));
    } else if (expression instanceof Not not) {
      text = "NOT " + print(not.operand(), true);
    } else if (expression instanceof IsNull isNull) {
      text = print(isNull.operand(), true) + (isNull.negated() ? " IS NOT NULL" : " IS NULL");
    } else if (expression instanceof In in) {
      text =
          print(in.operand(), true)
              + (in.negated() ? " NOT IN (" : " IN (")
              + printAll(in.list())
              + ")";
    } else {
      text = String.valueOf(expression);
    }
    return nested ? "(" + text + ")" : text;
  }

  private static String literal(@Nullable Object value, Literal literal) {
    if (value == null) {
      return "NULL";
    }
    if (value instanceof Boolean || value instanceof Number) {
      return String.valueOf(value);
    }
    String text =
        literal.type().kind() == Kind.UNKNOWN
            ? String.valueOf(value)
            : Values.format(value, literal.type());
    return "'" + text.replace("'", "''") + "'";
  }

  private static String call(Call call, boolean nested) {
    String name = call.function().name();
    boolean operator = !name.isEmpty() && !Character.isLetter(name.charAt(0));
    if (!operator) {
      return name + "(" + printAll(call.arguments()) + ")";
    }
    String shown = name.equals("~~") ? "LIKE" : name.equals("~~*") ? "ILIKE" : name;
    String text =
        call.arguments().size() == 1
            ? shown + print(call.arguments().get(0), true)
            : print(call.arguments().get(0), true)
                + " "
                + shown
                + " "
                + print(call.arguments().get(1), true);
    if (call.arguments().size() > 2) {
      text += " ESCAPE " + print(call.arguments().get(2), true);
    }
    return nested ? "(" + text + ")" : text;
  }

  private static String branches(Case branches) {
    StringBuilder text = new StringBuilder("CASE");
    for (Expression.When when : branches.whens()) {
      text.append(" WHEN ").append(print(when.condition()));
      text.append(" THEN ").append(print(when.result()));
    }
    if (branches.otherwise() != null) {
      text.append(" ELSE ").append(print(branches.otherwise()));
    }
    return text.append(" END").toString();
  }
}
