package org.kalamdb.internal.live;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.kalamdb.internal.feed.Change;

/**
 * What a transaction did to each key of a partition when looked at from outside: first old row,
 * last new row, in the order in which the keys were first touched. What it inserted and deleted
 * again is left out.
 */
final class NetChanges {
  /** Up to here comparing keys one by one is cheaper than hashing them. */
  private static final int SCAN_LIMIT = 8;

  private NetChanges() {}

  /** {@code changes} are of one partition of one table, in statement order. */
  static List<RowDelta> of(List<Change> changes, long seq) {
    if (changes.size() == 1) {
      Change only = changes.get(0);
      return only.oldRow() == null && only.newRow() == null
          ? List.of()
          : List.of(delta(only, only, seq));
    }
    int[] lastOf = new int[changes.size()];
    boolean[] later = new boolean[changes.size()];
    link(changes, lastOf, later);
    List<RowDelta> net = new ArrayList<>(changes.size());
    for (int i = 0; i < lastOf.length; i++) {
      Change first = changes.get(i);
      Change last = changes.get(lastOf[i]);
      if (!later[i] && (first.oldRow() != null || last.newRow() != null)) {
        net.add(delta(first, last, seq));
      }
    }
    return net;
  }

  /** For each first change of a key, which is its last; marks all later ones. */
  private static void link(List<Change> changes, int[] lastOf, boolean[] later) {
    Map<ByteBuffer, Integer> firstOf =
        changes.size() > SCAN_LIMIT ? new HashMap<>(changes.size() * 2) : Map.of();
    for (int i = 0; i < lastOf.length; i++) {
      byte[] key = changes.get(i).key();
      int first = i;
      if (changes.size() > SCAN_LIMIT) {
        Integer known = firstOf.putIfAbsent(ByteBuffer.wrap(key), i);
        first = known == null ? i : known;
      } else {
        for (int j = 0; j < i; j++) {
          if (!later[j] && Arrays.equals(changes.get(j).key(), key)) {
            first = j;
            break;
          }
        }
      }
      later[i] = first != i;
      lastOf[first] = i;
    }
  }

  private static RowDelta delta(Change first, Change last, long seq) {
    return new RowDelta(
        last.table().schema(), extend(first.oldRow(), first.oldSeq()), extend(last.newRow(), seq));
  }

  private static @Nullable Object @Nullable [] extend(@Nullable Object @Nullable [] row, long seq) {
    if (row == null) {
      return null;
    }
    @Nullable Object[] extended = Arrays.copyOf(row, row.length + 2);
    extended[row.length] = seq;
    extended[row.length + 1] = Boolean.FALSE;
    return extended;
  }
}
