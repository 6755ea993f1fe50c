package org.kalamdb.internal.live.incremental;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Other columns of the same rows. Keeps nothing. */
final class ProjectedRows extends IncrementalOperator {
  private final IncrementalOperator input;
  private final RowExpressions expressions;

  ProjectedRows(IncrementalOperator input, RowExpressions expressions) {
    this.input = input;
    this.expressions = expressions;
  }

  @Override
  List<KeyedChange> advance() {
    List<KeyedChange> changes = input.advance();
    if (changes.isEmpty()) {
      return changes;
    }
    List<KeyedChange> projected = new ArrayList<>(changes.size());
    for (KeyedChange change : changes) {
      projected.add(
          new KeyedChange(
              change.key(), project(change.oldRow()), project(change.newRow()), change.moved()));
    }
    return projected;
  }

  private @Nullable Object @Nullable [] project(@Nullable Object @Nullable [] row) {
    return row == null ? null : expressions.evaluate(row);
  }

  @Override
  List<IncrementalOperator> inputs() {
    return List.of(input);
  }

  @Override
  String label() {
    return "Project " + expressions;
  }

  @Override
  public void close() {
    expressions.close();
  }
}
