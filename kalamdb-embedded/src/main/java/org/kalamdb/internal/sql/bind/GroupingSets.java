package org.kalamdb.internal.sql.bind;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.LinkedHashSet;
import java.util.List;
import org.kalamdb.internal.expr.Expression;

/**
 * What a query groups by.
 *
 * @param groups the expressions of all sets, over the rows before grouping
 * @param sets for each set, which of the groups are in it; one with all of them for a plain GROUP
 *     BY
 */
record GroupingSets(List<Expression> groups, List<BitSet> sets) {
  static final GroupingSets NONE = new GroupingSets(List.of(), List.of(new BitSet()));

  GroupingSets {
    groups = List.copyOf(groups);
    sets = List.copyOf(sets);
  }

  /** Whether there is only one set, with all groups. */
  boolean isPlain() {
    return sets.size() == 1 && sets.get(0).cardinality() == groups.size();
  }

  /** Whether some set is empty, which has a row also where there is nothing to group. */
  boolean hasGrandTotal() {
    return sets.stream().anyMatch(BitSet::isEmpty);
  }

  /** The sets that contain what one set of each list contains. */
  static List<BitSet> cross(List<BitSet> left, List<BitSet> right) {
    List<BitSet> product = new ArrayList<>();
    for (BitSet a : left) {
      for (BitSet b : right) {
        BitSet both = (BitSet) a.clone();
        both.or(b);
        product.add(both);
      }
    }
    return product;
  }

  /** All of the sets' groups, then without the last set, and so on down to none. */
  static List<BitSet> rollup(List<BitSet> sets) {
    List<BitSet> result = new ArrayList<>();
    for (int size = sets.size(); size >= 0; size--) {
      BitSet set = new BitSet();
      sets.subList(0, size).forEach(set::or);
      result.add(set);
    }
    return result;
  }

  /** The union of every choice among the sets. */
  static List<BitSet> cube(List<BitSet> sets) {
    List<BitSet> result = new ArrayList<>();
    for (int choice = (1 << sets.size()) - 1; choice >= 0; choice--) {
      BitSet set = new BitSet();
      for (int i = 0; i < sets.size(); i++) {
        if ((choice >> (sets.size() - 1 - i) & 1) != 0) {
          set.or(sets.get(i));
        }
      }
      result.add(set);
    }
    return result;
  }

  static List<BitSet> distinct(List<BitSet> sets) {
    return new ArrayList<>(new LinkedHashSet<>(sets));
  }
}
