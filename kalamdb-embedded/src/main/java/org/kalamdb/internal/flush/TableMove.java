package org.kalamdb.internal.flush;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A table that has changed its place, as long as not all of it has followed. One thread's. */
final class TableMove {
  private static final int MOST_DOUBLINGS = 6;
  private static final long LONGEST_PAUSE_SECONDS = 60;

  private final List<TablePlace> former = new ArrayList<>();
  private int failures;
  private long dueNanos = System.nanoTime();

  /** Where copies of its manifests may still be. */
  List<TablePlace> former() {
    return former;
  }

  void left(TablePlace place) {
    former.add(place);
  }

  boolean isDue() {
    return System.nanoTime() - dueNanos >= 0;
  }

  void beDueNow() {
    dueNanos = System.nanoTime();
  }

  int failures() {
    return failures;
  }

  void failed() {
    failures++;
    long seconds = Math.min(1L << Math.min(failures - 1, MOST_DOUBLINGS), LONGEST_PAUSE_SECONDS);
    dueNanos = System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds);
  }
}
