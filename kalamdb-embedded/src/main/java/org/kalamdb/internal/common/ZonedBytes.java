package org.kalamdb.internal.common;

import java.nio.ByteBuffer;
import java.time.DateTimeException;
import java.time.ZoneId;
import java.time.ZonedDateTime;

/**
 * ZONED_TIMESTAMP in bytes: the instant in microseconds as 8 bytes big-endian with the sign bit
 * flipped, so that the first 8 bytes order as the instants do, then the zone id in UTF-8.
 */
public final class ZonedBytes {
  private ZonedBytes() {}

  public static byte[] encode(ZonedDateTime value) {
    byte[] zone = Utf8.encode(value.getZone().getId());
    return ByteBuffer.allocate(8 + zone.length)
        .putLong(Micros.of(value.toInstant()) ^ Long.MIN_VALUE)
        .put(zone)
        .array();
  }

  /** Throws {@link DateTimeException} for bytes that {@link #encode} does not make. */
  public static ZonedDateTime decode(byte[] bytes, int offset, int length) {
    if (length <= 8) {
      throw new DateTimeException("A zoned timestamp takes more than 8 bytes: " + length);
    }
    long micros = ByteBuffer.wrap(bytes, offset, 8).getLong() ^ Long.MIN_VALUE;
    ZoneId zone = ZoneId.of(Utf8.decode(bytes, offset + 8, length - 8));
    return Micros.toInstant(micros).atZone(zone);
  }
}
