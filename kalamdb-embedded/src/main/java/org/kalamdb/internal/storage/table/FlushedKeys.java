package org.kalamdb.internal.storage.table;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.NavigableSet;
import org.jspecify.annotations.Nullable;
import org.kalamdb.internal.common.ByteKey;
import org.kalamdb.internal.storage.key.ByteRange;
import org.kalamdb.internal.storage.kv.KeyFamily;
import org.kalamdb.internal.storage.kv.KvWriteBatch;

/**
 * The keys of the rows that a flush has written to a segment, to be deleted from the hot rows once
 * it is published: runs of them, where no row between stays hot, and single ones. Told of all rows
 * in key order.
 */
public final class FlushedKeys {
  /** Ranges make reading slower as long as they are in memory; so many keys go one by one. */
  private static final int SHORTEST_RUN = 64;

  private final List<byte[]> singles = new ArrayList<>();
  private final List<ByteRange> runs = new ArrayList<>();
  private final List<byte[]> run = new ArrayList<>(); // its first keys
  private long inRun;
  private byte @Nullable [] first;
  private byte @Nullable [] last;

  /** The row of the key is in the segment. */
  void add(byte[] key) {
    if (first == null) {
      first = key;
    }
    if (inRun++ < SHORTEST_RUN) {
      run.add(key);
    }
    last = key;
  }

  /** The next row is not. */
  void skip() {
    byte[] end = last;
    if (inRun == 0 || end == null) {
      return;
    }
    if (inRun < SHORTEST_RUN) {
      singles.addAll(run);
    } else {
      runs.add(new ByteRange(run.get(0), after(end)));
    }
    run.clear();
    inRun = 0;
  }

  /** How many deletions it will take, about. */
  public int deletions() {
    return singles.size() + runs.size();
  }

  /** Those of some keys that are not before the first row or behind the last one. */
  public NavigableSet<ByteKey> within(NavigableSet<ByteKey> keys) {
    return first == null || last == null
        ? Collections.emptyNavigableSet()
        : keys.subSet(new ByteKey(first), true, new ByteKey(last), true);
  }

  /**
   * Deletes the rows but those that were changed meanwhile: they stay hot.
   *
   * @param changed keys in key order
   */
  public void addDeletesTo(KvWriteBatch batch, NavigableSet<ByteKey> changed) {
    skip();
    for (byte[] key : singles) {
      if (changed.isEmpty() || !changed.contains(new ByteKey(key))) {
        batch.delete(KeyFamily.ROWS, key);
      }
    }
    for (ByteRange range : runs) {
      byte[] from = range.from();
      byte[] to = java.util.Objects.requireNonNull(range.to());
      for (ByteKey key : changed.subSet(new ByteKey(from), true, new ByteKey(to), false)) {
        batch.deleteRange(KeyFamily.ROWS, from, key.bytes());
        from = after(key.bytes());
      }
      if (Arrays.compareUnsigned(from, to) < 0) {
        batch.deleteRange(KeyFamily.ROWS, from, to);
      }
    }
  }

  /** The smallest key behind {@code key}. */
  public static byte[] after(byte[] key) {
    return Arrays.copyOf(key, key.length + 1);
  }
}
