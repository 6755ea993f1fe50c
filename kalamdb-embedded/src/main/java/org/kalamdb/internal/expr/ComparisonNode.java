package org.kalamdb.internal.expr;

import static org.apache.arrow.memory.util.MemoryUtil.getInt;
import static org.apache.arrow.memory.util.MemoryUtil.getLong;

import org.apache.arrow.memory.BufferAllocator;
import org.kalamdb.internal.expr.Expression.ComparisonOperator;
import org.kalamdb.internal.vector.ColumnValues;
import org.kalamdb.internal.vector.ColumnView;
import org.kalamdb.internal.vector.ColumnWriter;
import org.kalamdb.schema.DataType;

/**
 * A comparison. What it finds is the rows where it is TRUE; the BOOLEAN column is made from them.
 * The greater-than operators exchange the operands, so that each kind has four loops.
 */
final class ComparisonNode extends EvaluationNode {
  private final ComparisonOperator operator;
  private final EvaluationNode left;
  private final EvaluationNode right;
  private final ColumnWriter writer;
  private final ColumnView[] operands = new ColumnView[2];

  ComparisonNode(
      ComparisonOperator operator,
      EvaluationNode left,
      EvaluationNode right,
      BufferAllocator allocator) {
    super(DataType.BOOLEAN);
    boolean flip =
        operator == ComparisonOperator.GREATER || operator == ComparisonOperator.GREATER_OR_EQUAL;
    this.operator = flip ? operator.flip() : operator;
    this.left = flip ? right : left;
    this.right = flip ? left : right;
    this.writer = new ColumnWriter(DataType.BOOLEAN, allocator);
  }

  /** The comparison that is TRUE where {@code operator} is FALSE. */
  static ComparisonOperator negate(ComparisonOperator operator) {
    return switch (operator) {
      case EQUAL -> ComparisonOperator.NOT_EQUAL;
      case NOT_EQUAL -> ComparisonOperator.EQUAL;
      case LESS -> ComparisonOperator.GREATER_OR_EQUAL;
      case LESS_OR_EQUAL -> ComparisonOperator.GREATER;
      case GREATER -> ComparisonOperator.LESS_OR_EQUAL;
      case GREATER_OR_EQUAL -> ComparisonOperator.LESS;
      case DISTINCT -> ComparisonOperator.NOT_DISTINCT;
      case NOT_DISTINCT -> ComparisonOperator.DISTINCT;
    };
  }

  @Override
  ColumnView evaluate(Frame frame, int[] rows, int n) {
    operands[0] = left.evaluate(frame, rows, n);
    operands[1] = right.evaluate(frame, rows, n);
    int rowCount = frame.rowCount();
    writer.begin(rowCount);
    if (nullIsValue()) {
      writer.setAllValid(rowCount);
    } else {
      writer.setValidWhereAll(operands, rowCount);
    }
    int[] found = scratch(n);
    int count = find(operands[0], operands[1], rows, n, found);
    writer.setAllFalse(rowCount);
    for (int i = 0; i < count; i++) {
      writer.setBoolean(found[i], true);
    }
    return writer.finish(rowCount);
  }

  @Override
  int select(Frame frame, int[] rows, int n, int[] out) {
    ColumnView a = left.evaluate(frame, rows, n);
    ColumnView b = right.evaluate(frame, rows, n);
    return find(a, b, rows, n, out);
  }

  private boolean nullIsValue() {
    return operator == ComparisonOperator.DISTINCT || operator == ComparisonOperator.NOT_DISTINCT;
  }

  private int find(ColumnView a, ColumnView b, int[] rows, int n, int[] out) {
    if (nullIsValue()) {
      return findDistinct(a, b, rows, n, out);
    }
    int[] active = rows;
    int count = n;
    if (a.mayHaveNulls() || b.mayHaveNulls()) {
      if (a.isAllNull() || b.isAllNull()) {
        return 0;
      }
      count = 0;
      for (int i = 0; i < n; i++) {
        int row = rows[i];
        out[count] = row;
        count += a.isNull(row) || b.isNull(row) ? 0 : 1;
      }
      active = out;
    }
    return switch (a.type().kind()) {
      case BIGINT, TIME, TIMESTAMP, TIMESTAMPTZ -> findLongs(a, b, active, count, out);
      case INTEGER, DATE -> findInts(a, b, active, count, out);
      case DOUBLE -> findDoubles(a, b, active, count, out);
      default -> findOthers(a, b, active, count, out);
    };
  }

