package org.kalamdb.internal.storage.cold;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.zip.CRC32C;
import org.apache.arrow.memory.util.MemoryUtil;
import org.jspecify.annotations.Nullable;
import org.kalamdb.error.ErrorCode;
import org.kalamdb.error.KalamException;
import org.kalamdb.internal.catalog.IndexDefinition;
import org.kalamdb.internal.catalog.IndexDefinition.BloomSize;
import org.kalamdb.internal.catalog.TableDefinition;
import org.kalamdb.internal.common.HyperLogLog;
import org.kalamdb.internal.storage.cold.ChunkWriter.WrittenChunk;
import org.kalamdb.internal.storage.file.FileStore;
import org.kalamdb.internal.storage.file.NewFiles;
import org.kalamdb.internal.storage.file.WritableFile;
import org.kalamdb.internal.storage.key.KeyEncoder;
import org.kalamdb.internal.storage.manifest.ColumnStatistics;
import org.kalamdb.internal.vector.RecordBatch;
import org.kalamdb.internal.vector.VectorTypes;
import org.kalamdb.schema.TableSchema;
import org.kalamdb.schema.UserId;

/**
 * Writes one segment: rows of one partition in key order, appended as batches, into a file that
 * gets its name when it is whole, checked and on disk. {@link #close()} without {@link #finish()}
 * removes what was written. Runs on an engine thread; one thread at a time.
 *
 * <p>Rows are collected column by column until a row group is full and encoded then, so that each
 * column chunk has one encoding, chosen by what is in it.
 */
public final class SegmentWriter implements AutoCloseable {
  /** What a file is called until it is published. */
  public static final String TEMPORARY_SUFFIX = ".tmp";

  private static final long ROW_GROUP_BYTES = 32L << 20;
  private static final int ROW_GROUP_ROWS = 1 << 20;

  /** What a point read decodes of each column: 200 us for a row of six columns, 280 with 4,096. */
  private static final int PAGE_ROWS = 2048;

  private static final int PAGE_BYTES = 512 << 10;

  private final FileStore store;
  private final TableDefinition table;
  private final @Nullable UserId user;
  private final String file;
  private final TableSchema schema;
  private final SegmentLayout layout;
  private final PageCodecs codecs = new PageCodecs();
  private final WritableFile out;
  private final ChunkWriter chunkWriter;
  private final LeafBuffer[] buffers;
  private final List<List<WrittenChunk>> rowGroups = new ArrayList<>();
  private final LeafStatistics[] totals;
  private final HyperLogLog[] distinct;
  private byte @Nullable [] minKey;
  private byte[] maxKey = {};
  private long rows;
  private long tombstones;
  private boolean closed;

  /** Creates the temporary file; {@code file} is the final path in the store. */
  public SegmentWriter(FileStore store, TableDefinition table, @Nullable UserId user, String file) {
    this.store = store;
    this.table = table;
    this.user = user;
    this.file = file;
    this.schema = table.schema();
    this.layout = SegmentLayout.of(schema);
    this.buffers =
        layout.leaves().stream()
            .map(leaf -> new LeafBuffer(leaf, layout.columns().get(leaf.column()).type()))
            .toArray(LeafBuffer[]::new);
    this.totals = new LeafStatistics[buffers.length];
    Arrays.fill(totals, LeafStatistics.NONE);
    this.distinct = new HyperLogLog[buffers.length];
    Arrays.setAll(distinct, i -> new HyperLogLog());
    this.out = store.create(file + TEMPORARY_SUFFIX);
    this.chunkWriter = new ChunkWriter(out);
    out.write(SegmentTail.MAGIC, 0, SegmentTail.MAGIC.length);
  }

  /**
   * Adds the selected rows of a batch, which stays the caller's: all columns of the newest schema
   * in declared order, then {@code _seq} and {@code _deleted}. Keys rise from row to row and batch
   * to batch.
   */
  public void append(RecordBatch batch) {
    int count = batch.selection().size();
    if (count == 0) {
      return;
    }
    checkKeys(batch);
    for (LeafBuffer buffer : buffers) {
      buffer.append(batch.column(buffer.leaf.column()), batch.selection());
    }
    countTombstones(batch);
    rows += count;
    long collected = 0;
    for (LeafBuffer buffer : buffers) {
      collected += buffer.plainBytes();
    }
    if (collected >= ROW_GROUP_BYTES || buffers[0].rows >= ROW_GROUP_ROWS) {
      writeRowGroup();
    }
  }

