package org.kalamdb.internal.storage.kv.rocksdb;

/**
 * How much memory a store takes.
 *
 * @param cacheBytes block cache, index and filter blocks included
 * @param writeBufferBytes rows in memory, all families together, before they go to a file
 */
public record RocksOptions(long cacheBytes, long writeBufferBytes) {
  public static final RocksOptions DEFAULTS = new RocksOptions(64L << 20, 64L << 20);

  public RocksOptions {
    if (cacheBytes < 1 << 20 || writeBufferBytes < 1 << 20) {
      throw new IllegalArgumentException("Caches and write buffers take at least 1 MiB");
    }
  }
}
