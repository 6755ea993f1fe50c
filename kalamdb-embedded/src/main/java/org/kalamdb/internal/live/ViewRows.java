package org.kalamdb.internal.live;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.kalamdb.live.ChangeEvent.RowChange;
import org.kalamdb.query.Row;

/** Rows of a result that changes are applied to. Used by one thread at a time. */
abstract class ViewRows {
  /**
   * Applies one event's changes.
   *
   * @throws IllegalStateException if they are of rows that are not there
   */
  abstract void apply(List<RowChange> changes);

  /** All rows in order; immutable. */
  abstract List<Row> rows();

  abstract int size();

  static IllegalStateException misfit(RowChange change) {
    // Without the row: it may be nobody's business.
    return new IllegalStateException(
        "A live query told " + change.kind() + " of a row that its view does not have");
  }

  /** Rows with places. */
  static final class Listed extends ViewRows {
    private final ArrayList<Row> rows;

    Listed(ArrayList<Row> rows) {
      this.rows = rows;
    }

    @Override
    void apply(List<RowChange> changes) {
      List<RowChange> out = new ArrayList<>(changes.size());
      List<RowChange> in = new ArrayList<>(changes.size());
      for (RowChange change : changes) {
        if (change.oldRow() != null) {
          out.add(change);
        }
        if (change.newRow() != null) {
          in.add(change);
        }
      }
      out.sort(Comparator.comparingInt(RowChange::oldIndex).reversed());
      in.sort(Comparator.comparingInt(RowChange::newIndex));
      for (RowChange change : out) {
        int at = change.oldIndex();
        if (at < 0 || at >= rows.size() || !rows.get(at).equals(change.oldRow())) {
          throw misfit(change);
        }
        rows.remove(at);
      }
      for (RowChange change : in) {
        int at = change.newIndex();
        Row row = change.newRow();
        if (at < 0 || at > rows.size() || row == null) {
          throw misfit(change);
        }
        rows.add(at, row);
      }
    }

    @Override
    List<Row> rows() {
      return List.copyOf(rows);
    }

    @Override
    int size() {
      return rows.size();
    }
  }

  /**
   * Rows without places, as they came: a list of entries, and for each distinct row the entries
   * that hold it, so that a change costs the same however many there are.
   */
  static final class Arrived extends ViewRows {
    private static final class Entry {
      private Row row;
      private @Nullable Entry previous;
      private @Nullable Entry next;

      /** Another entry with an equal row. */
      private @Nullable Entry same;

      private Entry(Row row) {
        this.row = row;
      }
    }

    private final Map<Row, Entry> byRow;
    private @Nullable Entry first;
    private @Nullable Entry last;
    private int size;

    Arrived(List<Row> rows) {
      byRow = new HashMap<>(rows.size() * 4 / 3 + 1);
      rows.forEach(this::append);
    }

    @Override
    void apply(List<RowChange> changes) {
      for (RowChange change : changes) {
        Row before = change.oldRow();
        Row after = change.newRow();
        if (before == null) {
          if (after != null) {
            append(after);
          }
          continue;
        }
        Entry entry = take(before);
        if (entry == null) {
          throw misfit(change);
        }
        if (after == null) {
          unlink(entry);
        } else {
          entry.row = after;
          put(entry);
        }
      }
    }

    private void append(Row row) {
      Entry entry = new Entry(row);
      entry.previous = last;
      if (last == null) {
        first = entry;
      } else {
        last.next = entry;
      }
      last = entry;
      size++;
      put(entry);
    }

    private void unlink(Entry entry) {
      if (entry.previous == null) {
        first = entry.next;
      } else {
        entry.previous.next = entry.next;
      }
      if (entry.next == null) {
        last = entry.previous;
      } else {
        entry.next.previous = entry.previous;
      }
      size--;
    }

    private void put(Entry entry) {
      entry.same = byRow.put(entry.row, entry);
    }

    private @Nullable Entry take(Row row) {
      Entry entry = byRow.remove(row);
      if (entry != null && entry.same != null) {
        byRow.put(entry.same.row, entry.same);
        entry.same = null;
      }
      return entry;
    }

    @Override
    List<Row> rows() {
      Row[] all = new Row[size];
      int at = 0;
      for (Entry entry = first; entry != null; entry = entry.next) {
        all[at++] = entry.row;
      }
      return List.of(all);
    }

    @Override
    int size() {
      return size;
    }
  }
}
