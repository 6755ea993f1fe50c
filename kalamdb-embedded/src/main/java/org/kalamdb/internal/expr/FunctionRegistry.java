package org.kalamdb.internal.expr;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.kalamdb.error.ErrorCode;
import org.kalamdb.error.KalamException;
import org.kalamdb.internal.expr.Expression.Call;
import org.kalamdb.internal.expr.Expression.Comparison;
import org.kalamdb.internal.expr.Expression.ComparisonOperator;
import org.kalamdb.internal.expr.Expression.Literal;
import org.kalamdb.internal.expr.Expression.Parameter;
import org.kalamdb.internal.expr.TypeRules.CastContext;
import org.kalamdb.internal.expr.TypeRules.Category;
import org.kalamdb.schema.DataType;
import org.kalamdb.schema.DataType.Kind;

/**
 * Every scalar function and operator, and PostgreSQL's way of choosing an overload (its manual,
 * sections 10.2 and 10.3). Immutable; {@link #instance()} is shared by all threads.
 *
 * <p>Operators are functions named by their symbol. {@code LIKE} is {@code ~~} and {@code ILIKE}
 * {@code ~~*}, which take the escape character as a third argument; {@code NOT LIKE} is a {@link
 * Expression.Not} around it.
 */
public final class FunctionRegistry {
  private static final FunctionRegistry INSTANCE = new FunctionRegistry();

  private final Map<String, List<ScalarFunction>> functions = new HashMap<>();
  private final Map<String, FunctionEntry> entries = new TreeMap<>();

  private FunctionRegistry() {
    Builtins.registerAll(this);
  }

  public static FunctionRegistry instance() {
    return INSTANCE;
  }

  void register(ScalarFunction function) {
    functions.computeIfAbsent(function.name(), name -> new ArrayList<>()).add(function);
  }

  void describe(FunctionEntry entry) {
    if (entries.put(entry.name(), entry) != null) {
      throw new IllegalStateException("described twice: " + entry.name());
    }
  }

  /** The reference of all functions and operators, in order of their names. */
  public List<FunctionEntry> entries() {
    List<FunctionEntry> complete = new ArrayList<>();
    for (FunctionEntry entry : entries.values()) {
      List<String> signatures =
          functions.getOrDefault(entry.name(), List.of()).stream().map(Signatures::of).toList();
      complete.add(
          new FunctionEntry(
              entry.category(),
              entry.name(),
              entry.signatures().isEmpty() ? signatures : entry.signatures(),
              entry.description(),
              entry.example(),
              entry.result()));
    }
    return complete;
  }

  /** Names and symbols that {@link #entries} leaves out. */
  Set<String> undescribed() {
    Set<String> names = new TreeSet<>(functions.keySet());
    names.removeAll(entries.keySet());
    return names;
  }

  /** Whether some overload has the (folded) name. */
  public boolean contains(String name) {
    return functions.containsKey(name);
  }

  /** Names of all functions, without operators, in order. */
  public List<String> names() {
    return new TreeSet<>(functions.keySet())
        .stream().filter(name -> Character.isLetter(name.charAt(0))).collect(Collectors.toList());
  }

  /**
   * The call with the overload chosen and the arguments coerced to it.
   *
   * @param name folded
   * @throws KalamException 42883 if no overload fits, 42725 if several fit equally well
   */
  public Expression resolve(String name, List<Expression> arguments) {
    List<ScalarFunction> overloads = functions.getOrDefault(name, List.of());
    ScalarFunction chosen = choose(overloads, arguments, false);
    if (chosen == null && overloads.isEmpty() && arguments.size() == 1) {
      DataType type = typeOfName(name);
      if (type != null) {
        return TypeRules.coerce(arguments.get(0), type, CastContext.EXPLICIT);
      }
    }
    if (chosen == null) {
      boolean ambiguous = fitting(overloads, arguments).size() > 1;
      throw new KalamException(
              ambiguous ? ErrorCode.AMBIGUOUS_FUNCTION : ErrorCode.UNDEFINED_FUNCTION,
              "function "
                  + name
                  + "("
                  + typeNames(arguments)
                  + ") "
                  + (ambiguous ? "is not unique" : "does not exist"))
          .withHint(
              ambiguous
                  ? "Could not choose a best candidate function. You might need to add explicit type casts."
                  : "No function matches the given name and argument types. You might need to add explicit"
                      + " type casts.");
    }
    return call(chosen, arguments);
  }

