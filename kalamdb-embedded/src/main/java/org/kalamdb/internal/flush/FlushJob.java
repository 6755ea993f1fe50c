package org.kalamdb.internal.flush;

import java.util.function.BiConsumer;
import java.util.function.LongSupplier;
import org.apache.arrow.memory.BufferAllocator;
import org.jspecify.annotations.Nullable;
import org.kalamdb.error.KalamException;
import org.kalamdb.internal.catalog.TableDefinition;
import org.kalamdb.internal.job.Job;
import org.kalamdb.internal.storage.key.ByteRange;
import org.kalamdb.internal.storage.key.RowKeys;
import org.kalamdb.internal.storage.kv.KeyFamily;
import org.kalamdb.internal.storage.kv.KeyValueStore;
import org.kalamdb.internal.storage.kv.KvIterator;
import org.kalamdb.internal.storage.kv.KvSnapshot;
import org.kalamdb.internal.storage.manifest.SegmentEntry;
import org.kalamdb.internal.storage.row.RowCodec;
import org.kalamdb.internal.storage.table.ColdTier;
import org.kalamdb.internal.storage.table.FlushedKeys;
import org.kalamdb.internal.storage.table.HotPartitionSource;
import org.kalamdb.internal.storage.table.TableStore;
import org.kalamdb.internal.txn.ActiveFlushes;
import org.kalamdb.internal.txn.CommitPipeline;
import org.kalamdb.internal.txn.HotCounters;
import org.kalamdb.internal.txn.ReadView;
import org.kalamdb.schema.UserId;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Moves the hot rows of one table to segments, partition by partition: pin a snapshot, write files
 * and make them durable, publish them in one atomic batch, rewrite their manifest.json; many small
 * partitions in a group. A crash between steps leaves the old state and orphan files, or the new
 * state. Runs on an engine thread; at most one for a table at a time.
 */
final class FlushJob {
  private static final Logger LOG = LoggerFactory.getLogger(FlushJob.class);

  private static final int MAX_ATTEMPTS = 5;

  private TableDefinition table;
  private final FlushScope scope;
  private final KeyValueStore store;
  private final TableStore tables;
  private final CommitPipeline pipeline;
  private final HotCounters counters;
  private final ActiveFlushes flushes;
  private final BufferAllocator allocator;
  private final LongSupplier clockMillis;
  private final BiConsumer<TableDefinition, @Nullable UserId> flushed;
  private final Job job;
  private FlushGroup group;
  private long rows;
  private long unpublishedRows;
  private long files;
  private long bytes;

  /**
   * @param scope which of its rows
   * @param flushed is told of each partition that has new segments
   */
  FlushJob(
      TableDefinition table,
      FlushScope scope,
      KeyValueStore store,
      TableStore tables,
      CommitPipeline pipeline,
      HotCounters counters,
      ActiveFlushes flushes,
      BufferAllocator allocator,
      LongSupplier clockMillis,
      BiConsumer<TableDefinition, @Nullable UserId> flushed,
      Job job) {
    this.table = table;
    this.scope = scope;
    this.store = store;
    this.tables = tables;
    this.pipeline = pipeline;
    this.counters = counters;
    this.flushes = flushes;
    this.allocator = allocator;
    this.clockMillis = clockMillis;
    this.flushed = flushed;
    this.job = job;
    this.group = new FlushGroup(tables.cold().newFiles());
  }

  FlushResult run() {
    long started = System.nanoTime();
    int attempt = 1;
    while (!flushOnce() && attempt < MAX_ATTEMPTS) {
      // Altered meanwhile: once more, with the columns it has now.
      attempt++;
    }
    return new FlushResult(rows, files, bytes, System.nanoTime() - started);
  }

  /** False if the table was altered or dropped before everything was moved. */
  private boolean flushOnce() {
    group = new FlushGroup(tables.cold().newFiles());
    unpublishedRows = 0;
    KvSnapshot snapshot =
        pipeline.underCommitLock(
            seq -> {
              TableDefinition newest = pipeline.newestCatalog().table(table.number());
              table = newest == null ? table : newest;
              // In this order: without a snapshot the flush has not begun.
              KvSnapshot pinned = store.snapshot();
              flushes.begin(table.number());
              return pinned;
            });
    try (snapshot) {
      OtherPartitions others = new OtherPartitions(table, tables.cold());
      flushPartitions(snapshot, others);
      others.goOnWithout(() -> publish(snapshot));
      others.end();
      return true;
    } catch (FlushPublish.FlushAbandoned e) {
      LOG.atDebug().addKeyValue("table", table.id()).log("Flush abandoned: the table was changed");
      return false;
    } finally {
      closeGroup();
      pipeline.underCommitLock(
          seq -> {
            flushes.end(table.number());
            return seq;
          });
    }
  }

