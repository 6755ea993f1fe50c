package org.kalamdb.internal.expr;

import java.math.BigDecimal;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.kalamdb.error.ErrorCode;
import org.kalamdb.error.KalamException;
import org.kalamdb.internal.expr.Expression.Cast;
import org.kalamdb.internal.expr.Expression.Literal;
import org.kalamdb.internal.expr.Expression.Parameter;
import org.kalamdb.schema.DataType;
import org.kalamdb.schema.DataType.Kind;

/**
 * Which types turn into which, and what type an expression has: PostgreSQL's cast matrix, its rule
 * for CASE and UNION, and the types of DECIMAL arithmetic.
 *
 * <p>A string literal without context has type UNKNOWN and a String value; {@link #coerce} gives it
 * a type, and {@link #settle} makes what is still unknown TEXT.
 *
 * <p>DECIMAL has at most 38 digits (76 beside an operand of more), so the result types are, for
 * operands (p1,s1) and (p2,s2) with i = p - s digits before the point:
 *
 * <ul>
 *   <li>{@code + -}: scale max(s1,s2), one digit more before the point than the larger operand
 *   <li>{@code *}: scale s1+s2, i1+i2 digits before the point
 *   <li>{@code /}: scale max(20,s1,s2), rounded half away from zero; PostgreSQL's own scale, which
 *       depends on the values, where both operands are literals
 *   <li>{@code %}: scale max(s1,s2), as many digits before the point as the larger operand
 * </ul>
 *
 * Where that makes more than 38 digits, the scale is cut, but never below min(scale, 16); a value
 * that then needs more digits is refused with 22003.
 */
public final class TypeRules {
  /** Digits after the point that AVG gives, as in PostgreSQL for common values. */
  static final int DIVISION_SCALE = 16;

  /** Digits after the point of a quotient: PostgreSQL's for one between 0.0001 and 1. */
  private static final int QUOTIENT_SCALE = 20;

  private static final int LEAST_CUT_SCALE = DIVISION_SCALE;

  private TypeRules() {}

  /** How willing a conversion is: each allows all that the ones before it allow. */
  public enum CastContext {
    /** Inside any expression, unasked. */
    IMPLICIT,
    /** To the type of a column in INSERT and UPDATE. */
    ASSIGNMENT,
    /** CAST(x AS t). */
    EXPLICIT
  }

  /** Groups of types that compete in overload resolution. */
  enum Category {
    BOOLEAN,
    NUMERIC,
    STRING,
    DATETIME,
    TIMESPAN,
    USER,
    UNKNOWN
  }

  static Category category(Kind kind) {
    return switch (kind) {
      case BOOLEAN -> Category.BOOLEAN;
      case SMALLINT, INTEGER, BIGINT, REAL, DOUBLE, DECIMAL -> Category.NUMERIC;
      case TEXT, VARCHAR, CHAR -> Category.STRING;
      case DATE, TIME, TIMESTAMP, TIMESTAMPTZ, ZONED_TIMESTAMP -> Category.DATETIME;
      case INTERVAL -> Category.TIMESPAN;
      case BYTES, UUID, JSON, EMBEDDING -> Category.USER;
      case UNKNOWN -> Category.UNKNOWN;
    };
  }

  static boolean isPreferred(Kind kind) {
    return switch (kind) {
      case BOOLEAN, DOUBLE, TEXT, TIMESTAMPTZ, INTERVAL -> true;
      default -> false;
    };
  }

  /** Whether a value of {@code from} may become {@code to} in the context. */
  public static boolean canCast(Kind from, Kind to, CastContext context) {
    if (from == to || from == Kind.UNKNOWN) {
      return true;
    }
    CastContext needed = castContext(from, to);
    return needed != null && needed.compareTo(context) <= 0;
  }

