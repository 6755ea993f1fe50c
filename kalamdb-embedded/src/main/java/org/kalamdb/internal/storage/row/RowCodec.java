package org.kalamdb.internal.storage.row;

import static org.kalamdb.internal.storage.row.RowLayout.DELETED;
import static org.kalamdb.internal.storage.row.RowLayout.FLAGS_AT;
import static org.kalamdb.internal.storage.row.RowLayout.SCHEMA_VERSION_AT;
import static org.kalamdb.internal.storage.row.RowLayout.SEQ_AT;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.ZonedDateTime;
import java.util.Arrays;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.kalamdb.error.ErrorCode;
import org.kalamdb.error.KalamException;
import org.kalamdb.internal.common.Int128;
import org.kalamdb.internal.common.Int256;
import org.kalamdb.internal.common.Micros;
import org.kalamdb.internal.common.Utf8;
import org.kalamdb.internal.common.ZonedBytes;
import org.kalamdb.schema.DataType;
import org.kalamdb.schema.Interval;
import org.kalamdb.schema.TableSchema;

/**
 * Rows of one schema version as bytes and back. The layout stands in {@link RowLayout}. Damaged
 * bytes give XX001. Immutable and thread-safe.
 */
public final class RowCodec {
  /** The most bytes of a stored row: flushing one takes a few times as much memory. */
  public static final int MAX_ROW_BYTES = 256 << 20;

  private static final byte[] EMPTY = {};

  private final RowLayout layout;

  public RowCodec(TableSchema schema) {
    this.layout = new RowLayout(schema);
  }

  public TableSchema schema() {
    return layout.schema();
  }

  RowLayout layout() {
    return layout;
  }

  /**
   * The row in bytes.
   *
   * @param values one a column, null or of the Java class of its type
   * @throws KalamException 22003, 22008, 22021 if a value does not fit its type, 54000 if the row
   *     is too long
   */
  public byte[] encode(@Nullable Object[] values, long seq, boolean deleted) {
    int columns = layout.columnCount();
    if (values.length != columns) {
      throw new IllegalArgumentException(
          "The row has " + values.length + " values, the schema " + columns + " columns");
    }
    byte[][] variable = new byte[columns][];
    long length = layout.fixedEnd();
    for (int i = 0; i < columns; i++) {
      Object value = values[i];
      if (layout.isVariable(i)) {
        variable[i] = value == null ? EMPTY : variableBytes(layout.type(i), value);
        length += variable[i].length;
      }
    }
    if (length > MAX_ROW_BYTES) {
      throw new KalamException(
          ErrorCode.PROGRAM_LIMIT_EXCEEDED,
          "A row takes at most " + MAX_ROW_BYTES + " bytes, this one " + length);
    }
    byte[] row = new byte[(int) length];
    row[RowLayout.VERSION_AT] = RowLayout.CODEC_VERSION;
    row[FLAGS_AT] = deleted ? DELETED : 0;
    LittleEndian.putShort(row, RowLayout.COLUMN_COUNT_AT, (short) columns);
    LittleEndian.putInt(row, SCHEMA_VERSION_AT, layout.schema().version());
    LittleEndian.putLong(row, SEQ_AT, seq);
    int end = 0;
    for (int i = 0; i < columns; i++) {
      Object value = values[i];
      if (value == null) {
        row[RowLayout.nullByte(i)] |= (byte) RowLayout.nullBit(i);
      }
      if (layout.isVariable(i)) {
        System.arraycopy(variable[i], 0, row, layout.fixedEnd() + end, variable[i].length);
        end += variable[i].length;
        LittleEndian.putInt(row, layout.slot(i), end);
      } else if (value != null) {
        writeFixed(layout.type(i), value, row, layout.slot(i));
      }
    }
    return row;
  }

  private static byte[] variableBytes(DataType type, Object value) {
    return switch (type.kind()) {
      case TEXT, VARCHAR, CHAR, JSON -> Utf8.encode((String) value);
      case BYTES -> (byte[]) value;
      case ZONED_TIMESTAMP -> ZonedBytes.encode((ZonedDateTime) value);
      default -> throw new IllegalStateException("Not of variable length: " + type);
    };
  }

