package org.kalamdb.internal.storage.row;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * A number for a version of a hot row, such that the sum over all versions tells whether one is
 * missing, doubled or another: a hash of key and commit. A commit writes a key once, so that key
 * and commit stand for the value too; that the value's bytes are right is what the checksums of the
 * store's files say. Sums wrap around, so that rows come and go in any order.
 *
 * <p>Not for adversaries: it finds accidents. The mixing step is that of MurmurHash3 (Austin
 * Appleby, public domain). The function is part of the on-disk format.
 */
public final class RowDigest {
  private static final VarHandle LONGS =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
  private static final long STEP = 0x9E3779B97F4A7C15L;

  private RowDigest() {}

  /**
   * The number of one version.
   *
   * @param rowKey the key in the rows family, in the first {@code length} bytes
   * @param seq the commit that wrote it
   */
  public static long of(byte[] rowKey, int length, long seq) {
    long hash = mix(seq + STEP) + length;
    int at = 0;
    for (; at + Long.BYTES <= length; at += Long.BYTES) {
      hash = mix(hash ^ (long) LONGS.get(rowKey, at)) + STEP;
    }
    long rest = 0;
    for (; at < length; at++) {
      rest = rest << 8 | (rowKey[at] & 0xFF);
    }
    return mix(hash ^ rest);
  }

  public static long of(byte[] rowKey, long seq) {
    return of(rowKey, rowKey.length, seq);
  }

  private static long mix(long value) {
    long mixed = (value ^ (value >>> 33)) * 0xFF51AFD7ED558CCDL;
    mixed = (mixed ^ (mixed >>> 33)) * 0xC4CEB9FE1A85EC53L;
    return mixed ^ (mixed >>> 33);
  }
}
