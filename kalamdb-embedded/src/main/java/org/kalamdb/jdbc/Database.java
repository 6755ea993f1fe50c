package org.kalamdb.jdbc;

import org.jspecify.annotations.Nullable;
import org.kalamdb.Session;

/** One handle on an open database; a connection owns one and closes it with itself. */
interface Database {
  /** A new session of this user, or of the application itself if null; the caller closes it. */
  Session session(@Nullable String user);

  /** Gives the handle back; the last one in the process closes the database. */
  void close();

  /** How a connection gets its handle. */
  @FunctionalInterface
  interface Opener {
    Database open(KalamUrl url);
  }
}
