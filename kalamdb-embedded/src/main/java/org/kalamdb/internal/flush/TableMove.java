package org.kalamdb.internal.flush;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.kalamdb.internal.common.Retry;
import org.kalamdb.schema.UserId;

/**
 * A table that has changed its place, or users of it who have changed theirs, as long as not all of
 * it has followed. One thread's.
 */
final class TableMove {
  private final List<TablePlace> former = new ArrayList<>();
  private final Map<UserId, Set<String>> formerOfUsers = new LinkedHashMap<>();
  private final Set<UserId> asked = new LinkedHashSet<>();
  private boolean whole;
  private boolean rests;
  private Retry retry = Retry.atOnce();

  /** All partitions are to be looked at. */
  void beWhole() {
    whole = true;
    retry = Retry.atOnce();
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
    asked.add(user);
    retry = Retry.atOnce();
  }

  /** Users who have changed their place. */
  Set<UserId> users() {
    return whole ? formerOfUsers.keySet() : asked;
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
    return (whole || !asked.isEmpty()) && retry.isDue();
  }

  int failures() {
    return retry.failures();
  }

  void failed() {
    retry = retry.failed();
  }

  /** Rests until somebody alters the table, or the user; copies are still to follow then. */
  void killed() {
    rests = true;
    whole = false;
    asked.clear();
  }

  /** What was asked for is done; false if something else rests. */
  boolean finish() {
    rests &= !whole;
    whole = false;
    asked.clear();
    return !rests;
  }
}
