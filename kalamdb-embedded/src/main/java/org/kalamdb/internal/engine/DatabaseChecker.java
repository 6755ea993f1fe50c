package org.kalamdb.internal.engine;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import org.apache.arrow.memory.BufferAllocator;
import org.jspecify.annotations.Nullable;
import org.kalamdb.CheckReport;
import org.kalamdb.error.ErrorCode;
import org.kalamdb.error.KalamException;
import org.kalamdb.internal.catalog.CatalogSnapshot;
import org.kalamdb.internal.catalog.IndexDefinition;
import org.kalamdb.internal.catalog.TableDefinition;
import org.kalamdb.internal.exec.CancelToken;
import org.kalamdb.internal.storage.BatchSource;
import org.kalamdb.internal.storage.KeyRange;
import org.kalamdb.internal.storage.ScanRequest;
import org.kalamdb.internal.storage.hot.WriteSet;
import org.kalamdb.internal.storage.key.ByteRange;
import org.kalamdb.internal.storage.key.IndexKeys;
import org.kalamdb.internal.storage.key.RowKeys;
import org.kalamdb.internal.storage.kv.KeyFamily;
import org.kalamdb.internal.storage.kv.KvIterator;
import org.kalamdb.internal.storage.manifest.SegmentEntry;
import org.kalamdb.internal.storage.row.RowCodec;
import org.kalamdb.internal.storage.row.RowDigest;
import org.kalamdb.internal.storage.table.HotPartitionSource;
import org.kalamdb.internal.txn.HotCounters;
import org.kalamdb.internal.txn.ReadView;
import org.kalamdb.internal.vector.RecordBatch;
import org.kalamdb.internal.vector.Rows;
import org.kalamdb.schema.TableType;
import org.kalamdb.schema.UserId;

/**
 * Reads everything of a database at one snapshot and compares what has to agree: each hot row
 * decodes, and count and digest are those of the counters; each segment is there, all its pages
 * read, and rows, order of keys, commits and tombstones are those of its manifest entry; each
 * superseded marker is of a row of a segment; each key has one version; each index has an entry for
 * each row and no other; no file is in the cold tier that nothing names. Readers and writers go on
 * meanwhile. Problems are collected, not thrown.
 */
final class DatabaseChecker {
  private static final int MAX_PROBLEMS = 1_000;

  /** What says nothing about the database. */
  private static final Set<ErrorCode> END =
      EnumSet.of(
          ErrorCode.QUERY_CANCELED, ErrorCode.CONNECTION_DOES_NOT_EXIST, ErrorCode.OUT_OF_MEMORY);

  private final Engine engine;
  private final CancelToken cancel;
  private final ReadView view;
  private final List<CheckReport.Problem> problems = new ArrayList<>();
  private int tables;
  private long hotRows;
  private long segments;
  private long coldRows;
  private long indexEntries;

  private DatabaseChecker(Engine engine, CancelToken cancel, ReadView view) {
    this.engine = engine;
    this.cancel = cancel;
    this.view = view;
  }

  static CheckReport check(Engine engine, CancelToken cancel) {
    long started = System.nanoTime();
    // Files are compared with a snapshot: one that a flush is writing is in neither.
    try (ReadView view = engine.pipeline().acquireView()) {
      DatabaseChecker checker = new DatabaseChecker(engine, cancel, view);
      checker.run();
      return new CheckReport(
          checker.tables,
          checker.hotRows,
          checker.segments,
          checker.coldRows,
          checker.indexEntries,
          checker.problems,
          Duration.ofNanos(System.nanoTime() - started));
    }
  }

  private void run() {
    CatalogSnapshot catalog = view.catalog();
    Set<Integer> known = new HashSet<>();
    for (TableDefinition table : catalog.tables()) {
      known.add(table.number());
      tables++;
      guarded(table.id().toString(), () -> checkTable(table));
    }
    for (KeyFamily family :
        List.of(
            KeyFamily.ROWS,
            KeyFamily.INDEXES,
            KeyFamily.STREAMS,
            KeyFamily.MANIFEST,
            KeyFamily.SUPERSEDED)) {
      guarded(family.storedName(), () -> checkForeign(family, known));
    }
  }

  private void problem(String where, String what) {
    if (problems.size() < MAX_PROBLEMS) {
      problems.add(new CheckReport.Problem(where, what));
    }
  }

  /** What cannot be read is one problem; the rest is looked at all the same. */
  private void guarded(String where, Runnable check) {
    cancel.check();
    try {
      check.run();
    } catch (KalamException e) {
      if (END.contains(e.code())) {
        throw e;
      }
      problem(where, e.getMessage());
    }
  }

  private void checkTable(TableDefinition table) {
    String name = table.id().toString();
    guarded(name, () -> checkStored(table));
    if (table.type() == TableType.STREAM) {
      return;
    }
    engine
        .tables()
        .cold()
        .check(table, view.snapshot(), view.seq(), engine.allocator(), new ColdFindings());
    List<@Nullable UserId> partitions = new ArrayList<>();
    engine.tables().visitPartitions(table, view.snapshot(), partitions::add);
    Map<IndexDefinition, Entries> spanning = new HashMap<>();
    for (UserId user : partitions) {
      guarded(name, () -> checkPartition(table, user, spanning));
    }
    spanning.forEach((index, expected) -> checkIndex(table, null, index, expected));
  }

