package org.kalamdb.internal.storage.table;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.apache.arrow.memory.BufferAllocator;
import org.jspecify.annotations.Nullable;
import org.kalamdb.error.KalamException;
import org.kalamdb.internal.catalog.TableDefinition;
import org.kalamdb.internal.storage.cold.PointLookup;
import org.kalamdb.internal.storage.cold.SegmentFiles;
import org.kalamdb.internal.storage.cold.SegmentStore;
import org.kalamdb.internal.storage.file.StorageFiles;
import org.kalamdb.internal.storage.key.RowKeys;
import org.kalamdb.internal.storage.kv.KeyValueStore;
import org.kalamdb.internal.storage.kv.KvSnapshot;
import org.kalamdb.internal.storage.kv.KvWriteBatch;
import org.kalamdb.internal.storage.manifest.ManifestStore;
import org.kalamdb.internal.storage.manifest.SegmentEntry;
import org.kalamdb.schema.UserId;
import org.roaringbitmap.RoaringBitmap;

/**
 * The segments of a database that is being salvaged. What it finds is of the store as it is; after
 * a change of the store another one is made.
 */
public final class ColdSalvage {
  private static final long CACHE_BYTES = 16L << 20;

  private final StorageFiles files;
  private final SegmentStore segments;
  private final ManifestStore manifests;

  public ColdSalvage(KeyValueStore store, Storages storages) {
    this.files = storages.files();
    this.segments =
        new SegmentStore(files, (table, column) -> ColdTier.missingValue(column), CACHE_BYTES / 2);
    this.manifests = new ManifestStore(store, CACHE_BYTES / 2);
  }

  /** A segment that cannot be read, and why. */
  public record Broken(
      TableDefinition table, @Nullable UserId user, SegmentEntry entry, String reason) {}

  /** A version of a key in a segment that no marker is on. */
  public record Version(long segment, long row, long seq) {}

  /** The storages that have segments of the table and are not available. */
  public Set<Integer> unavailable(TableDefinition table, KvSnapshot snapshot) {
    Set<Integer> found = new TreeSet<>();
    manifests.visitTable(
        table.number(),
        snapshot,
        (number, user, entry) -> {
          int storage = StorageFiles.storageOf(entry.file());
          if (files.numbers().contains(storage) && files.problem(storage) != null) {
            found.add(storage);
          }
        });
    return found;
  }

  /** Reads all segments of a table and puts the removal of those into the batch that are broken. */
  public List<Broken> removeBroken(
      KvWriteBatch batch,
      TableDefinition table,
      KvSnapshot snapshot,
      long seq,
      BufferAllocator allocator) {
    List<Broken> broken = new ArrayList<>();
    manifests.visitTable(
        table.number(),
        snapshot,
        (number, user, entry) -> {
          String reason = flaw(table, user, entry, snapshot, seq, allocator);
          if (reason != null) {
            broken.add(new Broken(table, user, entry, reason));
            manifests.addPublishTo(batch, table, user, List.of(), List.of(entry));
          }
        });
    return broken;
  }

  private @Nullable String flaw(
      TableDefinition table,
      @Nullable UserId user,
      SegmentEntry entry,
      KvSnapshot snapshot,
      long seq,
      BufferAllocator allocator) {
    List<String> problems = new ArrayList<>();
    ColdFindings findings =
        new ColdFindings() {
          @Override
          public void segmentRead(SegmentEntry read, long rows) {
            // Only what is wrong is asked for.
          }

          @Override
          public void problem(String file, String what) {
            problems.add(what);
          }
        };
    try {
      RoaringBitmap gone = manifests.supersededAt(table, user, entry.number(), snapshot, seq);
      new SegmentCheck(table, user, entry, findings).run(segments, gone, allocator);
    } catch (KalamException e) {
      problems.add(String.valueOf(e.getMessage()));
    }
    return problems.isEmpty() ? null : problems.get(0);
  }

  /** The versions of a key in segments; there should be one at most. */
  public List<Version> versions(
      KvSnapshot snapshot, long seq, TableDefinition table, @Nullable UserId user, byte[] rowKey) {
    byte[] primaryKey =
        Arrays.copyOfRange(rowKey, RowKeys.primaryKeyAt(rowKey, rowKey.length), rowKey.length);
    List<Object> values =
        Arrays.asList(RowKeys.primaryKeyOf(table.schema(), rowKey, rowKey.length));
    List<Version> found = new ArrayList<>();
    for (SegmentEntry entry : manifests.manifestAt(table, user, snapshot, seq).segments()) {
      if (!SegmentStore.mayHaveKey(table, entry, primaryKey)) {
        continue;
      }
      RoaringBitmap gone = manifests.supersededAt(table, user, entry.number(), snapshot, seq);
      try (PointLookup lookup = segments.lookup(table, entry)) {
        long row = lookup.findRow(values);
        if (row >= 0 && (gone == null || !gone.contains((int) row))) {
          found.add(new Version(entry.number(), row, lookup.readRow(row).seq()));
        }
      }
    }
    return found;
  }

  /** Segments, whole or half written, that no manifest names. */
  public List<String> unnamed(Collection<TableDefinition> tables, KvSnapshot snapshot) {
    Set<String> known = new HashSet<>();
    for (TableDefinition table : tables) {
      manifests.visitTable(
          table.number(), snapshot, (number, user, entry) -> known.add(entry.file()));
    }
    StorageContents contents = new StorageContents(files, manifests);
    List<String> unnamed = new ArrayList<>();
    for (int storage : files.numbers()) {
      if (files.problem(storage) == null) {
        unnamed.addAll(SegmentFiles.unnamed(contents.ownFiles(storage), known));
      }
    }
    return unnamed;
  }
}
