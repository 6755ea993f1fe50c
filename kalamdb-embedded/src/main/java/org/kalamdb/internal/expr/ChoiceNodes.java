package org.kalamdb.internal.expr;

import org.apache.arrow.memory.BufferAllocator;
import org.kalamdb.internal.vector.ColumnView;
import org.kalamdb.internal.vector.ColumnWriter;
import org.kalamdb.schema.DataType;

/** CASE and COALESCE: each branch is computed on its own rows, then the rows are put together. */
final class ChoiceNodes {
  private ChoiceNodes() {}

  /** Which branch each row has, and the copying that both kinds end with. */
  private abstract static class Choice extends EvaluationNode {
    private final ColumnWriter writer;
    private final ColumnView[] branches;
    private int[] choices = new int[16];

    Choice(int branches, DataType type, BufferAllocator allocator) {
      super(type);
      this.branches = new ColumnView[branches];
      this.writer = new ColumnWriter(type, allocator);
    }

    @Override
    final ColumnView evaluate(Frame frame, int[] rows, int n) {
      int rowCount = frame.rowCount();
      if (choices.length < rowCount) {
        choices = new int[rowCount];
      }
      for (int i = 0; i < n; i++) {
        choices[rows[i]] = -1;
      }
      int[] open = scratch(n);
      System.arraycopy(rows, 0, open, 0, n);
      choose(frame, open, n, choices, branches);
      writer.begin(rowCount);
      for (int i = 0; i < n; i++) {
        int row = rows[i];
        if (choices[row] >= 0) {
          writer.copyValue(row, branches[choices[row]], row);
        }
      }
      return writer.finish(rowCount);
    }

    /**
     * Sets the branch of each open row that has one, and the values of each branch that was chosen.
     */
    abstract void choose(Frame frame, int[] open, int n, int[] choices, ColumnView[] branches);

    @Override
    public void close() {
      writer.close();
    }
  }

  /** Searched CASE. */
  static final class Case extends Choice {
    private final EvaluationNode[] conditions;
    private final EvaluationNode[] results;
    private int[] chosen = new int[16];

    /** The last result has no condition: it is ELSE. */
    Case(
        EvaluationNode[] conditions,
        EvaluationNode[] results,
        DataType type,
        BufferAllocator allocator) {
      super(results.length, type, allocator);
      this.conditions = conditions;
      this.results = results;
    }

    @Override
    void choose(Frame frame, int[] open, int n, int[] choices, ColumnView[] branches) {
      if (chosen.length < n) {
        chosen = new int[n];
      }
      int count = n;
      for (int branch = 0; branch < results.length && count > 0; branch++) {
        int taken = count;
        if (branch < conditions.length) {
          taken = conditions[branch].select(frame, open, count, chosen);
        } else {
          System.arraycopy(open, 0, chosen, 0, count);
        }
        if (taken == 0) {
          continue;
        }
        for (int i = 0; i < taken; i++) {
          choices[chosen[i]] = branch;
        }
        branches[branch] = results[branch].evaluate(frame, chosen, taken);
        int left = 0;
        for (int i = 0; i < count; i++) {
          if (choices[open[i]] < 0) {
            open[left++] = open[i];
          }
        }
        count = left;
      }
    }

    @Override
    public void close() {
      super.close();
      closeAll(conditions);
      closeAll(results);
    }
  }

  /** The first operand that is not NULL. */
  static final class Coalesce extends Choice {
    private final EvaluationNode[] operands;

    Coalesce(EvaluationNode[] operands, DataType type, BufferAllocator allocator) {
      super(operands.length, type, allocator);
      this.operands = operands;
    }

    @Override
    void choose(Frame frame, int[] open, int n, int[] choices, ColumnView[] branches) {
      int count = n;
      for (int branch = 0; branch < operands.length && count > 0; branch++) {
        ColumnView values = operands[branch].evaluate(frame, open, count);
        branches[branch] = values;
        int left = 0;
        for (int i = 0; i < count; i++) {
          int row = open[i];
          if (values.isNull(row)) {
            open[left++] = row;
          } else {
            choices[row] = branch;
          }
        }
        count = left;
      }
    }

    @Override
    public void close() {
      super.close();
      closeAll(operands);
    }
  }
}
