package org.kalamdb.internal.engine;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;
import org.kalamdb.error.ErrorCode;
import org.kalamdb.error.KalamException;
import org.kalamdb.schema.UserId;

/**
 * Which cursor.
 *
 * @param user whose it is; null: the application's own
 */
record CursorKey(@Nullable UserId user, String name) {
  private static final byte PREFIX = 'c';
  private static final int MAX_BYTES = 256;

  CursorKey {
    if (name.isEmpty()) {
      throw invalid("must not be empty");
    }
    if (name.chars().anyMatch(Character::isISOControl)) {
      throw invalid("must not hold control characters");
    }
    try {
      int bytes = StandardCharsets.UTF_8.newEncoder().encode(CharBuffer.wrap(name)).remaining();
      if (bytes > MAX_BYTES) {
        throw invalid("takes at most " + MAX_BYTES + " bytes in UTF-8, this one takes " + bytes);
      }
    } catch (CharacterCodingException e) {
      throw invalid("must be valid Unicode text");
    }
  }

  private static KalamException invalid(String what) {
    return new KalamException(ErrorCode.INVALID_PARAMETER_VALUE, "the name of a cursor " + what);
  }

  /** Its key in the family META. */
  byte[] toBytes() {
    byte[] owner = user == null ? new byte[0] : user.toUtf8();
    byte[] text = name.getBytes(StandardCharsets.UTF_8);
    return ByteBuffer.allocate(3 + owner.length + text.length)
        .put(PREFIX)
        .putShort((short) owner.length)
        .put(owner)
        .put(text)
        .array();
  }
}
