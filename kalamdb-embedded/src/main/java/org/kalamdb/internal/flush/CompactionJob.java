package org.kalamdb.internal.flush;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.apache.arrow.memory.BufferAllocator;
import org.jspecify.annotations.Nullable;
import org.kalamdb.internal.catalog.TableDefinition;
import org.kalamdb.internal.flush.CompactionPolicy.Candidate;
import org.kalamdb.internal.job.Job;
import org.kalamdb.internal.storage.file.NewFiles;
import org.kalamdb.internal.storage.kv.KeyValueStore;
import org.kalamdb.internal.storage.kv.KvSnapshot;
import org.kalamdb.internal.storage.manifest.SegmentEntry;
import org.kalamdb.internal.storage.table.ColdTier;
import org.kalamdb.internal.storage.table.TableStore;
import org.kalamdb.internal.txn.ActiveFlushes;
import org.kalamdb.internal.txn.CommitPipeline;
import org.kalamdb.internal.txn.ReadView;
import org.kalamdb.schema.SeqId;
import org.kalamdb.schema.UserId;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes segments of one partition anew, as fewer and at the newest schema, without superseded rows
 * and without tombstones past their retention: pin a snapshot, write files and make them durable,
 * publish them in one atomic batch, delete the old ones when no reader is left. A crash between
 * steps leaves the old state or the new one, and files that the next open sweeps. Runs beside
 * writers and flushes; one compaction of a partition at a time.
 */
final class CompactionJob {
  private static final Logger LOG = LoggerFactory.getLogger(CompactionJob.class);
  private static final int MIN_ROWS_PER_FILE = 4096;

  private final TableDefinition table;
  private final @Nullable UserId user;
  private final boolean everything;
  private final KeyValueStore store;
  private final ColdTier cold;
  private final CommitPipeline pipeline;
  private final ActiveFlushes flushes;
  private final BufferAllocator allocator;
  private final LongSupplier clockMillis;
  private final Job job;
  private final Throttle throttle;

  /**
   * @param everything rather than what the policy finds worth it
   */
  CompactionJob(
      TableDefinition table,
      @Nullable UserId user,
      boolean everything,
      KeyValueStore store,
      TableStore tables,
      CommitPipeline pipeline,
      ActiveFlushes flushes,
      BufferAllocator allocator,
      LongSupplier clockMillis,
      Job job,
      Throttle throttle) {
    this.table = table;
    this.user = user;
    this.everything = everything;
    this.store = store;
    this.cold = tables.cold();
    this.pipeline = pipeline;
    this.flushes = flushes;
    this.allocator = allocator;
    this.clockMillis = clockMillis;
    this.job = job;
    this.throttle = throttle;
  }

  CompactionResult run() {
    // Held to the end: whoever drops the table deletes no file that is read here.
    try (ReadView held = pipeline.acquireView()) {
      TableDefinition now = held.catalog().table(table.id());
      if (now == null || now.number() != table.number()) {
        return CompactionResult.NONE;
      }
      List<SegmentEntry> inputs = choose(now, held);
      return inputs.isEmpty() ? CompactionResult.NONE : compact(now, inputs);
    } catch (FlushPublish.FlushAbandoned e) {
      LOG.atDebug()
          .addKeyValue("table", table.id())
          .log("Compaction abandoned: {}", e.getMessage());
      return CompactionResult.NONE;
    }
  }

  private List<SegmentEntry> choose(TableDefinition now, ReadView view) {
    List<Candidate> candidates = new ArrayList<>();
    long retained = retainedFromSeq(now);
    for (SegmentEntry entry : cold.manifest(now, user, view.snapshot(), view.seq()).segments()) {
      long useless = cold.superseded(now, user, entry, view.snapshot(), view.seq());
      if (entry.maxSeq() < retained) {
        useless = Math.min(entry.rows(), useless + entry.tombstones());
      }
      candidates.add(
          CompactionPolicy.candidate(entry, useless, now.options(), clockMillis.getAsLong()));
    }
    return everything
        ? CompactionPolicy.all(candidates, now.schema().version())
        : CompactionPolicy.choose(candidates, now.options().flush().fileRows());
  }

