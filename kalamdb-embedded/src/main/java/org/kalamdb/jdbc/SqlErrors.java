package org.kalamdb.jdbc;

import java.sql.SQLDataException;
import java.sql.SQLException;
import java.sql.SQLFeatureNotSupportedException;
import java.sql.SQLIntegrityConstraintViolationException;
import java.sql.SQLInvalidAuthorizationSpecException;
import java.sql.SQLNonTransientConnectionException;
import java.sql.SQLNonTransientException;
import java.sql.SQLSyntaxErrorException;
import java.sql.SQLTimeoutException;
import java.sql.SQLTransactionRollbackException;
import java.sql.SQLTransientException;
import org.jspecify.annotations.Nullable;
import org.kalamdb.error.ErrorCode;
import org.kalamdb.error.KalamException;

/** Turns failures into the subclass of {@link SQLException} that their SQLSTATE asks for. */
final class SqlErrors {
  /** SQL standard: the position of a parameter or column is out of range. */
  private static final String INVALID_DESCRIPTOR_INDEX = "07009";

  /** SQL standard: the number of parameters set is not the number in the statement. */
  private static final String WRONG_NUMBER_OF_PARAMETERS = "07001";

  /** SQL standard: a cursor that stands on no row, or is closed. */
  private static final String INVALID_CURSOR_STATE = "24000";

  private SqlErrors() {}

  /** The exception to throw for one that came out of the session. */
  static SQLException of(RuntimeException failure) {
    if (failure instanceof KalamException known) {
      return of(known.sqlState(), message(known), known);
    }
    if (failure instanceof IllegalStateException) {
      return of(ErrorCode.CONNECTION_DOES_NOT_EXIST, text(failure), failure);
    }
    if (failure instanceof IllegalArgumentException || failure instanceof ArithmeticException) {
      return of(ErrorCode.INVALID_PARAMETER_VALUE, text(failure), failure);
    }
    return of(ErrorCode.INTERNAL_ERROR, text(failure), failure);
  }

  static SQLException of(ErrorCode code, String reason) {
    return of(code, reason, null);
  }

  static SQLException of(ErrorCode code, String reason, @Nullable Throwable cause) {
    return of(code.sqlState(), reason, cause);
  }

  static SQLException of(String sqlState, String reason, @Nullable Throwable cause) {
    if (sqlState.equals(ErrorCode.QUERY_CANCELED.sqlState())) {
      return new SQLTimeoutException(reason, sqlState, cause);
    }
    return switch (sqlState.substring(0, 2)) {
      case "08" -> new SQLNonTransientConnectionException(reason, sqlState, cause);
      case "0A" -> new SQLFeatureNotSupportedException(reason, sqlState, cause);
      case "22" -> new SQLDataException(reason, sqlState, cause);
      case "23" -> new SQLIntegrityConstraintViolationException(reason, sqlState, cause);
      case "28" -> new SQLInvalidAuthorizationSpecException(reason, sqlState, cause);
      case "40" -> new SQLTransactionRollbackException(reason, sqlState, cause);
      case "3F", "42" -> new SQLSyntaxErrorException(reason, sqlState, cause);
      case "53" -> new SQLTransientException(reason, sqlState, cause);
      case "54" -> new SQLNonTransientException(reason, sqlState, cause);
      default -> new SQLException(reason, sqlState, cause);
    };
  }

  static SQLFeatureNotSupportedException unsupported(String what) {
    return new SQLFeatureNotSupportedException(
        what + " is not supported", ErrorCode.FEATURE_NOT_SUPPORTED.sqlState());
  }

  /** For use after close of a connection, statement or result set. */
  static SQLException closed(String what) {
    return what.equals("connection")
        ? of(ErrorCode.CONNECTION_DOES_NOT_EXIST, "This connection is closed")
        : new SQLException("This " + what + " is closed", INVALID_CURSOR_STATE);
  }

  static SQLException noRow(String reason) {
    return new SQLException(reason, INVALID_CURSOR_STATE);
  }

  static SQLException indexOutOfRange(String what, int index, int count) {
    return new SQLException(
        "The index of the " + what + " is out of range: " + index + ", there are " + count,
        INVALID_DESCRIPTOR_INDEX);
  }

  static SQLException missingParameter(int index) {
    return new SQLException("No value is set for parameter " + index, WRONG_NUMBER_OF_PARAMETERS);
  }

  /**
   * The sentence with its place and hint, but not the SQLSTATE, which the exception carries apart.
   */
  private static String message(KalamException failure) {
    StringBuilder text = new StringBuilder(failure.reason());
    if (failure.line() > 0) {
      text.append(" (line ")
          .append(failure.line())
          .append(", column ")
          .append(failure.column())
          .append(')');
    }
    if (failure.hint() != null) {
      text.append("; hint: ").append(failure.hint());
    }
    return text.toString();
  }

  private static String text(RuntimeException failure) {
    String message = failure.getMessage();
    return message == null ? failure.getClass().getName() : message;
  }
}
