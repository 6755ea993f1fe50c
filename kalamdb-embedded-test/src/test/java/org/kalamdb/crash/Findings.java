package org.kalamdb.crash;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** What is wrong in a database that was opened again. Not thread-safe. */
final class Findings {
  private static final int MOST = 20;

  private final List<String> problems = new ArrayList<>();

  void check(boolean holds, String what) {
    if (!holds && problems.size() < MOST) {
      problems.add(what);
    }
  }

  void equal(String what, @Nullable Object found, @Nullable Object expected) {
    check(Objects.equals(found, expected), what + ": found " + found + ", expected " + expected);
  }

  List<String> problems() {
    return problems;
  }
}
