package org.kalamdb.slt;

/**
 * One statement of a file and what is expected of it.
 *
 * @param line where its header stands, from 1
 */
record SltRecord(int line, String sql, Expectation expectation) {

  /** What a statement must do. */
  sealed interface Expectation permits Success, Failure, Changes, ExpectedRows {}

  /** It runs; its rows, if any, are nobody's business. */
  record Success() implements Expectation {}

  /** It is refused with any SQLSTATE. */
  record Failure() implements Expectation {}

  /** It changes so many rows. */
  record Changes(long rows) implements Expectation {}
}
