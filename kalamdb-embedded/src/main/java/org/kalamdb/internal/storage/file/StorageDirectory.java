package org.kalamdb.internal.storage.file;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.kalamdb.error.ErrorCode;
import org.kalamdb.error.KalamException;

/** How a directory becomes a storage, shows that it works, and ceases to be one. */
public final class StorageDirectory {
  /** Room is left for the longest names below: Linux takes paths of 4,096 bytes. */
  private static final int MAX_PATH_BYTES = 1024;

  private static final int PROBE_BYTES = 64 << 10;
  private static final String PROBE = StorageMarker.OWN_PREFIX + "probe";

  /** What a statement that failed may leave. */
  private static final Set<String> OWN =
      Set.of(PROBE, PROBE + ".tmp", StorageMarker.FILE_NAME, StorageMarker.FILE_NAME + ".tmp");

  private StorageDirectory() {}

  /**
   * Looks whether a directory can become a storage, and changes nothing.
   *
   * @param text as it was written: absolute
   * @param others directories of the storages there are
   * @return the directory's real path
   * @throws KalamException 22023 if it is no path to take, 58P01 if there is nothing, 42809 if it
   *     is no directory, 42P17 if it is in the database's or around it, 55006 if it is in another
   *     storage or around one, or of another database, 55000 if it has files
   */
  public static Path check(String text, StorageOwner owner, Collection<Path> others) {
    Path directory = realPath(text);
    if (overlaps(directory, owner.database())) {
      throw new KalamException(
          ErrorCode.INVALID_OBJECT_DEFINITION,
          "directory \"" + directory + "\" is inside the database's, or around it");
    }
    for (Path other : others) {
      if (overlaps(directory, other)) {
        throw new KalamException(
            ErrorCode.OBJECT_IN_USE,
            "directory \"" + directory + "\" overlaps that of another storage, " + other);
      }
    }
    for (Path above = directory.getParent(); above != null; above = above.getParent()) {
      if (StorageMarker.isThere(above)
          || Files.exists(above.resolve(DatabaseMarker.FILE_NAME), LinkOption.NOFOLLOW_LINKS)) {
        throw new KalamException(
            ErrorCode.OBJECT_IN_USE,
            "directory \"" + directory + "\" is inside that of a database or storage, " + above);
      }
    }
    checkUnused(directory, owner);
    return directory;
  }

  private static Path realPath(String text) {
    Path path;
    try {
      path = Path.of(text);
    } catch (InvalidPathException e) {
      throw new KalamException(
          ErrorCode.INVALID_PARAMETER_VALUE,
          "the path of a storage is not valid: " + e.getReason(),
          e);
    }
    if (!path.isAbsolute() || text.indexOf('\n') >= 0) {
      throw new KalamException(
          ErrorCode.INVALID_PARAMETER_VALUE,
          "the path of a storage must be absolute, in one line: \"" + text + "\"");
    }
    try {
      Path real = path.toRealPath();
      if (real.toString().getBytes(StandardCharsets.UTF_8).length > MAX_PATH_BYTES) {
        throw new KalamException(
            ErrorCode.INVALID_PARAMETER_VALUE,
            "the path of a storage is longer than " + MAX_PATH_BYTES + " bytes");
      }
      if (!Files.isDirectory(real)) {
        throw new KalamException(
            ErrorCode.WRONG_OBJECT_TYPE, "\"" + text + "\" is not a directory");
      }
      return real;
    } catch (IOException e) {
      KalamException error = StoreErrors.of("find", text, e);
      throw error.code() == ErrorCode.UNDEFINED_FILE
          ? new KalamException(
                  ErrorCode.UNDEFINED_FILE, "directory \"" + text + "\" does not exist", e)
              .withHint("Make it first, empty and writable.")
          : error;
    }
  }

  /** Whether one is the other or below it, by whatever name: asked of the file system. */
  private static boolean overlaps(Path a, Path b) {
    return isAtOrBelow(a, b) || isAtOrBelow(b, a);
  }

  private static boolean isAtOrBelow(Path path, Path above) {
    for (Path each = path; each != null; each = each.getParent()) {
      try {
        if (each.equals(above) || Files.isSameFile(each, above)) {
          return true;
        }
      } catch (IOException e) {
        // One of them is missing: then only its name can tell, and it did not.
        continue;
      }
    }
    return false;
  }

