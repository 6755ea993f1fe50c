package org.kalamdb.internal.sql.parse;

import org.kalamdb.error.ErrorCode;
import org.kalamdb.error.KalamException;

/**
 * A place in the caller's SQL text.
 *
 * @param line from 1
 * @param column from 1, in UTF-16 units; a tab counts 1
 */
public record Position(int line, int column) {
  /** Where a text begins. */
  public static final Position START = new Position(1, 1);

  /** An error that is to blame on this place. */
  public KalamException error(ErrorCode code, String message) {
    return new KalamException(code, message).at(line, column);
  }

  @Override
  public String toString() {
    return line + ":" + column;
  }
}
