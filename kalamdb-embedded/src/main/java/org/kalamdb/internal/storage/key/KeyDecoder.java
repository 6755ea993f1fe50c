package org.kalamdb.internal.storage.key;

import java.time.DateTimeException;
import java.util.Arrays;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.kalamdb.error.ErrorCode;
import org.kalamdb.error.KalamException;
import org.kalamdb.internal.common.Int128;
import org.kalamdb.internal.common.Micros;
import org.kalamdb.internal.common.Utf8;
import org.kalamdb.schema.DataType;

/**
 * Reads back what {@link KeyEncoder} wrote, value after value. The bytes are lent and not changed.
 * Bytes that no encoder writes give XX001. Not thread-safe.
 */
public final class KeyDecoder {
  private final byte[] bytes;
  private final int end;
  private int position;

  public KeyDecoder(byte[] bytes, int offset, int end) {
    if (offset < 0 || end > bytes.length || offset > end) {
      throw new IllegalArgumentException("Not a range of the key: " + offset + " to " + end);
    }
    this.bytes = bytes;
    this.position = offset;
    this.end = end;
  }

  /** The next value, in the Java class of {@code type}. */
  public Object next(DataType type) {
    try {
      return switch (type.kind()) {
        case BOOLEAN -> nextBoolean();
        case SMALLINT -> (short) (BigEndian.getShort(bytes, take(2)) ^ 0x8000);
        case INTEGER -> nextFlippedInt();
        case BIGINT -> nextFlippedLong();
        case DATE -> Micros.toDate(nextFlippedInt());
        case TIME -> Micros.toTime(nextFlippedLong());
        case TIMESTAMP -> Micros.toTimestamp(nextFlippedLong());
        case TIMESTAMPTZ -> Micros.toInstant(nextFlippedLong());
        case REAL -> {
          int flipped = nextInt();
          yield Float.intBitsToFloat(flipped ^ (~flipped >> 31 | Integer.MIN_VALUE));
        }
        case DOUBLE -> {
          long flipped = nextLong();
          yield Double.longBitsToDouble(flipped ^ (~flipped >> 63 | Long.MIN_VALUE));
        }
        case DECIMAL -> Int128.toDecimal(nextFlippedLong(), nextLong(), type.scale());
        case UUID -> new UUID(nextLong(), nextLong());
        case TEXT, VARCHAR, CHAR -> {
          byte[] utf8 = nextEscaped();
          yield Utf8.decode(utf8, 0, utf8.length);
        }
        case BYTES -> nextEscaped();
        case ZONED_TIMESTAMP, INTERVAL, JSON, EMBEDDING, UNKNOWN -> {
          KeyEncoder.checkKeyType(type);
          throw damaged();
        }
      };
    } catch (DateTimeException | ArithmeticException e) {
      throw new KalamException(ErrorCode.DATA_CORRUPTED, "A key holds no valid " + type, e);
    }
  }

  /** The next value as {@link KeyEncoder#addNullable} wrote it. */
  public @Nullable Object nextNullable(DataType type) {
    return switch (bytes[take(1)]) {
      case 1 -> next(type);
      case 2 -> null;
      default -> throw damaged();
    };
  }

  public int nextInt() {
    return BigEndian.getInt(bytes, take(4));
  }

  public long nextLong() {
    return BigEndian.getLong(bytes, take(8));
  }

  /** Where the next value begins. */
  public int position() {
    return position;
  }

  public boolean hasNext() {
    return position < end;
  }

  private boolean nextBoolean() {
    byte value = bytes[take(1)];
    if (value != 0 && value != 1) {
      throw damaged();
    }
    return value == 1;
  }

  private int nextFlippedInt() {
    return nextInt() ^ Integer.MIN_VALUE;
  }

  private long nextFlippedLong() {
    return nextLong() ^ Long.MIN_VALUE;
  }

  private byte[] nextEscaped() {
    byte[] value = new byte[end - position];
    int length = 0;
    while (true) {
      byte b = bytes[take(1)];
      if (b == 0) {
        byte mark = bytes[take(1)];
        if (mark == 0) {
          return Arrays.copyOf(value, length);
        }
        if (mark != (byte) 0xFF) {
          throw damaged();
        }
      }
      value[length++] = b;
    }
  }

  private int take(int count) {
    int at = position;
    if (end - at < count) {
      throw damaged();
    }
    position = at + count;
    return at;
  }

  private static KalamException damaged() {
    return new KalamException(ErrorCode.DATA_CORRUPTED, "A key is damaged");
  }
}
