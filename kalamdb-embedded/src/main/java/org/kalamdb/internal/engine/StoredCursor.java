package org.kalamdb.internal.engine;

import java.nio.ByteBuffer;
import java.util.Arrays;
import org.kalamdb.error.ErrorCode;
import org.kalamdb.error.KalamException;

/**
 * What is stored of a cursor.
 *
 * @param seq up to where its listeners were told; {@link #NOWHERE} if they must start over
 * @param query digest of the query and its parameters
 */
@SuppressWarnings("ArrayRecordComponent") // never compared as a whole
record StoredCursor(long seq, byte[] query) {
  static final long NOWHERE = -1;
  private static final byte FORMAT = 1;

  StoredCursor at(long other) {
    return new StoredCursor(other, query);
  }

  boolean isOf(byte[] digest) {
    return Arrays.equals(query, digest);
  }

  byte[] encode() {
    return ByteBuffer.allocate(9 + query.length).put(FORMAT).putLong(seq).put(query).array();
  }

  static StoredCursor decode(byte[] stored) {
    if (stored.length < 9 || stored[0] != FORMAT) {
      throw new KalamException(ErrorCode.DATA_CORRUPTED, "A stored cursor cannot be read");
    }
    return new StoredCursor(
        ByteBuffer.wrap(stored, 1, 8).getLong(), Arrays.copyOfRange(stored, 9, stored.length));
  }
}