  /** The least willing context that converts, or null if nothing does. */
  private static @Nullable CastContext castContext(Kind from, Kind to) {
    Category source = category(from);
    Category target = category(to);
    if (source == Category.STRING) {
      if (target == Category.STRING) {
        return CastContext.IMPLICIT;
      }
      return to == Kind.UNKNOWN ? null : CastContext.EXPLICIT;
    }
    if (target == Category.STRING) {
      return CastContext.ASSIGNMENT;
    }
    if (source == Category.NUMERIC && target == Category.NUMERIC) {
      return numericRank(from) < numericRank(to) ? CastContext.IMPLICIT : CastContext.ASSIGNMENT;
    }
    return switch (from) {
      case BOOLEAN -> to == Kind.INTEGER ? CastContext.EXPLICIT : null;
      case INTEGER -> to == Kind.BOOLEAN ? CastContext.EXPLICIT : null;
      case DATE ->
          switch (to) {
            case TIMESTAMP, TIMESTAMPTZ -> CastContext.IMPLICIT;
            case ZONED_TIMESTAMP -> CastContext.ASSIGNMENT;
            default -> null;
          };
      case TIME -> to == Kind.INTERVAL ? CastContext.IMPLICIT : null;
      case TIMESTAMP ->
          switch (to) {
            case TIMESTAMPTZ -> CastContext.IMPLICIT;
            case DATE, TIME, ZONED_TIMESTAMP -> CastContext.ASSIGNMENT;
            default -> null;
          };
      case TIMESTAMPTZ ->
          switch (to) {
            case DATE, TIME, TIMESTAMP, ZONED_TIMESTAMP -> CastContext.ASSIGNMENT;
            default -> null;
          };
      case ZONED_TIMESTAMP ->
          switch (to) {
            case TIMESTAMPTZ -> CastContext.IMPLICIT;
            case DATE, TIME, TIMESTAMP -> CastContext.ASSIGNMENT;
            default -> null;
          };
      case INTERVAL -> to == Kind.TIME ? CastContext.ASSIGNMENT : null;
      default -> null;
    };
  }

  private static int numericRank(Kind kind) {
    return switch (kind) {
      case SMALLINT -> 1;
      case INTEGER -> 2;
      case BIGINT -> 3;
      case DECIMAL -> 4;
      case REAL -> 5;
      case DOUBLE -> 6;
      default -> throw new IllegalArgumentException("Not a number: " + kind);
    };
  }

  /**
   * The expression as a value of {@code target}, with a {@link Cast} where one is needed. Literals
   * whose text does not depend on the session are converted at once.
   *
   * @throws KalamException 42846 (EXPLICIT) or 42804 if the types do not convert in the context;
   *     22P02 and others if a literal's text is bad
   */
  public static Expression coerce(Expression expression, DataType target, CastContext context) {
    DataType from = expression.type();
    if (from.equals(target) || target.kind() == Kind.UNKNOWN) {
      return expression;
    }
    if (!canCast(from.kind(), target.kind(), context)) {
      throw context == CastContext.EXPLICIT
          ? new KalamException(
              ErrorCode.CANNOT_COERCE,
              "cannot cast type " + sqlName(from) + " to " + sqlName(target))
          : new KalamException(
              ErrorCode.DATATYPE_MISMATCH,
              "expression is of type "
                  + sqlName(from)
                  + " but type "
                  + sqlName(target)
                  + " is expected");
    }
    if (expression instanceof Parameter parameter && from.kind() == Kind.UNKNOWN) {
      return new Parameter(parameter.index(), target);
    }
    boolean implicit = context != CastContext.EXPLICIT;
    if (expression instanceof Literal literal) {
      if (literal.value() == null) {
        return new Literal(null, target);
      }
      boolean complete = literal.value() instanceof String text && DateTimeFormats.namesZone(text);
      if (complete || !dependsOnZone(from.kind(), target.kind())) {
        return new Literal(Values.cast(literal.value(), from, target, implicit), target);
      }
    }
    return sameBytes(from, target)
        ? retype(expression, target)
        : new Cast(expression, target, implicit);
  }

  /** The expression itself where the two types keep the same bytes. */
  private static Expression retype(Expression expression, DataType target) {
    return expression instanceof Literal literal
        ? new Literal(literal.value(), target)
        : new Cast(expression, target, true);
  }

  /** Whether every value of {@code from} is, byte by byte, a value of {@code to}. */
  static boolean sameBytes(DataType from, DataType to) {
    return from.equals(to)
        || (from.kind() == Kind.VARCHAR && to.kind() == Kind.TEXT)
        || (to.kind() == Kind.VARCHAR
            && to.length() == 0
            && (from.kind() == Kind.TEXT || from.kind() == Kind.VARCHAR))
        || (from.kind() == Kind.VARCHAR
            && to.kind() == Kind.VARCHAR
            && from.length() > 0
            && from.length() <= to.length());
  }

  /** Whether the conversion's result may differ between sessions of different time zones. */
  public static boolean dependsOnZone(Kind from, Kind to) {
    if (from == to || from == Kind.ZONED_TIMESTAMP) {
      return false;
    }
    return to == Kind.TIMESTAMPTZ || to == Kind.ZONED_TIMESTAMP || from == Kind.TIMESTAMPTZ;
  }

