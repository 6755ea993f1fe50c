package org.kalamdb.internal.storage.kv.rocksdb;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.kalamdb.error.ErrorCode;
import org.kalamdb.error.KalamException;
import org.kalamdb.internal.common.Hints;

/**
 * The files that make up a store, and whether they are what they were. RocksDB finds damage inside
 * its files; that a MANIFEST was cut back to an earlier state, or a log at the end of a record, it
 * cannot see.
 */
public final class HotFiles {
  private static final Pattern LOG = Pattern.compile("[0-9]{6,19}\\.log");
  private static final Pattern TABLE = Pattern.compile("[0-9]{6,19}\\.sst");
  private static final Pattern MANIFEST = Pattern.compile("MANIFEST-[0-9]{6,19}");
  private static final String CURRENT = "CURRENT";

  private HotFiles() {}

  /** Lengths of the files of a store that is closed. */
  public static Map<String, Long> listClosed(Path directory) {
    Map<String, Long> lengths = new TreeMap<>();
    try (Stream<Path> files = Files.list(directory)) {
      String manifest = manifestName(directory);
      for (Path file : files.toList()) {
        String name = file.getFileName().toString();
        if (name.equals(CURRENT)
            || name.equals(manifest)
            || LOG.matcher(name).matches()
            || TABLE.matcher(name).matches()) {
          lengths.put(name, Files.size(file));
        }
      }
      return lengths;
    } catch (IOException e) {
      throw unreadable(e);
    }
  }

  /**
   * The MANIFEST of a store that may be at work, with a length that is on disk: from then on it is
   * never shorter.
   */
  public static Map<String, Long> listOpen(Path directory) {
    try {
      String manifest = manifestName(directory);
      // Not RocksDB's LOCK: closing any other file of a store loses nobody's lock.
      try (RandomAccessFile file =
          new RandomAccessFile(directory.resolve(manifest).toFile(), "rw")) {
        long length = file.length();
        file.getFD().sync();
        return Map.of(manifest, length);
      }
    } catch (IOException e) {
      throw unreadable(e);
    }
  }

  /**
   * Compares a closed store with what it was when it was closed.
   *
   * @throws KalamException XX001 naming the file that differs
   */
  public static void checkClosed(Path directory, Map<String, Long> expected) {
    Map<String, Long> found = listClosed(directory);
    expected.forEach(
        (name, length) -> {
          Long now = found.get(name);
          if (!length.equals(now)) {
            throw damaged(
                directory.resolve(name),
                now == null
                    ? "it is missing"
                    : "it has " + now + " bytes and had " + length + " when it was closed");
          }
        });
    for (String name : found.keySet()) {
      if (LOG.matcher(name).matches() && !expected.containsKey(name)) {
        throw damaged(directory.resolve(name), "it was not there when the database was closed");
      }
    }
  }

  /**
   * Compares a store that was not closed with what was last noted about it.
   *
   * @throws KalamException XX001 naming the file that is older than it was
   */
  public static void checkCrashed(Path directory, Map<String, Long> noted) {
    Map<String, Long> found = manifest(directory);
    String now = found.keySet().iterator().next();
    noted.forEach(
        (name, length) -> {
          if (MANIFEST.matcher(name).matches() && number(now) <= number(name)) {
            Long lengthNow = found.get(name);
            if (lengthNow == null || lengthNow < length) {
              throw damaged(
                  directory.resolve(name),
                  lengthNow == null
                      ? now + " is in its place"
                      : "it has " + lengthNow + " bytes and had " + length + " before");
            }
          }
        });
  }

  private static Map<String, Long> manifest(Path directory) {
    try {
      String name = manifestName(directory);
      return Map.of(name, Files.size(directory.resolve(name)));
    } catch (IOException e) {
      throw unreadable(e);
    }
  }

  private static long number(String manifest) {
    return Long.parseLong(manifest.substring("MANIFEST-".length()));
  }

  private static String manifestName(Path directory) throws IOException {
    Path current = directory.resolve(CURRENT);
    if (!Files.isRegularFile(current)) {
      throw damaged(current, "it is missing");
    }
    String name = new String(Files.readAllBytes(current), StandardCharsets.ISO_8859_1).trim();
    if (!MANIFEST.matcher(name).matches()) {
      throw damaged(current, "it does not name a MANIFEST");
    }
    if (!Files.isRegularFile(directory.resolve(name))) {
      throw damaged(directory.resolve(name), "it is missing");
    }
    return name;
  }

  private static KalamException damaged(Path file, String flaw) {
    return new KalamException(
            ErrorCode.DATA_CORRUPTED, "The hot tier is damaged: " + file + ": " + flaw)
        .withHint(Hints.DAMAGED);
  }

  private static KalamException unreadable(IOException cause) {
    return new KalamException(
        ErrorCode.IO_ERROR, "The hot tier cannot be read: " + cause.getMessage(), cause);
  }
}
