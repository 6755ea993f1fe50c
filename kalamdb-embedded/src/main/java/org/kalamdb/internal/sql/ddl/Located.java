package org.kalamdb.internal.sql.ddl;

import org.kalamdb.error.KalamException;
import org.kalamdb.internal.sql.parse.Position;

/** Blames errors without a place on one. */
final class Located {
  private Located() {}

  static void run(Position position, Runnable check) {
    try {
      check.run();
    } catch (KalamException e) {
      throw e.at(position.line(), position.column());
    }
  }
}
