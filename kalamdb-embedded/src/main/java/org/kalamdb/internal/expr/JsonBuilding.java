package org.kalamdb.internal.expr;

import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.kalamdb.error.ErrorCode;
import org.kalamdb.error.KalamException;
import org.kalamdb.internal.expr.ScalarFunction.Volatility;
import org.kalamdb.schema.DataType;
import org.kalamdb.schema.DataType.Kind;

/** JSON made of SQL values. */
final class JsonBuilding {
  private JsonBuilding() {}

  static void register(Registrar r) {
    for (boolean binary : new boolean[] {false, true}) {
      String prefix = binary ? "jsonb_" : "json_";
      build(r, prefix + "build_array", binary, JsonBuilding::array);
      build(r, prefix + "build_object", binary, JsonBuilding::object);
      JsonPairs.register(r, prefix + "object", binary);
      r.add(
          binary ? "to_jsonb" : "to_json",
          in -> DataType.JSON,
          Volatility.STABLE,
          true,
          (in, type) -> Registrar.loop((a, c) -> settle(value(a[0], in.get(0), c), binary), 1),
          Kind.UNKNOWN);
    }
  }

  /** What builds the text of a value from arguments. */
  @FunctionalInterface
  private interface Builder {
    String build(@Nullable Object[] arguments, List<DataType> types, EvaluationContext context);
  }

  private static void build(Registrar r, String name, boolean binary, Builder builder) {
    r.variadic(
        name,
        Volatility.STABLE,
        false,
        in -> DataType.JSON,
        (in, type) -> Registrar.loop((a, c) -> settle(builder.build(a, in, c), binary), in.size()),
        Kind.UNKNOWN);
    String empty = name.endsWith("array") ? "[]" : "{}";
    r.value(name, DataType.JSON, (a, c) -> empty);
  }

  /** In the form of JSONB if it is {@code binary}. */
  static String settle(String json, boolean binary) {
    return binary ? JsonValue.parse(json).text() : json;
  }

  private static String array(
      @Nullable Object[] arguments, List<DataType> types, EvaluationContext context) {
    StringBuilder out = new StringBuilder("[");
    for (int i = 0; i < arguments.length; i++) {
      out.append(i == 0 ? "" : ", ").append(value(arguments[i], types.get(i), context));
    }
    return out.append(']').toString();
  }

  private static String object(
      @Nullable Object[] arguments, List<DataType> types, EvaluationContext context) {
    if (arguments.length % 2 != 0) {
      throw new KalamException(
              ErrorCode.INVALID_PARAMETER_VALUE, "argument list must have even number of elements")
          .withHint("The arguments must consist of alternating keys and values.");
    }
    StringBuilder out = new StringBuilder("{");
    for (int i = 0; i < arguments.length; i += 2) {
      Object key = arguments[i];
      if (key == null) {
        throw new KalamException(
            ErrorCode.INVALID_PARAMETER_VALUE,
            "argument " + (i + 1) + " cannot be null: object keys should be text");
      }
      out.append(i == 0 ? "" : ", ");
      JsonValue.quote(out, TextFunctions.output(key, types.get(i), context));
      out.append(" : ").append(value(arguments[i + 1], types.get(i + 1), context));
    }
    return out.append('}').toString();
  }

  /** The value in JSON: numbers, truths and JSON as they are, the others as text. */
  static String value(@Nullable Object value, DataType type, EvaluationContext context) {
    if (value == null) {
      return "null";
    }
    return switch (type.kind()) {
      case BOOLEAN, SMALLINT, INTEGER, BIGINT, DECIMAL, JSON ->
          Values.format(value, type, context.zone());
      case REAL, DOUBLE -> {
        String text = Values.format(value, type, context.zone());
        boolean finite = Double.isFinite(((Number) Objects.requireNonNull(value)).doubleValue());
        yield finite ? text : quoted(text);
      }
      case DATE, TIMESTAMP -> quoted(Values.format(value, type, context.zone()).replace(' ', 'T'));
      case TIMESTAMPTZ -> {
        String text = Values.format(value, type, context.zone()).replace(' ', 'T');
        yield quoted(text.matches(".*[+-]\\d\\d$") ? text + ":00" : text);
      }
      case EMBEDDING -> Values.format(value, type, context.zone());
      default -> quoted(Values.format(value, type, context.zone()));
    };
  }

  private static String quoted(String text) {
    StringBuilder out = new StringBuilder();
    JsonValue.quote(out, text);
    return out.toString();
  }
}
