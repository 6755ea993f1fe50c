package org.kalamdb.internal.expr;

import org.kalamdb.internal.vector.ColumnView;
import org.kalamdb.schema.DataType;

/** One node of a compiled expression with the scratch memory of its result. Not thread-safe. */
abstract class EvaluationNode implements AutoCloseable {
  static final EvaluationNode[] NONE = {};

  /** The one row at which a constant is computed. */
  static final int[] ROW_ZERO = {0};

  final DataType type;
  private int[] scratch = ROW_ZERO;

  EvaluationNode(DataType type) {
    this.type = type;
  }

  /**
   * The values at {@code rows[0..n)}, ascending, by row number of the batch; other rows are
   * rubbish. Valid until the node is evaluated again.
   */
  abstract ColumnView evaluate(Frame frame, int[] rows, int n);

  /**
   * Writes those of the rows where the (BOOLEAN) value is TRUE to {@code out}, which may be {@code
   * rows} itself, and returns how many.
   */
  int select(Frame frame, int[] rows, int n, int[] out) {
    ColumnView values = evaluate(frame, rows, n);
    int count = 0;
    for (int i = 0; i < n; i++) {
      int row = rows[i];
      out[count] = row;
      count += !values.isNull(row) && values.getBoolean(row) ? 1 : 0;
    }
    return count;
  }

  /** An array of this node's own, of at least {@code n} elements, contents unspecified. */
  final int[] scratch(int n) {
    if (scratch == ROW_ZERO || scratch.length < n) {
      scratch = new int[Math.max(n, 16)];
    }
    return scratch;
  }

  @Override
  public void close() {}

  static void closeAll(EvaluationNode[] nodes) {
    for (EvaluationNode node : nodes) {
      node.close();
    }
  }
}
