package org.kalamdb.internal.expr;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.RoundingMode;
import java.util.Arrays;
import java.util.List;
import org.kalamdb.internal.common.Int128;
import org.kalamdb.internal.vector.ColumnView;
import org.kalamdb.internal.vector.ColumnWriter;
import org.kalamdb.schema.DataType;
import org.kalamdb.schema.DataType.Kind;

/** sum and avg of numbers. */
final class SumAggregators {
  /** Every long has at most so many digits. */
  private static final int LONG_DIGITS = 19;

  /** Sums of so many numbers of 32 bits fit a long by far. */
  private static final int MAX_BLOCK = 1 << 24;

  private SumAggregators() {}

  /** Result of an average: the sum at its scale, divided, at the scale of {@code type}. */
  private static void writeAverage(
      ColumnWriter out, int row, BigDecimal sum, long count, DataType type) {
    BigDecimal average = sum.divide(BigDecimal.valueOf(count), type.scale(), RoundingMode.HALF_UP);
    out.setObject(row, average);
  }

  /** Sums of SMALLINT and INTEGER: 64 bits hold more than 2^32 of them. */
  static final class OfLongs implements Aggregator {
    private final DataType type;
    private final boolean small;
    private final boolean average;
    private long[] sums = new long[16];
    private long[] counts = new long[16];

    private OfLongs(List<DataType> arguments, DataType type, boolean average) {
      this.type = type;
      this.small = arguments.get(0).kind() == Kind.SMALLINT;
      this.average = average;
    }

    static Aggregator sum(List<DataType> arguments, DataType type) {
      return new OfLongs(arguments, type, false);
    }

    static Aggregator average(List<DataType> arguments, DataType type) {
      return new OfLongs(arguments, type, true);
    }

    @Override
    public void ensureGroups(int groups) {
      if (groups > sums.length) {
        int capacity = Math.max(groups, sums.length * 2);
        sums = Arrays.copyOf(sums, capacity);
        counts = Arrays.copyOf(counts, capacity);
      }
    }

    @Override
    public void update(ColumnView[] arguments, int[] groupIds, int[] rows, int n) {
      ColumnView argument = arguments[0];
      boolean nulls = argument.mayHaveNulls();
      for (int i = 0; i < n; i++) {
        int row = rows[i];
        if (!nulls || !argument.isNull(row)) {
          int group = groupIds[i];
          sums[group] =
              Math.addExact(sums[group], small ? argument.getShort(row) : argument.getInt(row));
          counts[group]++;
        }
      }
    }

    @Override
    public void updateSingle(ColumnView[] arguments, int[] zeros, int[] rows, int n) {
      ColumnView argument = arguments[0];
      if (small || n > MAX_BLOCK || argument.mayHaveNulls()) {
        update(arguments, zeros, rows, n);
        return;
      }
      long sum = 0;
      for (int i = 0; i < n; i++) {
        sum += argument.getInt(rows[i]);
      }
      sums[0] = Math.addExact(sums[0], sum);
      counts[0] += n;
    }

    @Override
    public boolean isOrderFree() {
      return true;
    }

    @Override
    public boolean isRemovable() {
      return true;
    }

    @Override
    public void remove(ColumnView[] arguments, int[] groupIds, int[] rows, int n) {
      ColumnView argument = arguments[0];
      for (int i = 0; i < n; i++) {
        int row = rows[i];
        if (!argument.isNull(row)) {
          sums[groupIds[i]] -= small ? argument.getShort(row) : argument.getInt(row);
          counts[groupIds[i]]--;
        }
      }
    }

    @Override
    public void merge(Aggregator other, int[] from, int[] groupIds, int n) {
      OfLongs that = (OfLongs) other;
      for (int i = 0; i < n; i++) {
        sums[groupIds[i]] = Math.addExact(sums[groupIds[i]], that.sums[from[i]]);
        counts[groupIds[i]] += that.counts[from[i]];
      }
    }

    @Override
    public void finish(ColumnWriter out, int row, int from, int to) {
      for (int group = from; group < to; group++) {
        if (counts[group] == 0) {
          continue;
        }
        if (average) {
          writeAverage(
              out, row + group - from, BigDecimal.valueOf(sums[group]), counts[group], type);
        } else {
          out.setLong(row + group - from, sums[group]);
          out.setValid(row + group - from);
        }
      }
    }

    @Override
    public long retainedBytes() {
      return 16L * sums.length;
    }

    @Override
    public void close() {}
  }

  /**
   * Sums of BIGINT and DECIMAL in 128 bits; a sum that leaves them is carried in a BigInteger, so
   * that what counts is only whether the final result fits.
   */
  static final class OfDecimals implements Aggregator {
    /** Of each group: the low and the high half of the sum, and the count, side by side. */
    private static final int WIDTH = 4;

