package org.kalamdb.internal.expr;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.kalamdb.schema.DataType;
import org.kalamdb.schema.DataType.Kind;

/** Signatures of overloads as people read them: {@code repeat(text, integer) → text}. */
final class Signatures {
  private Signatures() {}

  static String of(ScalarFunction function) {
    List<String> names = new ArrayList<>();
    for (Kind kind : function.parameters()) {
      names.add(parameter(function, kind));
    }
    String result = " → " + result(function);
    if (Character.isLetter(function.name().charAt(0))) {
      String more = function.variadic() ? " [, ...]" : "";
      return function.name() + "(" + String.join(", ", names) + more + ")" + result;
    }
    return (names.size() == 1
            ? function.name() + " " + names.get(0)
            : names.get(0) + " " + function.name() + " " + names.get(1))
        + result;
  }

  private static String parameter(ScalarFunction function, Kind kind) {
    if (kind == Kind.UNKNOWN) {
      return function.sameType() ? "anycompatible" : "any";
    }
    return TypeRules.sqlName(kind);
  }

  private static String result(ScalarFunction function) {
    if (function.sameType()) {
      return "anycompatible";
    }
    List<DataType> samples =
        function.parameters().stream().map(Signatures::sample).collect(Collectors.toList());
    return TypeRules.sqlName(function.result().of(samples));
  }

  /** Some type of the kind: results differ in kind by the kinds of the arguments only. */
  private static DataType sample(Kind kind) {
    return switch (kind) {
      case DECIMAL -> DataType.decimal(10, 2);
      case CHAR, EMBEDDING -> new DataType(kind, 1, 0);
      case UNKNOWN -> DataType.TEXT;
      default -> new DataType(kind, 0, 0);
    };
  }
}
