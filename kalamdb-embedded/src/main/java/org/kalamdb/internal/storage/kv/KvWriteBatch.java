package org.kalamdb.internal.storage.kv;

import java.util.Arrays;

/**
 * Puts and deletes that take effect together, in the order they were added. Kept in Java so that
 * nothing native is touched before the write; reusable after {@link #clear()}. Not thread-safe.
 */
public final class KvWriteBatch {
  /** What an entry does. */
  public enum Kind {
    PUT,
    DELETE,
    DELETE_RANGE
  }

  private static final byte[] NONE = {};

  private Kind[] kinds = new Kind[8];
  private KeyFamily[] families = new KeyFamily[8];
  private byte[][] keys = new byte[8][];
  private byte[][] values = new byte[8][];
  private int size;
  private long bytes;

  public void put(KeyFamily family, byte[] key, byte[] value) {
    add(Kind.PUT, family, key, value);
  }

  public void delete(KeyFamily family, byte[] key) {
    add(Kind.DELETE, family, key, NONE);
  }

  /** Deletes keys from {@code from} (inclusive) to {@code to} (exclusive). */
  public void deleteRange(KeyFamily family, byte[] from, byte[] to) {
    add(Kind.DELETE_RANGE, family, from, to);
  }

  private void add(Kind kind, KeyFamily family, byte[] key, byte[] value) {
    if (size == kinds.length) {
      int capacity = size * 2;
      kinds = Arrays.copyOf(kinds, capacity);
      families = Arrays.copyOf(families, capacity);
      keys = Arrays.copyOf(keys, capacity);
      values = Arrays.copyOf(values, capacity);
    }
    kinds[size] = kind;
    families[size] = family;
    keys[size] = key;
    values[size] = value;
    size++;
    bytes += key.length + value.length + 12L;
  }

  public int size() {
    return size;
  }

  public boolean isEmpty() {
    return size == 0;
  }

  /** Roughly the bytes this will take in the log. */
  public long approximateBytes() {
    return bytes;
  }

  public Kind kind(int index) {
    return kinds[index];
  }

  public KeyFamily family(int index) {
    return families[index];
  }

  public byte[] key(int index) {
    return keys[index];
  }

  /** The value of a PUT, the end of a DELETE_RANGE, empty for a DELETE. */
  public byte[] value(int index) {
    return values[index];
  }

  public void clear() {
    Arrays.fill(keys, 0, size, NONE);
    Arrays.fill(values, 0, size, NONE);
    size = 0;
    bytes = 0;
  }
}