  /** Tombstones of earlier commits have had their time. */
  private long retainedFromSeq(TableDefinition now) {
    long hours = now.options().deletedRetentionHours();
    if (hours < 0) {
      return 0;
    }
    return SeqId.firstAt(clockMillis.getAsLong() - TimeUnit.HOURS.toMillis(hours)).value();
  }

  private record Start(KvSnapshot snapshot, long seq) {}

  private CompactionResult compact(TableDefinition now, List<SegmentEntry> inputs) {
    List<Long> numbers = inputs.stream().map(SegmentEntry::number).toList();
    Start start =
        pipeline.underCommitLock(
            seq -> {
              KvSnapshot pinned = store.snapshot();
              flushes.beginCompaction(numbers);
              return new Start(pinned, seq);
            });
    job.started();
    job.expect(inputs.stream().mapToLong(SegmentEntry::rows).sum());
    List<SegmentEntry> outputs = new ArrayList<>();
    boolean published = false;
    try (KvSnapshot snapshot = start.snapshot()) {
      write(now, inputs, snapshot, start.seq(), outputs);
      CompactionPublish publish =
          new CompactionPublish(now, user, inputs, outputs, store, cold, pipeline, flushes);
      publish.prepare();
      long seq = pipeline.commit(publish);
      published = true;
      pipeline.views().afterReadersBefore(seq, () -> cold.deleteSegments(now, inputs));
    } finally {
      pipeline.underCommitLock(
          seq -> {
            flushes.endCompaction(numbers);
            return seq;
          });
      if (!published && pipeline.failure() == null) {
        cold.deleteSegments(now, outputs);
      }
    }
    try (ReadView view = pipeline.acquireView()) {
      cold.copies().write(now, Collections.singletonList(user), view.snapshot(), view.seq());
    }
    return result(inputs, outputs);
  }

  private void write(
      TableDefinition now,
      List<SegmentEntry> inputs,
      KvSnapshot snapshot,
      long seq,
      List<SegmentEntry> outputs) {
    int level = 1 + inputs.stream().mapToInt(SegmentEntry::level).max().orElse(0);
    try (RetainedRows rows =
        new RetainedRows(
            cold.openAll(snapshot, seq, now, user, inputs, allocator),
            now.schema().columns().size(),
            retainedFromSeq(now),
            rowsPerFile(now, inputs),
            job,
            throttle)) {
      while (rows.nextFile()) {
        try (NewFiles file = cold.newFiles()) {
          SegmentEntry written =
              cold.write(
                  now, user, pipeline.reserveSeq(), level, rows, clockMillis.getAsLong(), file);
          if (written != null) {
            file.publish();
            outputs.add(written);
            job.wrote(1, written.bytes());
          }
        }
      }
    }
  }

  /** As many as make a file of the size aimed at, as the inputs show. */
  private static long rowsPerFile(TableDefinition now, List<SegmentEntry> inputs) {
    long rows = inputs.stream().mapToLong(SegmentEntry::rows).sum();
    long bytes = Math.max(1, inputs.stream().mapToLong(SegmentEntry::bytes).sum());
    double fitting = (double) CompactionPolicy.TARGET_BYTES * rows / bytes;
    return Math.max(
        Math.min(MIN_ROWS_PER_FILE, now.options().flush().fileRows()),
        Math.min(now.options().flush().fileRows(), (long) fitting));
  }

  private static CompactionResult result(List<SegmentEntry> inputs, List<SegmentEntry> outputs) {
    return new CompactionResult(
        inputs.size(),
        outputs.size(),
        inputs.stream().mapToLong(SegmentEntry::rows).sum(),
        outputs.stream().mapToLong(SegmentEntry::rows).sum(),
        inputs.stream().mapToLong(SegmentEntry::bytes).sum(),
        outputs.stream().mapToLong(SegmentEntry::bytes).sum());
  }
}
