package org.kalamdb.internal.flush;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.kalamdb.schema.UserId;

/**
 * A table that has changed its place, or users of it who have changed theirs, as long as not all of
 * it has followed. One thread's.
 */
final class TableMove {
  private static final int MOST_DOUBLINGS = 6;
  private static final long LONGEST_PAUSE_SECONDS = 60;

  private final List<TablePlace> former = new ArrayList<>();
  private final Map<UserId, Set<String>> formerOfUsers = new LinkedHashMap<>();
  private boolean whole;
  private int failures;
  private long dueNanos = System.nanoTime();

  /** All partitions are to be looked at. */
  void beWhole() {
    whole = true;
    dueNanos = System.nanoTime();
  }

  boolean isWhole() {
    return whole;
  }

  /** The table has left a place. */
  void left(TablePlace place) {
    former.add(place);
  }

  /** Whether the table has left a place with all its partitions. */
  boolean hasLeft() {
    return !former.isEmpty();
  }

  /** A user's partition has left a place, wherever the table had been. */
  void left(UserId user, TablePlace place, @Nullable String storage) {
    Set<String> directories = formerOfUsers.computeIfAbsent(user, u -> new LinkedHashSet<>());
    directories.add(place.directoryOf(user, storage));
    former.stream()
        .filter(TablePlace::usesUserStorage)
        .forEach(earlier -> directories.add(earlier.directoryOf(user, storage)));
    dueNanos = System.nanoTime();
  }

  /** Users who have changed their place. */
  Set<UserId> users() {
    return formerOfUsers.keySet();
  }

  /**
   * Where the copy of a partition's manifest may still be.
   *
   * @param storage that the user has; null: none
   */
  Set<String> formerDirectories(@Nullable UserId user, @Nullable String storage) {
    Set<String> directories = new LinkedHashSet<>();
    former.forEach(place -> directories.add(place.directoryOf(user, storage)));
    if (user != null) {
      directories.addAll(formerOfUsers.getOrDefault(user, Set.of()));
    }
    return directories;
  }

  boolean isDue() {
    return System.nanoTime() - dueNanos >= 0;
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
