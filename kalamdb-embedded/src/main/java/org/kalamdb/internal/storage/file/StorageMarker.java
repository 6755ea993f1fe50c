package org.kalamdb.internal.storage.file;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.List;
import java.util.UUID;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;
import org.kalamdb.error.KalamException;

/**
 * What makes a directory a storage of a database: the file {@value #FILE_NAME}, a few lines of
 * text. Without it the directory is an empty mount point or somebody else's, and nothing in it is
 * written, swept or taken as deleted.
 *
 * <pre>
 * KalamDB storage
 * storage=6f1c2c1e-...
 * database=/var/lib/app/data    the directory of the database, when it was last opened
 * crc32c=0a1b2c3d               over all before this line
 * </pre>
 *
 * @param token the same as in the catalog
 * @param database where the database is that the files belong to
 */
record StorageMarker(UUID token, String database) {
  static final String FILE_NAME = "kalam.storage";

  /** What names of our own files in a storage begin with; no partition's directory does. */
  static final String OWN_PREFIX = "kalam.";

  private static final String TITLE = "KalamDB storage";
  private static final int MAX_BYTES = 64 << 10;

  void write(Path directory) throws IOException {
    String text = TITLE + "\nstorage=" + token + "\ndatabase=" + database + "\n";
    DurableFiles.replace(
        directory.resolve(FILE_NAME),
        (text + "crc32c=" + crc(text) + "\n").getBytes(StandardCharsets.UTF_8));
  }

  /** The marker in a directory; null if there is none, or one that nobody wrote. */
  static @Nullable StorageMarker read(Path directory) throws IOException {
    Path file = directory.resolve(FILE_NAME);
    if (!Files.isRegularFile(file) || Files.size(file) > MAX_BYTES) {
      return null;
    }
    List<String> lines =
        new String(Files.readAllBytes(file), StandardCharsets.UTF_8).lines().toList();
    if (lines.size() != 4
        || !lines.get(0).equals(TITLE)
        || !lines.get(1).startsWith("storage=")
        || !lines.get(2).startsWith("database=")) {
      return null;
    }
    String text = String.join("\n", lines.subList(0, 3)) + "\n";
    if (!lines.get(3).equals("crc32c=" + crc(text))) {
      return null;
    }
    try {
      return new StorageMarker(
          UUID.fromString(lines.get(1).substring("storage=".length())),
          lines.get(2).substring("database=".length()));
    } catch (IllegalArgumentException e) {
      return null;
    }
  }

  static boolean isThere(Path directory) {
    return Files.exists(directory.resolve(FILE_NAME), LinkOption.NOFOLLOW_LINKS);
  }

  /**
   * Whether the database in the directory that the marker names is still there and the asking one
   * is a copy of it: two of them in one storage would sweep each other's files.
   */
  boolean isOfAnother(StorageOwner owner) throws IOException {
    Path other = Path.of(database);
    if (database.equals(owner.database().toString())
        || !Files.exists(other.resolve(DatabaseMarker.FILE_NAME))
        || Files.isSameFile(other, owner.database())) {
      return false;
    }
    try {
      return DatabaseMarker.read(other).id().equals(owner.id());
    } catch (KalamException e) {
      return true; // Nobody knows; it is the one that is named.
    }
  }

  private static String crc(String text) {
    CRC32C crc = new CRC32C();
    crc.update(text.getBytes(StandardCharsets.UTF_8));
    return String.format("%08x", crc.getValue());
  }
}
