package org.kalamdb.internal.sql.bind;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.kalamdb.error.ErrorCode;
import org.kalamdb.error.KalamException;
import org.kalamdb.internal.expr.AggregateRegistry;
import org.kalamdb.internal.expr.Expression;
import org.kalamdb.internal.expr.Expression.Column;
import org.kalamdb.internal.expr.TypeRules;
import org.kalamdb.internal.expr.TypeRules.CastContext;
import org.kalamdb.internal.expr.WindowFunction;
import org.kalamdb.internal.expr.WindowRegistry;
import org.kalamdb.internal.sql.bind.WindowCollector.Definition;
import org.kalamdb.internal.sql.parse.Identifier;
import org.kalamdb.internal.sql.parse.ParsedExpression;
import org.kalamdb.internal.sql.parse.Position;
import org.kalamdb.internal.sql.parse.Query;
import org.kalamdb.internal.sql.parse.QueryBody;
import org.kalamdb.internal.sql.parse.WindowSpecification;
import org.kalamdb.internal.sql.parse.WindowSpecification.FrameBoundKind;
import org.kalamdb.internal.sql.plan.Expressions;
import org.kalamdb.internal.sql.plan.SortKey;
import org.kalamdb.internal.sql.plan.WindowFrame;
import org.kalamdb.schema.DataType;
import org.kalamdb.schema.DataType.Kind;

/** Binds window function calls and the windows they are over, by PostgreSQL's rules. */
final class WindowBinder {
  private final StatementBinding statement;

  /** Of what stands inside a call or a window: aggregates are allowed, window functions are not. */
  private final ExpressionBinder inner;

  private final ExpressionBinder filters;
  private final ExpressionBinder constants;
  private final WindowCollector collector;
  private final Map<String, Bound> named = new HashMap<>();

  /** A window with the frame that was written; no definition of {@code OVER w} has one twice. */
  private record Bound(Definition definition, WindowSpecification.@Nullable Frame frame) {}

  WindowBinder(
      StatementBinding statement,
      Scope scope,
      AggregateCollector aggregates,
      WindowCollector collector) {
    this.statement = statement;
    this.inner = new ExpressionBinder(statement, scope, Clause.WINDOW, aggregates, aggregates);
    this.filters = new ExpressionBinder(statement, scope, Clause.FILTER, aggregates, aggregates);
    this.constants = new ExpressionBinder(statement, Scope.EMPTY, Clause.FRAME);
    this.collector = collector;
  }

  /** The windows of the WINDOW clause, which may build upon earlier ones. */
  void define(List<QueryBody.NamedWindow> windows) {
    for (QueryBody.NamedWindow window : windows) {
      Identifier name = window.name();
      if (named.containsKey(name.name())) {
        throw name.position()
            .error(ErrorCode.WINDOWING_ERROR, "window \"" + name.name() + "\" is already defined");
      }
      Bound bound = bindWindow(window.window());
      WindowSpecification.Frame frame = bound.frame();
      if (frame != null) {
        bindFrame(frame, bound.definition(), window.window().position());
      }
      named.put(name.name(), bound);
    }
  }

  /** The stand-in of a call with OVER. */
  Column bind(ParsedExpression.FunctionCall call, WindowSpecification over) {
    Bound window = bindWindow(over);
    WindowFrame frame =
        window.frame() == null
            ? WindowFrame.DEFAULT
            : bindFrame(window.frame(), window.definition(), over.position());
    boolean aggregate = AggregateRegistry.contains(call.name());
    if (!aggregate && !WindowRegistry.contains(call.name())) {
      boolean known = statement.functions().contains(call.name());
      throw call.position()
          .error(
              known ? ErrorCode.WRONG_OBJECT_TYPE : ErrorCode.UNDEFINED_FUNCTION,
              known
                  ? "OVER specified, but "
                      + call.name()
                      + " is not a window function nor an aggregate function"
                  : "function " + call.name() + " does not exist");
    }
    refuseClauses(call, aggregate);
    WindowFunction function;
    List<Expression> arguments = AggregateArguments.bind(call, inner);
    if (aggregate) {
      AggregateRegistry.Resolved resolved =
          AggregateRegistry.resolve(call.name(), arguments, false);
      function = WindowFunction.of(resolved.function());
      arguments = resolved.arguments();
    } else {
      WindowRegistry.Resolved resolved = WindowRegistry.resolve(call.name(), arguments);
      function = resolved.function();
      arguments = resolved.arguments();
    }
    arguments.forEach(statement.parameters()::note);
    Expression filter = call.filter() == null ? null : filters.bindCondition(call.filter());
    return collector.collect(
        new WindowCollector.Call(
            function, arguments, filter, window.definition(), frame, call.position()));
  }

  private static void refuseClauses(ParsedExpression.FunctionCall call, boolean aggregate) {
    String refused = null;
    if (call.distinct()) {
      refused = "DISTINCT is not implemented for window functions";
    } else if (!call.orderBy().isEmpty()) {
      refused = "aggregate ORDER BY is not implemented for window functions";
    } else if (!call.withinGroup().isEmpty()) {
      refused = "OVER is not supported for ordered-set aggregate " + call.name();
    } else if (call.filter() != null && !aggregate) {
      refused = "FILTER is not implemented for non-aggregate window functions";
    }
    if (refused != null) {
      throw call.position().error(ErrorCode.FEATURE_NOT_SUPPORTED, refused);
    }
  }

