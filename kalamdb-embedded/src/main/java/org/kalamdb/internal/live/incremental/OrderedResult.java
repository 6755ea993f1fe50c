package org.kalamdb.internal.live.incremental;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Rows in the order of the query, of which some may be cut off by OFFSET and LIMIT. Rows that are
 * equal by the order stand as they came.
 *
 * <p>Where the table itself can be asked for the next rows, only the first ones are kept, and some
 * more: while {@code complete} is false, every row up to the last one kept is here, and none of
 * those behind it. When so many go that the result is no longer full, {@link #isShort} says so,
 * nothing is told, and {@link #refill} goes on from the told rows.
 *
 * <p>A list kept sorted: finding a row's place is a binary search, putting it there a move of what
 * follows (100,000 rows are 400 KB, some 10 us).
 */
final class OrderedResult extends LiveResult {
  /** Rows kept behind the last one shown, at least and at most, where not all are. */
  private static final int MIN_SPARE = 64;

  private static final int MAX_SPARE = 4096;

  private final RowExpressions sortKeys;
  private final @Nullable RowExpressions projection;
  private final int width;
  private final long offset;
  private final long end;
  private final int capacity;
  private final Comparator<Entry> order;

  private final ArrayList<Entry> entries = new ArrayList<>();
  private final Map<Object, Entry> byKey = new HashMap<>();
  private long arrivals;
  private boolean complete = true;
  private @Nullable Shortage shortage;

  private static final class Entry {
    private final Object key;
    private final @Nullable Object[] sort;
    private final @Nullable Object[] row;
    private final long arrival;

    private Entry(Object key, @Nullable Object[] sort, @Nullable Object[] row, long arrival) {
      this.key = key;
      this.sort = sort;
      this.row = row;
      this.arrival = arrival;
    }
  }

  /** A key that a transaction changed, and where its row stood and stands; -1: nowhere. */
  private static final class Edit {
    private final KeyedChange change;
    private final @Nullable Entry before;
    private final int oldPosition;
    private @Nullable Entry after;
    private int newPosition = -1;

    private Edit(KeyedChange change, @Nullable Entry before, int oldPosition) {
      this.change = change;
      this.before = before;
      this.oldPosition = oldPosition;
    }
  }

  /** What was told last, and the transaction that could not be told. */
  private record Shortage(List<Entry> told, List<KeyedChange> changes) {}

  /**
   * @param projection what is shown of a row; null: the row itself
   * @param width columns shown
   * @param limit most rows shown; {@code Long.MAX_VALUE}: all
   * @param refillable whether the table can be asked for rows behind the last one kept; then no two
   *     rows are equal by the order
   */
  OrderedResult(
      RowExpressions sortKeys,
      ResultOrder resultOrder,
      @Nullable RowExpressions projection,
      int width,
      long offset,
      long limit,
      boolean refillable) {
    this.sortKeys = sortKeys;
    this.projection = projection;
    this.width = width;
    this.offset = offset;
    this.end = limit > Long.MAX_VALUE - offset ? Long.MAX_VALUE : offset + limit;
    this.capacity =
        refillable && end < Integer.MAX_VALUE / 4
            ? (int) (end + Math.max(MIN_SPARE, Math.min(limit, MAX_SPARE)))
            : Integer.MAX_VALUE;
    Comparator<Entry> bySort = (a, b) -> resultOrder.compare(a.sort, b.sort);
    this.order = bySort.thenComparingLong(entry -> entry.arrival);
  }

  /** How many rows to ask the table for; {@code Integer.MAX_VALUE}: all of them. */
  int capacity() {
    return capacity;
  }

  @Override
  void load(List<KeyedChange> rows) {
    for (KeyedChange change : rows) {
      if (change.newRow() != null) {
        Entry entry = entryOf(change.key(), change.newRow(), null);
        entries.add(entry);
        byKey.put(entry.key, entry);
      }
    }
    entries.sort(order);
    complete = entries.size() < capacity;
  }

  /** An entry for a row, with the old one's place among its equals. */
  private Entry entryOf(Object key, @Nullable Object[] row, @Nullable Entry old) {
    @Nullable Object[] shown = projection == null ? row : projection.evaluate(row);
    return new Entry(key, sortKeys.evaluate(row), shown, old == null ? arrivals++ : old.arrival);
  }

  private int indexOf(Entry entry) {
    int found = Collections.binarySearch(entries, entry, order);
    if (found < 0) {
      throw new IllegalStateException("A row of a live query is not where it was put");
    }
    return found;
  }

  @Override
  List<ResultChange> apply(List<KeyedChange> changes) {
    List<Edit> edits = new ArrayList<>(changes.size());
    for (KeyedChange change : changes) {
      Entry before = byKey.get(change.key());
      if (before == null && change.oldRow() != null && complete) {
        throw new IllegalStateException("A live query's rows are not what its changes say");
      }
      edits.add(new Edit(change, before, before == null ? -1 : indexOf(before)));
    }
    List<Entry> told = complete ? List.of() : shown();
    edits.forEach(this::apply);
    if (!complete && entries.size() < end) {
      shortage = new Shortage(told, changes);
      return List.of();
    }
    List<ResultChange> difference = difference(edits);
    trim();
    return difference;
  }

  private void apply(Edit edit) {
    if (edit.before != null) {
      entries.remove(indexOf(edit.before));
      byKey.remove(edit.before.key);
    }
    if (edit.change.newRow() == null) {
      return;
    }
    Entry entry = entryOf(edit.change.key(), edit.change.newRow(), edit.before);
    if (!complete
        && (entries.isEmpty() || order.compare(entry, entries.get(entries.size() - 1)) > 0)) {
      return;
    }
    insert(entry);
    edit.after = entry;
  }

  private void insert(Entry entry) {
    entries.add(-1 - Collections.binarySearch(entries, entry, order), entry);
    byKey.put(entry.key, entry);
  }

  private void trim() {
    while (entries.size() > capacity) {
      byKey.remove(entries.remove(entries.size() - 1).key);
      complete = false;
    }
  }

  // ---- what has changed of the part that is shown

  private List<ResultChange> difference(List<Edit> edits) {
    int[] gone = edits.stream().mapToInt(edit -> edit.oldPosition).filter(p -> p >= 0).toArray();
    for (Edit edit : edits) {
      edit.newPosition = edit.after == null ? -1 : indexOf(edit.after);
    }
    int[] come = edits.stream().mapToInt(edit -> edit.newPosition).filter(p -> p >= 0).toArray();
    Arrays.sort(gone);
    Arrays.sort(come);
    List<ResultChange> changes = new ArrayList<>(edits.size());
    for (Edit edit : edits) {
      addChange(edit, gone, come, changes);
    }
    addPushedOut(gone, come, changes);
    addPulledIn(gone, come, changes);
    return changes;
  }

  /** Index in what is shown, or -1. */
  private int shownIndex(int position) {
    return position >= offset && position < end ? (int) (position - offset) : -1;
  }

  private void addChange(Edit edit, int[] gone, int[] come, List<ResultChange> changes) {
    int oldIndex = shownIndex(edit.oldPosition);
    int newIndex = shownIndex(edit.newPosition);
    Entry before = oldIndex < 0 ? null : edit.before;
    Entry after = newIndex < 0 ? null : edit.after;
    if (before == null && after == null) {
      return;
    }
    if (before == null || after == null) {
      boolean exists = before == null ? edit.change.oldRow() != null : edit.change.newRow() != null;
      changes.add(
          new ResultChange(
              before == null ? null : before.row,
              after == null ? null : after.row,
              exists || edit.change.moved(),
              oldIndex,
              newIndex));
      return;
    }
    boolean stays =
        edit.oldPosition - below(gone, edit.oldPosition)
                == edit.newPosition - below(come, edit.newPosition)
            && (gone.length == 1 || Arrays.deepEquals(before.sort, after.sort));
    if (!stays || !same(before.row, after.row)) {
      changes.add(new ResultChange(before.row, after.row, false, oldIndex, newIndex));
    }
  }

  /** How many of the sorted positions are below one. */
  private static int below(int[] sorted, int position) {
    int found = Arrays.binarySearch(sorted, position);
    return found < 0 ? -1 - found : found;
  }

  /** Where a row that no edit touched stood before; -1 if an edit put it there. */
  private static int oldPosition(int position, int[] gone, int[] come) {
    int before = below(come, position);
    if (before < come.length && come[before] == position) {
      return -1;
    }
    int old = position - before;
    for (int removed : gone) {
      if (removed <= old) {
        old++;
      }
    }
    return old;
  }

  /** Rows that nobody changed, but that others pushed over an edge of what is shown. */
  private void addPushedOut(int[] gone, int[] come, List<ResultChange> changes) {
    // Rows behind the end now, first those that stood before the offset, if they jumped so far.
    for (long position = end; position < entries.size(); position++) {
      int old = oldPosition((int) position, gone, come);
      if (old >= end) {
        break;
      }
      addPushedOut((int) position, old, changes);
    }
    // Rows before the offset now, backwards: first those that stood behind the end.
    for (long position = Math.min(offset, entries.size()) - 1; position >= 0; position--) {
      int old = oldPosition((int) position, gone, come);
      if (old >= 0 && old < offset) {
        break;
      }
      addPushedOut((int) position, old, changes);
    }
  }

  private void addPushedOut(int position, int old, List<ResultChange> changes) {
    int oldIndex = shownIndex(old);
    if (oldIndex >= 0) {
      changes.add(new ResultChange(entries.get(position).row, null, true, oldIndex, -1));
    }
  }

  private void addPulledIn(int[] gone, int[] come, List<ResultChange> changes) {
    long position = Math.min(end, entries.size()) - 1;
    while (position >= offset && addPulledIn((int) position, gone, come, changes)) {
      position--;
    }
    // What is left begins with rows that came in over the other edge, if there is one.
    for (long front = offset; offset > 0 && front < position; front++) {
      if (!addPulledIn((int) front, gone, come, changes)) {
        break;
      }
    }
  }

  /** False if the row was shown before, and those further in were too. */
  private boolean addPulledIn(int position, int[] gone, int[] come, List<ResultChange> changes) {
    int old = oldPosition(position, gone, come);
    if (old >= 0) {
      if (shownIndex(old) >= 0) {
        return false;
      }
      changes.add(
          new ResultChange(null, entries.get(position).row, true, -1, shownIndex(position)));
    }
    return true;
  }

  // ---- rows that only the table has

  @Override
  boolean isShort() {
    return shortage != null;
  }

  /**
   * Goes on with rows read anew.
   *
   * @param rows the first {@link #capacity} rows, or all there are, as of some later commit
   * @param later what the commits changed that came after the one that made the result short, up to
   *     the one the rows are of, oldest first: it is taken back
   * @param changes where to put what the short transaction comes to
   * @return false if there still are too few; {@code rows} must then be asked for again, later or
   *     more of them
   */
  boolean refill(
      List<KeyedChange> rows, List<List<KeyedChange>> later, List<ResultChange> changes) {
    Shortage was = shortage;
    if (was == null) {
      throw new IllegalStateException("Nothing is short");
    }
    entries.clear();
    byKey.clear();
    load(rows);
    Entry last = entries.isEmpty() ? null : entries.get(entries.size() - 1);
    for (int i = later.size() - 1; i >= 0; i--) {
      takeBack(later.get(i), last);
    }
    if (!complete && entries.size() < end) {
      return false;
    }
    shortage = null;
    trim();
    addDifference(was, changes);
    return true;
  }

  private void takeBack(List<KeyedChange> changes, @Nullable Entry last) {
    for (int i = changes.size() - 1; i >= 0; i--) {
      KeyedChange change = changes.get(i);
      Entry now = byKey.remove(change.key());
      if (now != null) {
        entries.remove(indexOf(now));
      }
      if (change.oldRow() != null) {
        Entry entry = entryOf(change.key(), change.oldRow(), now);
        if (complete || (last != null && order.compare(entry, last) <= 0)) {
          insert(entry);
        }
      }
    }
  }

  private void addDifference(Shortage was, List<ResultChange> changes) {
    Map<Object, KeyedChange> changed = new HashMap<>();
    was.changes.forEach(change -> changed.put(change.key(), change));
    Map<Object, Integer> oldIndexes = new HashMap<>();
    for (int i = 0; i < was.told.size(); i++) {
      oldIndexes.put(was.told.get(i).key, i);
    }
    List<Entry> now = shown();
    for (int i = 0; i < now.size(); i++) {
      Entry entry = now.get(i);
      Integer oldIndex = oldIndexes.remove(entry.key);
      KeyedChange change = changed.get(entry.key);
      if (oldIndex == null) {
        boolean moved = change == null || change.oldRow() != null || change.moved();
        changes.add(new ResultChange(null, entry.row, moved, -1, i));
      } else if (change != null) {
        // It stayed in sight; that it also stayed in its place is not worth finding out.
        changes.add(new ResultChange(was.told.get(oldIndex).row, entry.row, false, oldIndex, i));
      }
    }
    for (int index : oldIndexes.values()) {
      Entry entry = was.told.get(index);
      KeyedChange change = changed.get(entry.key);
      boolean moved = change == null || change.newRow() != null || change.moved();
      changes.add(new ResultChange(entry.row, null, moved, index, -1));
    }
  }

  // ---- as a whole

  private List<Entry> shown() {
    return new ArrayList<>(
        entries.subList(
            (int) Math.min(offset, entries.size()), (int) Math.min(end, entries.size())));
  }

  @Override
  List<@Nullable Object[]> rows() {
    List<@Nullable Object[]> rows = new ArrayList<>();
    for (Entry entry : shown()) {
      rows.add(entry.row);
    }
    return rows;
  }

  @Override
  String label() {
    return "Ordered result by "
        + sortKeys
        + (end == Long.MAX_VALUE ? "" : ", rows " + offset + " to " + end)
        + (capacity == Integer.MAX_VALUE ? "" : ", the next ones read when needed");
  }

  /** Rows kept, shown or not. */
  @Override
  int kept() {
    return entries.size();
  }

  @Override
  long stateBytes() {
    return entries.size()
        * (3L * IncrementalOperator.ENTRY_BYTES
            + 2L * IncrementalOperator.ROW_BYTES
            + (long) IncrementalOperator.VALUE_BYTES * (width + sortKeys.size()));
  }

  @Override
  void clear() {
    entries.clear();
    byKey.clear();
    complete = true;
    shortage = null;
  }

  @Override
  public void close() {
    sortKeys.close();
    if (projection != null) {
      projection.close();
    }
  }
}
