package org.kalamdb.internal.sql.bind;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import org.kalamdb.error.ErrorCode;
import org.kalamdb.internal.expr.Expression;
import org.kalamdb.internal.expr.Expression.Column;
import org.kalamdb.internal.expr.Expression.Literal;
import org.kalamdb.internal.sql.parse.Position;
import org.kalamdb.schema.DataType;

/** GROUPING(a, b, ...): a bit for each argument, 1 where the row's grouping set lacks it. */
record GroupingCall(List<Expression> arguments, Position position) {
  GroupingCall {
    arguments = List.copyOf(arguments);
  }

  /** The value for a grouped row, whose column behind the groups is the number of its set. */
  Expression value(GroupingSets sets) {
    List<Integer> values = new ArrayList<>();
    for (BitSet set : sets.sets()) {
      values.add(mask(sets, set));
    }
    Literal last = new Literal(values.get(values.size() - 1), DataType.INTEGER);
    if (values.stream().distinct().count() == 1) {
      return last;
    }
    Column number = new Column(sets.groups().size(), DataType.INTEGER, "grouping set");
    List<Expression.When> whens = new ArrayList<>();
    for (int i = 0; i + 1 < values.size(); i++) {
      Expression isSet =
          new Expression.Comparison(
              Expression.ComparisonOperator.EQUAL, number, new Literal(i, DataType.INTEGER));
      whens.add(new Expression.When(isSet, new Literal(values.get(i), DataType.INTEGER)));
    }
    return new Expression.Case(whens, last, DataType.INTEGER);
  }

  private int mask(GroupingSets sets, BitSet set) {
    int mask = 0;
    for (Expression argument : arguments) {
      int group = sets.groups().indexOf(argument);
      if (group < 0) {
        throw position.error(
            ErrorCode.GROUPING_ERROR,
            "arguments to GROUPING must be grouping expressions of the associated query level");
      }
      mask = mask << 1 | (set.get(group) ? 0 : 1);
    }
    return mask;
  }
}
