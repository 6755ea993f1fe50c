package org.kalamdb.internal.storage.cold;

import java.io.OutputStream;
import java.util.Arrays;

/** A growing array of bytes that lends itself out. */
final class ByteSink extends OutputStream {
  byte[] bytes = new byte[1024];
  int size;

  void clear() {
    size = 0;
  }

  void reserve(int more) {
    if (bytes.length - size < more) {
      bytes = Arrays.copyOf(bytes, Math.max(size + more, bytes.length * 2));
    }
  }

  @Override
  public void write(int b) {
    reserve(1);
    bytes[size++] = (byte) b;
  }

  @Override
  public void write(byte[] from, int offset, int length) {
    reserve(length);
    System.arraycopy(from, offset, bytes, size, length);
    size += length;
  }

  void writeIntLittleEndian(int value) {
    reserve(4);
    for (int shift = 0; shift < 32; shift += 8) {
      bytes[size++] = (byte) (value >>> shift);
    }
  }

  void writeLongLittleEndian(long value) {
    writeIntLittleEndian((int) value);
    writeIntLittleEndian((int) (value >>> 32));
  }
}
