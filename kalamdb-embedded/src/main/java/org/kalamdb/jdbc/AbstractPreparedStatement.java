package org.kalamdb.jdbc;

import java.io.InputStream;
import java.io.Reader;
import java.math.BigDecimal;
import java.net.URL;
import java.sql.Array;
import java.sql.Blob;
import java.sql.Clob;
import java.sql.Date;
import java.sql.NClob;
import java.sql.PreparedStatement;
import java.sql.Ref;
import java.sql.ResultSet;
import java.sql.RowId;
import java.sql.SQLException;
import java.sql.SQLXML;
import java.sql.Time;
import java.sql.Timestamp;
import java.util.Calendar;
import org.jspecify.annotations.Nullable;
import org.kalamdb.error.ErrorCode;

/** The many setters of {@link PreparedStatement}, each as one {@link #set}; the rest is refused. */
abstract class AbstractPreparedStatement extends AbstractStatement implements PreparedStatement {
  AbstractPreparedStatement(KalamConnection connection) {
    super(connection);
  }

  /** Sets a parameter; the calendar is the zone of a {@code java.sql} time, null for the JVM's. */
  abstract void set(int parameterIndex, @Nullable Object value, @Nullable Calendar calendar)
      throws SQLException;

  @Override
  public void setNull(int parameterIndex, int sqlType) throws SQLException {
    set(parameterIndex, null, null);
  }

  @Override
  public void setNull(int parameterIndex, int sqlType, String typeName) throws SQLException {
    set(parameterIndex, null, null);
  }

  @Override
  public void setObject(int parameterIndex, @Nullable Object x) throws SQLException {
    set(parameterIndex, x, null);
  }

  @Override
  public void setBoolean(int parameterIndex, boolean x) throws SQLException {
    set(parameterIndex, x, null);
  }

  @Override
  public void setByte(int parameterIndex, byte x) throws SQLException {
    set(parameterIndex, x, null);
  }

  @Override
  public void setShort(int parameterIndex, short x) throws SQLException {
    set(parameterIndex, x, null);
  }

  @Override
  public void setInt(int parameterIndex, int x) throws SQLException {
    set(parameterIndex, x, null);
  }

  @Override
  public void setLong(int parameterIndex, long x) throws SQLException {
    set(parameterIndex, x, null);
  }

  @Override
  public void setFloat(int parameterIndex, float x) throws SQLException {
    set(parameterIndex, x, null);
  }

  @Override
  public void setDouble(int parameterIndex, double x) throws SQLException {
    set(parameterIndex, x, null);
  }

  @Override
  public void setBigDecimal(int parameterIndex, @Nullable BigDecimal x) throws SQLException {
    set(parameterIndex, x, null);
  }

  @Override
  public void setString(int parameterIndex, @Nullable String x) throws SQLException {
    set(parameterIndex, x, null);
  }

  @Override
  public void setBytes(int parameterIndex, byte @Nullable [] x) throws SQLException {
    set(parameterIndex, x, null);
  }

  @Override
  public void setDate(int parameterIndex, @Nullable Date x) throws SQLException {
    set(parameterIndex, x, null);
  }

  @Override
  public void setTime(int parameterIndex, @Nullable Time x) throws SQLException {
    set(parameterIndex, x, null);
  }

  @Override
  public void setTimestamp(int parameterIndex, @Nullable Timestamp x) throws SQLException {
    set(parameterIndex, x, null);
  }

  @Override
  public void setDate(int parameterIndex, @Nullable Date x, @Nullable Calendar calendar)
      throws SQLException {
    set(parameterIndex, x, calendar);
  }

  @Override
  public void setTime(int parameterIndex, @Nullable Time x, @Nullable Calendar calendar)
      throws SQLException {
    set(parameterIndex, x, calendar);
  }

  @Override
  public void setTimestamp(int parameterIndex, @Nullable Timestamp x, @Nullable Calendar calendar)
      throws SQLException {
    set(parameterIndex, x, calendar);
  }

  @Override
  public void setNString(int parameterIndex, @Nullable String x) throws SQLException {
    set(parameterIndex, x, null);
  }

  // Streams are read to their end at once.

  @Override
  public void setAsciiStream(int parameterIndex, @Nullable InputStream x, int length)
      throws SQLException {
    set(parameterIndex, Streams.ascii(x, length), null);
  }

  @Override
  public void setBinaryStream(int parameterIndex, @Nullable InputStream x, int length)
      throws SQLException {
    set(parameterIndex, Streams.bytes(x, length), null);
  }

  @Override
  public void setCharacterStream(int parameterIndex, @Nullable Reader x, int length)
      throws SQLException {
    set(parameterIndex, Streams.text(x, length), null);
  }

  @Override
  public void setNCharacterStream(int parameterIndex, @Nullable Reader x, long length)
      throws SQLException {
    set(parameterIndex, Streams.text(x, length), null);
  }

  @Override
  public void setClob(int parameterIndex, @Nullable Reader x, long length) throws SQLException {
    set(parameterIndex, Streams.text(x, length), null);
  }

  @Override
  public void setBlob(int parameterIndex, @Nullable InputStream x, long length)
      throws SQLException {
    set(parameterIndex, Streams.bytes(x, length), null);
  }

