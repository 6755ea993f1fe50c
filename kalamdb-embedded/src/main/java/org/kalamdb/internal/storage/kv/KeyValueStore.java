package org.kalamdb.internal.storage.kv;

import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Ordered keys to values, in a few families, with atomic batches and snapshots. Keys order as
 * unsigned bytes. Thread-safe; every call after {@link #close()} gives 08003 and never reaches
 * native code.
 */
public interface KeyValueStore extends AutoCloseable {
  /** The value, or null. A null snapshot reads the newest state. */
  byte @Nullable [] get(KeyFamily family, byte[] key, @Nullable KvSnapshot snapshot);

  /** The values in the order of the keys, null where there is none. */
  List<byte @Nullable []> multiGet(
      KeyFamily family, List<byte[]> keys, @Nullable KvSnapshot snapshot);

  /**
   * Applies all of the batch or nothing. It is in the log when this returns; with {@code sync} it
   * is on disk.
   */
  void write(KvWriteBatch batch, boolean sync);

  /** Puts everything written so far on disk. */
  void syncLog();

  /**
   * Keys from {@code from} (inclusive) to {@code to} (exclusive; null: to the end), downwards from
   * the last one if {@code reverse}. The caller closes it, and it must be used by one thread at a
   * time.
   */
  KvIterator iterator(
      KeyFamily family,
      byte[] from,
      byte @Nullable [] to,
      boolean reverse,
      @Nullable KvSnapshot snapshot);

  /** The state of now, held until closed. */
  KvSnapshot snapshot();

  /** Writes a consistent copy of everything into a directory that does not exist yet. */
  void checkpoint(Path directory);

  /**
   * Gives back the space of deleted keys in the range; {@code to} null: to the end of the family.
   */
  void compactRange(KeyFamily family, byte[] from, byte @Nullable [] to);

  /** Bytes the store takes on disk and in memory tables, estimated. */
  long approximateBytes(KeyFamily family, byte[] from, byte[] to);

  /** Waits for running calls within a bound, then releases everything. Idempotent. */
  @Override
  void close();
}
