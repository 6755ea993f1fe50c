package org.kalamdb.internal.exec;

import java.util.ArrayList;
import java.util.List;
import org.apache.arrow.memory.BufferAllocator;
import org.jspecify.annotations.Nullable;
import org.kalamdb.internal.vector.RecordBatch;
import org.kalamdb.internal.vector.SelectionVector;

/**
 * Rows divided over temporary files by some bits of a hash, so that rows of one key meet in one
 * file. Each level looks at other bits: what one level could not part, the next may.
 */
final class SpillPartitions implements AutoCloseable {
  static final int BITS = 4;
  static final int COUNT = 1 << BITS;

  /** Deeper levels would look at the bits that hash tables use. */
  static final int MAX_LEVEL = 7;

  private final SpillSpace space;
  private final int level;
  private final BufferAllocator allocator;
  private final @Nullable SpillFile[] files = new SpillFile[COUNT];

  SpillPartitions(ExecutionContext context, int level) {
    this.space = context.spill();
    this.level = level;
    this.allocator = context.allocator();
  }

  /** The partition of a hash, from 0 to {@link #COUNT} - 1. */
  static int partition(long hash, int level) {
    return (int) (hash >>> 64 - BITS * (level + 1)) & COUNT - 1;
  }

  /**
   * Writes some rows of the batch, which stays the caller's and whose selection is changed.
   *
   * @param rows ascending
   * @param hashes of {@code rows[i]} at i
   */
  void add(RecordBatch batch, int[] rows, long[] hashes, int n) {
    int[] counts = new int[COUNT];
    for (int i = 0; i < n; i++) {
      counts[partition(hashes[i], level)]++;
    }
    int[][] members = new int[COUNT][];
    for (int p = 0; p < COUNT; p++) {
      members[p] = new int[counts[p]];
      counts[p] = 0;
    }
    for (int i = 0; i < n; i++) {
      int p = partition(hashes[i], level);
      members[p][counts[p]++] = rows[i];
    }
    for (int p = 0; p < COUNT; p++) {
      if (counts[p] > 0) {
        batch.select(SelectionVector.of(members[p], counts[p]));
        file(p).write(batch, allocator);
      }
    }
  }

  private SpillFile file(int partition) {
    SpillFile file = files[partition];
    if (file == null) {
      file = space.create();
      files[partition] = file;
    }
    return file;
  }

  /** The partition's file, which is the caller's from now on; null if it has no rows. */
  @Nullable SpillFile take(int partition) {
    SpillFile file = files[partition];
    files[partition] = null;
    if (file != null) {
      file.finish();
    }
    return file;
  }

  /** All files with rows, which are the caller's from now on. */
  List<SpillFile> takeAll() {
    List<SpillFile> taken = new ArrayList<>();
    for (int p = 0; p < COUNT; p++) {
      SpillFile file = take(p);
      if (file != null) {
        taken.add(file);
      }
    }
    return taken;
  }

  @Override
  public void close() {
    List<@Nullable AutoCloseable> owned = new ArrayList<>();
    for (int p = 0; p < COUNT; p++) {
      owned.add(files[p]);
      files[p] = null;
    }
    Closeables.closeAll(owned);
  }
}
