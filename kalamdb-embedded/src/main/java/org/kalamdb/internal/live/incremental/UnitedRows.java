package org.kalamdb.internal.live.incremental;

import java.util.ArrayList;
import java.util.List;

/** All rows of all inputs (UNION ALL). Keeps nothing. */
final class UnitedRows extends IncrementalOperator {
  private final List<IncrementalOperator> inputs;

  /** The row of an input. */
  private record BranchKey(int branch, Object key) {}

  UnitedRows(List<IncrementalOperator> inputs) {
    this.inputs = List.copyOf(inputs);
  }

  @Override
  List<KeyedChange> advance() {
    List<KeyedChange> united = new ArrayList<>();
    for (int i = 0; i < inputs.size(); i++) {
      for (KeyedChange change : inputs.get(i).advance()) {
        united.add(
            new KeyedChange(
                new BranchKey(i, change.key()), change.oldRow(), change.newRow(), change.moved()));
      }
    }
    return united;
  }

  @Override
  List<IncrementalOperator> inputs() {
    return inputs;
  }

  @Override
  String label() {
    return "Union all";
  }
}
