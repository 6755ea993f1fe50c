package org.kalamdb.internal.storage.file;

import java.io.OutputStream;

/** A {@link WritableFile} for those who write streams. Its errors are the file's own. */
public final class FileOutput extends OutputStream {
  private final WritableFile file;

  /** The file stays the caller's to sync and close. */
  public FileOutput(WritableFile file) {
    this.file = file;
  }

  @Override
  public void write(int value) {
    write(new byte[] {(byte) value}, 0, 1);
  }

  @Override
  public void write(byte[] bytes, int offset, int length) {
    file.write(bytes, offset, length);
  }
}
