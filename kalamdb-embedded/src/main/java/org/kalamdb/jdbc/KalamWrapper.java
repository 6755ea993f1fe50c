package org.kalamdb.jdbc;

import java.sql.SQLException;
import java.sql.Wrapper;
import org.jspecify.annotations.Nullable;
import org.kalamdb.error.ErrorCode;

/**
 * A JDBC object that is itself and lends the KalamDB object behind it, which the caller must not
 * close.
 */
interface KalamWrapper extends Wrapper {
  /** The session, prepared query or result behind this object; null if there is none. */
  @Nullable Object delegate();

  @Override
  default boolean isWrapperFor(Class<?> type) {
    return type.isInstance(this) || type.isInstance(delegate());
  }

  @Override
  default <T> T unwrap(Class<T> type) throws SQLException {
    if (type.isInstance(this)) {
      return type.cast(this);
    }
    Object delegate = delegate();
    if (delegate != null && type.isInstance(delegate)) {
      return type.cast(delegate);
    }
    throw SqlErrors.of(ErrorCode.CANNOT_COERCE, "This is no wrapper for " + type.getName());
  }
}