  private Bound bindWindow(WindowSpecification window) {
    Identifier baseName = window.base();
    if (baseName == null) {
      return new Bound(new Definition(partition(window), order(window.orderBy())), window.frame());
    }
    Bound base = named.get(baseName.name());
    if (base == null) {
      throw baseName
          .position()
          .error(ErrorCode.UNDEFINED_OBJECT, "window \"" + baseName.name() + "\" does not exist");
    }
    if (window.reference()) {
      return base;
    }
    String quoted = "\"" + baseName.name() + "\"";
    if (!window.partitionBy().isEmpty()) {
      throw refused(baseName, "cannot override PARTITION BY clause of window " + quoted);
    }
    if (!window.orderBy().isEmpty() && !base.definition().orderBy().isEmpty()) {
      throw refused(baseName, "cannot override ORDER BY clause of window " + quoted);
    }
    if (base.frame() != null) {
      KalamException error =
          refused(baseName, "cannot copy window " + quoted + " because it has a frame clause");
      boolean onlyName = window.orderBy().isEmpty() && window.frame() == null;
      throw onlyName ? error.withHint("Omit the parentheses in this OVER clause.") : error;
    }
    List<SortKey> order =
        window.orderBy().isEmpty() ? base.definition().orderBy() : order(window.orderBy());
    return new Bound(new Definition(base.definition().partitionBy(), order), window.frame());
  }

  private static KalamException refused(Identifier base, String message) {
    return base.position().error(ErrorCode.WINDOWING_ERROR, message);
  }

  private List<Expression> partition(WindowSpecification window) {
    List<Expression> parts = new ArrayList<>();
    for (ParsedExpression parsed : window.partitionBy()) {
      Expression part = inner.bindSettled(parsed);
      switch (part.type().kind()) {
        case JSON, EMBEDDING ->
            throw parsed
                .position()
                .error(
                    ErrorCode.UNDEFINED_FUNCTION,
                    "could not identify an equality operator for type "
                        + TypeRules.sqlName(part.type()));
        default -> parts.add(part);
      }
    }
    return parts;
  }

  private List<SortKey> order(List<Query.OrderItem> items) {
    List<SortKey> keys = new ArrayList<>();
    for (Query.OrderItem item : items) {
      keys.add(QueryBinder.sortKey(item, inner.bindSettled(item.value())));
    }
    return keys;
  }

  private WindowFrame bindFrame(
      WindowSpecification.Frame frame, Definition window, Position position) {
    checkBounds(frame, position);
    WindowFrame.Units units = WindowFrame.Units.valueOf(frame.units().name());
    WindowFrame.Exclusion exclusion = WindowFrame.Exclusion.valueOf(frame.exclusion().name());
    if (units == WindowFrame.Units.GROUPS && window.orderBy().isEmpty()) {
      throw position.error(ErrorCode.WINDOWING_ERROR, "GROUPS mode requires an ORDER BY clause");
    }
    boolean offsets = frame.start().offset() != null || frame.end().offset() != null;
    if (units != WindowFrame.Units.RANGE || !offsets) {
      return new WindowFrame(
          units, rowBound(frame.start(), units), rowBound(frame.end(), units), exclusion, null);
    }
    if (window.orderBy().size() != 1) {
      throw position.error(
          ErrorCode.WINDOWING_ERROR,
          "RANGE with offset PRECEDING/FOLLOWING requires exactly one ORDER BY column");
    }
    RangeFrame range = new RangeFrame(window.orderBy().get(0));
    WindowFrame.Bound start = range.bound(frame.start());
    WindowFrame.Bound end = range.bound(frame.end());
    return new WindowFrame(units, start, end, exclusion, range.key());
  }

  private static void checkBounds(WindowSpecification.Frame frame, Position position) {
    FrameBoundKind start = frame.start().kind();
    FrameBoundKind end = frame.end().kind();
    String refused = null;
    if (start == FrameBoundKind.UNBOUNDED_FOLLOWING) {
      refused = "frame start cannot be UNBOUNDED FOLLOWING";
    } else if (end == FrameBoundKind.UNBOUNDED_PRECEDING) {
      refused = "frame end cannot be UNBOUNDED PRECEDING";
    } else if (start == FrameBoundKind.CURRENT_ROW && end == FrameBoundKind.OFFSET_PRECEDING) {
      refused = "frame starting from current row cannot have preceding rows";
    } else if (start == FrameBoundKind.OFFSET_FOLLOWING && end.compareTo(start) < 0) {
      refused = "frame starting from following row cannot have preceding rows";
    }
    if (refused != null) {
      throw position.error(ErrorCode.WINDOWING_ERROR, refused);
    }
  }