  private static void writeFixed(DataType type, Object value, byte[] row, int at) {
    switch (type.kind()) {
      case BOOLEAN -> row[at] = (byte) ((Boolean) value ? 1 : 0);
      case SMALLINT -> LittleEndian.putShort(row, at, (Short) value);
      case INTEGER -> LittleEndian.putInt(row, at, (Integer) value);
      case BIGINT -> LittleEndian.putLong(row, at, (Long) value);
      case REAL -> LittleEndian.putInt(row, at, Float.floatToRawIntBits((Float) value));
      case DOUBLE -> LittleEndian.putLong(row, at, Double.doubleToRawLongBits((Double) value));
      case DECIMAL -> {
        BigInteger unscaled = Int128.unscaled((BigDecimal) value, type);
        if (type.isWideDecimal()) {
          for (int word = 0; word < 4; word++) {
            LittleEndian.putLong(row, at + 8 * word, Int256.word(unscaled, word));
          }
          return;
        }
        LittleEndian.putLong(row, at, Int128.low(unscaled));
        LittleEndian.putLong(row, at + 8, Int128.high(unscaled));
      }
      case DATE -> LittleEndian.putInt(row, at, Micros.epochDay((LocalDate) value));
      case TIME -> LittleEndian.putLong(row, at, Micros.of((LocalTime) value));
      case TIMESTAMP -> LittleEndian.putLong(row, at, Micros.of((LocalDateTime) value));
      case TIMESTAMPTZ -> LittleEndian.putLong(row, at, Micros.of((Instant) value));
      case INTERVAL -> {
        Interval interval = (Interval) value;
        LittleEndian.putInt(row, at, interval.months());
        LittleEndian.putInt(row, at + 4, interval.days());
        LittleEndian.putLong(row, at + 8, interval.micros());
      }
      case UUID -> {
        UUID uuid = (UUID) value;
        LittleEndian.putLong(row, at, Long.reverseBytes(uuid.getMostSignificantBits()));
        LittleEndian.putLong(row, at + 8, Long.reverseBytes(uuid.getLeastSignificantBits()));
      }
      case EMBEDDING -> {
        float[] vector = (float[]) value;
        if (vector.length != type.length()) {
          throw new IllegalArgumentException(
              type + " takes " + type.length() + " dimensions, not " + vector.length);
        }
        for (int i = 0; i < vector.length; i++) {
          LittleEndian.putInt(row, at + 4 * i, Float.floatToRawIntBits(vector[i]));
        }
      }
      case TEXT, VARCHAR, CHAR, JSON, BYTES, ZONED_TIMESTAMP, UNKNOWN ->
          throw new IllegalStateException("Not of fixed width: " + type);
    }
  }

  /** All values of the row in the first {@code length} bytes. */
  public @Nullable Object[] decode(byte[] row, int length) {
    check(row, length);
    @Nullable Object[] values = new @Nullable Object[layout.columnCount()];
    for (int i = 0; i < values.length; i++) {
      values[i] = decodeChecked(row, length, i);
    }
    return values;
  }

  /** One value of the row in the first {@code length} bytes. */
  public @Nullable Object decodeColumn(byte[] row, int length, int column) {
    check(row, length);
    return decodeChecked(row, length, column);
  }

  private void check(byte[] row, int length) {
    if (length > row.length) {
      throw new IllegalArgumentException("The array is shorter than " + length);
    }
    layout.check(row, 0, length);
  }

  /** One value of a row that {@link RowLayout#check} has accepted. */
  @Nullable Object decodeChecked(byte[] row, int length, int column) {
    if (layout.isNull(row, 0, column)) {
      return null;
    }
    DataType type = layout.type(column);
    try {
      if (!layout.isVariable(column)) {
        return readFixed(type, row, layout.slot(column));
      }
      int from = layout.variableStart(row, 0, column);
      int to = layout.variableEnd(row, 0, column, from, length - layout.fixedEnd());
      return readVariable(type, row, layout.fixedEnd() + from, to - from);
    } catch (DateTimeException | ArithmeticException e) {
      throw new KalamException(
          ErrorCode.DATA_CORRUPTED, "A stored row is damaged: it holds no valid " + type, e);
    }
  }

