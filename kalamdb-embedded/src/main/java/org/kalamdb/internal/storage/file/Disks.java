package org.kalamdb.internal.storage.file;

import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** Which disk a path is on: the machine's, unless another was put there. Thread-safe. */
public final class Disks {
  private static final Map<Path, Disk> PUT = new ConcurrentHashMap<>();

  private Disks() {}

  /** What {@link Disk#of} gives. */
  static Disk of(Path path) {
    if (!PUT.isEmpty()) {
      Path absolute = path.toAbsolutePath().normalize();
      for (Map.Entry<Path, Disk> put : PUT.entrySet()) {
        if (absolute.startsWith(put.getKey())) {
          return put.getValue();
        }
      }
    }
    return LocalDisk.INSTANCE;
  }

  /** The machine's own, for others to hand on to. */
  public static Disk local() {
    return LocalDisk.INSTANCE;
  }

  /**
   * Puts another disk where a directory is, in the way of every change in it from now on: for tests
   * of what the database does when a disk fails or forgets.
   */
  public static void put(Path directory, Disk disk) {
    PUT.put(directory.toAbsolutePath().normalize(), disk);
  }

  /** Takes away what {@link #put} has put there. */
  public static void remove(Path directory) {
    PUT.remove(directory.toAbsolutePath().normalize());
  }
}
