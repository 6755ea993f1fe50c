package org.kalamdb.internal.storage.file;

/** An open file of a {@link FileStore}. Thread-safe. */
public interface ReadableFile extends AutoCloseable {
  /** Bytes of the file when it was opened. */
  long size();

  /**
   * Reads exactly {@code length} bytes.
   *
   * @throws org.kalamdb.error.KalamException XX001 if the file ends before that
   */
  void read(long position, byte[] into, int offset, int length);

  @Override
  void close();
}
