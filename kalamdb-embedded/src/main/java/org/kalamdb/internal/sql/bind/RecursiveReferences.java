package org.kalamdb.internal.sql.bind;

import java.util.function.Supplier;
import org.kalamdb.error.ErrorCode;
import org.kalamdb.internal.sql.parse.Position;

/** Keeps recursive queries from naming themselves where that has no meaning. */
final class RecursiveReferences {
  private int count;
  private String last = "";

  /** A query has named itself. */
  void note(String name) {
    count++;
    last = name;
  }

  int count() {
    return count;
  }

  /**
   * Runs {@code binding}, in which no recursive query may name itself.
   *
   * @param where for the message: {@code a subquery}
   * @throws org.kalamdb.error.KalamException 42P19 if one does
   */
  <T> T forbidden(String where, Position position, Supplier<T> binding) {
    int before = count;
    T result = binding.get();
    if (count > before) {
      throw position.error(
          ErrorCode.INVALID_RECURSION,
          "recursive reference to query \"" + last + "\" must not appear within " + where);
    }
    return result;
  }
}
