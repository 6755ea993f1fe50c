package org.kalamdb.jdbc;

import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.io.Reader;
import java.io.StringReader;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.nio.charset.StandardCharsets;
import java.sql.Date;
import java.sql.ResultSet;
import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import java.sql.SQLWarning;
import java.sql.Statement;
import java.sql.Time;
import java.sql.Timestamp;
import java.util.Calendar;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.kalamdb.error.ErrorCode;
import org.kalamdb.query.ResultColumn;
import org.kalamdb.query.Row;

/**
 * Rows in forward order, read from the query as they are asked for. Only moving on and closing
 * touch the session and take the connection's lock; getters read the current row, which is
 * immutable.
 */
final class KalamResultSet extends AbstractLabelledResultSet implements KalamWrapper {
  private final KalamConnection connection;
  private final @Nullable AbstractStatement statement;
  private final RowSource source;
  private final List<ResultColumn> columns;
  private final long maxRows;
  private @Nullable Map<String, Integer> labels;
  private @Nullable Row row;
  private long rowNumber;
  private boolean afterLast;
  private boolean wasNull;
  private int fetchSize;
  private volatile boolean closed;

  /**
   * Owns the source; {@code maxRows} 0 is no limit; no statement for answers about the database.
   */
  KalamResultSet(
      KalamConnection connection,
      @Nullable AbstractStatement statement,
      RowSource source,
      long maxRows) {
    this.connection = connection;
    this.statement = statement;
    this.source = source;
    this.columns = source.columns();
    this.maxRows = maxRows;
  }

  @Override
  public boolean next() throws SQLException {
    connection.enter();
    try {
      checkOpen();
      if (afterLast) {
        return false;
      }
      if ((maxRows == 0 || rowNumber < maxRows) && source.rows().hasNext()) {
        row = source.rows().next();
        rowNumber++;
        return true;
      }
      row = null;
      afterLast = true;
      return false;
    } catch (RuntimeException e) {
      throw SqlErrors.of(e);
    } finally {
      connection.leave();
    }
  }

  private void checkOpen() throws SQLException {
    if (closed) {
      throw SqlErrors.closed("result set");
    }
  }

  private Row current() throws SQLException {
    checkOpen();
    if (row == null) {
      throw SqlErrors.noRow(
          afterLast
              ? "The result set is after its last row"
              : "The result set is before its first row; call next");
    }
    return row;
  }

  private @Nullable Object value(int columnIndex) throws SQLException {
    Row current = current();
    if (columnIndex < 1 || columnIndex > columns.size()) {
      throw SqlErrors.indexOutOfRange("column", columnIndex, columns.size());
    }
    Object value = current.get(columnIndex - 1);
    wasNull = value == null;
    return value;
  }

  @Override
  public boolean wasNull() throws SQLException {
    checkOpen();
    return wasNull;
  }

  @Override
  public int findColumn(String columnLabel) throws SQLException {
    checkOpen();
    Objects.requireNonNull(columnLabel, "columnLabel");
    Map<String, Integer> known = labels;
    if (known == null) {
      known = new HashMap<>();
      for (int i = 0; i < columns.size(); i++) {
        known.putIfAbsent(columns.get(i).name().toLowerCase(Locale.ROOT), i + 1);
      }
      labels = known;
    }
    Integer index = known.get(columnLabel.toLowerCase(Locale.ROOT));
    if (index == null) {
      throw SqlErrors.of(
          ErrorCode.UNDEFINED_COLUMN, "The result set has no column \"" + columnLabel + "\"");
    }
    return index;
  }

  // Values.

  @Override
  public @Nullable String getString(int columnIndex) throws SQLException {
    Object value = value(columnIndex);
    return value == null ? null : ValueText.of(value);
  }

  @Override
  public boolean getBoolean(int columnIndex) throws SQLException {
    Object value = value(columnIndex);
    return value != null && Conversions.toBoolean(value);
  }

