package org.kalamdb.internal.expr;

import org.kalamdb.internal.vector.ColumnView;
import org.kalamdb.internal.vector.ColumnWriter;

/**
 * The loop that computes one function over many rows. One instance belongs to one call site of one
 * evaluator, so it may keep scratch state and the JIT sees one type of argument.
 */
@FunctionalInterface
public interface Kernel {
  /**
   * Computes the rows {@code rows[0..n)}, ascending. For a strict function none of them has a NULL
   * argument and the writer already marks them valid; the kernel may still set one NULL. For the
   * others the kernel looks at the arguments and marks each row itself.
   */
  void apply(
      ColumnView[] arguments, ColumnWriter out, int[] rows, int n, EvaluationContext context);
}
