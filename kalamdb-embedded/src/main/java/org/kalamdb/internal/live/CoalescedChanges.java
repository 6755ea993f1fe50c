package org.kalamdb.internal.live;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.ToIntFunction;
import org.jspecify.annotations.Nullable;
import org.kalamdb.live.ChangeEvent.Changes;
import org.kalamdb.live.ChangeEvent.Kind;
import org.kalamdb.live.ChangeEvent.RowChange;
import org.kalamdb.query.Row;

/**
 * What several transactions' changes of one result come to, as if they had been one transaction.
 *
 * <p>A result without an order is a bag of rows, so a change goes on from the earlier one whose new
 * row is its old row. Where equal rows leave a choice, any choice gives the same bag. Rows of an
 * ordered result are told apart by their places, which are worked out anew: {@code oldIndex} in the
 * result before the first transaction, {@code newIndex} in the one after the last.
 *
 * <p>A row's changes stay in the order of its first one, so that what went stands before what came
 * in its place.
 */
final class CoalescedChanges {
  private CoalescedChanges() {}

  /** One event with the newest seq; null if in the end nothing changed. */
  static @Nullable Changes of(List<Changes> events) {
    if (events.size() < 2) {
      return events.isEmpty() ? null : events.get(0);
    }
    boolean ordered =
        events.get(0).changes().stream().anyMatch(c -> c.oldIndex() >= 0 || c.newIndex() >= 0);
    List<RowChange> merged = ordered ? byPlace(events, 0, events.size()) : byRow(events);
    List<RowChange> net = withoutUnchanged(rejoined(merged), ordered);
    return net.isEmpty() ? null : new Changes(events.get(events.size() - 1).seq(), net);
  }

  /** The change that two in a row of one row come to; null if it came and went. */
  private static @Nullable RowChange chain(RowChange first, RowChange second) {
    if (first.oldRow() == null && second.newRow() == null) {
      return null;
    }
    RowChange named =
        first.oldRow() == null ? first : second; // what came stays new, what went stays gone
    return new RowChange(
        named.kind(),
        first.oldRow(),
        second.newRow(),
        named.changedColumns(),
        first.oldIndex(),
        second.newIndex());
  }

  // ---- rows without places

  /** A change that later ones may replace; null once they cancel it. */
  private static final class Entry {
    private @Nullable RowChange change;

    private Entry(RowChange change) {
      this.change = change;
    }
  }

  private static List<RowChange> byRow(List<Changes> events) {
    List<Entry> entries = new ArrayList<>();
    Map<Row, Deque<Entry>> byNewRow = new HashMap<>();
    for (Changes event : events) {
      for (RowChange change : event.changes()) {
        Entry entry = change.oldRow() == null ? null : take(byNewRow, change.oldRow());
        if (entry == null) {
          entry = new Entry(change);
          entries.add(entry);
        } else {
          entry.change = chain(Objects.requireNonNull(entry.change), change);
        }
        if (change.newRow() != null) {
          byNewRow.computeIfAbsent(change.newRow(), row -> new ArrayDeque<>(1)).push(entry);
        }
      }
    }
    List<RowChange> merged = new ArrayList<>(entries.size());
    for (Entry entry : entries) {
      if (entry.change != null) {
        merged.add(entry.change);
      }
    }
    return merged;
  }

  private static <T> @Nullable T take(Map<Row, Deque<T>> from, Row row) {
    Deque<T> found = from.get(row);
    if (found == null) {
      return null;
    }
    T taken = found.pop();
    if (found.isEmpty()) {
      from.remove(row);
    }
    return taken;
  }

  // ---- rows with places

  /** Halves first, as composing costs what both sides hold. */
  private static List<RowChange> byPlace(List<Changes> events, int from, int to) {
    if (to - from == 1) {
      return events.get(from).changes();
    }
    int middle = (from + to) >>> 1;
    return composed(byPlace(events, from, middle), byPlace(events, middle, to));
  }

  private static List<RowChange> composed(List<RowChange> first, List<RowChange> second) {
    Places firstOld = Places.of(first, RowChange::oldIndex);
    Places firstNew = Places.of(first, RowChange::newIndex);
    Places secondOld = Places.of(second, RowChange::oldIndex);
    Places secondNew = Places.of(second, RowChange::newIndex);
    Map<Integer, RowChange> secondByOld = new HashMap<>(second.size() * 2);
    for (RowChange change : second) {
      if (change.oldIndex() >= 0) {
        secondByOld.put(change.oldIndex(), change);
      }
    }
    List<RowChange> merged = new ArrayList<>(first.size() + second.size());
    for (RowChange change : first) {
      RowChange next = change.newIndex() < 0 ? null : secondByOld.remove(change.newIndex());
      RowChange whole =
          next != null
              ? chain(change, next)
              : placed(
                  change, change.oldIndex(), secondNew.free(secondOld.rank(change.newIndex())));
      if (whole != null) {
        merged.add(whole);
      }
    }
    for (RowChange change : second) {
      if (change.oldIndex() < 0) {
        merged.add(change);
      } else if (secondByOld.containsKey(change.oldIndex())) {
        merged.add(
            placed(change, firstOld.free(firstNew.rank(change.oldIndex())), change.newIndex()));
      }
    }
    return merged;
  }