  @Override
  public byte getByte(int columnIndex) throws SQLException {
    Object value = value(columnIndex);
    return value == null
        ? 0
        : (byte) Conversions.toLong(value, Byte.MIN_VALUE, Byte.MAX_VALUE, "byte");
  }

  @Override
  public short getShort(int columnIndex) throws SQLException {
    Object value = value(columnIndex);
    return value == null
        ? 0
        : (short) Conversions.toLong(value, Short.MIN_VALUE, Short.MAX_VALUE, "SMALLINT");
  }

  @Override
  public int getInt(int columnIndex) throws SQLException {
    Object value = value(columnIndex);
    return value == null
        ? 0
        : (int) Conversions.toLong(value, Integer.MIN_VALUE, Integer.MAX_VALUE, "INTEGER");
  }

  @Override
  public long getLong(int columnIndex) throws SQLException {
    Object value = value(columnIndex);
    return value == null ? 0 : Conversions.toLong(value);
  }

  @Override
  public float getFloat(int columnIndex) throws SQLException {
    Object value = value(columnIndex);
    return value == null ? 0 : Conversions.toFloat(value);
  }

  @Override
  public double getDouble(int columnIndex) throws SQLException {
    Object value = value(columnIndex);
    return value == null ? 0 : Conversions.toDouble(value);
  }

  @Override
  public @Nullable BigDecimal getBigDecimal(int columnIndex) throws SQLException {
    Object value = value(columnIndex);
    return value == null ? null : Conversions.toDecimal(value);
  }

  @Override
  @Deprecated
  public @Nullable BigDecimal getBigDecimal(int columnIndex, int scale) throws SQLException {
    BigDecimal value = getBigDecimal(columnIndex);
    return value == null ? null : value.setScale(scale, RoundingMode.HALF_UP);
  }

  @Override
  public byte @Nullable [] getBytes(int columnIndex) throws SQLException {
    Object value = value(columnIndex);
    return value == null ? null : Conversions.toBytes(value);
  }

  @Override
  public @Nullable Date getDate(int columnIndex) throws SQLException {
    return getDate(columnIndex, null);
  }

  @Override
  public @Nullable Date getDate(int columnIndex, @Nullable Calendar calendar) throws SQLException {
    Object value = value(columnIndex);
    return value == null ? null : Temporals.toSqlDate(value, calendar);
  }

  @Override
  public @Nullable Time getTime(int columnIndex) throws SQLException {
    return getTime(columnIndex, null);
  }

  @Override
  public @Nullable Time getTime(int columnIndex, @Nullable Calendar calendar) throws SQLException {
    Object value = value(columnIndex);
    return value == null ? null : Temporals.toSqlTime(value, calendar);
  }

  @Override
  public @Nullable Timestamp getTimestamp(int columnIndex) throws SQLException {
    return getTimestamp(columnIndex, null);
  }

  @Override
  public @Nullable Timestamp getTimestamp(int columnIndex, @Nullable Calendar calendar)
      throws SQLException {
    Object value = value(columnIndex);
    return value == null ? null : Temporals.toSqlTimestamp(value, calendar);
  }

  @Override
  public @Nullable Object getObject(int columnIndex) throws SQLException {
    return getObject(columnIndex, Object.class);
  }

  @Override
  public @Nullable Object getObject(int columnIndex, @Nullable Map<String, Class<?>> map)
      throws SQLException {
    if (map != null && !map.isEmpty()) {
      throw SqlErrors.unsupported("ResultSet.getObject with a type map");
    }
    return getObject(columnIndex);
  }

  @Override
  public <T> @Nullable T getObject(int columnIndex, Class<T> type) throws SQLException {
    Objects.requireNonNull(type, "type");
    Object value = value(columnIndex);
    return value == null ? null : Conversions.to(value, type);
  }

  @Override
  public @Nullable String getNString(int columnIndex) throws SQLException {
    return getString(columnIndex);
  }

