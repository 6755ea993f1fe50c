package org.kalamdb.internal.sql.parse;

/**
 * How much text and nesting the parser takes before it refuses.
 *
 * @param maxLength UTF-16 units of a whole text; more is 54000
 * @param maxDepth parentheses, CASE expressions and prefix operators inside each other; more is
 *     54001
 */
public record ParserLimits(int maxLength, int maxDepth) {
  /** 1 MiB of text, 100 levels. */
  public static final ParserLimits DEFAULT = new ParserLimits(1 << 20, 100);

  /**
   * Height of a statement's tree: operators in a row, each an operand of the next, AND and OR not
   * counted; more is 54001.
   */
  static final int MAX_CHAIN = 500;

  /** Joins or set operations in a row; each counts as several levels of the tree. */
  static final int MAX_QUERY_CHAIN = 250;

  /** As many parameters as PostgreSQL's protocol can number. */
  static final int MAX_PARAMETERS = 65_535;

  public ParserLimits {
    if (maxLength < 1 || maxDepth < 1) {
      throw new IllegalArgumentException("Limits must be positive: " + maxLength + ", " + maxDepth);
    }
  }
}
