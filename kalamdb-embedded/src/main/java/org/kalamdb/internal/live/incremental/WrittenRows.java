package org.kalamdb.internal.live.incremental;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Rows that stand in the query itself; they are there from the beginning and never change. */
final class WrittenRows extends IncrementalOperator {
  private final List<RowExpressions> rows;
  private boolean told;

  WrittenRows(List<RowExpressions> rows) {
    this.rows = List.copyOf(rows);
  }

  @Override
  List<KeyedChange> advance() {
    if (told) {
      return List.of();
    }
    told = true;
    List<KeyedChange> all = new ArrayList<>(rows.size());
    @Nullable Object[] none = {};
    for (int i = 0; i < rows.size(); i++) {
      all.add(KeyedChange.added(i, rows.get(i).evaluate(none)));
    }
    return all;
  }

  @Override
  List<IncrementalOperator> inputs() {
    return List.of();
  }

  @Override
  String label() {
    return "Values";
  }

  @Override
  void clear() {
    told = false;
  }

  @Override
  public void close() {
    rows.forEach(RowExpressions::close);
  }
}
