package org.kalamdb.internal.engine;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.kalamdb.internal.engine.QueryExecutor.WriteOutcome;
import org.kalamdb.internal.sql.plan.BoundStatement.Returning;
import org.kalamdb.query.Row;

/** Collects the rows a write changed and computes its RETURNING over them. */
final class ReturnedRows {
  private static final @Nullable Object[] NOTHING = {};

  private final @Nullable Returning returning;
  private final int columns;
  private final RowEvaluators evaluators;
  private final StatementRows statementRows;
  private final List<@Nullable Object[]> layouts = new ArrayList<>();

  /**
   * @param returning null without RETURNING: then nothing is kept
   * @param columns of the table
   */
  ReturnedRows(
      @Nullable Returning returning,
      int columns,
      RowEvaluators evaluators,
      StatementRows statementRows) {
    this.returning = returning;
    this.columns = columns;
    this.evaluators = evaluators;
    this.statementRows = statementRows;
  }

  void add(@Nullable Object[] row) {
    add(row, NOTHING, 0);
  }

  /** A changed row beside the values of {@code source} from {@code from} on. */
  void add(@Nullable Object[] row, @Nullable Object[] source, int from) {
    if (returning != null) {
      @Nullable Object[] layout = Arrays.copyOf(row, columns + 2 + source.length - from);
      layout[columns + 1] = false;
      System.arraycopy(source, from, layout, columns + 2, source.length - from);
      statementRows.keep(layout);
      layouts.add(layout);
    }
  }

  WriteOutcome outcome(long count) {
    Returning asked = returning;
    if (asked == null) {
      return new WriteOutcome(count, List.of(), List.of());
    }
    List<Row> returned = new ArrayList<>(layouts.size());
    for (@Nullable Object[] layout : statementRows.widened(asked.input(), layouts)) {
      @Nullable Object[] values = new @Nullable Object[asked.expressions().size()];
      for (int i = 0; i < values.length; i++) {
        values[i] = evaluators.overRow(asked.expressions().get(i)).evaluate(layout);
      }
      returned.add(new Row(asked.columns(), values));
    }
    return new WriteOutcome(count, asked.columns(), returned);
  }
}
