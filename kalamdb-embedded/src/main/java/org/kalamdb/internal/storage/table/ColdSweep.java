package org.kalamdb.internal.storage.table;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.kalamdb.error.ErrorCode;
import org.kalamdb.error.KalamException;
import org.kalamdb.internal.catalog.TableDefinition;
import org.kalamdb.internal.storage.cold.SegmentFiles;
import org.kalamdb.internal.storage.file.StorageFiles;
import org.kalamdb.internal.storage.kv.KvSnapshot;
import org.kalamdb.internal.storage.manifest.ManifestJson;
import org.kalamdb.internal.storage.manifest.ManifestStore;
import org.kalamdb.internal.storage.manifest.PartitionManifest;
import org.kalamdb.internal.storage.manifest.SegmentEntry;
import org.kalamdb.schema.UserId;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A look at the files of the cold tier when a database is opened: what is missing is reported, and
 * refused when it is read; what a crash or a drop left is deleted.
 */
final class ColdSweep {
  private static final Logger LOG = LoggerFactory.getLogger(ColdSweep.class);

  private final ColdTier cold;
  private final Storages storages;
  private final StorageFiles files;
  private final ManifestStore manifests;
  private final KvSnapshot snapshot;
  private final long seq;
  private final Set<String> known = new HashSet<>();
  private final List<String> missing = new ArrayList<>();
  private final List<String> rewritten = new ArrayList<>();
  private final Set<String> unavailable = new LinkedHashSet<>();
  private final Set<Integer> unreachable = new HashSet<>();
  private final Set<Integer> misplaced = new HashSet<>();
  private boolean isEverythingKnown = true;

  ColdSweep(
      ColdTier cold, Storages storages, ManifestStore manifests, KvSnapshot snapshot, long seq) {
    this.cold = cold;
    this.storages = storages;
    this.files = storages.files();
    this.manifests = manifests;
    this.snapshot = snapshot;
    this.seq = seq;
  }

  ColdTier.Sweep run(Collection<TableDefinition> tables) {
    for (TableDefinition table : tables) {
      try {
        look(table);
      } catch (KalamException e) {
        if (e.code() != ErrorCode.DATA_CORRUPTED) {
          throw e;
        }
        // Which files it names is not known: none may be taken for an orphan.
        isEverythingKnown = false;
        missing.add("the manifest of table " + table.id());
        LOG.atError()
            .setCause(e)
            .addKeyValue("table", table.id())
            .log("A manifest is damaged; reading the table is refused");
      }
    }
    return new ColdTier.Sweep(
        isEverythingKnown ? deleteOrphans() : List.of(),
        rewritten,
        missing,
        List.copyOf(unavailable),
        misplaced);
  }

  private void look(TableDefinition table) {
    Set<@Nullable UserId> partitions = new LinkedHashSet<>();
    manifests.visitTable(
        table.number(),
        snapshot,
        (number, user, entry) -> {
          known.add(entry.file());
          lookAt(table, entry);
          partitions.add(user);
          if (!cold.isAtHome(table, user, entry)) {
            misplaced.add(table.number());
          }
        });
    for (UserId user : partitions) {
      String copy = cold.directoryOf(table, user) + "/" + ManifestJson.FILE_NAME;
      known.add(copy);
      inStorage(
          StorageFiles.storageOf(copy),
          () -> {
            if (isCopyRepaired(table, user)) {
              rewritten.add(copy);
            }
          });
    }
  }

  private void lookAt(TableDefinition table, SegmentEntry entry) {
    inStorage(
        StorageFiles.storageOf(entry.file()),
        () -> {
          if (!isThere(table, entry)) {
            missing.add(entry.file());
          }
        });
  }

  /**
   * Does something with files of a storage, if it is available: one beside the local one that is
   * not keeps no database from opening, and is left alone.
   */
  private void inStorage(int storage, Runnable action) {
    if (unreachable.contains(storage)) {
      return;
    }
    String problem = files.problem(storage);
    if (problem == null) {
      try {
        action.run();
        return;
      } catch (KalamException e) {
        if (storage == 0 || e.code() == ErrorCode.DATA_CORRUPTED) {
          throw e;
        }
        problem = e.getMessage();
      }
    }
    unreachable.add(storage);
    String name = storages.nameOf(storage);
    unavailable.add(name + ": " + problem);
    LOG.atError()
        .addKeyValue("storage", name)
        .addKeyValue("problem", problem)
        .log("A storage is not available; reading what is in it is refused");
  }

  private boolean isThere(TableDefinition table, SegmentEntry entry) {
    long size = files.size(entry.file());
    if (size != entry.bytes()) {
      // Reading it will be refused with the same words; other tables and partitions still serve.
      LOG.atError()
          .addKeyValue("table", table.id())
          .addKeyValue("file", entry.file())
          .addKeyValue("expectedBytes", entry.bytes())
          .addKeyValue("foundBytes", size)
          .log("A segment is missing or damaged");
    }
    return size == entry.bytes();
  }

  /** True if the copy of the manifest was damaged. */
  private boolean isCopyRepaired(TableDefinition table, @Nullable UserId user) {
    PartitionManifest manifest = manifests.manifestAt(table, user, snapshot, seq);
    String directory = cold.directoryOf(table, user);
    ManifestJson.Condition found =
        ManifestJson.refresh(
            files,
            directory,
            table,
            user,
            manifest,
            cold.supersededOf(manifest, table, user, snapshot, seq),
            seq);
    if (found == ManifestJson.Condition.DAMAGED) {
      LOG.atWarn()
          .addKeyValue("directory", directory)
          .log("manifest.json was damaged; it was written again from the database");
    }
    return found == ManifestJson.Condition.DAMAGED;
  }

  private List<String> deleteOrphans() {
    List<String> deleted = new ArrayList<>();
    for (int storage : files.numbers()) {
      inStorage(storage, () -> deleteOrphans(cold.contents().ownFiles(storage), deleted));
    }
    if (!deleted.isEmpty()) {
      LOG.atInfo().addKeyValue("files", deleted).log("Deleted files that no manifest names");
    }
    return deleted;
  }

  private void deleteOrphans(List<String> found, List<String> deleted) {
    deleted.addAll(SegmentFiles.sweep(files, found, known));
    for (String file : found) {
      if (ColdTier.isManifestJson(file) && !known.contains(file) && files.delete(file)) {
        deleted.add(file);
      }
    }
  }
}
