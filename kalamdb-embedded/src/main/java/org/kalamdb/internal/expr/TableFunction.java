package org.kalamdb.internal.expr;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.kalamdb.internal.vector.ColumnWriter;
import org.kalamdb.schema.DataType;

/**
 * One overload of a function that gives rows. Immutable.
 *
 * @param arguments types the arguments are coerced to
 * @param outputs columns of its rows
 * @param strict whether a NULL argument makes no rows without opening a cursor
 */
public record TableFunction(
    String name,
    List<DataType> arguments,
    List<Output> outputs,
    boolean strict,
    CursorFactory cursors) {
  public TableFunction {
    arguments = List.copyOf(arguments);
    outputs = List.copyOf(outputs);
  }

  /** A column of the rows. */
  public record Output(String name, DataType type) {}

  /** Opens the rows of one call. */
  @FunctionalInterface
  public interface CursorFactory {
    Cursor open(@Nullable Object[] arguments, EvaluationContext context);
  }

  /** The rows of one call, made as they are asked for. */
  @FunctionalInterface
  public interface Cursor {
    /** A call without rows. */
    Cursor EMPTY = (columns, row) -> false;

    /**
     * Writes the next row's values, and their validity, at {@code row} of the columns, one for each
     * output; columns left alone are NULL.
     *
     * @return false if there is no further row
     */
    boolean next(List<ColumnWriter> columns, int row);
  }
}
