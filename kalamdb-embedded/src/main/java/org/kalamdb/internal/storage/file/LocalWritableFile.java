package org.kalamdb.internal.storage.file;

import java.io.IOException;

/** Writes through a buffer of 64 KiB. */
final class LocalWritableFile implements WritableFile {
  private static final int BUFFER_BYTES = 64 << 10;

  private final Disk.NewFile file;
  private final String path;
  private byte[] buffer = new byte[BUFFER_BYTES];
  private int buffered;
  private long flushed;
  private boolean complete;
  private boolean closed;

  LocalWritableFile(Disk.NewFile file, String path) {
    this.file = file;
    this.path = path;
  }

  @Override
  public long position() {
    return flushed + buffered;
  }

  @Override
  public void write(byte[] bytes, int offset, int length) {
    if (closed || complete) {
      throw new IllegalStateException("The file takes no more: " + path);
    }
    if (length > BUFFER_BYTES - buffered) {
      flush();
      if (length >= BUFFER_BYTES) {
        writeThrough(bytes, offset, length);
        return;
      }
    }
    System.arraycopy(bytes, offset, buffer, buffered, length);
    buffered += length;
  }

  @Override
  public void complete() {
    flush();
    complete = true;
    buffer = new byte[0];
  }

  @Override
  public void sync() {
    flush();
    try {
      file.sync();
    } catch (IOException e) {
      throw StoreErrors.of("sync", path, e);
    }
  }

  private void flush() {
    int length = buffered;
    buffered = 0;
    if (length > 0) {
      writeThrough(buffer, 0, length);
    }
  }

  private void writeThrough(byte[] bytes, int offset, int length) {
    try {
      file.write(bytes, offset, length);
      flushed += length;
    } catch (IOException e) {
      throw StoreErrors.of("write", path, e);
    }
  }

  @Override
  public void close() {
    if (closed) {
      return;
    }
    closed = true;
    try (Disk.NewFile closing = file) {
      flush();
    } catch (IOException e) {
      throw StoreErrors.of("close", path, e);
    }
  }
}
