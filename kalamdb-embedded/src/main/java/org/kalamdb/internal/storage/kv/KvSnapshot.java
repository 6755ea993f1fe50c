package org.kalamdb.internal.storage.kv;

/**
 * A state of the store that does not change. Thread-safe; close it, or space is never reclaimed.
 */
public interface KvSnapshot extends AutoCloseable {
  @Override
  void close();
}
