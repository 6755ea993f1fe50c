package org.kalamdb.internal.sql.optimize;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.kalamdb.internal.expr.Expression;
import org.kalamdb.internal.expr.Expression.Call;
import org.kalamdb.internal.expr.Expression.Column;
import org.kalamdb.internal.expr.Expression.ComparisonOperator;
import org.kalamdb.internal.expr.Expression.Literal;
import org.kalamdb.internal.sql.optimize.PushFilterIntoScan.Condition;
import org.kalamdb.internal.sql.plan.Scan;
import org.kalamdb.schema.DataType;

/**
 * What {@code column LIKE 'prefix%'} says about the order of texts, which is that of code points.
 */
final class LikePrefix {
  private LikePrefix() {}

  /** The range that every matching text is in; none if the part is no LIKE or has no prefix. */
  static List<Condition> conditions(Expression part, Scan scan) {
    if (!(part instanceof Call call)
        || !call.function().name().equals("~~")
        || call.arguments().size() != 2
        || !(call.arguments().get(1) instanceof Literal literal)
        || !(literal.value() instanceof String pattern)) {
      return List.of();
    }
    Column column = PushFilterIntoScan.comparedColumn(call.arguments().get(0));
    String prefix = prefix(pattern);
    if (column == null || prefix.isEmpty() || column.type().kind() == DataType.Kind.CHAR) {
      return List.of();
    }
    int number = scan.scanColumns().get(column.index());
    if (number < 0) {
      return List.of();
    }
    List<Condition> range = new ArrayList<>();
    range.add(condition(number, ComparisonOperator.GREATER_OR_EQUAL, prefix));
    String next = next(prefix);
    if (next != null) {
      range.add(condition(number, ComparisonOperator.LESS, next));
    }
    return range;
  }

  private static Condition condition(int column, ComparisonOperator operator, String value) {
    return new Condition(column, operator, List.of(new Literal(value, DataType.TEXT)), null);
  }

  /** What stands before the first wildcard, escapes resolved. */
  private static String prefix(String pattern) {
    StringBuilder prefix = new StringBuilder();
    for (int i = 0; i < pattern.length(); i++) {
      char c = pattern.charAt(i);
      if (c == '%' || c == '_') {
        break;
      }
      if (c == '\\') {
        if (++i == pattern.length()) {
          break;
        }
        c = pattern.charAt(i);
      }
      prefix.append(c);
    }
    boolean halfCharacter =
        prefix.length() > 0 && Character.isHighSurrogate(prefix.charAt(prefix.length() - 1));
    return halfCharacter ? prefix.substring(0, prefix.length() - 1) : prefix.toString();
  }

  /** The smallest text that is greater than all with the prefix; null if there is none. */
  private static @Nullable String next(String prefix) {
    int end = prefix.length();
    while (end > 0) {
      int last = prefix.codePointBefore(end);
      end -= Character.charCount(last);
      int following = last == Character.MIN_SURROGATE - 1 ? Character.MAX_SURROGATE + 1 : last + 1;
      if (following <= Character.MAX_CODE_POINT) {
        return prefix.substring(0, end) + Character.toString(following);
      }
    }
    return null;
  }
}
