package org.kalamdb.jdbc;

import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.Reader;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.sql.SQLException;
import org.jspecify.annotations.Nullable;
import org.kalamdb.error.ErrorCode;

/** Reads the streams that are set as parameters; length -1 is "to the end". Does not close them. */
final class Streams {
  private static final int BUFFER = 8192;

  private Streams() {}

  static byte @Nullable [] bytes(@Nullable InputStream in, long length) throws SQLException {
    if (in == null) {
      return null;
    }
    try {
      byte[] bytes = length < 0 ? in.readAllBytes() : in.readNBytes(size(length));
      return (byte[]) checked(bytes, bytes.length, length);
    } catch (IOException e) {
      throw unreadable(e);
    }
  }

  static @Nullable String text(@Nullable Reader in, long length) throws SQLException {
    if (in == null) {
      return null;
    }
    try {
      StringWriter text = new StringWriter();
      char[] buffer = new char[BUFFER];
      long left = length < 0 ? Long.MAX_VALUE : size(length);
      int read;
      while (left > 0 && (read = in.read(buffer, 0, (int) Math.min(BUFFER, left))) >= 0) {
        text.write(buffer, 0, read);
        left -= read;
      }
      return (String) checked(text.toString(), text.getBuffer().length(), length);
    } catch (IOException e) {
      throw unreadable(e);
    }
  }

  static @Nullable String ascii(@Nullable InputStream in, long length) throws SQLException {
    return in == null ? null : text(new InputStreamReader(in, StandardCharsets.US_ASCII), length);
  }

  private static Object checked(Object value, int read, long length) throws SQLException {
    if (length >= 0 && read != length) {
      throw SqlErrors.of(
          ErrorCode.INVALID_PARAMETER_VALUE, "The stream ended after " + read + " of " + length);
    }
    return value;
  }

  private static int size(long length) throws SQLException {
    if (length > Integer.MAX_VALUE - 8) {
      throw SqlErrors.of(ErrorCode.PROGRAM_LIMIT_EXCEEDED, "A value of " + length + " is too long");
    }
    return (int) length;
  }

  private static SQLException unreadable(IOException cause) {
    return SqlErrors.of(
        ErrorCode.IO_ERROR,
        "The stream of a parameter cannot be read: " + cause.getMessage(),
        cause);
  }
}
