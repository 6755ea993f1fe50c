package org.kalamdb.internal.sql.bind;

import java.util.ArrayList;
import java.util.List;
import org.kalamdb.error.ErrorCode;
import org.kalamdb.error.KalamException;
import org.kalamdb.internal.expr.Expression;
import org.kalamdb.internal.expr.Expression.Parameter;
import org.kalamdb.internal.sql.plan.Expressions;
import org.kalamdb.schema.DataType;
import org.kalamdb.schema.DataType.Kind;

/**
 * The types of a statement's parameters, found while it is bound: the first place that says what a
 * parameter is decides, and later places convert from that.
 */
final class ParameterTypes {
  private final List<DataType> types = new ArrayList<>();

  Parameter reference(int index) {
    while (types.size() <= index) {
      types.add(DataType.UNKNOWN);
    }
    return new Parameter(index, types.get(index));
  }

  /** Learns from an expression whose operands have just been coerced. */
  void note(Expression expression) {
    noteOne(expression);
    for (Expression child : Expressions.children(expression)) {
      noteOne(child);
    }
  }

  private void noteOne(Expression expression) {
    if (expression instanceof Parameter parameter
        && parameter.type().kind() != Kind.UNKNOWN
        && types.get(parameter.index()).kind() == Kind.UNKNOWN) {
      types.set(parameter.index(), parameter.type());
    }
  }

  /** The types as far as they are known. */
  List<DataType> soFar() {
    return List.copyOf(types);
  }

  /**
   * The types in order of number.
   *
   * @throws KalamException 42P18 if nothing said what one of them is
   */
  List<DataType> finish() {
    for (int i = 0; i < types.size(); i++) {
      if (types.get(i).kind() == Kind.UNKNOWN) {
        throw new KalamException(
            ErrorCode.INDETERMINATE_DATATYPE,
            "could not determine data type of parameter $" + (i + 1));
      }
    }
    return List.copyOf(types);
  }
}
