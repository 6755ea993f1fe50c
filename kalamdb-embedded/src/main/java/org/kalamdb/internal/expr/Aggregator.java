package org.kalamdb.internal.expr;

import org.kalamdb.internal.vector.ColumnView;
import org.kalamdb.internal.vector.ColumnWriter;

/**
 * The running state of one aggregate call over all groups, in arrays by group number. Groups are
 * numbered from 0; one never seen by {@link #update} has the result of no rows. Not thread-safe.
 */
public interface Aggregator extends AutoCloseable {
  /** Makes room for the groups 0 to {@code groups - 1}; call it before a new group is updated. */
  void ensureGroups(int groups);

  /**
   * Takes in the rows {@code rows[0..n)}: row {@code rows[i]} belongs to group {@code groupIds[i]}.
   *
   * @param arguments one column per argument, none for count(*)
   */
  void update(ColumnView[] arguments, int[] groupIds, int[] rows, int n);

  /** As {@link #update} where there is one group only: the first n of {@code zeros} are 0. */
  default void updateSingle(ColumnView[] arguments, int[] zeros, int[] rows, int n) {
    update(arguments, zeros, rows, n);
  }

  /** Whether {@link #remove} takes rows out again and leaves exactly the state without them. */
  default boolean isRemovable() {
    return false;
  }

  /** Takes out rows that {@link #update} has put into these groups; only if it is removable. */
  default void remove(ColumnView[] arguments, int[] groupIds, int[] rows, int n) {
    throw new UnsupportedOperationException("rows cannot be taken out of this state");
  }

  /**
   * Adds states of {@code other}, made by the same function: its group {@code from[i]} to our
   * {@code groupIds[i]}, one after the other.
   */
  void merge(Aggregator other, int[] from, int[] groupIds, int n);

  /** Adds the first {@code n} states of {@code other}: its group i to our {@code groupIds[i]}. */
  default void merge(Aggregator other, int[] groupIds, int n) {
    int[] from = new int[n];
    for (int i = 0; i < n; i++) {
      from[i] = i;
    }
    merge(other, from, groupIds, n);
  }

  /**
   * Writes the results of groups {@code from} to {@code to - 1} to rows {@code row} and up of a
   * begun writer.
   */
  void finish(ColumnWriter out, int row, int from, int to);

  /** Writes the results of groups {@code from} to {@code to - 1} to rows 0 and up. */
  default void finish(ColumnWriter out, int from, int to) {
    finish(out, 0, from, to);
  }

  /**
   * Whether the result is the same, to the last bit, in whatever order rows come and states are
   * merged.
   */
  default boolean isOrderFree() {
    return false;
  }

  /** Whether the state of a group grows with the rows it has taken in, and not only with groups. */
  default boolean isGrowing() {
    return false;
  }

  /** Bytes of memory held, for the query's budget. */
  long retainedBytes();

  @Override
  void close();
}