  /** The type of {@code CAST(expression AS NUMERIC)}: that of the digits where they are known. */
  public static DataType unboundedDecimal(Expression expression) {
    DataType from = expression.type();
    boolean digits = expression instanceof Literal literal && literal.value() instanceof String;
    return from.kind() == Kind.DECIMAL || from.isInteger() || digits
        ? argumentType(expression, Kind.DECIMAL)
        : DataType.decimal(DataType.MAX_DECIMAL_PRECISION, DIVISION_SCALE);
  }

  /** What is still UNKNOWN becomes TEXT, as at the top of a SELECT list. */
  public static Expression settle(Expression expression) {
    return expression.type().kind() == Kind.UNKNOWN
        ? coerce(expression, DataType.TEXT, CastContext.IMPLICIT)
        : expression;
  }

  /** {@link #commonType(List, String)} for a CASE. */
  public static DataType commonType(List<DataType> types) {
    return commonType(types, "CASE");
  }

  /**
   * The type that CASE, COALESCE, UNION, VALUES, IN and GREATEST bring their operands to: TEXT if
   * all are unknown.
   *
   * @param construct for the message: {@code CASE types integer and text cannot be matched}
   * @throws KalamException 42804 if there is none
   */
  public static DataType commonType(List<DataType> types, String construct) {
    DataType common = DataType.UNKNOWN;
    for (DataType type : types) {
      if (type.kind() == Kind.UNKNOWN || type.equals(common)) {
        continue;
      }
      if (common.kind() == Kind.UNKNOWN) {
        common = type;
        continue;
      }
      common = commonType(common, type, construct);
    }
    if (common.kind() == Kind.VARCHAR && types.contains(DataType.UNKNOWN)) {
      // A literal beside it has no length that would bound the result.
      return DataType.varchar(0);
    }
    return common.kind() == Kind.UNKNOWN ? DataType.TEXT : common;
  }

  private static DataType commonType(DataType left, DataType right, String construct) {
    if (left.kind() == right.kind()) {
      return widest(left, right, construct);
    }
    if (category(left.kind()) == category(right.kind())) {
      if (left.kind() == Kind.DECIMAL && right.isInteger()) {
        return widest(left, integerAsDecimal(right), construct);
      }
      if (right.kind() == Kind.DECIMAL && left.isInteger()) {
        return widest(integerAsDecimal(left), right, construct);
      }
      if (left.isText()) {
        return DataType.TEXT;
      }
      if (canCast(left.kind(), right.kind(), CastContext.IMPLICIT)) {
        return right;
      }
      if (canCast(right.kind(), left.kind(), CastContext.IMPLICIT)) {
        return left;
      }
    }
    throw new KalamException(
        ErrorCode.DATATYPE_MISMATCH,
        construct + " types " + sqlName(left) + " and " + sqlName(right) + " cannot be matched");
  }

  private static DataType widest(DataType left, DataType right, String construct) {
    return switch (left.kind()) {
      case DECIMAL -> {
        int scale = Math.max(left.scale(), right.scale());
        yield bounded(
            Math.max(integerDigits(left), integerDigits(right)), scale, mostDigits(left, right));
      }
      case VARCHAR ->
          left.length() == 0 || right.length() == 0
              ? DataType.varchar(0)
              : DataType.varchar(Math.max(left.length(), right.length()));
      case CHAR -> DataType.character(Math.max(left.length(), right.length()));
      case EMBEDDING -> {
        if (left.length() != right.length()) {
          throw new KalamException(
              ErrorCode.DATATYPE_MISMATCH,
              construct
                  + " types "
                  + sqlName(left)
                  + " and "
                  + sqlName(right)
                  + " cannot be matched");
        }
        yield left;
      }
      default -> left;
    };
  }

  private static int integerDigits(DataType decimal) {
    return decimal.length() - decimal.scale();
  }

  /** How many digits a result has room for: 38, or 76 if an operand has more than 38. */
  public static int mostDigits(DataType... operands) {
    for (DataType operand : operands) {
      if (operand.isWideDecimal()) {
        return DataType.MAX_WIDE_DECIMAL_PRECISION;
      }
    }
    return DataType.MAX_DECIMAL_PRECISION;
  }

  /**
   * DECIMAL with so many digits before and after the point, cut to {@code most} as the class
   * comment says.
   */
  static DataType bounded(int integerDigits, int scale, int most) {
    int whole = Math.max(integerDigits, 0);
    if (whole + scale <= most) {
      return DataType.decimal(Math.max(1, whole + scale), scale);
    }
    int cut = Math.max(most - whole, Math.min(scale, LEAST_CUT_SCALE));
    return DataType.decimal(most, cut);
  }