  /** The type that a call with its name converts to: {@code date('2024-02-29')}. */
  private static @Nullable DataType typeOfName(String name) {
    return switch (name) {
      case "bool" -> DataType.BOOLEAN;
      case "int2" -> DataType.SMALLINT;
      case "int4" -> DataType.INTEGER;
      case "int8" -> DataType.BIGINT;
      case "float4" -> DataType.REAL;
      case "float8" -> DataType.DOUBLE;
      case "text" -> DataType.TEXT;
      case "bytea" -> DataType.BYTES;
      case "date" -> DataType.DATE;
      case "timestamptz" -> DataType.TIMESTAMPTZ;
      case "uuid" -> DataType.UUID;
      case "json", "jsonb" -> DataType.JSON;
      default -> null;
    };
  }

  /**
   * The operator applied to its operands: a {@link Comparison} for {@code = <> != < <= > >=}, else
   * a {@link Call}. {@code LIKE} and {@code ILIKE} may be given by word.
   *
   * @throws KalamException 42883 if the operator does not take the types, 42725 if it is ambiguous
   */
  public Expression resolveOperator(String operator, Expression left, Expression right) {
    String symbol = symbol(operator);
    ComparisonOperator comparison = comparison(symbol);
    if (comparison != null) {
      return resolveComparison(comparison, left, right);
    }
    List<Expression> operands = widenReal(left, right);
    List<ScalarFunction> overloads = functions.getOrDefault(symbol, List.of());
    ScalarFunction chosen = choose(overloads, operands, true);
    if (chosen == null) {
      throw undefinedOperator(
          TypeRules.sqlName(left.type()) + " " + symbol + " " + TypeRules.sqlName(right.type()),
          fitting(overloads, operands).size() > 1);
    }
    return call(chosen, operands);
  }

  /**
   * A REAL beside a number of another type is computed as DOUBLE, as PostgreSQL's mixed operators
   * do.
   */
  private static List<Expression> widenReal(Expression left, Expression right) {
    DataType a = left.type();
    DataType b = right.type();
    if (a.isNumeric() && b.isNumeric() && (a.kind() == Kind.REAL) != (b.kind() == Kind.REAL)) {
      return List.of(
          TypeRules.coerce(left, DataType.DOUBLE, CastContext.IMPLICIT),
          TypeRules.coerce(right, DataType.DOUBLE, CastContext.IMPLICIT));
    }
    return List.of(left, right);
  }

  /** Unary {@code + - }. */
  public Expression resolveOperator(String operator, Expression operand) {
    List<Expression> operands = List.of(operand);
    List<ScalarFunction> overloads = functions.getOrDefault(operator, List.of());
    ScalarFunction chosen = choose(overloads, operands, true);
    if (chosen == null) {
      throw undefinedOperator(
          operator + " " + TypeRules.sqlName(operand.type()),
          fitting(overloads, operands).size() > 1);
    }
    return call(chosen, operands);
  }

  /** The comparison, IS DISTINCT FROM included, with both operands brought to one type. */
  public Expression resolveComparison(
      ComparisonOperator operator, Expression left, Expression right) {
    if (left instanceof Literal literal && narrows(literal, right)) {
      return new Comparison(
          operator, TypeRules.coerce(left, right.type(), CastContext.ASSIGNMENT), right);
    }
    if (right instanceof Literal literal && narrows(literal, left)) {
      return new Comparison(
          operator, left, TypeRules.coerce(right, left.type(), CastContext.ASSIGNMENT));
    }
    if (left.type().kind() == Kind.CHAR && isText(right)) {
      return resolveComparison(operator, left, withoutBlanks(right));
    }
    if (right.type().kind() == Kind.CHAR && isText(left)) {
      return resolveComparison(operator, withoutBlanks(left), right);
    }
    DataType common = comparedType(left.type(), right.type());
    if (common == null || common.kind() == Kind.JSON) {
      String symbol =
          switch (operator) {
            case DISTINCT, NOT_DISTINCT -> "=";
            default -> operator.sql();
          };
      throw undefinedOperator(
          TypeRules.sqlName(left.type()) + " " + symbol + " " + TypeRules.sqlName(right.type()),
          false);
    }
    return new Comparison(
        operator, comparisonOperand(left, common), comparisonOperand(right, common));
  }

