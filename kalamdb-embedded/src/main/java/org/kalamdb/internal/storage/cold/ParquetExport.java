package org.kalamdb.internal.storage.cold;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.kalamdb.error.ErrorCode;
import org.kalamdb.error.KalamException;
import org.kalamdb.internal.common.HyperLogLog;
import org.kalamdb.internal.storage.cold.ChunkWriter.WrittenChunk;
import org.kalamdb.internal.storage.file.WritableFile;
import org.kalamdb.internal.vector.RecordBatch;
import org.kalamdb.schema.ColumnSchema;
import org.kalamdb.schema.DataType;

/**
 * Writes rows of a query as a Parquet file that is no segment: without system columns and key, all
 * columns optional and flat. Holds one row group in memory. One thread at a time.
 */
public final class ParquetExport implements AutoCloseable {
  /** The most rows of a row group. */
  public static final int MAX_ROW_GROUP_ROWS = 1 << 20;

  private static final long ROW_GROUP_BYTES = 32L << 20;
  private static final int PAGE_ROWS = 20_000;
  private static final int PAGE_BYTES = 1 << 20;

  private final WritableFile out;
  private final SegmentLayout layout;
  private final PageCodec codec;
  private final ChunkWriter chunkWriter;
  private final int groupRows;
  private final List<LeafBuffer> buffers = new ArrayList<>();
  private final List<List<WrittenChunk>> rowGroups = new ArrayList<>();

  /**
   * Begins a file.
   *
   * @param out stays the caller's
   * @param compression zstd, snappy or none
   * @param groupRows the most rows of a row group
   * @throws KalamException 0A000 for columns of types that are no single Parquet column
   */
  public ParquetExport(
      WritableFile out,
      List<String> names,
      List<DataType> types,
      String compression,
      int groupRows) {
    List<ColumnSchema> columns = new ArrayList<>();
    for (int i = 0; i < names.size(); i++) {
      columns.add(new ColumnSchema(i + 1, names.get(i), types.get(i), true, null, null));
    }
    this.out = out;
    this.layout = SegmentLayout.ofColumns(columns);
    this.groupRows = groupRows;
    if (layout.leaves().size() != columns.size()) {
      throw new KalamException(
          ErrorCode.FEATURE_NOT_SUPPORTED, "a column of these types is no Parquet column");
    }
    for (Leaf leaf : layout.leaves()) {
      buffers.add(new LeafBuffer(leaf, types.get(leaf.column())));
    }
    this.codec = PageCodec.ofOption(compression);
    this.chunkWriter = new ChunkWriter(out);
    out.write(SegmentTail.MAGIC, 0, SegmentTail.MAGIC.length);
  }

  /** Adds the selected rows of a batch, which stays the caller's. */
  public void append(RecordBatch batch) {
    long bytes = 0;
    for (LeafBuffer buffer : buffers) {
      buffer.append(batch.column(buffer.leaf.column()), batch.selection());
      bytes += buffer.plainBytes();
    }
    while (buffers.get(0).rows >= groupRows) {
      writeRowGroup(groupRows);
    }
    if (bytes >= ROW_GROUP_BYTES && buffers.get(0).rows > 0) {
      writeRowGroup(buffers.get(0).rows);
    }
  }

  private void writeRowGroup(int rows) {
    List<WrittenChunk> chunks = new ArrayList<>();
    try {
      for (int i = 0; i < buffers.size(); i++) {
        LeafBuffer whole = buffers.get(i);
        LeafBuffer group = whole;
        if (rows < whole.rows) {
          group = new LeafBuffer(whole.leaf, layout.columns().get(whole.leaf.column()).type());
          group.append(whole, 0, rows);
        }
        chunks.add(chunkWriter.write(group, codec, pageEnds(group), null, new HyperLogLog()));
        LeafBuffer rest = whole;
        if (rows < whole.rows) {
          rest = new LeafBuffer(whole.leaf, layout.columns().get(whole.leaf.column()).type());
          rest.append(whole, rows, whole.rows);
        } else {
          rest.clear();
        }
        buffers.set(i, rest);
      }
    } catch (IOException e) {
      throw notEncoded(e);
    }
    rowGroups.add(chunks);
  }

  private static int[] pageEnds(LeafBuffer buffer) {
    List<Integer> ends = new ArrayList<>();
    for (int from = 0; from < buffer.rows; ) {
      int to = Math.min(buffer.rows, from + PAGE_ROWS);
      while (to - from > 1 && buffer.plainBytes(from, to) > PAGE_BYTES) {
        to = from + (to - from) / 2;
      }
      ends.add(to);
      from = to;
    }
    return ends.stream().mapToInt(Integer::intValue).toArray();
  }

  /** Writes the rest and the footer; the file is the caller's to sync. */
  public void finish() {
    if (buffers.get(0).rows > 0) {
      writeRowGroup(buffers.get(0).rows);
    }
    try {
      ByteSink tail = new SegmentTail(layout, out.position()).write(rowGroups, Map.of());
      out.write(tail.bytes, 0, tail.size);
    } catch (IOException e) {
      throw notEncoded(e);
    }
  }

  private static KalamException notEncoded(IOException e) {
    return new KalamException(
        ErrorCode.IO_ERROR, "could not encode a Parquet file: " + e.getMessage(), e);
  }

  @Override
  public void close() {
    codec.close();
  }
}
