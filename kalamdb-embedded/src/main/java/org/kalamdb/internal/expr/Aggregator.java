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

  /**
   * Adds the state of {@code other}, made by the same function: its group i to our {@code
   * groupIds[i]}.
   */
  void merge(Aggregator other, int[] groupIds, int n);

  /**
   * Writes the results of groups {@code from} to {@code to - 1} to rows 0 and up of a begun writer.
   */
  void finish(ColumnWriter out, int from, int to);

  /** Bytes of memory held, for the query's budget. */
  long retainedBytes();

  @Override
  void close();
}
