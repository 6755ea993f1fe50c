package org.kalamdb.internal.storage.file;

import java.io.EOFException;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;
import org.kalamdb.error.ErrorCode;
import org.kalamdb.error.KalamException;

/**
 * Ranged reads through a few handles: a {@link RandomAccessFile} has one position, so each read
 * takes a handle for itself, and a second one is opened only when two threads read at once.
 */
final class LocalReadableFile implements ReadableFile {
  private static final int KEPT_HANDLES = 4;

  private final Path file;
  private final String path;
  private final long size;
  private final Deque<RandomAccessFile> idle = new ArrayDeque<>();
  private boolean closed;

  LocalReadableFile(Path file, String path) throws IOException {
    this.file = file;
    this.path = path;
    RandomAccessFile first = Disk.of(file).open(file);
    this.size = first.length();
    idle.push(first);
  }

  @Override
  public long size() {
    return size;
  }

  @Override
  public void read(long position, byte[] into, int offset, int length) {
    try {
      RandomAccessFile handle = take();
      try {
        handle.seek(position);
        handle.readFully(into, offset, length);
      } finally {
        giveBack(handle);
      }
    } catch (EOFException e) {
      throw new KalamException(
          ErrorCode.DATA_CORRUPTED,
          "file \"" + path + "\" ends before byte " + (position + length),
          e);
    } catch (IOException e) {
      throw StoreErrors.of("read", path, e);
    }
  }

  private RandomAccessFile take() throws IOException {
    @Nullable RandomAccessFile handle;
    synchronized (idle) {
      if (closed) {
        throw new IllegalStateException("The file is closed: " + path);
      }
      handle = idle.poll();
    }
    return handle != null ? handle : Disk.of(file).open(file);
  }

  private void giveBack(RandomAccessFile handle) throws IOException {
    synchronized (idle) {
      if (!closed && idle.size() < KEPT_HANDLES) {
        idle.push(handle);
        return;
      }
    }
    handle.close();
  }

  @Override
  public void close() {
    synchronized (idle) {
      closed = true;
      try {
        for (RandomAccessFile handle : idle) {
          handle.close();
        }
      } catch (IOException e) {
        throw StoreErrors.of("close", path, e);
      } finally {
        idle.clear();
      }
    }
  }
}
