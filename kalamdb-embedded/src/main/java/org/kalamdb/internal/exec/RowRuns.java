package org.kalamdb.internal.exec;

import org.apache.arrow.memory.BufferAllocator;

/** Neighbouring rows that belong together, as the row each run of them begins at. */
final class RowRuns implements AutoCloseable {
  private final OffHeapInts starts;
  private int count;

  RowRuns(BufferAllocator allocator) {
    this.starts = new OffHeapInts(allocator);
  }

  /** Begins the next run at {@code row}, or, as the last call, ends the last one there. */
  void begin(int row) {
    starts.ensure(count + 1L);
    starts.set(count++, row);
  }

  /** Number of runs, once the last one has been ended. */
  int count() {
    return count - 1;
  }

  int start(int run) {
    return starts.get(run);
  }

  /** The row behind the run. */
  int end(int run) {
    return starts.get(run + 1L);
  }

  /** The run of the row, looked for from {@code run} on. */
  int seek(int row, int run) {
    int found = run;
    while (end(found) <= row) {
      found++;
    }
    return found;
  }

  @Override
  public void close() {
    starts.close();
  }
}