  static DataType addType(DataType left, DataType right) {
    return bounded(
        Math.max(integerDigits(left), integerDigits(right)) + 1,
        Math.max(left.scale(), right.scale()),
        mostDigits(left, right));
  }

  static DataType multiplyType(DataType left, DataType right) {
    return bounded(
        integerDigits(left) + integerDigits(right),
        left.scale() + right.scale(),
        mostDigits(left, right));
  }

  static DataType divideType(DataType left, DataType right) {
    return bounded(
        integerDigits(left) + right.scale(),
        Math.max(QUOTIENT_SCALE, Math.max(left.scale(), right.scale())),
        mostDigits(left, right));
  }

  static DataType moduloType(DataType left, DataType right) {
    return bounded(
        Math.max(integerDigits(left), integerDigits(right)),
        Math.max(left.scale(), right.scale()),
        mostDigits(left, right));
  }

  /** The DECIMAL that holds every value of an integer type. */
  static DataType integerAsDecimal(DataType integer) {
    return switch (integer.kind()) {
      case SMALLINT -> DataType.decimal(5, 0);
      case INTEGER -> DataType.decimal(10, 0);
      case BIGINT -> DataType.decimal(19, 0);
      default -> throw new IllegalArgumentException("Not an integer: " + integer);
    };
  }

  /** The DECIMAL of exactly this value's digits. */
  public static DataType decimalTypeOf(BigDecimal value) {
    int scale = Math.max(0, value.scale());
    int precision = value.scale() < 0 ? value.precision() - value.scale() : value.precision();
    if (Math.max(precision, scale) > DataType.MAX_WIDE_DECIMAL_PRECISION) {
      throw new KalamException(
          ErrorCode.NUMERIC_VALUE_OUT_OF_RANGE,
          "numeric field overflow: a number has at most 76 digits");
    }
    return DataType.decimal(Math.max(1, Math.max(precision, scale)), scale);
  }

  /**
   * The full type that an argument of type {@code from} gets when a parameter of kind {@code to}
   * takes it.
   */
  static DataType argumentType(Expression argument, Kind to) {
    DataType from = argument.type();
    if (from.kind() == to || to == Kind.UNKNOWN) {
      return from;
    }
    if (to == Kind.DECIMAL) {
      if (from.isInteger()) {
        return argument instanceof Literal literal && literal.value() instanceof Number number
            ? decimalTypeOf(BigDecimal.valueOf(number.longValue()))
            : integerAsDecimal(from);
      }
      if (argument instanceof Literal literal && literal.value() instanceof String text) {
        return decimalTypeOf(TextFormats.parseDecimal(text));
      }
      return DataType.decimal(DataType.MAX_DECIMAL_PRECISION, DIVISION_SCALE);
    }
    if (to == Kind.EMBEDDING) {
      if (argument instanceof Literal literal && literal.value() instanceof String text) {
        return DataType.embedding(TextFormats.parseEmbedding(text).length);
      }
      throw new KalamException(
          ErrorCode.INDETERMINATE_DATATYPE, "could not determine the dimensions of an embedding");
    }
    return switch (to) {
      case CHAR -> DataType.character(1);
      case VARCHAR -> DataType.varchar(0);
      default -> new DataType(to, 0, 0);
    };
  }

  /**
   * The type of a parameter compared with a value of type {@code other}: every value of that type
   * fits, and beside those as many more digits after the point as there is room for.
   */
  static DataType comparedDecimal(DataType other) {
    int most = mostDigits(other);
    int room = most - integerDigits(other);
    return DataType.decimal(most, Math.max(other.scale(), Math.min(DIVISION_SCALE, room)));
  }

  /** PostgreSQL's name of the type, as its error messages print it. */
  public static String sqlName(DataType type) {
    return sqlName(type.kind());
  }

  static String sqlName(Kind kind) {
    return switch (kind) {
      case BOOLEAN -> "boolean";
      case SMALLINT -> "smallint";
      case INTEGER -> "integer";
      case BIGINT -> "bigint";
      case REAL -> "real";
      case DOUBLE -> "double precision";
      case DECIMAL -> "numeric";
      case TEXT -> "text";
      case VARCHAR -> "character varying";
      case CHAR -> "character";
      case BYTES -> "bytea";
      case DATE -> "date";
      case TIME -> "time without time zone";
      case TIMESTAMP -> "timestamp without time zone";
      case TIMESTAMPTZ -> "timestamp with time zone";
      case ZONED_TIMESTAMP -> "zoned_timestamp";
      case INTERVAL -> "interval";
      case UUID -> "uuid";
      case JSON -> "json";
      case EMBEDDING -> "embedding";
      case UNKNOWN -> "unknown";
    };
  }
}
