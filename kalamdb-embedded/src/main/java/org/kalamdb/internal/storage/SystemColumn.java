package org.kalamdb.internal.storage;

import org.kalamdb.schema.DataType;

/**
 * Columns that every scan can produce beside those of the table. The first two can be named in SQL;
 * the others carry a row's location from a scan to the writer that updates or deletes it.
 */
public enum SystemColumn {
  /** {@code _seq}: the commit that wrote this version of the row. */
  SEQ("_seq", DataType.BIGINT),
  /** {@code _deleted}: true for a tombstone. */
  DELETED("_deleted", DataType.BOOLEAN),
  /** Number of the segment the row is in; 0 if it is hot. */
  SEGMENT("_segment", DataType.BIGINT),
  /** Row number in the segment; 0 if it is hot. */
  SEGMENT_ROW("_segment_row", DataType.BIGINT);

  private final String columnName;
  private final DataType type;

  SystemColumn(String columnName, DataType type) {
    this.columnName = columnName;
    this.type = type;
  }

  public String columnName() {
    return columnName;
  }

  public DataType type() {
    return type;
  }

  /** How a {@link ScanRequest} names the column: below zero, where table columns count from 0. */
  public int scanNumber() {
    return -1 - ordinal();
  }

  /** The system column a negative number of a {@link ScanRequest} stands for. */
  public static SystemColumn ofScanNumber(int number) {
    return values()[-1 - number];
  }
}