  private static RowChange placed(RowChange change, int oldIndex, int newIndex) {
    return new RowChange(
        change.kind(),
        change.oldRow(),
        change.newRow(),
        change.changedColumns(),
        oldIndex,
        newIndex);
  }

  /** Places of a list that a change takes; the rows at all others are the same before and after. */
  private record Places(int[] taken) {
    private static Places of(Collection<RowChange> changes, ToIntFunction<RowChange> index) {
      return new Places(changes.stream().mapToInt(index).filter(i -> i >= 0).sorted().toArray());
    }

    /** How many free places are before this one; -1 for no place. */
    private int rank(int place) {
      if (place < 0) {
        return -1;
      }
      int found = Arrays.binarySearch(taken, place);
      return place - (found < 0 ? -found - 1 : found);
    }

    /** The free place that has so many before it; -1 for -1. */
    private int free(int rank) {
      if (rank < 0) {
        return -1;
      }
      int low = 0;
      int high = taken.length;
      while (low < high) {
        int middle = (low + high) >>> 1;
        if (taken[middle] - middle > rank) {
          high = middle;
        } else {
          low = middle + 1;
        }
      }
      return rank + low;
    }
  }

  // ---- what is left

  /** Makes a row that went and an equal one that came into one that stayed. */
  private static List<RowChange> rejoined(List<RowChange> changes) {
    Map<Row, Deque<RowChange>> gone = new LinkedHashMap<>();
    for (RowChange change : changes) {
      if (change.oldRow() != null && change.newRow() == null) {
        gone.computeIfAbsent(change.oldRow(), row -> new ArrayDeque<>(1)).add(change);
      }
    }
    if (gone.isEmpty()) {
      return changes;
    }
    List<RowChange> joined = new ArrayList<>(changes.size());
    for (RowChange change : changes) {
      Row row = change.newRow();
      RowChange before = row == null || change.oldRow() != null ? null : take(gone, row);
      if (before != null) {
        joined.add(
            new RowChange(
                Kind.UPDATE, before.oldRow(), row, Set.of(), before.oldIndex(), change.newIndex()));
      } else if (change.oldRow() == null || change.newRow() != null) {
        joined.add(change);
      }
    }
    // What went and did not come again goes first: its key may have come with other values.
    List<RowChange> all = new ArrayList<>(changes.size());
    gone.values().forEach(all::addAll);
    all.addAll(joined);
    return all;
  }

  /** Drops rows that are, and stand, as before; says anew which columns differ in the others. */
  private static List<RowChange> withoutUnchanged(List<RowChange> changes, boolean ordered) {
    Set<RowChange> unmoved = ordered ? unmoved(changes) : Set.of();
    List<RowChange> net = new ArrayList<>(changes.size());
    for (RowChange change : changes) {
      Row before = change.oldRow();
      Row after = change.newRow();
      if (before == null || after == null) {
        net.add(change);
      } else if (!before.equals(after) || (ordered && !unmoved.contains(change))) {
        net.add(
            new RowChange(
                Kind.UPDATE,
                before,
                after,
                ChangedColumns.between(before, after),
                change.oldIndex(),
                change.newIndex()));
      }
    }
    return net;
  }

  /**
   * Equal rows that may be left where they are: as many untouched rows stand before them as did,
   * and they have kept their order among each other.
   */
  private static Set<RowChange> unmoved(List<RowChange> changes) {
    Places old = Places.of(changes, RowChange::oldIndex);
    Places now = Places.of(changes, RowChange::newIndex);
    List<RowChange> equal = new ArrayList<>();
    for (RowChange change : changes) {
      if (change.oldRow() != null && change.oldRow().equals(change.newRow())) {
        equal.add(change);
      }
    }
    equal.sort(Comparator.comparingInt(RowChange::oldIndex));
    Set<RowChange> unmoved = new HashSet<>();
    int last = -1;
    for (RowChange change : equal) {
      if (old.rank(change.oldIndex()) == now.rank(change.newIndex()) && change.newIndex() > last) {
        unmoved.add(change);
        last = change.newIndex();
      }
    }
    return unmoved;
  }
}
