package org.kalamdb.internal.sql.bind;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.kalamdb.error.ErrorCode;
import org.kalamdb.internal.sql.parse.Position;

/** Keeps recursive queries from naming themselves where that has no meaning. */
final class RecursiveReferences {
  private final List<Reference> references = new ArrayList<>();

  private record Reference(int workingTable, String name) {}

  /** A query has named itself. */
  void note(int workingTable, String name) {
    references.add(new Reference(workingTable, name));
  }

  /**
   * Runs {@code binding}, in which no recursive query around it may name itself.
   *
   * @param where for the message: {@code a subquery}
   * @param next working tables from this number on belong to queries inside
   * @throws org.kalamdb.error.KalamException 42P19 if one does
   */
  <T> T forbidden(String where, Position position, int next, Supplier<T> binding) {
    int before = references.size();
    T result = binding.get();
    for (Reference reference : references.subList(before, references.size())) {
      if (reference.workingTable() < next) {
        throw position.error(
            ErrorCode.INVALID_RECURSION,
            "recursive reference to query \""
                + reference.name()
                + "\" must not appear within "
                + where);
      }
    }
    return result;
  }
}
