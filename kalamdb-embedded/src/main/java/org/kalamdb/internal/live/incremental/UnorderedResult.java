package org.kalamdb.internal.live.incremental;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Rows in no order: as they came. */
final class UnorderedResult extends LiveResult {
  private final int width;
  private final Map<Object, @Nullable Object[]> rows = new LinkedHashMap<>();

  UnorderedResult(int width) {
    this.width = width;
  }

  @Override
  List<ResultChange> apply(List<KeyedChange> changes) {
    List<ResultChange> told = new ArrayList<>(changes.size());
    for (KeyedChange change : changes) {
      @Nullable Object[] before =
          change.newRow() == null
              ? rows.remove(change.key())
              : rows.put(change.key(), change.newRow());
      if ((before == null) != (change.oldRow() == null)) {
        throw new IllegalStateException("A live query's rows are not what its changes say");
      }
      if (before == null || change.newRow() == null || !same(before, change.newRow())) {
        told.add(new ResultChange(before, change.newRow(), change.moved(), -1, -1));
      }
    }
    return told;
  }

  @Override
  void load(List<KeyedChange> loaded) {
    for (KeyedChange change : loaded) {
      if (change.newRow() != null) {
        rows.put(change.key(), change.newRow());
      }
    }
  }

  @Override
  List<@Nullable Object[]> rows() {
    return new ArrayList<>(rows.values());
  }

  @Override
  String label() {
    return "Result";
  }

  @Override
  int kept() {
    return rows.size();
  }

  @Override
  long stateBytes() {
    return rows.size()
        * (2L * IncrementalOperator.ENTRY_BYTES
            + IncrementalOperator.ROW_BYTES
            + (long) IncrementalOperator.VALUE_BYTES * width);
  }

  @Override
  void clear() {
    rows.clear();
  }

  @Override
  public void close() {}
}
