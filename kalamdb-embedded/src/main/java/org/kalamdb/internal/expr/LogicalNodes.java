package org.kalamdb.internal.expr;

import org.apache.arrow.memory.BufferAllocator;
import org.kalamdb.internal.vector.ColumnView;
import org.kalamdb.internal.vector.ColumnWriter;
import org.kalamdb.schema.DataType;

/** Three-valued AND, OR, NOT, and IS NULL. */
final class LogicalNodes {
  private LogicalNodes() {}

  /** AND or OR: an operand is computed only on rows that the ones before it left open. */
  static final class Connective extends EvaluationNode {
    private static final byte FALSE = 0;
    private static final byte TRUE = 1;
    private static final byte UNKNOWN = 2;

    private final boolean and;
    private final EvaluationNode[] operands;
    private final ColumnWriter writer;
    private byte[] states = new byte[16];
    private int[] merged = new int[16];
    private int[] found = new int[16];

    Connective(boolean and, EvaluationNode[] operands, BufferAllocator allocator) {
      super(DataType.BOOLEAN);
      this.and = and;
      this.operands = operands;
      this.writer = new ColumnWriter(DataType.BOOLEAN, allocator);
    }

    @Override
    ColumnView evaluate(Frame frame, int[] rows, int n) {
      int rowCount = frame.rowCount();
      if (states.length < rowCount) {
        states = new byte[rowCount];
      }
      byte deciding = and ? FALSE : TRUE;
      byte neutral = and ? TRUE : FALSE;
      int[] open = scratch(n);
      System.arraycopy(rows, 0, open, 0, n);
      for (int i = 0; i < n; i++) {
        states[rows[i]] = neutral;
      }
      int count = n;
      for (EvaluationNode operand : operands) {
        if (count == 0) {
          break;
        }
        ColumnView values = operand.evaluate(frame, open, count);
        int left = 0;
        for (int i = 0; i < count; i++) {
          int row = open[i];
          if (values.isNull(row)) {
            states[row] = UNKNOWN;
          } else if (values.getBoolean(row) != and) {
            states[row] = deciding;
            continue;
          }
          open[left++] = row;
        }
        count = left;
      }
      writer.begin(rowCount);
      writer.setAllValid(rowCount);
      for (int i = 0; i < n; i++) {
        int row = rows[i];
        writer.setBoolean(row, states[row] == TRUE);
        if (states[row] == UNKNOWN) {
          writer.setNull(row);
        }
      }
      return writer.finish(rowCount);
    }

    @Override
    int select(Frame frame, int[] rows, int n, int[] out) {
      return and ? selectAll(frame, rows, n, out) : selectAny(frame, rows, n, out);
    }

    private int selectAll(Frame frame, int[] rows, int n, int[] out) {
      int[] active = rows;
      int count = n;
      for (EvaluationNode operand : operands) {
        if (count == 0) {
          break;
        }
        count = operand.select(frame, active, count, out);
        active = out;
      }
      return count;
    }

    private int selectAny(Frame frame, int[] rows, int n, int[] out) {
      if (merged.length < n) {
        merged = new int[n];
        found = new int[n];
      }
      int[] open = scratch(n);
      System.arraycopy(rows, 0, open, 0, n);
      int openCount = n;
      int total = 0;
      for (EvaluationNode operand : operands) {
        if (openCount == 0) {
          break;
        }
        int count = operand.select(frame, open, openCount, found);
        if (count > 0) {
          openCount = remove(open, openCount, count);
          total = merge(total, count);
        }
      }
      System.arraycopy(merged, 0, out, 0, total);
      return total;
    }

    /** Takes the found rows out of the open ones; both ascend. */
    private int remove(int[] open, int openCount, int count) {
      int left = 0;
      int next = 0;
      for (int i = 0; i < openCount; i++) {
        if (next < count && found[next] == open[i]) {
          next++;
        } else {
          open[left++] = open[i];
        }
      }
      return left;
    }

    /** Adds the found rows to the merged ones, from the back. */
    private int merge(int total, int count) {
      int a = total - 1;
      int b = count - 1;
      for (int to = total + count - 1; b >= 0; to--) {
        merged[to] = a >= 0 && merged[a] > found[b] ? merged[a--] : found[b--];
      }
      return total + count;
    }

    @Override
    public void close() {
      writer.close();
      closeAll(operands);
    }
  }

  /** NOT of anything but a comparison, which has its own negation. */
  static final class Not extends EvaluationNode {
    private final EvaluationNode operand;
    private final ColumnWriter writer;
    private final ColumnView[] arguments = new ColumnView[1];

    Not(EvaluationNode operand, BufferAllocator allocator) {
      super(DataType.BOOLEAN);
      this.operand = operand;
      this.writer = new ColumnWriter(DataType.BOOLEAN, allocator);
    }

    @Override
    ColumnView evaluate(Frame frame, int[] rows, int n) {
      ColumnView values = operand.evaluate(frame, rows, n);
      int rowCount = frame.rowCount();
      arguments[0] = values;
      writer.begin(rowCount);
      writer.setValidWhereAll(arguments, rowCount);
      for (int i = 0; i < n; i++) {
        writer.setBoolean(rows[i], !values.isAllNull() && !values.getBoolean(rows[i]));
      }
      return writer.finish(rowCount);
    }

    @Override
    int select(Frame frame, int[] rows, int n, int[] out) {
      ColumnView values = operand.evaluate(frame, rows, n);
      int count = 0;
      for (int i = 0; i < n; i++) {
        int row = rows[i];
        out[count] = row;
        count += values.isNull(row) || values.getBoolean(row) ? 0 : 1;
      }
      return count;
    }

    @Override
    public void close() {
      writer.close();
      operand.close();
    }
  }

  /** IS NULL and IS NOT NULL. */
  static final class IsNull extends EvaluationNode {
    private final EvaluationNode operand;
    private final boolean negated;
    private final ColumnWriter writer;

    IsNull(EvaluationNode operand, boolean negated, BufferAllocator allocator) {
      super(DataType.BOOLEAN);
      this.operand = operand;
      this.negated = negated;
      this.writer = new ColumnWriter(DataType.BOOLEAN, allocator);
    }

    @Override
    ColumnView evaluate(Frame frame, int[] rows, int n) {
      ColumnView values = operand.evaluate(frame, rows, n);
      int rowCount = frame.rowCount();
      writer.begin(rowCount);
      writer.setAllValid(rowCount);
      for (int i = 0; i < n; i++) {
        writer.setBoolean(rows[i], values.isNull(rows[i]) != negated);
      }
      return writer.finish(rowCount);
    }

    @Override
    int select(Frame frame, int[] rows, int n, int[] out) {
      ColumnView values = operand.evaluate(frame, rows, n);
      int count = 0;
      for (int i = 0; i < n; i++) {
        int row = rows[i];
        out[count] = row;
        count += values.isNull(row) != negated ? 1 : 0;
      }
      return count;
    }

    @Override
    public void close() {
      writer.close();
      operand.close();
    }
  }
}
