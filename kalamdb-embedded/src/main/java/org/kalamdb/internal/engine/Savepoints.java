package org.kalamdb.internal.engine;

import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;
import org.kalamdb.error.ErrorCode;
import org.kalamdb.error.KalamException;
import org.kalamdb.internal.storage.hot.WriteSet;

/** The savepoints of a transaction, newest first; a later one hides others of its name. */
final class Savepoints {
  /** One savepoint. */
  static final class Savepoint {
    private final String name;
    private final WriteSet.Mark writes;
    private final int steps;
    private @Nullable WriteSet frozen;

    private Savepoint(String name, WriteSet.Mark writes, int steps) {
      this.name = name;
      this.writes = writes;
      this.steps = steps;
    }

    /** The rows at that moment. */
    WriteSet.Mark writes() {
      return writes;
    }

    /** How many steps of the catalog were staged. */
    int steps() {
      return steps;
    }

    /** The writes before a table was altered, in which the mark is; null if none was since. */
    @Nullable WriteSet frozen() {
      return frozen;
    }
  }

  private final Deque<Savepoint> stack = new ArrayDeque<>();

  boolean isNone() {
    return stack.isEmpty();
  }

  int size() {
    return stack.size();
  }

  void add(String name, WriteSet.Mark writes, int steps) {
    stack.push(new Savepoint(name, writes, steps));
  }

  /** The rows are about to follow an altered table; these stay as they are. */
  void freeze(WriteSet writes) {
    for (Savepoint savepoint : stack) {
      if (savepoint.frozen == null) {
        savepoint.frozen = writes;
      }
    }
  }

  /** Finds one and forgets those that came after it. */
  Savepoint backTo(String name) {
    find(name);
    while (!stack.element().name.equals(name)) {
      stack.pop();
    }
    return stack.element();
  }

  /** Forgets one and those that came after it. */
  void release(String name) {
    backTo(name);
    stack.pop();
  }

  private void find(String name) {
    if (stack.stream().noneMatch(savepoint -> savepoint.name.equals(name))) {
      throw new KalamException(
          ErrorCode.INVALID_SAVEPOINT, "savepoint \"" + name + "\" does not exist");
    }
  }
}
