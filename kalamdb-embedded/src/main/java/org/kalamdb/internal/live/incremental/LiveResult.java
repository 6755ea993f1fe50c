package org.kalamdb.internal.live.incremental;

import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The present rows of a live query, as its subscribers know them. */
abstract class LiveResult implements AutoCloseable {
  /** Applies one transaction's changes, and says what they come to. */
  abstract List<ResultChange> apply(List<KeyedChange> changes);

  /** Takes rows in without comparing them with what was there; the result is empty before. */
  abstract void load(List<KeyedChange> rows);

  /** All rows, in order if there is one. */
  abstract List<@Nullable Object[]> rows();

  abstract long stateBytes();

  abstract void clear();

  /** What it is, and how many rows it keeps, for EXPLAIN. */
  abstract String label();

  abstract int kept();

  /** Whether rows are missing that only the table has: {@link #apply} told nothing. */
  boolean isShort() {
    return false;
  }

  @Override
  public abstract void close();

  static boolean same(@Nullable Object[] a, @Nullable Object[] b) {
    return Arrays.deepEquals(a, b);
  }
}
