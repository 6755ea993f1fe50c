package org.kalamdb.internal.storage.table;

import java.util.Collection;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.kalamdb.error.KalamException;
import org.kalamdb.internal.catalog.TableDefinition;
import org.kalamdb.internal.storage.file.NewFiles;
import org.kalamdb.internal.storage.file.StorageFiles;
import org.kalamdb.internal.storage.kv.KvSnapshot;
import org.kalamdb.internal.storage.manifest.ManifestJson;
import org.kalamdb.internal.storage.manifest.ManifestStore;
import org.kalamdb.internal.storage.manifest.PartitionManifest;
import org.kalamdb.schema.UserId;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The manifest.json beside the files of partitions: a failure costs nothing but the copy. */
public final class ManifestCopies {
  private static final Logger LOG = LoggerFactory.getLogger(ManifestCopies.class);

  private final ColdTier cold;
  private final StorageFiles files;
  private final ManifestStore manifests;

  ManifestCopies(ColdTier cold, StorageFiles files, ManifestStore manifests) {
    this.cold = cold;
    this.files = files;
    this.manifests = manifests;
  }

  /** Rewrites the copies of some partitions, a few hundred at most. */
  public void write(
      TableDefinition table, Collection<@Nullable UserId> users, KvSnapshot snapshot, long seq) {
    try (NewFiles group = new NewFiles(files)) {
      for (UserId user : users) {
        PartitionManifest manifest = manifests.manifestAt(table, user, snapshot, seq);
        ManifestJson.writeInto(
            group,
            files,
            cold.directoryOf(table, user),
            table,
            user,
            manifest,
            cold.supersededOf(manifest, table, user, snapshot, seq),
            seq);
      }
      group.publish();
    } catch (KalamException e) {
      LOG.atWarn()
          .setCause(e)
          .addKeyValue("table", table.id())
          .log("manifest.json could not be written; the database itself does not need it");
    }
  }

  /** Deletes the copy in a directory where no partition has its own any more. */
  public void delete(String directory) {
    cold.deleteFiles(List.of(directory + "/" + ManifestJson.FILE_NAME));
  }
}