  /** A bound of ROWS or GROUPS, whose offset is a number of them. */
  private WindowFrame.Bound rowBound(
      WindowSpecification.FrameBound bound, WindowFrame.Units units) {
    WindowFrame.BoundKind kind = WindowFrame.BoundKind.valueOf(bound.kind().name());
    ParsedExpression parsed = bound.offset();
    if (parsed == null) {
      return new WindowFrame.Bound(kind, null, null);
    }
    Expression offset = bindOffset(parsed, units);
    Kind type = offset.type().kind();
    boolean fits =
        type == Kind.UNKNOWN || TypeRules.canCast(type, Kind.BIGINT, CastContext.IMPLICIT);
    if (!fits) {
      throw parsed
          .position()
          .error(
              ErrorCode.DATATYPE_MISMATCH,
              "argument of "
                  + units
                  + " must be type bigint, not type "
                  + TypeRules.sqlName(offset.type()));
    }
    return new WindowFrame.Bound(
        kind,
        constants.coerce(offset, DataType.BIGINT, CastContext.IMPLICIT, parsed.position()),
        null);
  }

  private Expression bindOffset(ParsedExpression parsed, WindowFrame.Units units) {
    Expression offset = constants.bind(parsed);
    if (Expressions.isVolatile(offset)) {
      throw parsed
          .position()
          .error(
              ErrorCode.FEATURE_NOT_SUPPORTED,
              "a volatile offset of " + units + " is not supported");
    }
    return offset;
  }

  /**
   * The bounds of RANGE with offsets as values to compare the order key with. Whole numbers are
   * compared as DECIMAL, in which the sum with an offset does not overflow; dates as TIMESTAMP,
   * which is what they are after an interval; times of day as INTERVAL, which do not wrap around.
   */
  private final class RangeFrame {
    private final SortKey order;
    private final Expression key;
    private final DataType offsetType;

    RangeFrame(SortKey order) {
      this.order = order;
      Expression written = order.expression();
      DataType type = written.type();
      switch (type.kind()) {
        case SMALLINT, INTEGER, BIGINT, DECIMAL -> {
          DataType wide = DataType.decimal(TypeRules.mostDigits(type), type.scale());
          this.key = TypeRules.coerce(written, wide, CastContext.IMPLICIT);
          this.offsetType = type.kind() == Kind.DECIMAL ? wide : DataType.BIGINT;
        }
        case REAL, DOUBLE -> {
          this.key = TypeRules.coerce(written, DataType.DOUBLE, CastContext.IMPLICIT);
          this.offsetType = DataType.DOUBLE;
        }
        case DATE, TIMESTAMP -> {
          this.key = TypeRules.coerce(written, DataType.TIMESTAMP, CastContext.IMPLICIT);
          this.offsetType = DataType.INTERVAL;
        }
        case TIMESTAMPTZ -> {
          this.key = written;
          this.offsetType = DataType.INTERVAL;
        }
        case TIME, INTERVAL -> {
          this.key = TypeRules.coerce(written, DataType.INTERVAL, CastContext.IMPLICIT);
          this.offsetType = DataType.INTERVAL;
        }
        default -> {
          this.key = written;
          this.offsetType = DataType.UNKNOWN;
        }
      }
    }

    Expression key() {
      return key;
    }

    WindowFrame.Bound bound(WindowSpecification.FrameBound bound) {
      WindowFrame.BoundKind kind = WindowFrame.BoundKind.valueOf(bound.kind().name());
      ParsedExpression parsed = bound.offset();
      if (parsed == null) {
        return new WindowFrame.Bound(kind, null, null);
      }
      Expression offset = bindOffset(parsed, WindowFrame.Units.RANGE);
      if (offsetType.kind() == Kind.UNKNOWN) {
        throw unsupported(parsed, "for column type " + TypeRules.sqlName(key.type()));
      }
      boolean fits =
          offset.type().kind() == Kind.UNKNOWN
              || TypeRules.canCast(offset.type().kind(), offsetType.kind(), CastContext.IMPLICIT);
      if (!fits) {
        throw unsupported(
            parsed,
            "for column type "
                + TypeRules.sqlName(order.expression().type())
                + " and offset type "
                + TypeRules.sqlName(offset.type()));
      }
      Expression size = coerced(offset, parsed.position());
      boolean subtract = (kind == WindowFrame.BoundKind.OFFSET_PRECEDING) != order.descending();
      Expression limit = statement.functions().resolveOperator(subtract ? "-" : "+", key, size);
      return new WindowFrame.Bound(
          kind, size, TypeRules.coerce(limit, key.type(), CastContext.ASSIGNMENT));
    }

    /** A decimal keeps its own scale, so that an offset finer than the key is not rounded. */
    private Expression coerced(Expression offset, Position position) {
      boolean decimals = offset.type().kind() == Kind.DECIMAL && offsetType.kind() == Kind.DECIMAL;
      return decimals
          ? offset
          : constants.coerce(offset, offsetType, CastContext.IMPLICIT, position);
    }

    private KalamException unsupported(ParsedExpression offset, String why) {
      return offset
          .position()
          .error(
              ErrorCode.FEATURE_NOT_SUPPORTED,
              "RANGE with offset PRECEDING/FOLLOWING is not supported " + why);
    }
  }
}
