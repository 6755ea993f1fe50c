package org.kalamdb.internal.copy;

/**
 * How a CSV file is written.
 *
 * @param nullText what stands for NULL, unquoted
 * @param escape what stands before a quote within quotes; the quote itself unless said otherwise
 */
public record CsvFormat(char delimiter, String nullText, char quote, char escape, Header header) {
  public static final CsvFormat DEFAULT = new CsvFormat(',', "", '"', '"', Header.NONE);

  /** What the first line is. */
  public enum Header {
    NONE,
    /** Names, which are skipped. */
    PRESENT,
    /** Names, which must be those of the columns. */
    MATCH
  }
}
