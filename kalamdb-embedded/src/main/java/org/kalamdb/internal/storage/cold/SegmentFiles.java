package org.kalamdb.internal.storage.cold;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import java.util.regex.Pattern;
import org.kalamdb.internal.storage.file.FileStore;

/** Names of segment files, and what to do with files that no manifest names. */
public final class SegmentFiles {
  private static final String SUFFIX = ".parquet";

  private static final Pattern NAME = Pattern.compile("[0-9]{1,19}-[0-9a-f]{8}\\.parquet(\\.tmp)?");

  private SegmentFiles() {}

  /**
   * A path for a new segment of the partition. The random part keeps a file that a crash left
   * behind from ever being taken for a later segment.
   */
  public static String newFile(String directory, long segmentNumber) {
    int random = ThreadLocalRandom.current().nextInt();
    return String.format("%s/%d-%08x%s", directory, segmentNumber, random, SUFFIX);
  }

  /** Whether a file may be a segment of ours, whole or half written, by its name. */
  public static boolean isName(String path) {
    return NAME.matcher(path.substring(path.lastIndexOf('/') + 1)).matches();
  }

  /**
   * Deletes temporary files and segments that a crash kept from being published: call it before any
   * writer runs. Files of other kinds are left alone.
   *
   * @param found all files there are
   * @param referenced paths in all manifests
   * @return the paths of what was deleted
   */
  public static List<String> sweep(FileStore files, List<String> found, Set<String> referenced) {
    List<String> deleted = new ArrayList<>();
    for (String path : unnamed(found, referenced)) {
      if (files.delete(path)) {
        deleted.add(path);
      }
    }
    return deleted;
  }

  /** Of all files the temporary ones, and segments that are not among those referenced. */
  public static List<String> unnamed(List<String> found, Set<String> referenced) {
    List<String> unnamed = new ArrayList<>();
    for (String path : found) {
      boolean temporary = path.endsWith(SegmentWriter.TEMPORARY_SUFFIX);
      boolean orphan = path.endsWith(SUFFIX) && !referenced.contains(path);
      if (temporary || orphan) {
        unnamed.add(path);
      }
    }
    return unnamed;
  }
}
