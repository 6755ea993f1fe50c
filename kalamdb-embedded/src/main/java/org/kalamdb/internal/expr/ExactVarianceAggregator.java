package org.kalamdb.internal.expr;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.MathContext;
import java.math.RoundingMode;
import org.jspecify.annotations.Nullable;
import org.kalamdb.internal.vector.ColumnView;
import org.kalamdb.schema.DataType;

/** Variance and standard deviation of whole numbers and decimals, from exact sums. */
final class ExactVarianceAggregator extends ObjectAggregator<ExactVarianceAggregator.State> {
  private static final MathContext ROOT_PRECISION = new MathContext(60);

  private final DataType argument;
  private final DataType type;
  private final boolean sample;
  private final boolean root;

  /** Number, sum and sum of the squares of the values, without their decimal points. */
  static final class State {
    long count;
    BigInteger sum = BigInteger.ZERO;
    BigInteger squares = BigInteger.ZERO;
  }

  ExactVarianceAggregator(DataType argument, DataType type, boolean sample, boolean root) {
    this.argument = argument;
    this.type = type;
    this.sample = sample;
    this.root = root;
  }

  @Override
  @Nullable State add(@Nullable State state, ColumnView[] arguments, int row) {
    ColumnView column = arguments[0];
    if (column.isNull(row)) {
      return state;
    }
    State target = state == null ? new State() : state;
    BigInteger value =
        switch (argument.kind()) {
          case SMALLINT -> BigInteger.valueOf(column.getShort(row));
          case INTEGER -> BigInteger.valueOf(column.getInt(row));
          case BIGINT -> BigInteger.valueOf(column.getLong(row));
          default -> column.getDecimal(row).unscaledValue();
        };
    target.count++;
    target.sum = target.sum.add(value);
    target.squares = target.squares.add(value.multiply(value));
    return target;
  }

  @Override
  State combine(State left, State right) {
    left.count += right.count;
    left.sum = left.sum.add(right.sum);
    left.squares = left.squares.add(right.squares);
    return left;
  }

  @Override
  State copy(State state) {
    return combine(new State(), state);
  }

  @Override
  @Nullable Object result(State state) {
    if (sample && state.count == 1) {
      return null;
    }
    BigInteger count = BigInteger.valueOf(state.count);
    BigInteger spread = count.multiply(state.squares).subtract(state.sum.multiply(state.sum));
    BigInteger divisor = count.multiply(sample ? count.subtract(BigInteger.ONE) : count);
    BigDecimal dividend = new BigDecimal(spread, 2 * argument.scale());
    if (root) {
      BigDecimal variance = dividend.divide(new BigDecimal(divisor), ROOT_PRECISION);
      return variance.sqrt(ROOT_PRECISION).setScale(type.scale(), RoundingMode.HALF_UP);
    }
    return dividend.divide(new BigDecimal(divisor), type.scale(), RoundingMode.HALF_UP);
  }
}
