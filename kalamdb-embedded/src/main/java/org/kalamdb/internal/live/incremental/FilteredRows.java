package org.kalamdb.internal.live.incremental;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The rows for which a condition is true. Keeps nothing. */
final class FilteredRows extends IncrementalOperator {
  private final IncrementalOperator input;
  private final RowExpressions condition;

  FilteredRows(IncrementalOperator input, RowExpressions condition) {
    this.input = input;
    this.condition = condition;
  }

  @Override
  List<KeyedChange> advance() {
    List<KeyedChange> changes = input.advance();
    if (changes.isEmpty()) {
      return changes;
    }
    List<KeyedChange> kept = new ArrayList<>(changes.size());
    for (KeyedChange change : changes) {
      boolean before = matches(change.oldRow());
      boolean after = matches(change.newRow());
      if (before || after) {
        boolean whole = change.oldRow() != null && change.newRow() != null;
        kept.add(
            new KeyedChange(
                change.key(),
                before ? change.oldRow() : null,
                after ? change.newRow() : null,
                change.moved() || (whole && before != after)));
      }
    }
    return kept;
  }

  private boolean matches(@Nullable Object @Nullable [] row) {
    return row != null && condition.isTrue(0, row);
  }

  @Override
  List<IncrementalOperator> inputs() {
    return List.of(input);
  }

  @Override
  String label() {
    return "Filter " + condition;
  }

  @Override
  public void close() {
    condition.close();
  }
}
