package org.kalamdb.internal.live;

import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Sinks by the value that one column must have: a hash table with the sinks' own links for its
 * entries, since there may be one for each of a hundred thousand subscriptions. Guarded by the
 * partition's monitor.
 */
final class SinkIndex {
  private static final int SMALLEST = 4;

  private final int columnId;

  /** First links of chains of one value, several to a slot. A power of two in length. */
  private @Nullable SinkLink[] slots = new SinkLink[SMALLEST];

  private int values;

  /** Where the column stood in the last row looked at. */
  private int position = -1;

  SinkIndex(int columnId) {
    this.columnId = columnId;
  }

  int columnId() {
    return columnId;
  }

  boolean isEmpty() {
    return values == 0;
  }

  /** The first of those found by the value; null if none is. */
  @Nullable SinkLink first(Object value) {
    for (SinkLink link = slots[slot(value)]; link != null; link = link.nextValue()) {
      if (value.equals(link.value())) {
        return link;
      }
    }
    return null;
  }

  private int slot(@Nullable Object value) {
    int hash = value == null ? 0 : value.hashCode() * 0x9E3779B9;
    return (hash ^ hash >>> 16) & (slots.length - 1);
  }

  void add(SinkLink link) {
    Object value = link.value();
    SinkLink first = value == null ? null : first(value);
    if (first != null) {
      SinkLink.insertAfter(first, link);
      return;
    }
    if (values == slots.length) {
      resize(slots.length * 2);
    }
    put(link);
    values++;
  }

  private void put(SinkLink first) {
    int slot = slot(first.value());
    first.setNextValue(slots[slot]);
    slots[slot] = first;
  }

  void remove(SinkLink link) {
    if (link.previous() == null) {
      replaceFirst(link, SinkLink.unlink(link, link));
    } else {
      SinkLink.unlink(link, link);
    }
  }

  /** Puts the chain's next link in the place of its first, or drops the value. */
  private void replaceFirst(SinkLink first, @Nullable SinkLink by) {
    int slot = slot(first.value());
    SinkLink before = null;
    for (SinkLink at = slots[slot]; at != first; at = at.nextValue()) {
      if (at == null) {
        throw new IllegalStateException("A live query is not where it was registered");
      }
      before = at;
    }
    SinkLink after = first.nextValue();
    if (by != null) {
      by.setNextValue(after);
      after = by;
    } else {
      values--;
    }
    if (before == null) {
      slots[slot] = after;
    } else {
      before.setNextValue(after);
    }
    first.setNextValue(null);
    if (values < slots.length / 4 && slots.length > SMALLEST) {
      resize(slots.length / 2);
    }
  }

  private void resize(int length) {
    @Nullable SinkLink[] old = slots;
    slots = new SinkLink[length];
    for (SinkLink slot : old) {
      for (SinkLink link = slot; link != null; ) {
        SinkLink rest = link.nextValue();
        put(link);
        link = rest;
      }
    }
  }

  /** Each first link. */
  void forEach(Consumer<SinkLink> action) {
    for (SinkLink slot : slots) {
      for (SinkLink link = slot; link != null; link = link.nextValue()) {
        action.accept(link);
      }
    }
  }

  /** Shows a changed row to the sinks found by its old value and by its new one, once to each. */
  void collect(RowDelta delta, SinkCollector collector) {
    position = SchemaAdapter.positionOf(columnId, delta.schema(), position);
    if (position < 0) {
      // The column has gone: every query that asks for it must hear so.
      forEach(first -> collector.collect(first, delta, null));
      return;
    }
    Object before = valueIn(delta.oldRow());
    Object after = valueIn(delta.newRow());
    if (before != null) {
      collector.collect(first(before), delta, null);
    }
    if (after != null && !after.equals(before)) {
      collector.collect(first(after), delta, before);
    }
  }

  private @Nullable Object valueIn(@Nullable Object @Nullable [] row) {
    return row == null ? null : row[position];
  }

  /** Shows a row to a chain of sinks. */
  @FunctionalInterface
  interface SinkCollector {
    /**
     * @param first null: an empty chain
     * @param shown leaves out sinks that are found by this value too; null: none
     */
    void collect(@Nullable SinkLink first, RowDelta delta, @Nullable Object shown);
  }
}
