package org.kalamdb.internal.storage.kv;

/**
 * A walk over a range of keys: {@code while (iterator.next()) ...}. Keys and values are lent in
 * reused arrays and change with the next step. A damaged store is an error, never an early end.
 */
public interface KvIterator extends AutoCloseable {
  /** Steps to the next key, the first one included; false at the end. */
  boolean next();

  /** Jumps so that the following {@link #next()} gives the first key at or past {@code key}. */
  void seek(byte[] key);

  /** The key, valid for {@link #keyLength()} bytes until the next step. */
  byte[] viewKey();

  int keyLength();

  /** The value, valid for {@link #valueLength()} bytes until the next step. */
  byte[] viewValue();

  int valueLength();

  byte[] copyKey();

  byte[] copyValue();

  @Override
  void close();
}
