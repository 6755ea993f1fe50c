package org.kalamdb.internal.live.incremental;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.kalamdb.schema.DataType;

/**
 * The rows of a query that is run again and again; a run's rows are compared with the last one's by
 * the columns that are known to tell rows apart, else as a whole. Used by one thread at a time.
 */
public final class RerunResult {
  private final List<DataType> types;
  private final int @Nullable [] keyColumns;
  private final boolean ordered;
  private Map<Object, Placed> rows = new LinkedHashMap<>();

  private record Placed(@Nullable Object[] row, int index) {}

  private record CopyKey(Object row, int copy) {}

  /**
   * @param keyColumns positions no two rows agree in; null: rows may be the same
   * @param ordered whether rows have a place
   */
  public RerunResult(List<DataType> types, @Nullable List<Integer> keyColumns, boolean ordered) {
    this.types = List.copyOf(types);
    this.keyColumns =
        keyColumns == null ? null : keyColumns.stream().mapToInt(Integer::intValue).toArray();
    this.ordered = ordered;
  }

  /** Takes the rows of the newest run and says what has changed since the one before. */
  public List<ResultChange> replace(List<@Nullable Object[]> newest) {
    Map<Object, Placed> now = place(newest);
    List<ResultChange> changes = new ArrayList<>();
    boolean[] keptPlace = ordered ? keptPlaces(now) : new boolean[0];
    int at = 0;
    for (Map.Entry<Object, Placed> entry : now.entrySet()) {
      Placed before = rows.remove(entry.getKey());
      Placed after = entry.getValue();
      boolean movedOn = ordered && before != null && !keptPlace[at];
      at++;
      if (before == null || movedOn || !LiveResult.same(before.row, after.row)) {
        changes.add(
            new ResultChange(
                before == null ? null : before.row,
                after.row,
                false,
                before == null ? -1 : before.index,
                after.index));
      }
    }
    for (Placed gone : rows.values()) {
      changes.add(new ResultChange(gone.row, null, false, gone.index, -1));
    }
    rows = now;
    return changes;
  }

  private Map<Object, Placed> place(List<@Nullable Object[]> newest) {
    Map<Object, Placed> placed = new LinkedHashMap<>(newest.size() * 2);
    Map<Object, Integer> copies = new HashMap<>();
    for (int i = 0; i < newest.size(); i++) {
      @Nullable Object[] row = newest.get(i);
      Object key = keyColumns == null ? ValueKeys.of(row, types) : keyOf(row, keyColumns);
      int copy = copies.merge(key, 1, Integer::sum) - 1;
      placed.put(new CopyKey(key, copy), new Placed(row, ordered ? i : -1));
    }
    return placed;
  }

  private Object keyOf(@Nullable Object[] row, int[] columns) {
    List<DataType> keyTypes = Arrays.stream(columns).mapToObj(types::get).toList();
    return ValueKeys.of(row, columns, keyTypes);
  }

  /**
   * Which of the rows now may stay where they are while the others are taken out and put in: the
   * longest run of rows that have the same order as before (patience sorting).
   */
  private boolean[] keptPlaces(Map<Object, Placed> now) {
    int[] oldIndexes = new int[now.size()];
    int at = 0;
    for (Object key : now.keySet()) {
      Placed before = rows.get(key);
      oldIndexes[at++] = before == null ? -1 : before.index;
    }
    int[] tails = new int[oldIndexes.length];
    int[] previous = new int[oldIndexes.length];
    int length = 0;
    for (int i = 0; i < oldIndexes.length; i++) {
      if (oldIndexes[i] < 0) {
        continue;
      }
      int low = 0;
      int high = length;
      while (low < high) {
        int middle = (low + high) >>> 1;
        if (oldIndexes[tails[middle]] < oldIndexes[i]) {
          low = middle + 1;
        } else {
          high = middle;
        }
      }
      previous[i] = low == 0 ? -1 : tails[low - 1];
      tails[low] = i;
      length = Math.max(length, low + 1);
    }
    boolean[] kept = new boolean[oldIndexes.length];
    for (int i = length == 0 ? -1 : tails[length - 1]; i >= 0; i = previous[i]) {
      kept[i] = true;
    }
    return kept;
  }

  /** The rows of the newest run, in its order. */
  public List<@Nullable Object[]> rows() {
    List<@Nullable Object[]> all = new ArrayList<>(rows.size());
    rows.values().forEach(placed -> all.add(placed.row));
    return all;
  }

  /** Estimated heap. */
  public long stateBytes() {
    return rows.size() * bytesOfRow(types.size());
  }

  /** Estimated heap of a row of so many columns. */
  public static long bytesOfRow(int columns) {
    return 3L * IncrementalOperator.ENTRY_BYTES
        + IncrementalOperator.ROW_BYTES
        + 2L * IncrementalOperator.VALUE_BYTES * columns;
  }
}