  @Override
  public @Nullable Reader getCharacterStream(int columnIndex) throws SQLException {
    String text = getString(columnIndex);
    return text == null ? null : new StringReader(text);
  }

  @Override
  public @Nullable Reader getNCharacterStream(int columnIndex) throws SQLException {
    return getCharacterStream(columnIndex);
  }

  @Override
  public @Nullable InputStream getAsciiStream(int columnIndex) throws SQLException {
    String text = getString(columnIndex);
    return text == null ? null : new ByteArrayInputStream(text.getBytes(StandardCharsets.US_ASCII));
  }

  @Override
  public @Nullable InputStream getBinaryStream(int columnIndex) throws SQLException {
    byte[] bytes = getBytes(columnIndex);
    return bytes == null ? null : new ByteArrayInputStream(bytes);
  }

  // Position and nature.

  @Override
  public boolean isBeforeFirst() throws SQLException {
    connection.enter();
    try {
      checkOpen();
      return rowNumber == 0 && !afterLast && source.rows().hasNext();
    } catch (RuntimeException e) {
      throw SqlErrors.of(e);
    } finally {
      connection.leave();
    }
  }

  @Override
  public boolean isAfterLast() throws SQLException {
    checkOpen();
    return afterLast && rowNumber > 0;
  }

  @Override
  public boolean isFirst() throws SQLException {
    checkOpen();
    return row != null && rowNumber == 1;
  }

  @Override
  public int getRow() throws SQLException {
    checkOpen();
    return row == null ? 0 : (int) Math.min(rowNumber, Integer.MAX_VALUE);
  }

  @Override
  public ResultSetMetaData getMetaData() throws SQLException {
    checkOpen();
    return new KalamResultSetMetaData(columns);
  }

  @Override
  public @Nullable Statement getStatement() throws SQLException {
    checkOpen();
    return statement;
  }

  @Override
  public @Nullable Object delegate() {
    return source.result();
  }

  @Override
  public void setFetchDirection(int direction) throws SQLException {
    checkOpen();
    if (direction != ResultSet.FETCH_FORWARD) {
      throw SqlErrors.unsupported("A fetch direction other than FETCH_FORWARD");
    }
  }

  @Override
  public int getFetchDirection() throws SQLException {
    checkOpen();
    return ResultSet.FETCH_FORWARD;
  }

  /** A hint without effect. */
  @Override
  public void setFetchSize(int rows) throws SQLException {
    checkOpen();
    if (rows < 0) {
      throw SqlErrors.of(ErrorCode.INVALID_PARAMETER_VALUE, "The fetch size is negative: " + rows);
    }
    fetchSize = rows;
  }

  @Override
  public int getFetchSize() throws SQLException {
    checkOpen();
    return fetchSize;
  }

  @Override
  public int getType() throws SQLException {
    checkOpen();
    return ResultSet.TYPE_FORWARD_ONLY;
  }

  @Override
  public int getConcurrency() throws SQLException {
    checkOpen();
    return ResultSet.CONCUR_READ_ONLY;
  }

  @Override
  public int getHoldability() throws SQLException {
    checkOpen();
    return ResultSet.CLOSE_CURSORS_AT_COMMIT;
  }

  @Override
  public @Nullable SQLWarning getWarnings() throws SQLException {
    checkOpen();
    return null;
  }

  @Override
  public void clearWarnings() throws SQLException {
    checkOpen();
  }

  // Closing.

  @Override
  public void close() {
    connection.enter();
    try {
      if (!closed) {
        release();
        if (statement != null) {
          statement.resultClosed(this);
        }
      }
    } finally {
      connection.leave();
    }
  }

  /** Closes without telling the statement; under the lock. */
  void release() {
    if (!closed) {
      closed = true;
      row = null;
      source.close();
    }
  }

  @Override
  public boolean isClosed() {
    return closed;
  }
}