  private static boolean isText(Expression expression) {
    return expression.type().kind() == Kind.UNKNOWN
        && expression instanceof Literal literal
        && literal.value() instanceof String;
  }

  /** A literal beside a CHAR: blanks at its end do not count. */
  private static Expression withoutBlanks(Expression literal) {
    String text = TextFunctions.string(((Literal) literal).value());
    return new Literal(Values.stripTrailingSpaces(text), DataType.TEXT);
  }

  /** Whether a whole literal fits the smaller integer type beside it, which then needs no cast. */
  private static boolean narrows(Literal literal, Expression other) {
    if (!(literal.value() instanceof Number number)
        || !literal.type().isInteger()
        || other instanceof Literal) {
      return false;
    }
    long value = number.longValue();
    return switch (other.type().kind()) {
      case SMALLINT -> value == (short) value;
      case INTEGER -> value == (int) value;
      default -> false;
    };
  }

  private static @Nullable DataType comparedType(DataType left, DataType right) {
    if (left.isText() && right.isText()) {
      return DataType.TEXT;
    }
    // A literal of unknown type is read as what it is compared with, without its length.
    if (left.kind() == Kind.UNKNOWN && right.isText()
        || right.kind() == Kind.UNKNOWN && left.isText()) {
      return DataType.TEXT;
    }
    if (left.kind() == Kind.UNKNOWN && right.kind() == Kind.UNKNOWN) {
      return DataType.TEXT;
    }
    if (left.isNumeric()
        && right.isNumeric()
        && (left.kind() == Kind.REAL) != (right.kind() == Kind.REAL)) {
      return DataType.DOUBLE;
    }
    try {
      return TypeRules.commonType(List.of(left, right));
    } catch (KalamException e) {
      return implicitTarget(left, right);
    }
  }

  /** The one of two types that the other turns into, across categories (time and interval). */
  private static @Nullable DataType implicitTarget(DataType left, DataType right) {
    if (left.kind() == right.kind()) {
      return null;
    }
    if (TypeRules.canCast(left.kind(), right.kind(), CastContext.IMPLICIT)) {
      return right;
    }
    return TypeRules.canCast(right.kind(), left.kind(), CastContext.IMPLICIT) ? left : null;
  }

  /** Decimals of different scale compare as they are: the kernel aligns them. */
  private static Expression comparisonOperand(Expression operand, DataType common) {
    if (common.kind() == Kind.DECIMAL) {
      if (operand.type().kind() == Kind.DECIMAL) {
        return operand;
      }
      DataType type =
          operand instanceof Parameter
              ? TypeRules.comparedDecimal(common)
              : TypeRules.argumentType(operand, Kind.DECIMAL);
      return TypeRules.coerce(operand, type, CastContext.IMPLICIT);
    }
    if (common.kind() == Kind.TEXT && operand.type().kind() == Kind.VARCHAR) {
      return operand;
    }
    return TypeRules.coerce(operand, common, CastContext.IMPLICIT);
  }

  private static @Nullable ComparisonOperator comparison(String symbol) {
    return switch (symbol) {
      case "=" -> ComparisonOperator.EQUAL;
      case "<>", "!=" -> ComparisonOperator.NOT_EQUAL;
      case "<" -> ComparisonOperator.LESS;
      case "<=" -> ComparisonOperator.LESS_OR_EQUAL;
      case ">" -> ComparisonOperator.GREATER;
      case ">=" -> ComparisonOperator.GREATER_OR_EQUAL;
      default -> null;
    };
  }

  private static String symbol(String operator) {
    if (operator.equalsIgnoreCase("like")) {
      return "~~";
    }
    return operator.equalsIgnoreCase("ilike") ? "~~*" : operator;
  }