  /** Entries of an index as rows have them: how many, and the sum of their keys' digests. */
  private static final class Entries {
    long count;
    long digest;

    void add(byte[] key, int length) {
      count++;
      digest += RowDigest.of(key, length, 0);
    }
  }

  /** Counts what the cold tier reports. */
  private final class ColdFindings implements org.kalamdb.internal.storage.table.ColdFindings {
    @Override
    public void segmentRead(SegmentEntry entry, long rows) {
      segments++;
      coldRows += rows;
      cancel.check();
    }

    @Override
    public void problem(String file, String what) {
      DatabaseChecker.this.problem(file, what);
    }
  }

  /** Rows or events as they lie in the store. */
  private void checkStored(TableDefinition table) {
    boolean stream = table.type() == TableType.STREAM;
    ByteRange range = RowKeys.prefixRange(RowKeys.tablePrefix(table.number()));
    RowCodec codec = engine.tables().codec(table);
    HotCounters.Content content = HotCounters.Content.NONE;
    KeyFamily family = stream ? KeyFamily.STREAMS : KeyFamily.ROWS;
    try (KvIterator rows =
        engine.store().iterator(family, range.from(), range.to(), false, view.snapshot())) {
      while (rows.next()) {
        byte[] value = rows.copyValue();
        long seq = RowCodec.seq(value);
        content =
            content.plus(
                new HotCounters.Content(1, RowDigest.of(rows.viewKey(), rows.keyLength(), seq)));
        if (RowCodec.schemaVersion(value) == table.schema().version()) {
          codec.decode(value, value.length);
        }
        if (seq > view.seq()) {
          problem(table.id().toString(), "a row of commit " + seq + ", which is to come");
        }
        if (!stream) {
          RowKeys.primaryKeyOf(table.schema(), rows.viewKey(), rows.keyLength());
        }
      }
    }
    hotRows += content.rows();
    HotCounters.Content counted =
        HotCounters.load(engine.store(), view.snapshot()).content(table.number());
    if (!stream && !content.equals(counted)) {
      problem(
          table.id().toString(),
          content.rows() + " hot rows where " + counted.rows() + " are counted, or others");
    }
  }

  /** Keys once each, and indexes as the rows have them. */
  private void checkPartition(
      TableDefinition table, @Nullable UserId user, Map<IndexDefinition, Entries> spanning) {
    Map<IndexDefinition, Entries> own = new LinkedHashMap<>();
    Map<IndexDefinition, Entries> all = new LinkedHashMap<>();
    for (IndexDefinition index : table.constraints().indexes()) {
      if (index.isSorted() && index.ready()) {
        Map<IndexDefinition, Entries> into = index.spansUsers() ? spanning : own;
        all.put(index, into.computeIfAbsent(index, i -> new Entries()));
      }
    }
    byte @Nullable [] last = null;
    int width = table.schema().columns().size();
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
    try (BufferAllocator allocator =
            engine.allocator().newChildAllocator("check", 0, engine.options().queryMemoryBytes());
        BatchSource source =
            engine
                .tables()
                .scan(view.snapshot(), view.seq(), 0, new WriteSet(), request, allocator)) {
      for (RecordBatch batch = source.next(); batch != null; batch = source.next()) {
        cancel.check();
        try (RecordBatch current = batch) {
          for (int i = 0; i < current.selection().size(); i++) {
            @Nullable Object[] row = Rows.read(current, current.selection().get(i));
            byte[] key = RowKeys.rowKey(table, user, row);
            if (last != null && Arrays.compareUnsigned(last, key) >= 0) {
              problem(table.id().toString(), "a key has two versions, or keys are out of order");
            }
            last = key;
            if (!Boolean.TRUE.equals(row[width + 1])) {
              all.forEach(
                  (index, entries) -> {
                    byte[] entry = IndexKeys.entryKey(table, index, key, row);
                    entries.add(entry, entry.length);
                  });
            }
          }
        }
      }
    }
    own.forEach((index, expected) -> checkIndex(table, user, index, expected));
  }

  private void checkIndex(
      TableDefinition table, @Nullable UserId user, IndexDefinition index, Entries expected) {
    Entries found = new Entries();
    ByteRange range = IndexKeys.partition(table, index, user);
    try (KvIterator entries = engine.tables().indexes().entries(range, false, view.snapshot())) {
      while (entries.next()) {
        found.add(entries.viewKey(), entries.keyLength());
      }
    }
    indexEntries += found.count;
    if (found.count != expected.count || found.digest != expected.digest) {
      problem(
          table.id() + "." + index.name(),
          found.count
              + " entries where rows have "
              + expected.count
              + (found.count == expected.count ? " others" : ""));
    }
  }

  /** What the store keeps of tables that are not. */
  private void checkForeign(KeyFamily family, Set<Integer> known) {
    byte[] from = new byte[0];
    Function<Integer, byte @Nullable []> behind =
        number -> RowKeys.prefixEnd(RowKeys.tablePrefix(number));
    try (KvIterator keys = engine.store().iterator(family, from, null, false, view.snapshot())) {
      while (keys.next()) {
        int number = RowKeys.tableOf(keys.viewKey());
        if (!known.contains(number)) {
          problem(family.storedName(), "keys of table number " + number + ", which is not there");
        }
        byte[] next = behind.apply(number);
        if (next == null) {
          return;
        }
        keys.seek(next);
      }
    }
  }
}
