package org.kalamdb.schema;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Objects;

/**
 * Whose partition a session works in: any text of 1 to 256 bytes in UTF-8. No character is special;
 * two ids are equal only if every code point is.
 */
public record UserId(String value) implements Comparable<UserId> {
  /** The most bytes an id takes in UTF-8. */
  public static final int MAX_BYTES = 256;

  /**
   * Checks the id.
   *
   * @throws IllegalArgumentException if it is empty, longer than {@value #MAX_BYTES} bytes, or no
   *     valid Unicode text (a lone surrogate)
   */
  public UserId {
    Objects.requireNonNull(value, "value");
    if (value.isEmpty()) {
      throw new IllegalArgumentException("A user id must not be empty");
    }
    try {
      ByteBuffer utf8 = StandardCharsets.UTF_8.newEncoder().encode(CharBuffer.wrap(value));
      if (utf8.remaining() > MAX_BYTES) {
        throw new IllegalArgumentException(
            "A user id takes at most "
                + MAX_BYTES
                + " bytes in UTF-8, this one "
                + utf8.remaining());
      }
    } catch (CharacterCodingException e) {
      throw new IllegalArgumentException("A user id must be valid Unicode text", e);
    }
  }

  public byte[] toUtf8() {
    return value.getBytes(StandardCharsets.UTF_8);
  }

  @Override
  public int compareTo(UserId other) {
    return value.compareTo(other.value);
  }

  @Override
  public String toString() {
    return value;
  }
}
