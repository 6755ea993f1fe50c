package org.kalamdb.internal.storage.key;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.util.Arrays;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.kalamdb.error.ErrorCode;
import org.kalamdb.error.KalamException;
import org.kalamdb.internal.common.Int128;
import org.kalamdb.internal.common.Micros;
import org.kalamdb.internal.common.Utf8;
import org.kalamdb.schema.DataType;
import org.kalamdb.schema.Interval;

/**
 * Builds keys out of typed values such that keys order, as unsigned bytes, like their values:
 * column after column, within a column as SQL orders the type.
 *
 * <p>Every value delimits itself (no value's bytes begin those of another of the same type), so the
 * bytes of some leading columns are a prefix of exactly the keys that have these values there.
 *
 * <pre>
 * BOOLEAN                        1 byte, 0 or 1
 * SMALLINT INTEGER BIGINT        2, 4, 8 bytes big-endian, sign bit flipped
 * DATE                           4 bytes, days since 1970, as INTEGER
 * TIME TIMESTAMP TIMESTAMPTZ     8 bytes, microseconds, as BIGINT
 * REAL DOUBLE                    4, 8 bytes of IEEE 754; negative: all bits flipped, else the sign bit;
 *                                -0.0 becomes 0.0 and every NaN the one that is greatest
 * DECIMAL                        16 bytes, unscaled value at the column's scale, sign bit flipped
 * UUID                           16 bytes
 * TEXT VARCHAR CHAR BYTES        the bytes (UTF-8), each 00 written as 00 FF, then 00 00
 * INTERVAL                       16 bytes: days as BIGINT, then the rest in microseconds, a month being 30
 *                                days and a day 24 hours
 * </pre>
 *
 * An interval cannot be read back out of a key: a month and 30 days have the same one. It may be
 * part of an index, whose entries lead to rows, and not of a primary key.
 *
 * <p>Reusable after {@link #clear()}. Not thread-safe.
 */
public final class KeyEncoder {
  private static final byte ESCAPED_ZERO = (byte) 0xFF;
  private static final byte NULL_LAST = 2;
  private static final long MICROS_PER_DAY = 86_400_000_000L;

  /** What stands before a value that could have been NULL. */
  static final byte NOT_NULL = 1;

  private byte[] bytes;
  private int size;

  public KeyEncoder() {
    this(64);
  }

  public KeyEncoder(int capacity) {
    bytes = new byte[capacity];
  }

  /** Whether values of the type can be (part of) a primary key. */
  public static boolean isKeyType(DataType type) {
    return switch (type.kind()) {
      case BOOLEAN,
          SMALLINT,
          INTEGER,
          BIGINT,
          REAL,
          DOUBLE,
          TEXT,
          VARCHAR,
          CHAR,
          BYTES,
          DATE,
          TIME,
          TIMESTAMP,
          TIMESTAMPTZ,
          UUID ->
          true;
      case DECIMAL -> !type.isWideDecimal();
      case ZONED_TIMESTAMP, INTERVAL, JSON, EMBEDDING, UNKNOWN -> false;
    };
  }

  /** Refuses a type that cannot be (part of) an index (0A000). */
  public static void checkIndexType(DataType type) {
    if (type.kind() != DataType.Kind.INTERVAL) {
      checkKeyType(type);
    }
  }

  /** Refuses a type that cannot be (part of) a primary key (0A000). */
  public static void checkKeyType(DataType type) {
    if (!isKeyType(type)) {
      throw new KalamException(
          ErrorCode.FEATURE_NOT_SUPPORTED, "Type " + type + " cannot be used in a key");
    }
  }