  private static Object readVariable(DataType type, byte[] row, int at, int length) {
    return switch (type.kind()) {
      case TEXT, VARCHAR, CHAR, JSON -> Utf8.decode(row, at, length);
      case BYTES -> Arrays.copyOfRange(row, at, at + length);
      case ZONED_TIMESTAMP -> ZonedBytes.decode(row, at, length);
      default -> throw new IllegalStateException("Not of variable length: " + type);
    };
  }

  static BigDecimal decimal(DataType type, byte[] row, int at) {
    return type.isWideDecimal()
        ? Int256.toDecimal(
            LittleEndian.getLong(row, at),
            LittleEndian.getLong(row, at + 8),
            LittleEndian.getLong(row, at + 16),
            LittleEndian.getLong(row, at + 24),
            type.scale())
        : Int128.toDecimal(
            LittleEndian.getLong(row, at + 8), LittleEndian.getLong(row, at), type.scale());
  }

  private static Object readFixed(DataType type, byte[] row, int at) {
    return switch (type.kind()) {
      case BOOLEAN -> row[at] != 0;
      case SMALLINT -> LittleEndian.getShort(row, at);
      case INTEGER -> LittleEndian.getInt(row, at);
      case BIGINT -> LittleEndian.getLong(row, at);
      case REAL -> Float.intBitsToFloat(LittleEndian.getInt(row, at));
      case DOUBLE -> Double.longBitsToDouble(LittleEndian.getLong(row, at));
      case DECIMAL -> decimal(type, row, at);
      case DATE -> Micros.toDate(LittleEndian.getInt(row, at));
      case TIME -> Micros.toTime(LittleEndian.getLong(row, at));
      case TIMESTAMP -> Micros.toTimestamp(LittleEndian.getLong(row, at));
      case TIMESTAMPTZ -> Micros.toInstant(LittleEndian.getLong(row, at));
      case INTERVAL ->
          new Interval(
              LittleEndian.getInt(row, at),
              LittleEndian.getInt(row, at + 4),
              LittleEndian.getLong(row, at + 8));
      case UUID ->
          new UUID(
              Long.reverseBytes(LittleEndian.getLong(row, at)),
              Long.reverseBytes(LittleEndian.getLong(row, at + 8)));
      case EMBEDDING -> {
        float[] vector = new float[type.length()];
        for (int i = 0; i < vector.length; i++) {
          vector[i] = Float.intBitsToFloat(LittleEndian.getInt(row, at + 4 * i));
        }
        yield vector;
      }
      case TEXT, VARCHAR, CHAR, JSON, BYTES, ZONED_TIMESTAMP, UNKNOWN ->
          throw new IllegalStateException("Not of fixed width: " + type);
    };
  }

  /** The commit that wrote the row. */
  public static long seq(byte[] row) {
    RowLayout.checkHeader(row, 0, row.length);
    return LittleEndian.getLong(row, SEQ_AT);
  }

  /** True for a tombstone. */
  public static boolean deleted(byte[] row) {
    RowLayout.checkHeader(row, 0, row.length);
    return (row[FLAGS_AT] & DELETED) != 0;
  }

  /** The version of the schema the row was written with. */
  public static int schemaVersion(byte[] row) {
    RowLayout.checkHeader(row, 0, row.length);
    return LittleEndian.getInt(row, SCHEMA_VERSION_AT);
  }

  /** Sets the commit number in the row itself and returns it. */
  public static byte[] withSeq(byte[] row, long seq) {
    RowLayout.checkHeader(row, 0, row.length);
    LittleEndian.putLong(row, SEQ_AT, seq);
    return row;
  }
}
