package org.kalamdb.internal.expr;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.kalamdb.internal.vector.ColumnView;
import org.kalamdb.internal.vector.ColumnWriter;
import org.kalamdb.schema.DataType;
import org.kalamdb.schema.DataType.Kind;

/** min and max: of types of up to 64 bits in a {@code long[]}, of the others as objects. */
final class ExtremeAggregator implements Aggregator {
  private final Kind kind;
  private final boolean greatest;

  /** Values in a form that orders as a signed long does. */
  private long[] values = new long[16];

  private boolean[] seen = new boolean[16];

  private ExtremeAggregator(Kind kind, boolean greatest) {
    this.kind = kind;
    this.greatest = greatest;
  }

  static Aggregator create(DataType type, boolean greatest) {
    return switch (type.kind()) {
      case SMALLINT, INTEGER, BIGINT, REAL, DOUBLE, DATE, TIME, TIMESTAMP, TIMESTAMPTZ ->
          new ExtremeAggregator(type.kind(), greatest);
      default -> new OfObjects(type, greatest);
    };
  }

  @Override
  public void ensureGroups(int groups) {
    if (groups > values.length) {
      int capacity = Math.max(groups, values.length * 2);
      values = Arrays.copyOf(values, capacity);
      seen = Arrays.copyOf(seen, capacity);
    }
  }

  @Override
  public void update(ColumnView[] arguments, int[] groupIds, int[] rows, int n) {
    ColumnView argument = arguments[0];
    switch (kind) {
      case SMALLINT -> {
        for (int i = 0; i < n; i++) {
          if (!argument.isNull(rows[i])) {
            add(groupIds[i], argument.getShort(rows[i]));
          }
        }
      }
      case INTEGER, DATE -> {
        for (int i = 0; i < n; i++) {
          if (!argument.isNull(rows[i])) {
            add(groupIds[i], argument.getInt(rows[i]));
          }
        }
      }
      case REAL -> {
        for (int i = 0; i < n; i++) {
          if (!argument.isNull(rows[i])) {
            add(groupIds[i], ordered(argument.getFloat(rows[i])));
          }
        }
      }
      case DOUBLE -> {
        for (int i = 0; i < n; i++) {
          if (!argument.isNull(rows[i])) {
            add(groupIds[i], ordered(argument.getDouble(rows[i])));
          }
        }
      }
      default -> {
        for (int i = 0; i < n; i++) {
          if (!argument.isNull(rows[i])) {
            add(groupIds[i], argument.getLong(rows[i]));
          }
        }
      }
    }
  }

  private void add(int group, long value) {
    if (!seen[group] || (greatest ? value > values[group] : value < values[group])) {
      values[group] = value;
      seen[group] = true;
    }
  }

  /** Bits that order as the numbers do, NaN last. */
  private static long ordered(double value) {
    long bits = Double.doubleToLongBits(value);
    return bits ^ (bits >> 63 & Long.MAX_VALUE);
  }

  private static double number(long ordered) {
    return Double.longBitsToDouble(ordered ^ (ordered >> 63 & Long.MAX_VALUE));
  }

  @Override
  public boolean isOrderFree() {
    return true;
  }

  @Override
  public void merge(Aggregator other, int[] from, int[] groupIds, int n) {
    ExtremeAggregator that = (ExtremeAggregator) other;
    for (int i = 0; i < n; i++) {
      if (that.seen[from[i]]) {
        add(groupIds[i], that.values[from[i]]);
      }
    }
  }

  @Override
  public void finish(ColumnWriter out, int row, int from, int to) {
    for (int group = from; group < to; group++) {
      if (!seen[group]) {
        continue;
      }
      int at = row + group - from;
      switch (kind) {
        case SMALLINT -> out.setShort(at, (short) values[group]);
        case INTEGER, DATE -> out.setInt(at, (int) values[group]);
        case REAL -> out.setFloat(at, (float) number(values[group]));
        case DOUBLE -> out.setDouble(at, number(values[group]));
        default -> out.setLong(at, values[group]);
      }
      out.setValid(at);
    }
  }

  @Override
  public long retainedBytes() {
    return 9L * values.length;
  }

  @Override
  public void close() {}

  /** Of text, bytes, decimals, intervals: kept as objects. */
  private static final class OfObjects extends ObjectAggregator<Object> {
    private final DataType type;
    private final boolean greatest;

    OfObjects(DataType type, boolean greatest) {
      this.type = type;
      this.greatest = greatest;
    }

    @Override
    @Nullable Object add(@Nullable Object state, ColumnView[] arguments, int row) {
      Object value = arguments[0].getObject(row);
      return value == null || state != null && !wins(value, state) ? state : value;
    }

    /** Not where equal values may look different, as intervals do. */
    @Override
    public boolean isOrderFree() {
      return switch (type.kind()) {
        case TEXT, VARCHAR, DECIMAL, BYTES, UUID -> true;
        default -> false;
      };
    }

    private boolean wins(Object value, Object state) {
      int order = Values.compare(value, state, type);
      return greatest ? order > 0 : order < 0;
    }

    @Override
    Object combine(Object left, Object right) {
      return wins(right, left) ? right : left;
    }

    @Override
    long bytesOf(Object state) {
      if (state instanceof String text) {
        return OBJECT_BYTES + text.length();
      }
      return OBJECT_BYTES + (state instanceof byte[] bytes ? bytes.length : 0);
    }

    @Override
    Object result(Object state) {
      return state;
    }
  }
}
