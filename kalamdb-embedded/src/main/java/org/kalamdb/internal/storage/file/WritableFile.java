package org.kalamdb.internal.storage.file;

/** A new file of a {@link FileStore}, written from its beginning. One thread at a time. */
public interface WritableFile extends AutoCloseable {
  /** Bytes written so far. */
  long position();

  void write(byte[] bytes, int offset, int length);

  /** Nothing more is written: readers find all of it, and less memory is held than before. */
  void complete();

  /** Puts everything written so far on disk; the name of the file is not part of it. */
  void sync();

  /** Closes the file; what was not synced may be lost by a power cut. Idempotent. */
  @Override
  void close();
}
