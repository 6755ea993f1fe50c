package org.kalamdb.internal.sql.parse;

/**
 * One statement of a text.
 *
 * @param statement the tree
 * @param sql its own text, without the semicolon and surrounding blanks
 * @param start offset in the whole text, UTF-16 units
 * @param end offset behind the last character
 * @param parameterCount how many parameters it takes: as many as it has question marks, or the
 *     highest {@code $n}
 */
public record ParsedStatement(
    Statement statement, String sql, int start, int end, int parameterCount) {}
