package org.kalamdb.internal.exec;

import java.util.List;
import java.util.function.Supplier;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.FieldVector;
import org.kalamdb.internal.vector.ColumnView;
import org.kalamdb.internal.vector.DictionaryCodes;
import org.kalamdb.schema.DataType;

/**
 * Numbers the distinct combinations of key values, from 0 in order of first sight. NULLs are equal.
 */
abstract class GroupTable implements AutoCloseable {
  /** The table that suits the types. */
  static GroupTable create(List<DataType> types, BufferAllocator allocator) {
    return types.size() == 1 && LongGroupTable.takes(types.get(0))
        ? new LongGroupTable(types.get(0), allocator)
        : new ColumnGroupTable(types, allocator);
  }

  /** Sets {@code groups[i]} to the number of the keys in {@code rows[i]}, for i below n. */
  abstract void assign(ColumnView[] keys, int[] rows, int n, int[] groups);

  /**
   * As {@link #assign}, where numbers of dictionaries stand for the keys, so that keys are looked
   * at only for numbers that are met for the first time. False, and nothing done, if that is
   * nothing for this table.
   *
   * @param keys is asked for at most once
   */
  boolean assignByCodes(
      DictionaryCodes[] codes, Supplier<ColumnView[]> keys, int[] rows, int n, int[] groups) {
    return false;
  }

  /** As {@link #assign}, but adds no group: -1 for keys that are not there. */
  abstract void find(ColumnView[] keys, int[] rows, int n, int[] groups);

  abstract int groupCount();

  /** Bytes that are taken for a while, beside those of the keys, when so many groups are added. */
  abstract long growth(int groups);

  /** A new vector of key {@code index} of the groups {@code from} to {@code to - 1}. */
  abstract FieldVector takeKeys(int index, int from, int to, BufferAllocator target);

  @Override
  public abstract void close();
}
