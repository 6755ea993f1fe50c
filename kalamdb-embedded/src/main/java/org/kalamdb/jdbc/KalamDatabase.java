package org.kalamdb.jdbc;

import org.jspecify.annotations.Nullable;
import org.kalamdb.Session;
import org.kalamdb.error.ErrorCode;
import org.kalamdb.error.KalamException;

/** Handles on databases of this process. */
final class KalamDatabase {
  private KalamDatabase() {}

  /** Opens the path or the database in memory, or joins those in the process that have it open. */
  static Database open(KalamUrl url) {
    throw new KalamException(ErrorCode.CANNOT_CONNECT, "This build has no engine to open " + url);
  }
}