  /** Appends a value of the Java class of {@code type}. */
  public KeyEncoder add(DataType type, Object value) {
    switch (type.kind()) {
      case BOOLEAN -> addByte((Boolean) value ? 1 : 0);
      case SMALLINT -> addShort((Short) value ^ 0x8000);
      case INTEGER -> addInt((Integer) value ^ Integer.MIN_VALUE);
      case BIGINT -> addLong((Long) value ^ Long.MIN_VALUE);
      case DATE -> addInt(Micros.epochDay((LocalDate) value) ^ Integer.MIN_VALUE);
      case TIME -> addLong(Micros.of((LocalTime) value) ^ Long.MIN_VALUE);
      case TIMESTAMP -> addLong(Micros.of((LocalDateTime) value) ^ Long.MIN_VALUE);
      case TIMESTAMPTZ -> addLong(Micros.of((Instant) value) ^ Long.MIN_VALUE);
      case REAL -> {
        int bits = Float.floatToIntBits((Float) value + 0.0f);
        addInt(bits ^ (bits >> 31 | Integer.MIN_VALUE));
      }
      case DOUBLE -> {
        long bits = Double.doubleToLongBits((Double) value + 0.0);
        addLong(bits ^ (bits >> 63 | Long.MIN_VALUE));
      }
      case DECIMAL -> {
        checkKeyType(type);
        BigInteger unscaled = Int128.unscaled((BigDecimal) value, type);
        addLong(Int128.high(unscaled) ^ Long.MIN_VALUE);
        addLong(Int128.low(unscaled));
      }
      case UUID -> {
        addLong(((UUID) value).getMostSignificantBits());
        addLong(((UUID) value).getLeastSignificantBits());
      }
      case TEXT, VARCHAR, CHAR -> addEscaped(Utf8.encode((String) value));
      case BYTES -> addEscaped((byte[]) value);
      case INTERVAL -> addInterval((Interval) value);
      case ZONED_TIMESTAMP, JSON, EMBEDDING, UNKNOWN -> checkKeyType(type);
    }
    return this;
  }

  /** Appends a value that may be null, behind a byte that puts nulls after every value. */
  public KeyEncoder addNullable(DataType type, @Nullable Object value) {
    if (value == null) {
      checkIndexType(type);
      return addByte(NULL_LAST);
    }
    addByte(NOT_NULL);
    return add(type, value);
  }

  /** Turns every bit from {@code from} on, which turns the order of what was added there. */
  KeyEncoder invert(int from) {
    for (int i = from; i < size; i++) {
      bytes[i] = (byte) ~bytes[i];
    }
    return this;
  }

  /** Appends the bytes as they are, without an end mark. */
  public KeyEncoder addRaw(byte[] raw) {
    ensure(raw.length);
    System.arraycopy(raw, 0, bytes, size, raw.length);
    size += raw.length;
    return this;
  }

  public KeyEncoder addByte(int value) {
    ensure(1);
    bytes[size++] = (byte) value;
    return this;
  }

  /** Appends the low 16 bits, big-endian. */
  public KeyEncoder addShort(int value) {
    ensure(2);
    BigEndian.putShort(bytes, size, value);
    size += 2;
    return this;
  }

  public KeyEncoder addInt(int value) {
    ensure(4);
    BigEndian.putInt(bytes, size, value);
    size += 4;
    return this;
  }

  public KeyEncoder addLong(long value) {
    ensure(8);
    BigEndian.putLong(bytes, size, value);
    size += 8;
    return this;
  }

  private void addInterval(Interval value) {
    long days = value.months() * 30L + value.days() + Math.floorDiv(value.micros(), MICROS_PER_DAY);
    addLong(days ^ Long.MIN_VALUE);
    addLong(Math.floorMod(value.micros(), MICROS_PER_DAY));
  }

  private void addEscaped(byte[] value) {
    ensure(value.length + 2);
    for (byte b : value) {
      if (b == 0) {
        ensure(value.length + 4);
        bytes[size++] = 0;
        bytes[size++] = ESCAPED_ZERO;
      } else {
        bytes[size++] = b;
      }
    }
    ensure(2);
    bytes[size++] = 0;
    bytes[size++] = 0;
  }

  private void ensure(int more) {
    if (bytes.length - size < more) {
      bytes = Arrays.copyOf(bytes, Math.max(bytes.length * 2, size + more));
    }
  }

  public int size() {
    return size;
  }

  public void clear() {
    size = 0;
  }

  /** Takes the key back to {@code length} bytes, so that its beginning can be used again. */
  public void truncate(int length) {
    if (length < 0 || length > size) {
      throw new IllegalArgumentException("Not a length of this key: " + length);
    }
    size = length;
  }

  public byte[] toBytes() {
    return Arrays.copyOf(bytes, size);
  }
}
