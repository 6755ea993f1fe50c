package org.kalamdb.internal.storage.kv.rocksdb;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;
import org.kalamdb.error.ErrorCode;
import org.kalamdb.error.KalamException;
import org.kalamdb.internal.storage.kv.KvWriteBatch;

/**
 * RocksDB's serialized write batch, written in Java so that a batch crosses into native code once
 * and not once a row: 8 bytes sequence (0), 4 bytes count, then per record a tag, the family's
 * number and the key and value, each behind its length; lengths and the number are base-128
 * varints.
 */
final class NativeBatch {
  private static final int HEADER = 12;
  private static final byte FAMILY_DELETION = 0x4;
  private static final byte FAMILY_VALUE = 0x5;
  private static final byte FAMILY_RANGE_DELETION = 0xE;
  private static final int RECORD_OVERHEAD = 1 + 5 + 5 + 5;
  private static final int MAX_BYTES = 1 << 30;
  private static final VarHandle INT =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);

  private NativeBatch() {}

  /**
   * @param familyNumbers RocksDB's number of each family, by ordinal
   */
  static byte[] encode(KvWriteBatch batch, int[] familyNumbers) {
    long most = HEADER + batch.approximateBytes() + (long) RECORD_OVERHEAD * batch.size();
    if (most > MAX_BYTES) {
      throw new KalamException(
          ErrorCode.PROGRAM_LIMIT_EXCEEDED,
          "A commit takes at most " + MAX_BYTES + " bytes, this one about " + most);
    }
    byte[] out = new byte[(int) most];
    int at = HEADER;
    int count = 0;
    for (int i = 0; i < batch.size(); i++) {
      byte[] key = batch.key(i);
      byte[] value = batch.value(i);
      KvWriteBatch.Kind kind = batch.kind(i);
      if (kind == KvWriteBatch.Kind.DELETE_RANGE && Arrays.compareUnsigned(key, value) >= 0) {
        continue; // RocksDB refuses a range that ends before it begins
      }
      out[at++] =
          switch (kind) {
            case PUT -> FAMILY_VALUE;
            case DELETE -> FAMILY_DELETION;
            case DELETE_RANGE -> FAMILY_RANGE_DELETION;
          };
      at = putVarint(out, at, familyNumbers[batch.family(i).ordinal()]);
      at = putBytes(out, at, key);
      if (kind != KvWriteBatch.Kind.DELETE) {
        at = putBytes(out, at, value);
      }
      count++;
    }
    INT.set(out, 8, count);
    return Arrays.copyOf(out, at);
  }

  private static int putBytes(byte[] out, int at, byte[] bytes) {
    int start = putVarint(out, at, bytes.length);
    System.arraycopy(bytes, 0, out, start, bytes.length);
    return start + bytes.length;
  }

  private static int putVarint(byte[] out, int at, int value) {
    int rest = value;
    int position = at;
    while (rest >= 0x80) {
      out[position++] = (byte) (rest | 0x80);
      rest >>>= 7;
    }
    out[position++] = (byte) rest;
    return position;
  }
}
