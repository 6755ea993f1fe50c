package org.kalamdb.jdbc;

import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.kalamdb.KalamDB;
import org.kalamdb.Session;
import org.kalamdb.error.ErrorCode;
import org.kalamdb.error.KalamException;

/** A connection's own handle on a database of this process. */
record KalamDatabase(KalamDB handle) implements Database {
  /** Opens the path or the database in memory, or joins those in the process that have it open. */
  static Database open(KalamUrl url) {
    return new KalamDatabase(
        url.inMemory() ? KalamDB.openInMemory(url.location()) : KalamDB.open(path(url.location())));
  }

  private static Path path(String location) {
    try {
      return Path.of(location);
    } catch (InvalidPathException e) {
      throw new KalamException(ErrorCode.CANNOT_CONNECT, "The URL's path is none: " + location, e);
    }
  }

  @Override
  public Session session(@Nullable String user) {
    return user == null ? handle.session() : handle.session(user);
  }

  @Override
  public void close() {
    handle.close();
  }
}
