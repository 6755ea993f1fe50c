package org.kalamdb.internal.storage.key;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Keys from {@code from} (inclusive) to {@code to} (exclusive; null: to the end). The arrays are
 * kept, not copied.
 */
@SuppressWarnings("ArrayRecordComponent") // compared and printed by content, below
public record ByteRange(byte[] from, byte @Nullable [] to) {
  /** True if no key can be in the range. */
  public boolean isEmpty() {
    return to != null && Arrays.compareUnsigned(from, to) >= 0;
  }

  public boolean contains(byte[] key) {
    return Arrays.compareUnsigned(from, key) <= 0
        && (to == null || Arrays.compareUnsigned(key, to) < 0);
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof ByteRange range
        && Arrays.equals(from, range.from)
        && Arrays.equals(to, range.to);
  }

  @Override
  public int hashCode() {
    return 31 * Arrays.hashCode(from) + Arrays.hashCode(to);
  }

  @Override
  public String toString() {
    return "ByteRange[" + Arrays.toString(from) + ", " + Arrays.toString(to) + ")";
  }
}
