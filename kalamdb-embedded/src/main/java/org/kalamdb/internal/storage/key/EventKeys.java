package org.kalamdb.internal.storage.key;

import org.kalamdb.schema.SeqId;
import org.kalamdb.schema.UserId;

/**
 * The shape of keys in {@code STREAMS}: a partition prefix as {@link RowKeys} has it, then the
 * second in which the event expires (8 bytes), the commit that wrote it (8) and its place in the
 * commit (4), all big-endian. So a partition is ordered by expiry, and what has expired is its
 * beginning.
 */
public final class EventKeys {
  private EventKeys() {}

  public static byte[] eventKey(int table, UserId user, long bucket, long seq, int ordinal) {
    return RowKeys.startKey(table, user).addLong(bucket).addLong(seq).addInt(ordinal).toBytes();
  }

  /** Where events begin that expire in {@code bucket} or later. */
  public static byte[] bucketStart(int table, UserId user, long bucket) {
    return RowKeys.startKey(table, user).addLong(bucket).toBytes();
  }

  /** When an event of commit {@code seq} expires, in epoch milliseconds. */
  public static long expiryMillis(long seq, long ttlSeconds) {
    return Math.addExact(new SeqId(seq).epochMillis(), Math.multiplyExact(ttlSeconds, 1000));
  }

  /** The bucket of an expiry time. */
  public static long bucketOf(long expiryMillis) {
    return Math.floorDiv(expiryMillis, 1000);
  }

  /** The bucket in an event's key. */
  public static long bucketIn(byte[] key, int length) {
    return new KeyDecoder(key, RowKeys.primaryKeyAt(key, length), length).nextLong();
  }

  /**
   * When the event with this key expires, in epoch milliseconds: the key has the second, and times
   * to live are whole seconds, so its commit has the rest.
   */
  public static long expiryIn(byte[] key, int length) {
    KeyDecoder decoder = new KeyDecoder(key, RowKeys.primaryKeyAt(key, length), length);
    long bucket = decoder.nextLong();
    return bucket * 1000 + Math.floorMod(new SeqId(decoder.nextLong()).epochMillis(), 1000L);
  }

  /** The place in its commit in an event's key. */
  public static int ordinalIn(byte[] key, int length) {
    KeyDecoder decoder = new KeyDecoder(key, RowKeys.primaryKeyAt(key, length), length);
    decoder.nextLong();
    decoder.nextLong();
    return decoder.nextInt();
  }
}