    private static final int HIGH = 1;
    private static final int COUNT = 2;

    private final DataType type;
    private final int scale;
    private final boolean longs;
    private final boolean wide;
    private final boolean average;
    private long[] state = new long[16 * WIDTH];
    private BigInteger[] carries = new BigInteger[0];

    private OfDecimals(List<DataType> arguments, DataType type, boolean average) {
      this.type = type;
      this.scale = arguments.get(0).scale();
      this.longs = arguments.get(0).kind() == Kind.BIGINT;
      this.wide = arguments.get(0).isWideDecimal();
      this.average = average;
    }

    static Aggregator sum(List<DataType> arguments, DataType type) {
      return new OfDecimals(arguments, type, false);
    }

    static Aggregator average(List<DataType> arguments, DataType type) {
      return new OfDecimals(arguments, type, true);
    }

    @Override
    public void ensureGroups(int groups) {
      if ((long) groups * WIDTH > state.length) {
        state = Arrays.copyOf(state, Math.max(Math.multiplyExact(groups, WIDTH), state.length * 2));
      }
    }

    @Override
    public void update(ColumnView[] arguments, int[] groupIds, int[] rows, int n) {
      ColumnView argument = arguments[0];
      boolean nulls = argument.mayHaveNulls();
      if (longs && !nulls) {
        updateLongs(argument, groupIds, rows, n);
        return;
      }
      for (int i = 0; i < n; i++) {
        int row = rows[i];
        if (nulls && argument.isNull(row)) {
          continue;
        }
        int at = groupIds[i] * WIDTH;
        state[at + COUNT]++;
        if (wide) {
          addWide(groupIds[i], argument.getDecimal(row).unscaledValue());
          continue;
        }
        long low = longs ? argument.getLong(row) : argument.getDecimalLow(row);
        add(at, longs ? low >> 63 : argument.getDecimalHigh(row), low);
      }
    }

    /** 2^64 longs fit into 128 bits. */
    private void updateLongs(ColumnView argument, int[] groupIds, int[] rows, int n) {
      long[] sums = state;
      for (int i = 0; i < n; i++) {
        long value = argument.getLong(rows[i]);
        int at = groupIds[i] * WIDTH;
        long low = sums[at] + value;
        long carry = Long.compareUnsigned(low, value) < 0 ? 1 : 0;
        sums[at] = low;
        sums[at + HIGH] += (value >> 63) + carry;
        sums[at + COUNT]++;
      }
    }

    /** Halves of 32 bits are summed apart, and put together once. */
    @Override
    public void updateSingle(ColumnView[] arguments, int[] zeros, int[] rows, int n) {
      ColumnView argument = arguments[0];
      if (!longs || n > MAX_BLOCK || argument.mayHaveNulls()) {
        update(arguments, zeros, rows, n);
        return;
      }
      long low = 0;
      long high = 0;
      for (int i = 0; i < n; i++) {
        long value = argument.getLong(rows[i]);
        low += value & 0xFFFF_FFFFL;
        high += value >> 32;
      }
      long sum = (high << 32) + low;
      long carry = Long.compareUnsigned(sum, low) < 0 ? 1 : 0;
      add(0, (high >> 32) + carry, sum);
      state[COUNT] += n;
    }

    @Override
    public boolean isOrderFree() {
      return true;
    }

    @Override
    public boolean isRemovable() {
      return true;
    }

    @Override
    public void remove(ColumnView[] arguments, int[] groupIds, int[] rows, int n) {
      ColumnView argument = arguments[0];
      for (int i = 0; i < n; i++) {
        int row = rows[i];
        if (argument.isNull(row)) {
          continue;
        }
        int at = groupIds[i] * WIDTH;
        state[at + COUNT]--;
        if (wide) {
          addWide(groupIds[i], argument.getDecimal(row).unscaledValue().negate());
          continue;
        }
        long low = longs ? argument.getLong(row) : argument.getDecimalLow(row);
        long high = longs ? low >> 63 : argument.getDecimalHigh(row);
        add(at, ~high + (low == 0 ? 1 : 0), -low);
      }
    }

    /** Adds to the sum of the group whose state begins at {@code at}. */
    private void add(int at, long high, long low) {
      long lowSum = state[at] + low;
      long carry = Long.compareUnsigned(lowSum, low) < 0 ? 1 : 0;
      long before = state[at + HIGH];
      long highSum = before + high + carry;
      // Overflow if both addends have one sign and the sum the other.
      if (((before ^ highSum) & (high ^ highSum)) < 0) {
        spill(at / WIDTH);
        highSum = high;
        lowSum = low;
      }
      state[at + HIGH] = highSum;
      state[at] = lowSum;
    }