  private void checkKeys(RecordBatch batch) {
    byte[] first = keyAt(batch, batch.selection().get(0));
    byte[] last = keyAt(batch, batch.selection().get(batch.selection().size() - 1));
    boolean rises = batch.selection().size() == 1 || Arrays.compareUnsigned(first, last) < 0;
    if (!rises || (minKey != null && Arrays.compareUnsigned(maxKey, first) >= 0)) {
      throw new IllegalArgumentException("Rows of a segment must come in key order");
    }
    if (minKey == null) {
      minKey = first;
    }
    maxKey = last;
  }

  private byte[] keyAt(RecordBatch batch, int row) {
    KeyEncoder key = new KeyEncoder();
    for (int column : schema.primaryKey()) {
      Object value = VectorTypes.readValue(batch.column(column), schema.column(column).type(), row);
      if (value == null) {
        throw new KalamException(
            ErrorCode.NOT_NULL_VIOLATION,
            "null value in column \""
                + schema.column(column).name()
                + "\" violates not-null constraint");
      }
      key.add(schema.column(column).type(), value);
    }
    return key.toBytes();
  }

  private void countTombstones(RecordBatch batch) {
    long bits = batch.column(layout.seqColumn() + 1).getDataBuffer().memoryAddress();
    int[] selected = batch.selection().viewRows();
    for (int i = 0; i < batch.selection().size(); i++) {
      tombstones += MemoryUtil.getByte(bits + (selected[i] >> 3)) >> (selected[i] & 7) & 1;
    }
  }

  private void writeRowGroup() {
    int[] keyPages = keyPageEnds();
    List<WrittenChunk> chunks = new ArrayList<>();
    try {
      for (int i = 0; i < buffers.length; i++) {
        boolean key = isKey(buffers[i].leaf);
        int[] pages = key ? keyPages : pageEnds(buffers[i]);
        WrittenChunk chunk =
            chunkWriter.write(
                buffers[i], codecOf(buffers[i].leaf), pages, bloomOf(buffers[i].leaf), distinct[i]);
        totals[i] = totals[i].plus(chunk.leaf, chunk.statistics);
        chunks.add(chunk);
        buffers[i].clear();
      }
    } catch (IOException e) {
      throw new KalamException(
          ErrorCode.IO_ERROR, "could not encode file \"" + file + "\": " + e.getMessage(), e);
    }
    rowGroups.add(chunks);
  }

  private PageCodec codecOf(Leaf leaf) {
    int id = layout.columns().get(leaf.column()).id();
    return codecs.ofOption(table.options().compressionOf(id));
  }

  /** The size of a column's filter: of key columns and of those with a bloom index; else null. */
  private @Nullable BloomSize bloomOf(Leaf leaf) {
    if (leaf.column() >= layout.seqColumn() || !ChunkWriter.hasHash(leaf)) {
      return null;
    }
    int id = schema.column(leaf.column()).id();
    for (IndexDefinition index : table.constraints().indexes()) {
      if (!index.isSorted() && index.columnIds().contains(id)) {
        return index.bloom();
      }
    }
    return isKey(leaf) ? BloomSize.DEFAULT : null;
  }

  private boolean isKey(Leaf leaf) {
    return leaf.column() < layout.seqColumn() && schema.isPrimaryKey(leaf.column());
  }

  /** Page ends shared by all key columns, so that their page bounds speak of the same rows. */
  private int[] keyPageEnds() {
    int shortest = PAGE_ROWS;
    for (LeafBuffer buffer : buffers) {
      if (isKey(buffer.leaf) && buffer.rows > 0) {
        long rowBytes = Math.max(1, buffer.plainBytes() / buffer.rows);
        shortest = (int) Math.min(shortest, Math.max(16, PAGE_BYTES / 4 / rowBytes));
      }
    }
    return everyRows(buffers[0].rows, shortest);
  }

  private static int[] pageEnds(LeafBuffer buffer) {
    if (buffer.plainBytes() / Math.max(1, buffer.rows) * PAGE_ROWS <= PAGE_BYTES) {
      return everyRows(buffer.rows, PAGE_ROWS);
    }
    int[] ends = new int[16];
    int count = 0;
    int from = 0;
    while (from < buffer.rows) {
      int to = Math.min(buffer.rows, from + PAGE_ROWS);
      while (to - from > 1 && buffer.plainBytes(from, to) > PAGE_BYTES) {
        to = from + (to - from) / 2;
      }
      if (count == ends.length) {
        ends = Arrays.copyOf(ends, count * 2);
      }
      ends[count++] = to;
      from = to;
    }
    return Arrays.copyOf(ends, count);
  }

