package org.kalamdb.internal.exec;

import java.io.ByteArrayOutputStream;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.kalamdb.error.ErrorCode;
import org.kalamdb.error.KalamException;
import org.kalamdb.internal.storage.file.FileStore;
import org.kalamdb.internal.storage.file.ReadableFile;
import org.kalamdb.internal.storage.file.WritableFile;

/** Temporary files in memory that can fail when so many bytes have been written or read. */
final class InMemoryFileStore implements FileStore {
  private final Map<String, byte[]> files = new ConcurrentSkipListMap<>();
  private final AtomicInteger handles = new AtomicInteger();
  private final AtomicLong written = new AtomicLong();
  private final AtomicLong read = new AtomicLong();
  private volatile long writeLimit = Long.MAX_VALUE;
  private volatile long readLimit = Long.MAX_VALUE;

  /** The disk is full after so many more bytes. */
  void failAfterWriting(long bytes) {
    writeLimit = written.get() + bytes;
  }

  /** Reading fails after so many more bytes. */
  void failAfterReading(long bytes) {
    readLimit = read.get() + bytes;
  }

  long writtenBytes() {
    return written.get();
  }

  int openHandles() {
    return handles.get();
  }

  @Override
  public ReadableFile open(String path) {
    byte[] content = files.get(path);
    handles.incrementAndGet();
    return new ReadableFile() {
      private boolean closed;

      @Override
      public long size() {
        return content.length;
      }

      @Override
      public void read(long position, byte[] into, int offset, int length) {
        if (read.addAndGet(length) > readLimit) {
          throw new KalamException(ErrorCode.IO_ERROR, "the disk is on fire");
        }
        System.arraycopy(content, (int) position, into, offset, length);
      }

      @Override
      public void close() {
        if (!closed) {
          closed = true;
          handles.decrementAndGet();
        }
      }
    };
  }

  @Override
  public WritableFile create(String path) {
    if (files.putIfAbsent(path, new byte[0]) != null) {
      throw new IllegalStateException(path + " exists");
    }
    handles.incrementAndGet();
    ByteArrayOutputStream content = new ByteArrayOutputStream();
    return new WritableFile() {
      private boolean closed;

      @Override
      public long position() {
        return content.size();
      }

      @Override
      public void write(byte[] bytes, int offset, int length) {
        if (written.addAndGet(length) > writeLimit) {
          throw new KalamException(ErrorCode.DISK_FULL, "the disk is full");
        }
        content.write(bytes, offset, length);
      }

      @Override
      public void complete() {}

      @Override
      public void sync() {}

      @Override
      public void close() {
        if (!closed) {
          closed = true;
          handles.decrementAndGet();
          files.put(path, content.toByteArray());
        }
      }
    };
  }

  @Override
  public void publish(String from, String to) {
    throw new UnsupportedOperationException();
  }

  @Override
  public void publishAll(List<Unnamed> unnamed) {
    throw new UnsupportedOperationException();
  }

  @Override
  public List<String> list(String directory) {
    return List.copyOf(files.keySet());
  }

  @Override
  public boolean delete(String path) {
    return files.remove(path) != null;
  }

  @Override
  public long size(String path) {
    byte[] content = files.get(path);
    return content == null ? -1 : content.length;
  }

  @Override
  public String location(String path) {
    return "memory:" + path;
  }
}
