package org.kalamdb.internal.storage.file;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;

/**
 * Writes that survive a power cut: sync the file, rename it into place, sync its directory. An
 * interrupt of the calling thread neither fails them nor is lost.
 */
public final class DurableFiles {
  private DurableFiles() {}

  /** Puts a file with this content in place, at once or not at all. */
  public static void replace(Path file, byte[] content) throws IOException {
    Disk disk = Disk.of(file);
    Path temporary = file.resolveSibling(file.getFileName() + ".tmp");
    disk.delete(temporary);
    try (Disk.NewFile out = disk.create(temporary)) {
      out.write(content, 0, content.length);
      out.sync();
    }
    move(temporary, file);
  }

  /** Gives a synced file its name, replacing a file that has it; on return the name is on disk. */
  public static void move(Path from, Path to) throws IOException {
    Disk.of(to).move(from, to);
    syncDirectory(parent(to));
    if (!parent(from).equals(parent(to))) {
      syncDirectory(parent(from));
    }
  }

  /**
   * Puts the names in the directory on disk; where directories cannot be synced (Windows) nothing.
   */
  public static void syncDirectory(Path directory) throws IOException {
    Disk.of(directory).syncDirectory(directory);
  }

  /** Makes the directory and its missing parents, each of them on disk. */
  public static void createDirectories(Path directory) throws IOException {
    Path absolute = directory.toAbsolutePath();
    if (Files.isDirectory(absolute)) {
      return;
    }
    Path parent = absolute.getParent();
    if (parent != null) {
      createDirectories(parent);
    }
    Disk.of(absolute).createDirectory(absolute);
    if (parent != null) {
      syncDirectory(parent);
    }
  }

  private static Path parent(Path path) {
    return Objects.requireNonNull(path.toAbsolutePath().getParent());
  }
}
