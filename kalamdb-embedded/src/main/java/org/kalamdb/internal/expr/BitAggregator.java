package org.kalamdb.internal.expr;

import java.util.Arrays;
import org.kalamdb.internal.vector.ColumnView;
import org.kalamdb.internal.vector.ColumnWriter;
import org.kalamdb.schema.DataType.Kind;

/** bit_and, bit_or and bit_xor of whole numbers. */
final class BitAggregator implements Aggregator {
  private final Operation operation;
  private final Kind kind;
  private long[] values = new long[16];
  private boolean[] seen = new boolean[16];

  /** How two values become one. */
  enum Operation {
    BIT_AND,
    BIT_OR,
    BIT_XOR
  }

  BitAggregator(Operation operation, Kind kind) {
    this.operation = operation;
    this.kind = kind;
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
    for (int i = 0; i < n; i++) {
      if (!argument.isNull(rows[i])) {
        add(groupIds[i], read(argument, rows[i]));
      }
    }
  }

  private long read(ColumnView column, int row) {
    return switch (kind) {
      case SMALLINT -> column.getShort(row);
      case INTEGER -> column.getInt(row);
      default -> column.getLong(row);
    };
  }

  private void add(int group, long value) {
    if (!seen[group]) {
      values[group] = value;
      seen[group] = true;
      return;
    }
    values[group] =
        switch (operation) {
          case BIT_AND -> values[group] & value;
          case BIT_OR -> values[group] | value;
          case BIT_XOR -> values[group] ^ value;
        };
  }

  @Override
  public boolean isOrderFree() {
    return true;
  }

  @Override
  public void merge(Aggregator other, int[] from, int[] groupIds, int n) {
    BitAggregator that = (BitAggregator) other;
    for (int i = 0; i < n; i++) {
      if (that.seen[from[i]]) {
        add(groupIds[i], that.values[from[i]]);
      }
    }
  }

  @Override
  public void finish(ColumnWriter out, int row, int from, int to) {
    for (int group = from; group < to; group++) {
      int at = row + group - from;
      if (!seen[group]) {
        continue;
      }
      switch (kind) {
        case SMALLINT -> out.setShort(at, (short) values[group]);
        case INTEGER -> out.setInt(at, (int) values[group]);
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
}
