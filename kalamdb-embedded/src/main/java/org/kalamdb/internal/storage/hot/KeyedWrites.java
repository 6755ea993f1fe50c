package org.kalamdb.internal.storage.hot;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Writes by key, in key order. Those that come in ascending order, as appended rows do, lie in a
 * list; a tree has the others. No key is in both.
 */
final class KeyedWrites {
  private final List<RowWrite> ascending = new ArrayList<>();
  private final NavigableMap<byte[], RowWrite> others = new TreeMap<>(Arrays::compareUnsigned);

  boolean isEmpty() {
    return ascending.isEmpty();
  }

  int size() {
    return ascending.size() + others.size();
  }

  /** The write to the key, or null. */
  @Nullable RowWrite get(byte[] key) {
    if (isBehindLast(key)) {
      return null;
    }
    int at = position(key);
    if (at < ascending.size() && Arrays.equals(ascending.get(at).rowKey(), key)) {
      return ascending.get(at);
    }
    return others.isEmpty() ? null : others.get(key);
  }

  /** Adds a write to a key that has none. */
  void add(RowWrite write) {
    if (isBehindLast(write.rowKey())) {
      ascending.add(write);
    } else {
      others.put(write.rowKey(), write);
    }
  }

  /** Takes out the write that was added last. */
  void removeNewest(RowWrite write) {
    int last = ascending.size() - 1;
    if (Arrays.equals(ascending.get(last).rowKey(), write.rowKey())) {
      ascending.remove(last);
    } else {
      others.remove(write.rowKey());
    }
  }

  /** The list begins with the first write, so what is in the tree is before its last key. */
  private boolean isBehindLast(byte[] key) {
    return ascending.isEmpty()
        || Arrays.compareUnsigned(ascending.get(ascending.size() - 1).rowKey(), key) < 0;
  }

  /** Where in the list the first key at or past {@code key} is. */
  private int position(byte[] key) {
    int low = 0;
    int high = ascending.size();
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (Arrays.compareUnsigned(ascending.get(middle).rowKey(), key) < 0) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }

  /** Writes to keys from {@code from} (inclusive) to {@code to} (exclusive; null: no end). */
  void forEach(byte[] from, byte @Nullable [] to, Consumer<RowWrite> each) {
    Iterator<RowWrite> listed =
        ascending.subList(position(from), to == null ? ascending.size() : position(to)).iterator();
    Iterator<RowWrite> kept =
        (to == null ? others.tailMap(from, true) : others.subMap(from, true, to, false))
            .values()
            .iterator();
    RowWrite next = nextOf(listed);
    RowWrite other = nextOf(kept);
    while (next != null || other != null) {
      if (other == null
          || next != null && Arrays.compareUnsigned(next.rowKey(), other.rowKey()) < 0) {
        each.accept(next);
        next = nextOf(listed);
      } else {
        each.accept(other);
        other = nextOf(kept);
      }
    }
  }

  private static @Nullable RowWrite nextOf(Iterator<RowWrite> writes) {
    return writes.hasNext() ? writes.next() : null;
  }
}
