package org.kalamdb.internal.exec;

import java.util.List;
import org.apache.arrow.memory.BufferAllocator;
import org.jspecify.annotations.Nullable;
import org.kalamdb.internal.storage.file.FileStore;
import org.kalamdb.internal.storage.file.ReadableFile;
import org.kalamdb.internal.storage.file.WritableFile;
import org.kalamdb.internal.vector.RecordBatch;
import org.kalamdb.schema.DataType;

/**
 * Rows in a temporary file, in the order they were written, and the owner of that file: closing it
 * deletes the file. All rows are written before the first is read; they may be read many times. One
 * thread at a time.
 */
final class SpillFile implements AutoCloseable {
  private final FileStore files;
  private final String path;
  private final BatchCodec codec = new BatchCodec();
  private @Nullable WritableFile output;
  private boolean created;
  private long rowCount;
  private long bytes;

  SpillFile(FileStore files, String path) {
    this.files = files;
    this.path = path;
  }

  long rowCount() {
    return rowCount;
  }

  /** Length of the file. */
  long bytes() {
    return bytes;
  }

  /** Writes the active rows of the batch, which stays the caller's. */
  void write(RecordBatch batch, BufferAllocator allocator) {
    if (batch.selection().size() == 0) {
      return;
    }
    WritableFile open = output;
    if (open == null) {
      created = true;
      open = files.create(path);
      output = open;
    }
    codec.write(batch, open, allocator);
    rowCount += batch.selection().size();
    bytes = open.position();
  }

  /** Ends writing: what is buffered goes to the file and its buffer is released. */
  void finish() {
    WritableFile open = output;
    output = null;
    if (open != null) {
      open.close();
    }
  }

  /** The rows from the beginning, in batches as they were written; the caller closes it. */
  Operator read(List<DataType> types, BufferAllocator allocator) {
    finish();
    return new Reader(types, allocator);
  }

  /** For reading batches in any order; the caller closes it before the file. */
  Pages pages(List<DataType> types, BufferAllocator allocator) {
    finish();
    return new Pages(types, allocator);
  }

  /** Reads the batches that begin at given places. */
  final class Pages implements AutoCloseable {
    private final List<DataType> types;
    private final BufferAllocator allocator;
    private @Nullable ReadableFile input;

    private Pages(List<DataType> types, BufferAllocator allocator) {
      this.types = types;
      this.allocator = allocator;
    }

    /** The batch that {@link #write} put at {@code position}, where {@link #bytes} stood then. */
    RecordBatch read(long position) {
      ReadableFile open = input;
      if (open == null) {
        open = files.open(path);
        input = open;
      }
      return codec.read(open, position, types, allocator).batch();
    }

    @Override
    public void close() {
      ReadableFile open = input;
      input = null;
      if (open != null) {
        open.close();
      }
    }
  }

  private final class Reader implements Operator {
    private final List<DataType> types;
    private final BufferAllocator allocator;
    private @Nullable ReadableFile input;
    private long position;

    Reader(List<DataType> types, BufferAllocator allocator) {
      this.types = types;
      this.allocator = allocator;
    }

    @Override
    public @Nullable RecordBatch next() {
      if (position >= bytes) {
        return null;
      }
      ReadableFile open = input;
      if (open == null) {
        open = files.open(path);
        input = open;
      }
      BatchCodec.Decoded decoded = codec.read(open, position, types, allocator);
      position = decoded.end();
      return decoded.batch();
    }

    @Override
    public void close() {
      position = bytes;
      ReadableFile open = input;
      input = null;
      if (open != null) {
        open.close();
      }
    }
  }

  /** Deletes the file. */
  @Override
  public void close() {
    if (!created) {
      return;
    }
    created = false;
    try {
      finish();
    } finally {
      files.delete(path);
    }
  }
}
