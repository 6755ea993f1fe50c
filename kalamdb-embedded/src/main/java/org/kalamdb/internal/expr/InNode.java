package org.kalamdb.internal.expr;

import org.apache.arrow.memory.BufferAllocator;
import org.jspecify.annotations.Nullable;
import org.kalamdb.internal.vector.ColumnValues;
import org.kalamdb.internal.vector.ColumnView;
import org.kalamdb.internal.vector.ColumnWriter;
import org.kalamdb.schema.DataType;

/**
 * {@code x [NOT] IN (a, b, ...)}. A list of literals and parameters is kept as a column with a hash
 * table over it, built once for each context; any other list is compared value by value, each only
 * on rows that are still open.
 */
final class InNode extends EvaluationNode {
  private static final byte OPEN = 0;
  private static final byte FOUND = 1;
  private static final byte MET_NULL = 2;

  private final EvaluationNode operand;
  private final EvaluationNode[] list;
  private final boolean negated;
  private final boolean constantList;
  private final ColumnWriter writer;
  private final ColumnWriter known;
  private byte[] states = new byte[16];

  private @Nullable EvaluationContext builtFor;
  private @Nullable ColumnView knownView;
  private int[] table = {0};
  private boolean listHasNull;

  InNode(
      EvaluationNode operand,
      EvaluationNode[] list,
      boolean negated,
      boolean constantList,
      BufferAllocator allocator) {
    super(DataType.BOOLEAN);
    this.operand = operand;
    this.list = list;
    this.negated = negated;
    this.constantList = constantList;
    this.writer = new ColumnWriter(DataType.BOOLEAN, allocator);
    this.known = new ColumnWriter(operand.type, allocator);
  }

  @Override
  ColumnView evaluate(Frame frame, int[] rows, int n) {
    match(frame, rows, n);
    int rowCount = frame.rowCount();
    writer.begin(rowCount);
    writer.setAllValid(rowCount);
    for (int i = 0; i < n; i++) {
      int row = rows[i];
      writer.setBoolean(row, states[row] == FOUND != negated);
      if (states[row] == MET_NULL) {
        writer.setNull(row);
      }
    }
    return writer.finish(rowCount);
  }

  @Override
  int select(Frame frame, int[] rows, int n, int[] out) {
    match(frame, rows, n);
    byte wanted = negated ? OPEN : FOUND;
    int count = 0;
    for (int i = 0; i < n; i++) {
      int row = rows[i];
      out[count] = row;
      count += states[row] == wanted ? 1 : 0;
    }
    return count;
  }

  private void match(Frame frame, int[] rows, int n) {
    if (states.length < frame.rowCount()) {
      states = new byte[frame.rowCount()];
    }
    ColumnView values = operand.evaluate(frame, rows, n);
    if (constantList) {
      matchConstants(build(frame), values, rows, n);
    } else {
      matchEach(frame, values, rows, n);
    }
  }

  private void matchConstants(ColumnView constants, ColumnView values, int[] rows, int n) {
    byte missing = listHasNull ? MET_NULL : OPEN;
    int mask = table.length - 1;
    for (int i = 0; i < n; i++) {
      int row = rows[i];
      if (values.isNull(row)) {
        states[row] = MET_NULL;
        continue;
      }
      byte state = missing;
      int slot = (int) ColumnValues.hash(values, row) & mask;
      while (table[slot] != 0) {
        if (ColumnValues.equal(values, row, constants, table[slot] - 1)) {
          state = FOUND;
          break;
        }
        slot = slot + 1 & mask;
      }
      states[row] = state;
    }
  }

  private ColumnView build(Frame frame) {
    ColumnView built = knownView;
    if (built != null && builtFor == frame.context()) {
      return built;
    }
    builtFor = null;
    listHasNull = false;
    known.begin(list.length);
    int count = 0;
    for (EvaluationNode item : list) {
      ColumnView value = item.evaluate(frame, ROW_ZERO, 1);
      if (value.isNull(0)) {
        listHasNull = true;
      } else {
        known.copyValue(count++, value, 0);
      }
    }
    built = known.finish(list.length);
    table = new int[Integer.highestOneBit(Math.max(2, count * 2)) * 2];
    int mask = table.length - 1;
    for (int i = 0; i < count; i++) {
      int slot = (int) ColumnValues.hash(built, i) & mask;
      while (table[slot] != 0) {
        slot = slot + 1 & mask;
      }
      table[slot] = i + 1;
    }
    knownView = built;
    builtFor = frame.context();
    return built;
  }

  private void matchEach(Frame frame, ColumnView values, int[] rows, int n) {
    int[] open = scratch(n);
    int count = 0;
    for (int i = 0; i < n; i++) {
      int row = rows[i];
      boolean isNull = values.isNull(row);
      states[row] = isNull ? MET_NULL : OPEN;
      if (!isNull) {
        open[count++] = row;
      }
    }
    for (EvaluationNode item : list) {
      if (count == 0) {
        return;
      }
      ColumnView candidates = item.evaluate(frame, open, count);
      int left = 0;
      for (int i = 0; i < count; i++) {
        int row = open[i];
        if (candidates.isNull(row)) {
          states[row] = MET_NULL;
        } else if (ColumnValues.equal(values, row, candidates, row)) {
          states[row] = FOUND;
          continue;
        }
        open[left++] = row;
      }
      count = left;
    }
  }

  @Override
  public void close() {
    writer.close();
    known.close();
    operand.close();
    closeAll(list);
  }
}