  @Override
  public void setNClob(int parameterIndex, @Nullable Reader x, long length) throws SQLException {
    set(parameterIndex, Streams.text(x, length), null);
  }

  @Override
  public void setAsciiStream(int parameterIndex, @Nullable InputStream x, long length)
      throws SQLException {
    set(parameterIndex, Streams.ascii(x, length), null);
  }

  @Override
  public void setBinaryStream(int parameterIndex, @Nullable InputStream x, long length)
      throws SQLException {
    set(parameterIndex, Streams.bytes(x, length), null);
  }

  @Override
  public void setCharacterStream(int parameterIndex, @Nullable Reader x, long length)
      throws SQLException {
    set(parameterIndex, Streams.text(x, length), null);
  }

  @Override
  public void setAsciiStream(int parameterIndex, @Nullable InputStream x) throws SQLException {
    set(parameterIndex, Streams.ascii(x, -1), null);
  }

  @Override
  public void setBinaryStream(int parameterIndex, @Nullable InputStream x) throws SQLException {
    set(parameterIndex, Streams.bytes(x, -1), null);
  }

  @Override
  public void setCharacterStream(int parameterIndex, @Nullable Reader x) throws SQLException {
    set(parameterIndex, Streams.text(x, -1), null);
  }

  @Override
  public void setNCharacterStream(int parameterIndex, @Nullable Reader x) throws SQLException {
    set(parameterIndex, Streams.text(x, -1), null);
  }

  @Override
  public void setClob(int parameterIndex, @Nullable Reader x) throws SQLException {
    set(parameterIndex, Streams.text(x, -1), null);
  }

  @Override
  public void setBlob(int parameterIndex, @Nullable InputStream x) throws SQLException {
    set(parameterIndex, Streams.bytes(x, -1), null);
  }

  @Override
  public void setNClob(int parameterIndex, @Nullable Reader x) throws SQLException {
    set(parameterIndex, Streams.text(x, -1), null);
  }

  @Override
  public void setBlob(int parameterIndex, @Nullable Blob x) throws SQLException {
    set(parameterIndex, x == null ? null : Streams.bytes(x.getBinaryStream(), -1), null);
  }

  @Override
  public void setClob(int parameterIndex, @Nullable Clob x) throws SQLException {
    set(parameterIndex, x == null ? null : Streams.text(x.getCharacterStream(), -1), null);
  }

  @Override
  public void setNClob(int parameterIndex, @Nullable NClob x) throws SQLException {
    setClob(parameterIndex, (Clob) x);
  }

  // Refused.

  @Deprecated
  @Override
  public void setUnicodeStream(int parameterIndex, InputStream x, int length) throws SQLException {
    throw SqlErrors.unsupported("PreparedStatement.setUnicodeStream");
  }

  @Override
  public void setRef(int parameterIndex, Ref x) throws SQLException {
    throw SqlErrors.unsupported("PreparedStatement.setRef");
  }

  @Override
  public void setArray(int parameterIndex, Array x) throws SQLException {
    throw SqlErrors.unsupported("PreparedStatement.setArray");
  }

  @Override
  public void setURL(int parameterIndex, URL x) throws SQLException {
    throw SqlErrors.unsupported("PreparedStatement.setURL");
  }

  @Override
  public void setRowId(int parameterIndex, RowId x) throws SQLException {
    throw SqlErrors.unsupported("PreparedStatement.setRowId");
  }

  @Override
  public void setSQLXML(int parameterIndex, SQLXML x) throws SQLException {
    throw SqlErrors.unsupported("PreparedStatement.setSQLXML");
  }

  // A prepared statement has its text already.

  @Override
  public ResultSet executeQuery(String sql) throws SQLException {
    throw textRefused();
  }

  @Override
  public int executeUpdate(String sql) throws SQLException {
    throw textRefused();
  }

  @Override
  public boolean execute(String sql) throws SQLException {
    throw textRefused();
  }

  @Override
  public void addBatch(String sql) throws SQLException {
    throw textRefused();
  }

  @Override
  public int executeUpdate(String sql, int keys) throws SQLException {
    throw textRefused();
  }

  @Override
  public int executeUpdate(String sql, int[] keys) throws SQLException {
    throw textRefused();
  }

  @Override
  public int executeUpdate(String sql, String[] keys) throws SQLException {
    throw textRefused();
  }

  @Override
  public boolean execute(String sql, int keys) throws SQLException {
    throw textRefused();
  }

  @Override
  public boolean execute(String sql, int[] keys) throws SQLException {
    throw textRefused();
  }

  @Override
  public boolean execute(String sql, String[] keys) throws SQLException {
    throw textRefused();
  }

  @Override
  public long executeLargeUpdate(String sql) throws SQLException {
    throw textRefused();
  }

  @Override
  public long executeLargeUpdate(String sql, int keys) throws SQLException {
    throw textRefused();
  }

  @Override
  public long executeLargeUpdate(String sql, int[] keys) throws SQLException {
    throw textRefused();
  }

  @Override
  public long executeLargeUpdate(String sql, String[] keys) throws SQLException {
    throw textRefused();
  }

  private static SQLException textRefused() {
    return SqlErrors.of(
        ErrorCode.WRONG_OBJECT_TYPE, "A prepared statement takes no other SQL text");
  }
}