  private static void checkUnused(Path directory, StorageOwner owner) {
    try {
      StorageMarker marker = StorageMarker.read(directory);
      // One of ours without a storage in the catalog: making or dropping it was cut short.
      boolean left = marker != null && marker.database().equals(owner.database().toString());
      if (StorageMarker.isThere(directory) && !left) {
        throw new KalamException(
                ErrorCode.OBJECT_IN_USE,
                "directory \""
                    + directory
                    + "\" is a storage already"
                    + (marker == null ? "" : ", of the database in " + marker.database()))
            .withHint("If that database is gone, delete the directory's contents.");
      }
      Path first = firstFile(directory);
      if (first != null) {
        throw new KalamException(
                ErrorCode.OBJECT_NOT_IN_PREREQUISITE_STATE,
                "directory \"" + directory + "\" is not empty: it holds " + first)
            .withHint("Give a directory of its own, below the root of a disk.");
      }
    } catch (UncheckedIOException e) {
      throw StoreErrors.of("look into", directory.toString(), new IOException(e));
    } catch (IOException e) {
      throw StoreErrors.of("look into", directory.toString(), e);
    }
  }

  /** Directories alone, which dropped tables leave, do not count. */
  private static @Nullable Path firstFile(Path directory) throws IOException {
    try (Stream<Path> files = Files.walk(directory)) {
      return files
          .filter(file -> !Files.isDirectory(file, LinkOption.NOFOLLOW_LINKS))
          .filter(file -> !OWN.contains(directory.relativize(file).toString()))
          .findFirst()
          .map(directory::relativize)
          .orElse(null);
    }
  }

  /**
   * Tries the directory out: writes a file, syncs it, gives it its name, finds it, reads it and
   * deletes it.
   *
   * @throws KalamException 58030 or 53100 if any of it fails
   */
  public static void probe(Path directory) {
    LocalFileStore files = LocalFileStore.ofExisting(directory);
    String temporary = PROBE + ".tmp";
    byte[] content = new byte[PROBE_BYTES];
    for (int i = 0; i < content.length; i++) {
      content[i] = (byte) (i * 31);
    }
    files.delete(temporary);
    files.delete(PROBE);
    try {
      try (WritableFile file = files.create(temporary)) {
        file.write(content, 0, content.length);
        file.sync();
      }
      files.publish(temporary, PROBE);
      byte[] found = new byte[content.length];
      try (ReadableFile file = files.open(PROBE)) {
        file.read(0, found, 0, found.length);
      }
      if (!Arrays.equals(found, content) || !files.list("").contains(PROBE)) {
        throw new KalamException(
            ErrorCode.IO_ERROR,
            "directory \"" + directory + "\" does not give back what was written");
      }
    } catch (RuntimeException e) {
      deleteSuppressed(files, temporary, e);
      deleteSuppressed(files, PROBE, e);
      throw e;
    }
    files.delete(PROBE);
  }

  private static void deleteSuppressed(LocalFileStore files, String path, RuntimeException first) {
    try {
      files.delete(path);
    } catch (KalamException e) {
      first.addSuppressed(e);
    }
  }

  /** Makes the directory a storage; on disk on return. */
  public static void mark(Path directory, UUID token, StorageOwner owner) {
    try {
      new StorageMarker(token, owner.database().toString()).write(directory);
    } catch (IOException e) {
      throw StoreErrors.of("write", directory.resolve(StorageMarker.FILE_NAME).toString(), e);
    }
  }

  /** Takes the mark, and directories without files, out of what was a storage. */
  public static void clear(Path directory) throws IOException {
    List<Path> below;
    try (Stream<Path> files = Files.walk(directory)) {
      below = files.sorted(Comparator.reverseOrder()).toList();
    }
    for (Path each : below) {
      boolean own = OWN.contains(directory.relativize(each).toString());
      if (own || (!each.equals(directory) && isEmptyDirectory(each))) {
        Disk.of(each).delete(each);
      }
    }
    DurableFiles.syncDirectory(directory);
  }

  private static boolean isEmptyDirectory(Path path) throws IOException {
    if (!Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS)) {
      return false;
    }
    try (Stream<Path> files = Files.list(path)) {
      return files.findAny().isEmpty();
    }
  }
}
