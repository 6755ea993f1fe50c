package org.kalamdb.internal.expr;

import java.math.BigDecimal;
import java.time.Instant;
import java.time.LocalDateTime;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.kalamdb.error.ErrorCode;
import org.kalamdb.error.KalamException;
import org.kalamdb.internal.common.Micros;
import org.kalamdb.internal.expr.TableFunction.Cursor;
import org.kalamdb.internal.vector.ColumnWriter;
import org.kalamdb.schema.DataType;
import org.kalamdb.schema.DataType.Kind;
import org.kalamdb.schema.Interval;

/** {@code generate_series}: from a start to an end, both included, by a step. */
final class SeriesFunctions {
  static final String NAME = "generate_series";

  private SeriesFunctions() {}

  /** The overload for the types of two or three arguments, or null if there is none. */
  static @Nullable TableFunction resolve(List<Expression> arguments) {
    if (arguments.size() < 2 || arguments.size() > 3) {
      return null;
    }
    Kind start = arguments.get(0).type().kind();
    Kind end = arguments.get(1).type().kind();
    Kind first = start == Kind.UNKNOWN ? end : start;
    Kind second = end == Kind.UNKNOWN ? first : end;
    if (isTime(first) && isTime(second) && arguments.size() == 3) {
      Kind step = arguments.get(2).type().kind();
      return step == Kind.INTERVAL || step == Kind.UNKNOWN
          ? ofTimes(first == Kind.TIMESTAMP && second == Kind.TIMESTAMP)
          : null;
    }
    DataType type = DataType.INTEGER;
    for (Expression argument : arguments) {
      switch (argument.type().kind()) {
        case SMALLINT, INTEGER, UNKNOWN -> {}
        case BIGINT -> type = type.kind() == Kind.INTEGER ? DataType.BIGINT : type;
        case DECIMAL -> type = wider(type, argument.type());
        default -> {
          return null;
        }
      }
    }
    return type.kind() == Kind.DECIMAL
        ? ofDecimals(type, arguments.size())
        : ofIntegers(type, arguments.size());
  }

  private static boolean isTime(Kind kind) {
    return kind == Kind.DATE || kind == Kind.TIMESTAMP || kind == Kind.TIMESTAMPTZ;
  }

  private static DataType wider(DataType type, DataType decimal) {
    int scale = Math.max(type.kind() == Kind.DECIMAL ? type.scale() : 0, decimal.scale());
    return DataType.decimal(DataType.MAX_DECIMAL_PRECISION, scale);
  }

  private static TableFunction function(
      DataType result, List<DataType> arguments, TableFunction.CursorFactory cursors) {
    return new TableFunction(
        NAME, arguments, List.of(new TableFunction.Output(NAME, result)), true, cursors);
  }

  private static KalamException zeroStep() {
    return new KalamException(ErrorCode.INVALID_PARAMETER_VALUE, "step size cannot equal zero");
  }

  private static TableFunction ofIntegers(DataType type, int count) {
    return function(
        type,
        Collections.nCopies(count, type),
        (arguments, context) -> {
          long step = count == 3 ? number(arguments[2]) : 1;
          if (step == 0) {
            throw zeroStep();
          }
          return new Integers(number(arguments[0]), number(arguments[1]), step, type);
        });
  }

  private static long number(@Nullable Object value) {
    return ((Number) Objects.requireNonNull(value)).longValue();
  }

  /** Whole numbers, written without boxing. */
  private static final class Integers implements Cursor {
    private final long end;
    private final long step;
    private final boolean narrow;
    private long current;
    private boolean done;

    Integers(long start, long end, long step, DataType type) {
      this.current = start;
      this.end = end;
      this.step = step;
      this.narrow = type.kind() == Kind.INTEGER;
    }

    @Override
    public boolean next(List<ColumnWriter> columns, int row) {
      if (done || (step > 0 ? current > end : current < end)) {
        return false;
      }
      ColumnWriter out = columns.get(0);
      if (narrow) {
        out.setInt(row, (int) current);
      } else {
        out.setLong(row, current);
      }
      out.setValid(row);
      long following = current + step;
      done = step > 0 ? following < current : following > current;
      current = following;
      return true;
    }
  }

  private static TableFunction ofDecimals(DataType type, int count) {
    return function(
        type,
        Collections.nCopies(count, type),
        (arguments, context) -> {
          BigDecimal step = count == 3 ? decimal(arguments[2]) : BigDecimal.ONE;
          if (step.signum() == 0) {
            throw zeroStep();
          }
          return new Steps<>(
              decimal(arguments[0]),
              decimal(arguments[1]),
              step.signum() > 0,
              value -> value.add(step));
        });
  }

  private static BigDecimal decimal(@Nullable Object value) {
    return (BigDecimal) Objects.requireNonNull(value);
  }

  /** Dates count as instants at their midnight in the session's zone, as in PostgreSQL. */
  private static TableFunction ofTimes(boolean local) {
    DataType type = local ? DataType.TIMESTAMP : DataType.TIMESTAMPTZ;
    return function(
        type,
        List.of(type, type, DataType.INTERVAL),
        (arguments, context) -> {
          Interval step = DateTimeArithmetic.interval(arguments[2]);
          int sign = sign(step);
          if (sign == 0) {
            throw zeroStep();
          }
          if (local) {
            LocalDateTime start = (LocalDateTime) Objects.requireNonNull(arguments[0]);
            checkStart(Micros.of(start));
            return new Steps<>(
                start,
                (LocalDateTime) Objects.requireNonNull(arguments[1]),
                sign > 0,
                value -> (LocalDateTime) DateTimeArithmetic.plus(value, step, type, context));
          }
          Instant start = (Instant) Objects.requireNonNull(arguments[0]);
          checkStart(Micros.of(start));
          return new Steps<>(
              start,
              (Instant) Objects.requireNonNull(arguments[1]),
              sign > 0,
              value -> (Instant) DateTimeArithmetic.plus(value, step, type, context));
        });
  }

  /** No step leads away from infinity: such a series would repeat its start for ever. */
  private static void checkStart(long micros) {
    if (!Micros.isFinite(micros)) {
      throw new KalamException(ErrorCode.INVALID_PARAMETER_VALUE, "start value cannot be infinite");
    }
  }

  /** Up or down, a month taken for 30 days. */
  private static int sign(Interval step) {
    return Long.signum(DateTimeArithmetic.microsOf(step));
  }

  /** Values that each follow from the one before. */
  private static final class Steps<T extends Comparable<? super T>> implements Cursor {
    private final T end;
    private final boolean up;
    private final UnaryOperator<T> next;
    private T current;

    Steps(T start, T end, boolean up, UnaryOperator<T> next) {
      this.current = start;
      this.end = end;
      this.up = up;
      this.next = next;
    }

    @Override
    public boolean next(List<ColumnWriter> columns, int row) {
      int order = current.compareTo(end);
      if (up ? order > 0 : order < 0) {
        return false;
      }
      columns.get(0).setObject(row, current);
      current = next.apply(current);
      return true;
    }
  }
}