  private static int[] everyRows(int rows, int step) {
    int[] ends = new int[(rows + step - 1) / step];
    for (int i = 0; i < ends.length; i++) {
      ends[i] = Math.min(rows, (i + 1) * step);
    }
    return ends;
  }

  /** Writes the rest, checks the file, puts it on disk and gives it its name. */
  public SegmentStatistics finish() {
    try (NewFiles alone = new NewFiles(store)) {
      SegmentStatistics statistics = finishInto(alone);
      alone.publish();
      return statistics;
    }
  }

  /** Writes the rest and checks the file; it is published, or removed, with the others. */
  public SegmentStatistics finishInto(NewFiles group) {
    byte[] first = minKey;
    if (closed || first == null) {
      throw new IllegalStateException("A segment is finished once and has a row: " + file);
    }
    if (buffers[0].rows > 0) {
      writeRowGroup();
    }
    int seqLeaf = layout.firstLeaf(layout.seqColumn());
    long minSeq = seqBound(totals[seqLeaf].min());
    long maxSeq = seqBound(totals[seqLeaf].max());
    ByteSink tail = writeTail(minSeq, maxSeq);
    CRC32C crc = new CRC32C();
    crc.update(tail.bytes, 0, tail.size);
    SegmentStatistics statistics =
        new SegmentStatistics(
            file,
            schema.version(),
            rows,
            out.position(),
            tail.size,
            (int) crc.getValue(),
            first,
            maxKey,
            minSeq,
            maxSeq,
            tombstones,
            columnStatistics());
    out.complete();
    String temporary = file + TEMPORARY_SUFFIX;
    SegmentCheck.check(store, temporary, table, statistics.toEntry(0, 0, 0));
    group.add(out, temporary, file);
    closed = true;
    codecs.close();
    return statistics;
  }

  private static long seqBound(byte @Nullable [] plain) {
    return PlainValues.toLong(PhysicalType.INT64, Objects.requireNonNull(plain));
  }

  private ByteSink writeTail(long minSeq, long maxSeq) {
    Map<String, String> metadata = new HashMap<>();
    metadata.put(SegmentMetadata.FORMAT, Integer.toString(SegmentMetadata.FORMAT_VERSION));
    metadata.put(SegmentMetadata.NAMESPACE, table.id().namespace().name());
    metadata.put(SegmentMetadata.TABLE, table.id().name());
    if (user != null) {
      metadata.put(SegmentMetadata.USER, user.value());
    }
    metadata.put(SegmentMetadata.SCHEMA_VERSION, Integer.toString(schema.version()));
    metadata.put(SegmentMetadata.MIN_SEQ, Long.toString(minSeq));
    metadata.put(SegmentMetadata.MAX_SEQ, Long.toString(maxSeq));
    try {
      ByteSink tail = new SegmentTail(layout, out.position()).write(rowGroups, metadata);
      out.write(tail.bytes, 0, tail.size);
      return tail;
    } catch (IOException e) {
      throw new KalamException(
          ErrorCode.IO_ERROR, "could not encode file \"" + file + "\": " + e.getMessage(), e);
    }
  }

  private List<ColumnStatistics> columnStatistics() {
    List<ColumnStatistics> columns = new ArrayList<>();
    for (int i = 0; i < layout.seqColumn(); i++) {
      Leaf leaf = layout.leaves().get(layout.firstLeaf(i));
      LeafStatistics total = totals[layout.firstLeaf(i)];
      boolean ordered = layout.leafCount(i) < 3;
      byte[] min = ordered ? total.min() : null;
      byte[] max = ordered ? total.max() : null;
      columns.add(
          new ColumnStatistics(
              layout.columns().get(i).id(),
              min == null ? null : PlainValues.shortenMin(leaf, min),
              max == null ? null : PlainValues.shortenMax(leaf, max),
              total.nulls(),
              ordered ? distinct[layout.firstLeaf(i)].estimate() : 0));
    }
    columns.sort((a, b) -> Integer.compare(a.columnId(), b.columnId()));
    return columns;
  }

  /** Removes the temporary file unless the segment was finished. Idempotent. */
  @Override
  public void close() {
    if (closed) {
      return;
    }
    closed = true;
    codecs.close();
    try {
      out.close();
    } finally {
      store.delete(file + TEMPORARY_SUFFIX);
    }
  }
}