  private void closeGroup() {
    try {
      group.close();
    } catch (KalamException e) {
      LOG.atWarn().setCause(e).log("Files could not be deleted; the next opening does it");
    }
  }

  private void flushPartitions(KvSnapshot snapshot, OtherPartitions others) {
    HotLook look = new HotLook(store, snapshot, table);
    long hotRows = counters.hotRows(table.number());
    long maxSeq = scope.maxSeq();
    if (scope.keepRows() > 0) {
      if (hotRows <= scope.keepRows()) {
        return;
      }
      maxSeq = Math.min(maxSeq, look.newestToGo(scope.keepRows(), hotRows));
    }
    boolean perUser = table.type().isPerUser();
    long minRows = perUser ? scope.minRows() : 1;
    if (scope.relief() > 0 && perUser) {
      minRows = look.sizeOfLargest(scope.relief());
    }
    long rowsBefore = rows + unpublishedRows;
    UserId only = scope.user();
    byte[] prefix =
        only == null
            ? RowKeys.tablePrefix(table.number())
            : RowKeys.partitionPrefix(table.number(), only);
    byte[] end = RowKeys.prefixEnd(prefix);
    byte[] from = prefix;
    while (true) {
      UserId user;
      try (KvIterator keys = store.iterator(KeyFamily.ROWS, from, end, false, snapshot)) {
        if (!keys.next()) {
          return;
        }
        user = RowKeys.userOf(keys.viewKey(), keys.keyLength());
      }
      job.checkCancelled();
      byte[] partition = RowKeys.partitionPrefix(table.number(), user);
      ByteRange range = RowKeys.prefixRange(partition);
      if (minRows <= 1 || look.hasRows(range, minRows, maxSeq)) {
        long upTo = maxSeq;
        others.goOnWithout(() -> flushPartition(snapshot, user, range, upTo));
      }
      byte[] next = RowKeys.prefixEnd(partition);
      if (next == null
          || (scope.relief() > 0 && rows + unpublishedRows - rowsBefore >= scope.relief())) {
        return;
      }
      from = next;
    }
  }

  private void flushPartition(
      KvSnapshot snapshot, @Nullable UserId user, ByteRange partition, long maxSeq) {
    ByteRange left = partition;
    long fileRows = table.options().flush().fileRows();
    while (true) {
      try (HotPartitionSource source =
          tables.hotPartition(snapshot, table, user, left, fileRows, maxSeq, allocator)) {
        SegmentEntry segment =
            tables
                .cold()
                .write(
                    table,
                    user,
                    pipeline.reserveSeq(),
                    0,
                    new WatchedRows(source, job),
                    clockMillis.getAsLong(),
                    group.files());
        if (!source.hasRead()) {
          return;
        }
        left = new ByteRange(FlushedKeys.after(source.lastKey()), partition.to());
        if (segment != null) {
          group.add(new FlushGroup.Part(user, segment, source.flushed(), source.digest()));
          unpublishedRows += segment.rows();
        }
      }
      if (group.isFull()) {
        publish(snapshot);
      }
    }
  }

  /** Publishes what the group has, and begins another. */
  private void publish(KvSnapshot snapshot) {
    if (group.isEmpty()) {
      return;
    }
    ColdTier cold = tables.cold();
    FlushGroup written = group;
    group = new FlushGroup(cold.newFiles());
    unpublishedRows = 0;
    try (written) {
      written.files().publish();
      FlushPublish publish =
          new FlushPublish(
              table,
              written.parts(),
              key -> seqAt(key, snapshot),
              cold,
              pipeline,
              counters,
              flushes);
      publish.prepare();
      pipeline.commit(publish);
    } catch (RuntimeException e) {
      // After an error of the log they may be published for all anybody knows.
      if (pipeline.failure() == null) {
        cold.deleteFiles(written.names());
      }
      throw e;
    }
    for (FlushGroup.Part part : written.parts()) {
      rows += part.segment().rows();
      files++;
      bytes += part.segment().bytes();
      job.wrote(1, part.segment().bytes());
    }
    try (ReadView view = pipeline.acquireView()) {
      cold.copies().write(table, written.users(), view.snapshot(), view.seq());
    }
    written.users().forEach(user -> flushed.accept(table, user));
  }

  private long seqAt(byte[] rowKey, KvSnapshot snapshot) {
    byte[] row = store.get(KeyFamily.ROWS, rowKey, snapshot);
    if (row == null) {
      throw new IllegalStateException("A row of the segment is not in the snapshot it was read at");
    }
    return RowCodec.seq(row);
  }
}
