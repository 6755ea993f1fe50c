package org.kalamdb.internal.sql.parse;

import org.kalamdb.error.ErrorCode;
import org.kalamdb.error.KalamException;

/**
 * Keeps one statement's tree low enough for whoever walks it recursively: how deep the parser is in
 * the text, and how high the tree is that it has built.
 *
 * <p>The height is that of the part being read. A parser that reads a part of its own remembers the
 * {@link #height} it found, sets it to 0, and hands both to {@link #close} at its end.
 */
final class Nesting {
  private final int maxDepth;
  private int depth;
  private int height;

  Nesting(int maxDepth) {
    this.maxDepth = maxDepth;
  }

  /** One more parenthesis, CASE or prefix operator; {@link #leave} is for its end. */
  void enter(TokenCursor cursor) {
    if (++depth > maxDepth) {
      throw tooDeep(cursor.position(), maxDepth);
    }
  }

  void leave() {
    depth--;
  }

  static KalamException tooDeep(Position position, int levels) {
    return position.error(
        ErrorCode.STATEMENT_TOO_COMPLEX,
        "statement is nested too deeply: more than " + levels + " levels");
  }

  /** Begins a part; returns the height of the part around it. */
  int open() {
    int outer = height;
    height = 0;
    return outer;
  }

  /** One operator more on top of the part being read. */
  void grow(TokenCursor cursor) {
    grow(cursor, 1, "operators");
  }

  /** One join or set operation more: walking over a plan takes more stack than over a value. */
  void growByQuery(TokenCursor cursor) {
    grow(cursor, ParserLimits.MAX_CHAIN / ParserLimits.MAX_QUERY_CHAIN, "joins or set operations");
  }

  private void grow(TokenCursor cursor, int levels, String what) {
    height += levels;
    if (height > ParserLimits.MAX_CHAIN) {
      throw cursor
          .position()
          .error(
              ErrorCode.STATEMENT_TOO_COMPLEX,
              "more than " + ParserLimits.MAX_CHAIN / levels + " " + what + " in a row");
    }
  }

  /** Ends a part: it lies one level below what it is a part of. */
  void close(int outer) {
    height = Math.max(outer, height + 1);
  }
}
