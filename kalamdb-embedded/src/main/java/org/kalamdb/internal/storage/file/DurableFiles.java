package org.kalamdb.internal.storage.file;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Objects;

/**
 * Writes that survive a power cut: sync the file, rename it into place, sync its directory. An
 * interrupt of the calling thread neither fails them nor is lost.
 */
public final class DurableFiles {
  private static final boolean DIRECTORIES_SYNC =
      !System.getProperty("os.name", "").startsWith("Windows");

  private DurableFiles() {}

  /** Puts a file with this content in place, at once or not at all. */
  public static void replace(Path file, byte[] content) throws IOException {
    Path temporary = file.resolveSibling(file.getFileName() + ".tmp");
    try (RandomAccessFile out = new RandomAccessFile(temporary.toFile(), "rw")) {
      out.setLength(0);
      out.write(content);
      out.getFD().sync();
    }
    Files.move(temporary, file, StandardCopyOption.ATOMIC_MOVE);
    syncDirectory(Objects.requireNonNull(file.toAbsolutePath().getParent()));
  }

  /**
   * Puts the names in the directory on disk; where directories cannot be synced (Windows) nothing.
   */
  public static void syncDirectory(Path directory) throws IOException {
    if (!DIRECTORIES_SYNC) {
      return;
    }
    boolean interrupted = false;
    try {
      while (true) {
        interrupted |= Thread.interrupted();
        try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
          channel.force(true);
          return;
        } catch (ClosedByInterruptException e) {
          interrupted = true; // the channel is gone; syncing again does no harm
        }
      }
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
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
    Files.createDirectories(absolute);
    if (parent != null) {
      syncDirectory(parent);
    }
  }
}
