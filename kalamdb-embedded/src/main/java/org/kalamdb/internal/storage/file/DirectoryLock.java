package org.kalamdb.internal.storage.file;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.kalamdb.error.ErrorCode;
import org.kalamdb.error.KalamException;

/**
 * A directory held by this database alone: in this JVM through a registry, among processes through
 * a lock on the file {@code kalam.lock}, which holds the owner's process id and is never deleted.
 *
 * <p>On POSIX systems a process loses its lock on a file as soon as it closes <em>any</em> handle
 * of it. So nobody in the JVM may open the file while it is locked, and the registry is asked
 * first.
 */
final class DirectoryLock implements AutoCloseable {
  static final String FILE_NAME = "kalam.lock";

  /** Where the locked byte is: far behind the content, which others must be able to read. */
  private static final long LOCKED_BYTE = 1L << 40;

  private static final Set<Path> HELD = ConcurrentHashMap.newKeySet();

  /** Never closed, see above: handles of files that another class loader of this JVM has locked. */
  private static final List<RandomAccessFile> NEVER_CLOSED = new ArrayList<>();

  private final Path directory;
  private final RandomAccessFile file;

  private DirectoryLock(Path directory, RandomAccessFile file) {
    this.directory = directory;
    this.file = file;
  }

  /**
   * Takes the lock of an existing directory, given by its real path.
   *
   * @throws KalamException 55006 naming the owner if it is held
   */
  static DirectoryLock acquire(Path directory) throws IOException {
    if (!HELD.add(directory)) {
      throw inUse(directory, "this process (pid " + ProcessHandle.current().pid() + ")");
    }
    boolean held = false;
    try {
      Path path = directory.resolve(FILE_NAME);
      RandomAccessFile file = new RandomAccessFile(path.toFile(), "rw");
      try {
        if (file.getChannel().tryLock(LOCKED_BYTE, 1, false) == null) {
          throw inUse(directory, "another process (pid " + ownerOf(path) + ")");
        }
        file.setLength(0);
        file.write((ProcessHandle.current().pid() + "\n").getBytes(StandardCharsets.US_ASCII));
        held = true;
        return new DirectoryLock(directory, file);
      } catch (OverlappingFileLockException e) {
        synchronized (NEVER_CLOSED) {
          NEVER_CLOSED.add(file);
        }
        throw inUse(directory, "another class loader of this process");
      } finally {
        if (!held && !isNeverClosed(file)) {
          file.close();
        }
      }
    } finally {
      if (!held) {
        HELD.remove(directory);
      }
    }
  }

  private static boolean isNeverClosed(RandomAccessFile file) {
    synchronized (NEVER_CLOSED) {
      return NEVER_CLOSED.contains(file);
    }
  }

  private static String ownerOf(Path lockFile) {
    try {
      String content = Files.readString(lockFile, StandardCharsets.US_ASCII).trim();
      return content.matches("[0-9]{1,19}") ? content : "unknown";
    } catch (IOException e) {
      return "unknown";
    }
  }

  private static KalamException inUse(Path directory, String owner) {
    return new KalamException(
            ErrorCode.OBJECT_IN_USE, "The database " + directory + " is open in " + owner)
        .withHint("A database is opened by one process at a time");
  }

  @Override
  public void close() {
    try {
      file.close();
    } catch (IOException e) {
      throw new KalamException(
          ErrorCode.IO_ERROR, "The lock of " + directory + " cannot be released", e);
    } finally {
      HELD.remove(directory);
    }
  }
}
