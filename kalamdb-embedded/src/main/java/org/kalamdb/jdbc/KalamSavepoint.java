package org.kalamdb.jdbc;

import java.sql.SQLException;
import java.sql.Savepoint;
import org.jspecify.annotations.Nullable;
import org.kalamdb.error.ErrorCode;

/** A savepoint of one transaction of one connection. */
final class KalamSavepoint implements Savepoint {
  private final ConnectionTransaction owner;
  private final int transaction;
  private final int id;
  private final @Nullable String name;
  private final String sqlName;
  private boolean released;

  KalamSavepoint(
      ConnectionTransaction owner, int transaction, int id, @Nullable String name, String sqlName) {
    this.owner = owner;
    this.transaction = transaction;
    this.id = id;
    this.name = name;
    this.sqlName = sqlName;
  }

  String sqlName() {
    return sqlName;
  }

  boolean isValidIn(ConnectionTransaction owner, int transaction) {
    return !released && this.owner == owner && this.transaction == transaction;
  }

  void release() {
    released = true;
  }

  @Override
  public int getSavepointId() throws SQLException {
    if (name != null) {
      throw SqlErrors.of(ErrorCode.INVALID_SAVEPOINT, "A named savepoint has no id");
    }
    return id;
  }

  @Override
  public String getSavepointName() throws SQLException {
    if (name == null) {
      throw SqlErrors.of(ErrorCode.INVALID_SAVEPOINT, "The savepoint has an id and no name");
    }
    return name;
  }
}
