package org.kalamdb.error;

import org.jspecify.annotations.Nullable;

/**
 * Whatever goes wrong with a statement, a file or a value. Misuse of the Java API is {@link
 * IllegalArgumentException}, {@link IllegalStateException} or {@link NullPointerException} instead.
 *
 * <p>The message is a constant sentence with the values beside it. {@link #line()} and {@link
 * #column()} count from 1 and are 0 where no SQL text is to blame; columns count UTF-16 units.
 */
public final class KalamException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final ErrorCode code;
  private final int line;
  private final int column;
  private final @Nullable String hint;

  public KalamException(ErrorCode code, String message) {
    this(code, message, 0, 0, null, null);
  }

  public KalamException(ErrorCode code, String message, @Nullable Throwable cause) {
    this(code, message, 0, 0, null, cause);
  }

  private KalamException(
      ErrorCode code,
      String message,
      int line,
      int column,
      @Nullable String hint,
      @Nullable Throwable cause) {
    super(message, cause);
    this.code = code;
    this.line = line;
    this.column = column;
    this.hint = hint;
  }

  /** The same error, blamed on a place in the SQL text; a place it already has is kept. */
  public KalamException at(int line, int column) {
    return this.line > 0 || line <= 0 ? this : copy(line, column, hint);
  }

  /** The same error with a hint: what the reader could write instead, or which option helps. */
  public KalamException withHint(String hint) {
    return copy(line, column, hint);
  }

  private KalamException copy(int line, int column, @Nullable String hint) {
    KalamException copy = new KalamException(code, reason(), line, column, hint, getCause());
    copy.setStackTrace(getStackTrace());
    for (Throwable suppressed : getSuppressed()) {
      copy.addSuppressed(suppressed);
    }
    return copy;
  }

  public ErrorCode code() {
    return code;
  }

  public String sqlState() {
    return code.sqlState();
  }

  /** Line in the SQL text, from 1; 0 if the error has no place in a text. */
  public int line() {
    return line;
  }

  /** Column in the line, from 1; 0 if the error has no place in a text. */
  public int column() {
    return column;
  }

  public @Nullable String hint() {
    return hint;
  }

  /** The bare sentence, without place, hint and SQLSTATE. */
  public String reason() {
    return String.valueOf(super.getMessage());
  }

  @Override
  public String getMessage() {
    StringBuilder text = new StringBuilder(reason());
    if (line > 0) {
      text.append(" (line ").append(line).append(", column ").append(column).append(')');
    }
    if (hint != null) {
      text.append("; hint: ").append(hint);
    }
    return text.append(" [").append(sqlState()).append(']').toString();
  }
}
