package org.kalamdb.internal.storage.file;

/** A new file of a {@link FileStore}, written from its beginning. One thread at a time. */
public interface WritableFile extends AutoCloseable {
  /** Bytes written so far. */
  long position();

  void write(byte[] bytes, int offset, int length);

  /** Puts everything written so far on disk. */
  void sync();

  /** Closes the file; what was not synced may be lost by a power cut. Idempotent. */
  @Override
  void close();
}
