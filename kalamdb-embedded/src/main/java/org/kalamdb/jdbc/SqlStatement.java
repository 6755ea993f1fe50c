package org.kalamdb.jdbc;

import java.util.Locale;
import java.util.Set;

/**
 * One statement's text with what the driver must know before it runs it.
 *
 * @param text the statement, without the semicolon
 * @param verb its first keyword in upper case, or for WITH and EXPLAIN that of the statement in
 *     them; empty if there is nothing but blanks and comments
 * @param writes false if it can change neither rows nor tables
 * @param returning true if it has a RETURNING clause of its own
 * @param explains true if it only explains a statement of that verb
 */
record SqlStatement(String text, String verb, boolean writes, boolean returning, boolean explains) {
  private static final Set<String> CHANGES_OF_ROWS = Set.of("INSERT", "UPDATE", "DELETE", "MERGE");
  private static final Set<String> QUERIES = Set.of("SELECT", "VALUES", "TABLE");
  private static final Set<String> READS =
      Set.of(
          "SELECT",
          "VALUES",
          "TABLE",
          "SHOW",
          "DESCRIBE",
          "DESC",
          "USE",
          "SET",
          "BEGIN",
          "START",
          "COMMIT",
          "END",
          "ROLLBACK",
          "ABORT",
          "SAVEPOINT",
          "RELEASE");

  private static final Set<String> WITHOUT_ROWS =
      Set.of(
          "CREATE",
          "ALTER",
          "DROP",
          "TRUNCATE",
          "USE",
          "SET",
          "BEGIN",
          "START",
          "COMMIT",
          "END",
          "ROLLBACK",
          "ABORT",
          "SAVEPOINT",
          "RELEASE");

  static SqlStatement of(String text) {
    String verb = "";
    boolean searchesVerb = true;
    boolean nestedWrite = false;
    boolean returning = false;
    boolean explains = false;
    boolean afterParenthesis = false;
    int depth = 0;
    int end;
    for (int i = 0; i < text.length(); i = end) {
      end = SqlScript.tokenEnd(text, i);
      char c = text.charAt(i);
      if (Character.isWhitespace(c) || SqlScript.isComment(text, i)) {
        continue;
      }
      if (SqlScript.isWordPart(c)) {
        String word = text.substring(i, end).toUpperCase(Locale.ROOT);
        boolean wrapped = verb.equals("WITH") || verb.equals("EXPLAIN");
        if (verb.isEmpty()) {
          verb = word;
          explains = word.equals("EXPLAIN");
          searchesVerb = explains || word.equals("WITH");
        } else if (searchesVerb
            && wrapped
            && depth == 0
            && (isChange(word) || QUERIES.contains(word))) {
          verb = word;
          searchesVerb = false;
        }
        nestedWrite |= afterParenthesis && isChange(word);
        returning |= depth == 0 && word.equals("RETURNING");
      } else if (c == '(') {
        depth++;
      } else if (c == ')') {
        depth--;
      } else if (verb.isEmpty()) {
        verb = text.substring(i, end);
        searchesVerb = false;
      }
      afterParenthesis = c == '(';
    }
    return new SqlStatement(text, verb, nestedWrite || !READS.contains(verb), returning, explains);
  }

  private static boolean isChange(String word) {
    return CHANGES_OF_ROWS.contains(word);
  }

  /** True for INSERT, UPDATE, DELETE and MERGE. */
  boolean changesRows() {
    return isChange(verb) && !explains;
  }

  /** True if it has a number of changed rows, possibly 0, and no rows for a result. */
  boolean returnsNoRows() {
    return changesRows() ? !returning : WITHOUT_ROWS.contains(verb);
  }

  /**
   * True if it is part of a transaction: it reads or changes rows. Definitions and commands commit
   * by themselves, and SET, USE and the transaction commands need none.
   */
  boolean belongsToTransaction() {
    return changesRows() || QUERIES.contains(verb) || verb.equals("EXECUTE") || verb.equals("COPY");
  }

  /**
   * The same statement returning the rows it changes; behind a line break, as a comment may end it.
   */
  SqlStatement returningAll() {
    return new SqlStatement(text + "\nRETURNING *", verb, writes, true, explains);
  }
}