  private static KalamException undefinedOperator(String application, boolean ambiguous) {
    return ambiguous
        ? new KalamException(ErrorCode.AMBIGUOUS_FUNCTION, "operator is not unique: " + application)
            .withHint(
                "Could not choose a best candidate operator. You might need to add explicit type casts.")
        : new KalamException(
                ErrorCode.UNDEFINED_FUNCTION, "operator does not exist: " + application)
            .withHint(
                "No operator matches the given name and argument types. You might need to add explicit type"
                    + " casts.");
  }

  private static String typeNames(List<Expression> arguments) {
    return arguments.stream()
        .map(a -> TypeRules.sqlName(a.type()))
        .collect(Collectors.joining(", "));
  }

  private static Expression call(ScalarFunction function, List<Expression> arguments) {
    List<Expression> coerced = new ArrayList<>(arguments.size());
    DataType common =
        function.sameType()
            ? TypeRules.commonType(
                arguments.stream().map(Expression::type).toList(),
                function.name().toUpperCase(Locale.ROOT))
            : DataType.UNKNOWN;
    for (int i = 0; i < arguments.size(); i++) {
      Expression argument = arguments.get(i);
      DataType target;
      if (function.sameType()) {
        target = common;
      } else if (function.parameter(i) == Kind.TEXT && argument.type().kind() == Kind.VARCHAR) {
        target = argument.type();
      } else {
        target = argumentType(function, arguments, i);
      }
      coerced.add(TypeRules.coerce(argument, target, CastContext.IMPLICIT));
    }
    return new Call(function, coerced, function.result().ofCall(coerced));
  }

  /** A literal or parameter that becomes an EMBEDDING gets the dimensions of its partner. */
  private static DataType argumentType(
      ScalarFunction function, List<Expression> arguments, int index) {
    Expression argument = arguments.get(index);
    Kind kind = function.parameter(index);
    if (kind == Kind.EMBEDDING && argument.type().kind() == Kind.UNKNOWN) {
      for (Expression other : arguments) {
        if (other.type().kind() == Kind.EMBEDDING) {
          return other.type();
        }
      }
    }
    if (kind == Kind.UNKNOWN && argument.type().kind() == Kind.UNKNOWN) {
      return DataType.TEXT;
    }
    return TypeRules.argumentType(argument, kind);
  }

  private static @Nullable ScalarFunction choose(
      List<ScalarFunction> overloads, List<Expression> arguments, boolean operator) {
    List<ScalarFunction> candidates = fitting(overloads, arguments);
    if (candidates.size() <= 1) {
      return candidates.isEmpty() ? null : candidates.get(0);
    }
    if (operator && arguments.size() == 2) {
      ScalarFunction assumed = sameAsOther(candidates, arguments);
      if (assumed != null) {
        return assumed;
      }
    }
    candidates = best(candidates, arguments, false);
    if (candidates.size() == 1) {
      return candidates.get(0);
    }
    candidates = best(candidates, arguments, true);
    if (candidates.size() == 1) {
      return candidates.get(0);
    }
    return chooseByUnknowns(candidates, arguments);
  }

  private static List<ScalarFunction> fitting(
      List<ScalarFunction> overloads, List<Expression> arguments) {
    List<ScalarFunction> fitting = new ArrayList<>();
    for (ScalarFunction overload : overloads) {
      if (overload.takes(arguments.size()) && fits(overload, arguments)) {
        fitting.add(overload);
      }
    }
    return fitting;
  }

  private static boolean fits(ScalarFunction overload, List<Expression> arguments) {
    for (int i = 0; i < arguments.size(); i++) {
      Kind to = overload.parameter(i);
      if (to != Kind.UNKNOWN
          && !TypeRules.canCast(arguments.get(i).type().kind(), to, CastContext.IMPLICIT)) {
        return false;
      }
    }
    return true;
  }

