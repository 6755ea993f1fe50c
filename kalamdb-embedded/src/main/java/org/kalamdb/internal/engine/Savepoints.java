package org.kalamdb.internal.engine;

import java.util.ArrayDeque;
import java.util.Deque;
import org.kalamdb.error.ErrorCode;
import org.kalamdb.error.KalamException;
import org.kalamdb.internal.storage.hot.WriteSet;

/** The savepoints of a transaction, newest first; a later one hides others of its name. */
final class Savepoints {
  /**
   * One savepoint.
   *
   * @param writes the rows at that moment
   * @param steps how many steps of the catalog were staged
   */
  record Savepoint(String name, WriteSet.Mark writes, int steps) {}

  private final Deque<Savepoint> stack = new ArrayDeque<>();

  void add(Savepoint savepoint) {
    stack.push(savepoint);
  }

  /** Finds one and forgets those that came after it. */
  Savepoint backTo(String name) {
    find(name);
    while (!stack.element().name().equals(name)) {
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
    if (stack.stream().noneMatch(savepoint -> savepoint.name().equals(name))) {
      throw new KalamException(
          ErrorCode.INVALID_SAVEPOINT, "savepoint \"" + name + "\" does not exist");
    }
  }
}
