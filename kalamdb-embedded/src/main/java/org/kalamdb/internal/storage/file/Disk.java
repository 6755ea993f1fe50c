package org.kalamdb.internal.storage.file;

import java.io.Closeable;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Path;

/**
 * Every change the database makes to files, and the opening of segments; RocksDB's own files apart.
 * What is not synced, bytes of a file or names in a directory, may be lost by a power cut, in any
 * part and order. Thread-safe, and no call is disturbed by {@link Thread#interrupt}.
 */
public interface Disk {
  /** A new file, written from its beginning. One thread at a time. */
  interface NewFile extends Closeable {
    void write(byte[] bytes, int offset, int length) throws IOException;

    /** Puts everything written so far on disk; the name of the file is not part of it. */
    void sync() throws IOException;
  }

  /** Creates a file in a directory that exists; fails if there is something of this name. */
  NewFile create(Path file) throws IOException;

  /** Opens a file to read from it. */
  default RandomAccessFile open(Path file) throws IOException {
    return new RandomAccessFile(file.toFile(), "r");
  }

  /** Gives a file another name in one step, replacing a file that has it. */
  void move(Path from, Path to) throws IOException;

  /** Removes a file or an empty directory; false if it was not there. */
  boolean delete(Path path) throws IOException;

  /** Creates a directory in one that exists; it is no error if it is there already. */
  void createDirectory(Path directory) throws IOException;

  /**
   * Puts the names in a directory on disk; where directories cannot be synced (Windows) nothing.
   */
  void syncDirectory(Path directory) throws IOException;

  /** The disk that a path is on. */
  static Disk of(Path path) {
    return Disks.of(path);
  }
}
