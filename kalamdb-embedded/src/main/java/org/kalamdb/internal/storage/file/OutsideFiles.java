package org.kalamdb.internal.storage.file;

import java.io.IOException;
import java.nio.file.Path;

/** Files that are not the database's: what COPY reads and writes. */
public final class OutsideFiles {
  private OutsideFiles() {}

  /**
   * Makes a new file.
   *
   * @throws org.kalamdb.error.KalamException 58030 if it is there already or cannot be written
   */
  public static WritableFile create(Path file) {
    try {
      return new LocalWritableFile(Disk.of(file).create(file), file.toString());
    } catch (IOException e) {
      throw StoreErrors.of("create", file.toString(), e);
    }
  }

  /**
   * Opens a file for reading.
   *
   * @throws org.kalamdb.error.KalamException 58030 if it cannot be read
   */
  public static ReadableFile open(Path file) {
    try {
      return new LocalReadableFile(file, file.toString());
    } catch (IOException e) {
      throw StoreErrors.of("open", file.toString(), e);
    }
  }
}
