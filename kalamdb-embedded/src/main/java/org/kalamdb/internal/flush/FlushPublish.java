package org.kalamdb.internal.flush;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.function.ToLongFunction;
import org.kalamdb.internal.catalog.TableDefinition;
import org.kalamdb.internal.common.ByteKey;
import org.kalamdb.internal.storage.kv.KvWriteBatch;
import org.kalamdb.internal.storage.manifest.ManifestStore;
import org.kalamdb.internal.storage.table.ColdTier;
import org.kalamdb.internal.txn.ActiveFlushes;
import org.kalamdb.internal.txn.Commit;
import org.kalamdb.internal.txn.CommitPipeline;
import org.kalamdb.internal.txn.HotCounters;

/**
 * Makes written segments part of their partitions: one atomic batch of the manifest entries, the
 * deletion of the hot rows that are in them, and, for each row that changed while they were
 * written, a marker that the segment's copy is superseded. Nothing changes for any reader.
 */
final class FlushPublish implements Commit {
  private final TableDefinition table;
  private final List<FlushGroup.Part> parts;
  private final ToLongFunction<byte[]> seqInSegment;
  private final ColdTier cold;
  private final CommitPipeline pipeline;
  private final HotCounters counters;
  private final ActiveFlushes flushes;
  private final Map<ByteKey, Copy> copies = new HashMap<>();
  private final List<Superseded> superseded = new ArrayList<>();
  private HotCounters.Content gone = HotCounters.Content.NONE;

  /**
   * The version of a changed key that is in a segment.
   *
   * @param row -1: none is
   * @param seq the commit that wrote it
   */
  private record Copy(long row, long seq) {}

  private record Superseded(FlushGroup.Part part, long row) {}

  /**
   * @param seqInSegment the commit that wrote the version of a key that is in a segment
   */
  FlushPublish(
      TableDefinition table,
      List<FlushGroup.Part> parts,
      ToLongFunction<byte[]> seqInSegment,
      ColdTier cold,
      CommitPipeline pipeline,
      HotCounters counters,
      ActiveFlushes flushes) {
    this.table = table;
    this.parts = List.copyOf(parts);
    this.seqInSegment = seqInSegment;
    this.cold = cold;
    this.pipeline = pipeline;
    this.counters = counters;
    this.flushes = flushes;
  }

  /** Looks rows up that were changed until now, so that little is left to do under the lock. */
  void prepare() {
    Map<FlushGroup.Part, List<ByteKey>> changed =
        pipeline.underCommitLock(
            seq -> {
              NavigableSet<ByteKey> all = flushes.changed(table.number());
              Map<FlushGroup.Part, List<ByteKey>> byPart = new HashMap<>();
              for (FlushGroup.Part part : parts) {
                NavigableSet<ByteKey> within = part.flushed().within(all);
                if (!within.isEmpty()) {
                  byPart.put(part, List.copyOf(within));
                }
              }
              return byPart;
            });
    changed.forEach((part, keys) -> keys.forEach(key -> copyOf(part, key)));
  }

  private Copy copyOf(FlushGroup.Part part, ByteKey changed) {
    return copies.computeIfAbsent(
        changed,
        key -> {
          long row = cold.rowOf(table, part.segment(), key.bytes());
          return new Copy(row, row < 0 ? 0 : seqInSegment.applyAsLong(key.bytes()));
        });
  }

  @Override
  public void addTo(KvWriteBatch batch, long seq) {
    TableDefinition newest = pipeline.newestCatalog().table(table.id());
    if (newest == null
        || !table.hasSameColumns(newest)
        || !parts.stream().allMatch(part -> cold.isAtHome(newest, part.user(), part.segment()))) {
      throw new FlushAbandoned("table " + table.id() + " was changed or dropped meanwhile");
    }
    NavigableSet<ByteKey> changedKeys = flushes.changed(table.number());
    HotCounters.Content moved = HotCounters.Content.NONE;
    for (FlushGroup.Part part : parts) {
      cold.addPublishTo(batch, table, part.user(), List.of(part.segment()), List.of());
      moved = moved.plus(new HotCounters.Content(part.segment().rows(), part.digest()));
      part.flushed().addDeletesTo(batch, changedKeys);
      for (ByteKey changed : part.flushed().within(changedKeys)) {
        Copy copy = copyOf(part, changed);
        if (copy.row() >= 0) {
          superseded.add(new Superseded(part, copy.row()));
          // The newer version is hot and counted; this one went when it came.
          moved = moved.withoutRow(changed.bytes(), copy.seq());
          ManifestStore.addMarkerTo(
              batch, table, part.user(), part.segment().number(), copy.row(), seq);
        }
      }
    }
    gone = moved.negated();
    counters.addTo(batch, table.number(), gone);
  }

  /** The files are there already; the hot rows go. */
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
    for (FlushGroup.Part part : parts) {
      cold.published(table, part.user(), List.of(part.segment()), List.of(), seq);
    }
    for (Superseded row : superseded) {
      cold.noteSuperseded(table, row.part().user(), row.part().segment().number(), row.row(), seq);
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
