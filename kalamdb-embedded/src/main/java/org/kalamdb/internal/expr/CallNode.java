package org.kalamdb.internal.expr;

import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.FieldVector;
import org.kalamdb.internal.expr.ScalarFunction.Volatility;
import org.kalamdb.internal.vector.ColumnView;
import org.kalamdb.internal.vector.ColumnWriter;
import org.kalamdb.schema.DataType;

/**
 * A function call or cast: arguments, then its kernel over the rows where none is NULL (all rows if
 * it is not strict), once where all arguments are constant.
 */
final class CallNode extends EvaluationNode {
  private final Kernel kernel;
  private final boolean strict;
  private final boolean foldable;
  private final EvaluationNode[] operands;
  private final ColumnView[] arguments;
  private final ColumnWriter writer;

  CallNode(
      ScalarFunction function,
      Kernel kernel,
      EvaluationNode[] operands,
      DataType type,
      BufferAllocator allocator) {
    this(
        kernel,
        function.strict(),
        function.volatility() != Volatility.VOLATILE,
        operands,
        type,
        allocator);
  }

  CallNode(
      Kernel kernel,
      boolean strict,
      boolean foldable,
      EvaluationNode[] operands,
      DataType type,
      BufferAllocator allocator) {
    super(type);
    this.kernel = kernel;
    this.strict = strict;
    this.foldable = foldable;
    this.operands = operands;
    this.arguments = new ColumnView[operands.length];
    this.writer = new ColumnWriter(type, allocator);
  }

  @Override
  ColumnView evaluate(Frame frame, int[] rows, int n) {
    boolean constant = foldable && n > 0;
    boolean nulls = false;
    for (int i = 0; i < operands.length; i++) {
      ColumnView argument = operands[i].evaluate(frame, rows, n);
      arguments[i] = argument;
      constant &= argument.isConstant() || argument.isAllNull();
      nulls |= argument.mayHaveNulls();
    }
    int rowCount = constant ? 1 : frame.rowCount();
    int[] active = constant ? ROW_ZERO : rows;
    int count = constant ? 1 : n;
    writer.begin(rowCount);
    if (strict) {
      writer.setValidWhereAll(arguments, rowCount);
      if (nulls) {
        int[] valid = scratch(count);
        int kept = 0;
        for (int i = 0; i < count; i++) {
          int row = active[i];
          valid[kept] = row;
          kept += writer.isNull(row) ? 0 : 1;
        }
        active = valid;
        count = kept;
      }
    }
    if (count > 0) {
      kernel.apply(arguments, writer, active, count, frame.context());
    }
    return constant ? writer.finishConstant() : writer.finish(rowCount);
  }

  /** Hands the column of the last evaluation, if it was no constant, to the caller. */
  FieldVector takeResult(int rowCount) {
    return writer.takeVector(rowCount);
  }

  @Override
  public void close() {
    writer.close();
    closeAll(operands);
  }
}
