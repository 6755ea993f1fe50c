package org.kalamdb.internal.sql.parse;

/** What a token is, by its spelling alone: keywords are words like others. */
enum TokenKind {
  /** Letters, digits, underscores, dollars; folded to lower case. */
  WORD,
  /** A name in double quotes. */
  QUOTED,
  /** {@code U&"..."}, with the UESCAPE that may follow. */
  UNICODE_QUOTED,
  /** {@code '...'}, with what continues it on further lines. */
  STRING,
  /** {@code E'...'}. */
  ESCAPE_STRING,
  /** {@code $tag$...$tag$}. */
  DOLLAR_STRING,
  /** {@code U&'...'}, with the UESCAPE that may follow. */
  UNICODE_STRING,
  NUMBER,
  /** {@code $n}, or {@code ?} unless the parser finds it between operands. */
  PARAMETER,
  /** One of PostgreSQL's operators, {@code ::} and {@code :=} included. */
  OPERATOR,
  /** One of {@code ( ) [ ] , ; .} and a lone colon. */
  PUNCTUATION,
  /** What stands behind the last token. */
  END;

  boolean isString() {
    return this == STRING
        || this == ESCAPE_STRING
        || this == DOLLAR_STRING
        || this == UNICODE_STRING;
  }
}