    private void addWide(int group, BigInteger value) {
      if (carries.length <= group) {
        carries = Arrays.copyOf(carries, state.length / WIDTH);
      }
      BigInteger before = carries[group];
      carries[group] = before == null ? value : before.add(value);
    }

    private void spill(int group) {
      if (carries.length <= group) {
        carries = Arrays.copyOf(carries, state.length / WIDTH);
      }
      carries[group] = total(group);
    }

    private BigInteger total(int group) {
      int at = group * WIDTH;
      BigInteger sum = Int128.toDecimal(state[at + HIGH], state[at], 0).unscaledValue();
      return group < carries.length && carries[group] != null ? sum.add(carries[group]) : sum;
    }

    @Override
    public void merge(Aggregator other, int[] from, int[] groupIds, int n) {
      OfDecimals that = (OfDecimals) other;
      for (int i = 0; i < n; i++) {
        int group = groupIds[i];
        int at = group * WIDTH;
        int source = from[i] * WIDTH;
        add(at, that.state[source + HIGH], that.state[source]);
        state[at + COUNT] += that.state[source + COUNT];
        if (from[i] < that.carries.length && that.carries[from[i]] != null) {
          BigInteger carried = that.carries[from[i]];
          spill(group);
          state[at + HIGH] = 0;
          state[at] = 0;
          carries[group] = carries[group].add(carried);
        }
      }
    }

    @Override
    public void finish(ColumnWriter out, int row, int from, int to) {
      for (int group = from; group < to; group++) {
        int at = group * WIDTH;
        int target = row + group - from;
        long count = state[at + COUNT];
        if (count == 0) {
          continue;
        }
        boolean small =
            !average && !longs && !wide && group >= carries.length && out.type().scale() == scale;
        if (small && state[at + HIGH] == state[at] >> 63 && out.type().length() >= LONG_DIGITS) {
          out.setDecimal(target, state[at + HIGH], state[at]);
          out.setValid(target);
          continue;
        }
        BigDecimal sum = new BigDecimal(total(group), scale);
        if (average) {
          writeAverage(out, target, sum, count, type);
        } else {
          out.setObject(target, sum);
        }
      }
    }

    @Override
    public long retainedBytes() {
      return 8L * state.length + 8L * carries.length;
    }

    @Override
    public void close() {}
  }

  /** Sums of REAL and DOUBLE, in double precision, in the order of the rows. */
  static final class OfDoubles implements Aggregator {
    private final boolean single;
    private final boolean average;
    private double[] sums = new double[16];
    private long[] counts = new long[16];

    private OfDoubles(List<DataType> arguments, boolean average) {
      this.single = arguments.get(0).kind() == Kind.REAL;
      this.average = average;
    }

    static Aggregator sum(List<DataType> arguments, DataType type) {
      return new OfDoubles(arguments, false);
    }

    static Aggregator average(List<DataType> arguments, DataType type) {
      return new OfDoubles(arguments, true);
    }

    @Override
    public void ensureGroups(int groups) {
      if (groups > sums.length) {
        int capacity = Math.max(groups, sums.length * 2);
        sums = Arrays.copyOf(sums, capacity);
        counts = Arrays.copyOf(counts, capacity);
      }
    }

    @Override
    public void update(ColumnView[] arguments, int[] groupIds, int[] rows, int n) {
      ColumnView argument = arguments[0];
      boolean nulls = argument.mayHaveNulls();
      for (int i = 0; i < n; i++) {
        int row = rows[i];
        if (!nulls || !argument.isNull(row)) {
          int group = groupIds[i];
          sums[group] += single ? argument.getFloat(row) : argument.getDouble(row);
          counts[group]++;
        }
      }
    }

    @Override
    public void merge(Aggregator other, int[] from, int[] groupIds, int n) {
      OfDoubles that = (OfDoubles) other;
      for (int i = 0; i < n; i++) {
        sums[groupIds[i]] += that.sums[from[i]];
        counts[groupIds[i]] += that.counts[from[i]];
      }
    }

    @Override
    public void finish(ColumnWriter out, int row, int from, int to) {
      for (int group = from; group < to; group++) {
        if (counts[group] == 0) {
          continue;
        }
        double result = average ? sums[group] / counts[group] : sums[group];
        if (out.type().kind() == Kind.REAL) {
          out.setFloat(row + group - from, (float) result);
        } else {
          out.setDouble(row + group - from, result);
        }
        out.setValid(row + group - from);
      }
    }

    @Override
    public long retainedBytes() {
      return 16L * sums.length;
    }

    @Override
    public void close() {}
  }
}