  private int findLongs(ColumnView left, ColumnView right, int[] rows, int n, int[] out) {
    long a = left.dataAddress();
    long b = right.dataAddress();
    int am = left.mask();
    int bm = right.mask();
    int count = 0;
    switch (operator) {
      case EQUAL -> {
        for (int i = 0; i < n; i++) {
          int row = rows[i];
          out[count] = row;
          count +=
              getLong(a + ((long) (row & am) << 3)) == getLong(b + ((long) (row & bm) << 3))
                  ? 1
                  : 0;
        }
      }
      case NOT_EQUAL -> {
        for (int i = 0; i < n; i++) {
          int row = rows[i];
          out[count] = row;
          count +=
              getLong(a + ((long) (row & am) << 3)) != getLong(b + ((long) (row & bm) << 3))
                  ? 1
                  : 0;
        }
      }
      case LESS -> {
        for (int i = 0; i < n; i++) {
          int row = rows[i];
          out[count] = row;
          count +=
              getLong(a + ((long) (row & am) << 3)) < getLong(b + ((long) (row & bm) << 3)) ? 1 : 0;
        }
      }
      default -> {
        for (int i = 0; i < n; i++) {
          int row = rows[i];
          out[count] = row;
          count +=
              getLong(a + ((long) (row & am) << 3)) <= getLong(b + ((long) (row & bm) << 3))
                  ? 1
                  : 0;
        }
      }
    }
    return count;
  }

  private int findInts(ColumnView left, ColumnView right, int[] rows, int n, int[] out) {
    long a = left.dataAddress();
    long b = right.dataAddress();
    int am = left.mask();
    int bm = right.mask();
    int count = 0;
    switch (operator) {
      case EQUAL -> {
        for (int i = 0; i < n; i++) {
          int row = rows[i];
          out[count] = row;
          count +=
              getInt(a + ((long) (row & am) << 2)) == getInt(b + ((long) (row & bm) << 2)) ? 1 : 0;
        }
      }
      case NOT_EQUAL -> {
        for (int i = 0; i < n; i++) {
          int row = rows[i];
          out[count] = row;
          count +=
              getInt(a + ((long) (row & am) << 2)) != getInt(b + ((long) (row & bm) << 2)) ? 1 : 0;
        }
      }
      case LESS -> {
        for (int i = 0; i < n; i++) {
          int row = rows[i];
          out[count] = row;
          count +=
              getInt(a + ((long) (row & am) << 2)) < getInt(b + ((long) (row & bm) << 2)) ? 1 : 0;
        }
      }
      default -> {
        for (int i = 0; i < n; i++) {
          int row = rows[i];
          out[count] = row;
          count +=
              getInt(a + ((long) (row & am) << 2)) <= getInt(b + ((long) (row & bm) << 2)) ? 1 : 0;
        }
      }
    }
    return count;
  }

  private int findDoubles(ColumnView a, ColumnView b, int[] rows, int n, int[] out) {
    int count = 0;
    switch (operator) {
      case EQUAL -> {
        for (int i = 0; i < n; i++) {
          int row = rows[i];
          out[count] = row;
          count += ColumnValues.compareDoubles(a.getDouble(row), b.getDouble(row)) == 0 ? 1 : 0;
        }
      }
      case NOT_EQUAL -> {
        for (int i = 0; i < n; i++) {
          int row = rows[i];
          out[count] = row;
          count += ColumnValues.compareDoubles(a.getDouble(row), b.getDouble(row)) != 0 ? 1 : 0;
        }
      }
      case LESS -> {
        for (int i = 0; i < n; i++) {
          int row = rows[i];
          out[count] = row;
          count += ColumnValues.compareDoubles(a.getDouble(row), b.getDouble(row)) < 0 ? 1 : 0;
        }
      }
      default -> {
        for (int i = 0; i < n; i++) {
          int row = rows[i];
          out[count] = row;
          count += ColumnValues.compareDoubles(a.getDouble(row), b.getDouble(row)) <= 0 ? 1 : 0;
        }
      }
    }
    return count;
  }

  private int findOthers(ColumnView a, ColumnView b, int[] rows, int n, int[] out) {
    int count = 0;
    switch (operator) {
      case EQUAL -> {
        for (int i = 0; i < n; i++) {
          int row = rows[i];
          out[count] = row;
          count += ColumnValues.equal(a, row, b, row) ? 1 : 0;
        }
      }
      case NOT_EQUAL -> {
        for (int i = 0; i < n; i++) {
          int row = rows[i];
          out[count] = row;
          count += ColumnValues.equal(a, row, b, row) ? 0 : 1;
        }
      }
      case LESS -> {
        for (int i = 0; i < n; i++) {
          int row = rows[i];
          out[count] = row;
          count += ColumnValues.compare(a, row, b, row) < 0 ? 1 : 0;
        }
      }
      default -> {
        for (int i = 0; i < n; i++) {
          int row = rows[i];
          out[count] = row;
          count += ColumnValues.compare(a, row, b, row) <= 0 ? 1 : 0;
        }
      }
    }
    return count;
  }

  private int findDistinct(ColumnView a, ColumnView b, int[] rows, int n, int[] out) {
    boolean wanted = operator == ComparisonOperator.NOT_DISTINCT;
    int count = 0;
    for (int i = 0; i < n; i++) {
      int row = rows[i];
      boolean aNull = a.isNull(row);
      boolean bNull = b.isNull(row);
      boolean same = aNull || bNull ? aNull == bNull : ColumnValues.equal(a, row, b, row);
      out[count] = row;
      count += same == wanted ? 1 : 0;
    }
    return count;
  }

  @Override
  public void close() {
    writer.close();
    left.close();
    right.close();
  }
}
