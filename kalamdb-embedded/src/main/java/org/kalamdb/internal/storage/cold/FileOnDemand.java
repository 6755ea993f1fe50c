package org.kalamdb.internal.storage.cold;

import org.jspecify.annotations.Nullable;
import org.kalamdb.error.ErrorCode;
import org.kalamdb.error.KalamException;
import org.kalamdb.internal.catalog.TableDefinition;
import org.kalamdb.internal.storage.file.FileStore;
import org.kalamdb.internal.storage.file.ReadableFile;
import org.kalamdb.internal.storage.manifest.SegmentEntry;

/** A segment's file that is opened, and its size checked, when something is first read from it. */
final class FileOnDemand implements ReadableFile {
  private final FileStore files;
  private final TableDefinition table;
  private final SegmentEntry entry;
  private @Nullable ReadableFile opened;
  private boolean closed;

  FileOnDemand(FileStore files, TableDefinition table, SegmentEntry entry) {
    this.files = files;
    this.table = table;
    this.entry = entry;
  }

  private synchronized ReadableFile opened() {
    if (closed) {
      throw new IllegalStateException("The file is closed: " + entry.file());
    }
    ReadableFile file = opened;
    if (file == null) {
      file = open();
      long size = file.size();
      if (size != entry.bytes()) {
        file.close();
        throw Damage.of(
            entry.file(), table, "it has " + size + " bytes, the manifest says " + entry.bytes());
      }
      opened = file;
    }
    return file;
  }

  private ReadableFile open() {
    try {
      return files.open(entry.file());
    } catch (KalamException e) {
      throw e.code() == ErrorCode.UNDEFINED_FILE
          ? Damage.of(entry.file(), table, "it is missing", e)
          : e;
    }
  }

  @Override
  public long size() {
    return opened().size();
  }

  @Override
  public void read(long position, byte[] into, int offset, int length) {
    opened().read(position, into, offset, length);
  }

  @Override
  public synchronized void close() {
    closed = true;
    ReadableFile file = opened;
    opened = null;
    if (file != null) {
      file.close();
    }
  }
}
