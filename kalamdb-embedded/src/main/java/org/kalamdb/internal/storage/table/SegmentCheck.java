package org.kalamdb.internal.storage.table;

import java.util.Arrays;
import java.util.List;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.BigIntVector;
import org.apache.arrow.vector.BitVector;
import org.jspecify.annotations.Nullable;
import org.kalamdb.internal.catalog.TableDefinition;
import org.kalamdb.internal.storage.KeyRange;
import org.kalamdb.internal.storage.ScanRequest;
import org.kalamdb.internal.storage.cold.SegmentReader;
import org.kalamdb.internal.storage.cold.SegmentStore;
import org.kalamdb.internal.storage.key.RowKeys;
import org.kalamdb.internal.storage.manifest.SegmentEntry;
import org.kalamdb.internal.vector.RecordBatch;
import org.kalamdb.internal.vector.Rows;
import org.kalamdb.schema.UserId;
import org.roaringbitmap.RoaringBitmap;

/** Reads one segment to its last page and compares it with its manifest entry. */
final class SegmentCheck {
  private final TableDefinition table;
  private final @Nullable UserId user;
  private final SegmentEntry entry;
  private final ColdFindings findings;

  private long rows;
  private long tombstones;
  private long minSeq = Long.MAX_VALUE;
  private long maxSeq = Long.MIN_VALUE;
  private boolean unordered;
  private byte @Nullable [] last;

  SegmentCheck(
      TableDefinition table, @Nullable UserId user, SegmentEntry entry, ColdFindings findings) {
    this.table = table;
    this.user = user;
    this.entry = entry;
    this.findings = findings;
  }

  /**
   * @param superseded rows that a newer version replaced; null: none
   */
  void run(SegmentStore segments, @Nullable RoaringBitmap superseded, BufferAllocator allocator) {
    ScanRequest request =
        new ScanRequest(
            table,
            user,
            HotPartitionSource.columns(table),
            List.of(KeyRange.ALL),
            List.of(),
            ScanRequest.Order.ASCENDING,
            true,
            Long.MAX_VALUE);
    try (SegmentReader reader = segments.scanFile(request, entry, allocator)) {
      if (reader != null) {
        for (RecordBatch batch = reader.next(); batch != null; batch = reader.next()) {
          try (RecordBatch current = batch) {
            look(current);
          }
        }
      }
    }
    compare("rows", rows, entry.rows());
    compare("deleted rows", tombstones, entry.tombstones());
    if (rows > 0 && (minSeq != entry.minSeq() || maxSeq != entry.maxSeq())) {
      findings.problem(
          entry.file(),
          "commits "
              + minSeq
              + " to "
              + maxSeq
              + " where "
              + entry.minSeq()
              + " to "
              + entry.maxSeq()
              + " are promised");
    }
    if (unordered) {
      findings.problem(entry.file(), "keys are not in order, or one is there twice");
    }
    if (superseded != null && !superseded.isEmpty() && superseded.last() >= entry.rows()) {
      findings.problem(
          entry.file(), "a marker is of row " + superseded.last() + ", behind its end");
    }
    findings.segmentRead(entry, rows);
  }

  private void look(RecordBatch batch) {
    int width = table.schema().columns().size();
    BigIntVector seqs = (BigIntVector) batch.column(width);
    BitVector deleted = (BitVector) batch.column(width + 1);
    for (int i = 0; i < batch.selection().size(); i++) {
      int at = batch.selection().get(i);
      rows++;
      tombstones += deleted.get(at);
      minSeq = Math.min(minSeq, seqs.get(at));
      maxSeq = Math.max(maxSeq, seqs.get(at));
      byte[] key = RowKeys.rowKey(table, user, Rows.read(batch, at));
      unordered |= last != null && Arrays.compareUnsigned(last, key) >= 0;
      last = key;
    }
  }

  private void compare(String what, long found, long promised) {
    if (found != promised) {
      findings.problem(entry.file(), found + " " + what + " where " + promised + " are promised");
    }
  }
}
