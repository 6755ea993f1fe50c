package org.kalamdb.internal.storage.key;

import org.jspecify.annotations.Nullable;
import org.kalamdb.schema.UserId;

/**
 * The shape of keys about segments; the partition in front is that of {@link RowKeys}.
 *
 * <pre>
 * MANIFEST    [partition][segment number 8 bytes BE]                      -> the segment's entry
 * SUPERSEDED  [partition][segment number 8 bytes BE][row 8 bytes BE]      -> _seq 8 bytes BE
 * </pre>
 */
public final class ManifestKeys {
  private ManifestKeys() {}

  /** The key of a segment in {@code MANIFEST}, and what keys of its superseded rows begin with. */
  public static byte[] segment(int table, @Nullable UserId user, long segment) {
    return RowKeys.startKey(table, user).addLong(segment).toBytes();
  }

  /** The key of a superseded row in {@code SUPERSEDED}. */
  public static byte[] superseded(int table, @Nullable UserId user, long segment, long row) {
    return RowKeys.startKey(table, user).addLong(segment).addLong(row).toBytes();
  }

  /** The value of a superseded row: the commit that replaced it. */
  public static byte[] supersededValue(long seq) {
    return new KeyEncoder(Long.BYTES).addLong(seq).toBytes();
  }

  /** The segment number of a key of either family in the first {@code length} bytes. */
  public static long segmentOf(byte[] key, int length) {
    return new KeyDecoder(key, RowKeys.primaryKeyAt(key, length), length).nextLong();
  }

  /** The row number of a key in {@code SUPERSEDED}. */
  public static long rowOf(byte[] key, int length) {
    KeyDecoder decoder = new KeyDecoder(key, RowKeys.primaryKeyAt(key, length), length);
    decoder.nextLong();
    return decoder.nextLong();
  }

  /** The commit in a value of {@code SUPERSEDED}. */
  public static long seqOf(byte[] value, int length) {
    return new KeyDecoder(value, 0, length).nextLong();
  }
}
