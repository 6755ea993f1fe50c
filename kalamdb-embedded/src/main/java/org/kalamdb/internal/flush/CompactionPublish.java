package org.kalamdb.internal.flush;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.kalamdb.internal.catalog.TableDefinition;
import org.kalamdb.internal.common.ByteKey;
import org.kalamdb.internal.storage.kv.KeyValueStore;
import org.kalamdb.internal.storage.kv.KvSnapshot;
import org.kalamdb.internal.storage.kv.KvWriteBatch;
import org.kalamdb.internal.storage.manifest.ManifestStore;
import org.kalamdb.internal.storage.manifest.PartitionManifest;
import org.kalamdb.internal.storage.manifest.SegmentEntry;
import org.kalamdb.internal.storage.table.ColdTier;
import org.kalamdb.internal.txn.ActiveFlushes;
import org.kalamdb.internal.txn.Commit;
import org.kalamdb.internal.txn.CommitPipeline;
import org.kalamdb.schema.UserId;

/**
 * Puts compacted segments in the place of those they were made of: one atomic batch of the manifest
 * entries and, for each row that was replaced meanwhile, a marker on its copy. Nothing changes for
 * any reader.
 */
final class CompactionPublish implements Commit {
  private final TableDefinition table;
  private final @Nullable UserId user;
  private final List<SegmentEntry> inputs;
  private final List<SegmentEntry> outputs;
  private final KeyValueStore store;
  private final ColdTier cold;
  private final CommitPipeline pipeline;
  private final ActiveFlushes flushes;
  private final Map<ByteKey, Place> found = new HashMap<>();
  private final List<Place> superseded = new ArrayList<>();

  /**
   * @param segment its number; 0: the row is in none
   */
  private record Place(long segment, long row) {}

  CompactionPublish(
      TableDefinition table,
      @Nullable UserId user,
      List<SegmentEntry> inputs,
      List<SegmentEntry> outputs,
      KeyValueStore store,
      ColdTier cold,
      CommitPipeline pipeline,
      ActiveFlushes flushes) {
    this.table = table;
    this.user = user;
    this.inputs = inputs;
    this.outputs = outputs;
    this.store = store;
    this.cold = cold;
    this.pipeline = pipeline;
    this.flushes = flushes;
  }

  private List<Long> inputNumbers() {
    return inputs.stream().map(SegmentEntry::number).toList();
  }

  /** Looks rows up that were replaced until now, so that little is left to do under the lock. */
  void prepare() {
    List<byte[]> keys = pipeline.underCommitLock(seq -> flushes.superseded(inputNumbers()));
    keys.forEach(this::placeOf);
  }

  private Place placeOf(byte[] rowKey) {
    return found.computeIfAbsent(
        new ByteKey(rowKey),
        key -> {
          for (SegmentEntry output : outputs) {
            long row = cold.rowOf(table, output, rowKey);
            if (row >= 0) {
              return new Place(output.number(), row);
            }
          }
          return new Place(0, 0); // A tombstone that was dropped.
        });
  }

  @Override
  public void addTo(KvWriteBatch batch, long seq) {
    TableDefinition newest = pipeline.newestCatalog().table(table.id());
    if (newest == null
        || !table.hasSameColumns(newest)
        || !outputs.stream().allMatch(output -> cold.isAtHome(newest, user, output))) {
      throw new FlushPublish.FlushAbandoned(
          "table " + table.id() + " was changed or dropped meanwhile");
    }
    try (KvSnapshot now = store.snapshot()) {
      PartitionManifest manifest = cold.manifest(table, user, now, Long.MAX_VALUE);
      if (!inputs.stream().allMatch(entry -> entry.equals(manifest.segment(entry.number())))) {
        throw new FlushPublish.FlushAbandoned(
            "segments of table " + table.id() + " are gone or were moved meanwhile");
      }
    }
    cold.addPublishTo(batch, table, user, outputs, inputs);
    for (byte[] rowKey : flushes.superseded(inputNumbers())) {
      Place place = placeOf(rowKey);
      if (place.segment() != 0) {
        ManifestStore.addMarkerTo(batch, table, user, place.segment(), place.row(), seq);
        superseded.add(place);
      }
    }
  }

  /** The files are there already; those they replace go. */
  @Override
  public boolean freesSpace() {
    return true;
  }

  /** Files come and go with it. */
  @Override
  public Boolean isSynced() {
    return true;
  }

  @Override
  public void applied(long seq) {
    cold.published(table, user, outputs, inputs, seq);
    for (Place place : superseded) {
      cold.noteSuperseded(table, user, place.segment(), place.row(), seq);
    }
  }
}
