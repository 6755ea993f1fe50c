package org.kalamdb.internal.flush;

import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;
import org.kalamdb.internal.catalog.TableDefinition;
import org.kalamdb.internal.common.ByteKey;
import org.kalamdb.internal.storage.kv.KvWriteBatch;
import org.kalamdb.internal.storage.manifest.ManifestStore;
import org.kalamdb.internal.storage.manifest.SegmentEntry;
import org.kalamdb.internal.storage.table.ColdTier;
import org.kalamdb.internal.storage.table.FlushedKeys;
import org.kalamdb.internal.txn.ActiveFlushes;
import org.kalamdb.internal.txn.Commit;
import org.kalamdb.internal.txn.CommitPipeline;
import org.kalamdb.internal.txn.HotCounters;
import org.kalamdb.schema.UserId;

/**
 * Makes a written segment part of its partition: one atomic batch of the manifest entry, the
 * deletion of the hot rows that are in it, and, for each row that changed while it was written, a
 * marker that the segment's copy is superseded. Nothing changes for any reader.
 */
final class FlushPublish implements Commit {
  private final TableDefinition table;
  private final @Nullable UserId user;
  private final SegmentEntry segment;
  private final FlushedKeys flushed;
  private final long digest;
  private final ToLongFunction<byte[]> seqInSegment;
  private final ColdTier cold;
  private final CommitPipeline pipeline;
  private final HotCounters counters;
  private final ActiveFlushes flushes;
  private final List<Long> superseded = new ArrayList<>();
  private HotCounters.Content gone = HotCounters.Content.NONE;

  /**
   * @param flushed the keys of the rows in the segment
   * @param digest the sum of the segment's rows' digests
   * @param seqInSegment the commit that wrote the version of a key that is in the segment
   */
  FlushPublish(
      TableDefinition table,
      @Nullable UserId user,
      SegmentEntry segment,
      FlushedKeys flushed,
      long digest,
      ToLongFunction<byte[]> seqInSegment,
      ColdTier cold,
      CommitPipeline pipeline,
      HotCounters counters,
      ActiveFlushes flushes) {
    this.table = table;
    this.user = user;
    this.segment = segment;
    this.flushed = flushed;
    this.digest = digest;
    this.seqInSegment = seqInSegment;
    this.cold = cold;
    this.pipeline = pipeline;
    this.counters = counters;
    this.flushes = flushes;
  }

  @Override
  public void addTo(KvWriteBatch batch, long seq) {
    TableDefinition newest = pipeline.newestCatalog().table(table.id());
    if (newest == null || !table.hasSameColumns(newest) || !cold.isAtHome(newest, user, segment)) {
      throw new FlushAbandoned("table " + table.id() + " was changed or dropped meanwhile");
    }
    cold.addPublishTo(batch, table, user, List.of(segment), List.of());
    HotCounters.Content moved = new HotCounters.Content(segment.rows(), digest);
    TreeSet<ByteKey> changedKeys = new TreeSet<>(flushes.changed(table.number()));
    flushed.addDeletesTo(batch, changedKeys);
    for (ByteKey changed : changedKeys) {
      if (!flushed.spans(changed.bytes())) {
        continue;
      }
      long row = cold.rowOf(table, segment, changed.bytes());
      if (row >= 0) {
        superseded.add(row);
        // The newer version is hot and counted; this one went when it came.
        moved = moved.withoutRow(changed.bytes(), seqInSegment.applyAsLong(changed.bytes()));
        ManifestStore.addMarkerTo(batch, table, user, segment.number(), row, seq);
      }
    }
    gone = moved.negated();
    counters.addTo(batch, table.number(), gone);
  }

  /** The file is there already; the hot rows go. */
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
    cold.published(table, user, List.of(segment), List.of(), seq);
    for (long row : superseded) {
      cold.noteSuperseded(table, user, segment.number(), row, seq);
    }
    counters.apply(table.number(), gone);
  }

  /** The flush has lost its purpose; what it wrote is an orphan to delete. */
  static final class FlushAbandoned extends RuntimeException {
    private static final long serialVersionUID = 1L;

    FlushAbandoned(String message) {
      super(message);
    }
  }
}