  /** A binary operator with one unknown operand is first tried with both of the known type. */
  private static @Nullable ScalarFunction sameAsOther(
      List<ScalarFunction> candidates, List<Expression> arguments) {
    Kind left = exactKind(arguments.get(0).type().kind());
    Kind right = exactKind(arguments.get(1).type().kind());
    if ((left == Kind.UNKNOWN) == (right == Kind.UNKNOWN)) {
      return null;
    }
    Kind both = left == Kind.UNKNOWN ? right : left;
    for (ScalarFunction candidate : candidates) {
      if (candidate.parameter(0) == both && candidate.parameter(1) == both) {
        return candidate;
      }
    }
    return null;
  }

  /** VARCHAR is TEXT for the functions: the bytes are the same. */
  private static Kind exactKind(Kind kind) {
    return kind == Kind.VARCHAR ? Kind.TEXT : kind;
  }

  private static List<ScalarFunction> best(
      List<ScalarFunction> candidates, List<Expression> arguments, boolean countPreferred) {
    int most = -1;
    List<ScalarFunction> best = new ArrayList<>();
    for (ScalarFunction candidate : candidates) {
      int matches = 0;
      for (int i = 0; i < arguments.size(); i++) {
        Kind from = exactKind(arguments.get(i).type().kind());
        Kind to = candidate.parameter(i);
        if (from == Kind.UNKNOWN) {
          continue;
        }
        boolean preferred =
            countPreferred
                && TypeRules.isPreferred(to)
                && TypeRules.category(to) == TypeRules.category(from);
        if (from == to || preferred) {
          matches++;
        }
      }
      if (matches > most) {
        most = matches;
        best.clear();
      }
      if (matches == most) {
        best.add(candidate);
      }
    }
    return best;
  }

  /** PostgreSQL's steps 4.e and 4.f: guess the category of each unknown argument, then its type. */
  private static @Nullable ScalarFunction chooseByUnknowns(
      List<ScalarFunction> candidates, List<Expression> arguments) {
    List<ScalarFunction> left = candidates;
    boolean anyUnknown = false;
    for (int i = 0; i < arguments.size(); i++) {
      if (arguments.get(i).type().kind() != Kind.UNKNOWN) {
        continue;
      }
      anyUnknown = true;
      Category category = guessCategory(left, i);
      if (category == null) {
        left = List.of();
        break;
      }
      left = ofCategory(left, i, category);
    }
    if (left.size() == 1) {
      return left.get(0);
    }
    return anyUnknown ? sameKnownType(left.isEmpty() ? candidates : left, arguments) : null;
  }

  private static @Nullable Category guessCategory(List<ScalarFunction> candidates, int index) {
    Category category = null;
    for (ScalarFunction candidate : candidates) {
      Category of = TypeRules.category(candidate.parameter(index));
      if (of == Category.STRING) {
        return Category.STRING;
      }
      if (category == null) {
        category = of;
      } else if (category != of) {
        return null;
      }
    }
    return category;
  }

  private static List<ScalarFunction> ofCategory(
      List<ScalarFunction> candidates, int index, Category category) {
    List<ScalarFunction> in = new ArrayList<>();
    List<ScalarFunction> preferred = new ArrayList<>();
    for (ScalarFunction candidate : candidates) {
      if (TypeRules.category(candidate.parameter(index)) == category) {
        in.add(candidate);
        if (TypeRules.isPreferred(candidate.parameter(index))) {
          preferred.add(candidate);
        }
      }
    }
    return preferred.isEmpty() ? in : preferred;
  }

  /** If all known arguments share a type, the unknown ones are taken to have it too. */
  private static @Nullable ScalarFunction sameKnownType(
      List<ScalarFunction> candidates, List<Expression> arguments) {
    Kind known = Kind.UNKNOWN;
    for (Expression argument : arguments) {
      Kind kind = exactKind(argument.type().kind());
      if (kind == Kind.UNKNOWN) {
        continue;
      }
      if (known != Kind.UNKNOWN && known != kind) {
        return null;
      }
      known = kind;
    }
    ScalarFunction only = null;
    for (ScalarFunction candidate : candidates) {
      boolean fits = known != Kind.UNKNOWN;
      for (int i = 0; i < arguments.size() && fits; i++) {
        fits = TypeRules.canCast(known, candidate.parameter(i), CastContext.IMPLICIT);
      }
      if (fits) {
        if (only != null) {
          return null;
        }
        only = candidate;
      }
    }
    return only;
  }
}
