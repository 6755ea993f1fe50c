package org.kalamdb.internal.storage.table;

import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.kalamdb.error.ErrorCode;
import org.kalamdb.error.KalamException;
import org.kalamdb.internal.storage.cold.SegmentFiles;
import org.kalamdb.internal.storage.file.StorageFiles;
import org.kalamdb.internal.storage.kv.KvSnapshot;
import org.kalamdb.internal.storage.manifest.ManifestJson;
import org.kalamdb.internal.storage.manifest.ManifestStore;

/** What lies in storages, by the manifests and by the files. Thread-safe. */
public final class StorageContents {
  private static final String COPY = "/" + ManifestJson.FILE_NAME;

  private final StorageFiles files;
  private final ManifestStore manifests;

  StorageContents(StorageFiles files, ManifestStore manifests) {
    this.files = files;
    this.manifests = manifests;
  }

  /**
   * What of a storage is used.
   *
   * @param bytes of the segments
   */
  public record Use(long segments, long bytes) {
    public static final Use NONE = new Use(0, 0);

    Use plus(Use other) {
      return new Use(segments + other.segments, bytes + other.bytes);
    }
  }

  /** The segments in each storage, by its number; those without any are left out. */
  public Map<Integer, Use> use(KvSnapshot snapshot) {
    Map<Integer, Use> use = new HashMap<>();
    manifests.visitAll(
        snapshot,
        (table, user, entry) ->
            use.merge(StorageFiles.storageOf(entry.file()), new Use(1, entry.bytes()), Use::plus));
    return use;
  }

  /** Numbers of the tables that have segments in a storage. */
  public Set<Integer> tablesIn(int storage, KvSnapshot snapshot) {
    Set<Integer> tables = new HashSet<>();
    manifests.visitAll(
        snapshot,
        (table, user, entry) -> {
          if (StorageFiles.storageOf(entry.file()) == storage) {
            tables.add(table);
          }
        });
    return tables;
  }

  /** The segments, whole or half written, in a storage, named by a manifest or not. */
  public List<String> segments(int storage) {
    return ownFiles(storage).stream().filter(file -> !file.endsWith(COPY)).toList();
  }

  /**
   * The files in a storage that a database wrote. Beside the local one people may keep files of
   * their own, which are left alone whatever they are called.
   */
  public List<String> ownFiles(int storage) {
    List<String> all = files.listStorage(storage);
    return storage == 0 ? all : all.stream().filter(this::isOwn).toList();
  }

  private boolean isOwn(String file) {
    if (SegmentFiles.isName(file) || file.endsWith(COPY + ".tmp")) {
      return true;
    }
    if (!file.endsWith(COPY)) {
      return false;
    }
    try {
      ManifestJson.read(files, file.substring(0, file.length() - COPY.length()));
      return true;
    } catch (KalamException e) {
      if (e.code() == ErrorCode.DATA_CORRUPTED) {
        return false;
      }
      throw e;
    }
  }
}
