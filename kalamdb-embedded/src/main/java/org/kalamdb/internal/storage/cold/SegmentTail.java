package org.kalamdb.internal.storage.cold;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.apache.parquet.column.values.bloomfilter.BlockSplitBloomFilter;
import org.apache.parquet.format.BloomFilterAlgorithm;
import org.apache.parquet.format.BloomFilterCompression;
import org.apache.parquet.format.BloomFilterHash;
import org.apache.parquet.format.BloomFilterHeader;
import org.apache.parquet.format.BoundaryOrder;
import org.apache.parquet.format.ColumnChunk;
import org.apache.parquet.format.ColumnIndex;
import org.apache.parquet.format.ColumnMetaData;
import org.apache.parquet.format.ColumnOrder;
import org.apache.parquet.format.Encoding;
import org.apache.parquet.format.FileMetaData;
import org.apache.parquet.format.KeyValue;
import org.apache.parquet.format.OffsetIndex;
import org.apache.parquet.format.PageEncodingStats;
import org.apache.parquet.format.PageType;
import org.apache.parquet.format.RowGroup;
import org.apache.parquet.format.SortingColumn;
import org.apache.parquet.format.SplitBlockAlgorithm;
import org.apache.parquet.format.Statistics;
import org.apache.parquet.format.TypeDefinedOrder;
import org.apache.parquet.format.Uncompressed;
import org.apache.parquet.format.Util;
import org.apache.parquet.format.XxHash;
import org.kalamdb.internal.storage.cold.ChunkWriter.WrittenChunk;

/**
 * Everything behind the last page: column indexes, offset indexes, bloom filters, footer. It is
 * read in one piece and checked by one CRC, so that no index, filter or count in it can lie.
 */
final class SegmentTail {
  static final byte[] MAGIC = "PAR1".getBytes(StandardCharsets.US_ASCII);

  private final SegmentLayout layout;
  private final long start;
  private final ByteSink out = new ByteSink();
  private final List<RowGroup> groups = new ArrayList<>();

  /** {@code start} is where the tail begins in the file. */
  SegmentTail(SegmentLayout layout, long start) {
    this.layout = layout;
    this.start = start;
  }

  ByteSink write(List<List<WrittenChunk>> rowGroups, Map<String, String> metadata)
      throws IOException {
    long rows = 0;
    for (List<WrittenChunk> chunks : rowGroups) {
      groups.add(rowGroup(chunks));
      rows += chunks.get(0).rows;
    }
    writeColumnIndexes(rowGroups);
    writeOffsetIndexes(rowGroups);
    writeBlooms(rowGroups);

    FileMetaData footer = new FileMetaData(2, layout.elements(), rows, groups);
    footer.setCreated_by("kalamdb-embedded");
    for (Map.Entry<String, String> entry : new TreeMap<>(metadata).entrySet()) {
      KeyValue pair = new KeyValue(entry.getKey());
      pair.setValue(entry.getValue());
      footer.addToKey_value_metadata(pair);
    }
    for (int i = 0; i < layout.leaves().size(); i++) {
      footer.addToColumn_orders(ColumnOrder.TYPE_ORDER(new TypeDefinedOrder()));
    }
    int from = out.size;
    Util.writeFileMetaData(footer, out);
    out.writeIntLittleEndian(out.size - from);
    out.write(MAGIC, 0, MAGIC.length);
    return out;
  }

  private RowGroup rowGroup(List<WrittenChunk> chunks) {
    List<ColumnChunk> columns = new ArrayList<>();
    long uncompressed = 0;
    long compressed = 0;
    for (WrittenChunk chunk : chunks) {
      ColumnChunk column = new ColumnChunk(0);
      column.setMeta_data(metaData(chunk));
      columns.add(column);
      uncompressed += chunk.uncompressedBytes;
      compressed += chunk.compressedBytes;
    }
    RowGroup group = new RowGroup(columns, uncompressed, chunks.get(0).rows);
    group.setFile_offset(chunks.get(0).dictionaryOffset);
    group.setTotal_compressed_size(compressed);
    for (int key : layout.key()) {
      group.addToSorting_columns(new SortingColumn(layout.firstLeaf(key), false, false));
    }
    return group;
  }

  private ColumnMetaData metaData(WrittenChunk chunk) {
    List<Encoding> encodings = new ArrayList<>(List.of(chunk.encoding));
    if (chunk.leaf.optional()) {
      encodings.add(Encoding.RLE);
    }
    if (chunk.hasDictionary()) {
      encodings.add(Encoding.PLAIN);
    }
    ColumnMetaData meta =
        new ColumnMetaData(
            chunk.leaf.physical().stored(),
            encodings.stream().distinct().toList(),
            chunk.leaf.path(),
            chunk.codec,
            chunk.rows,
            chunk.uncompressedBytes,
            chunk.compressedBytes,
            chunk.dataOffset);
    if (chunk.hasDictionary()) {
      meta.setDictionary_page_offset(chunk.dictionaryOffset);
      meta.addToEncoding_stats(new PageEncodingStats(PageType.DICTIONARY_PAGE, Encoding.PLAIN, 1));
    }
    meta.addToEncoding_stats(
        new PageEncodingStats(PageType.DATA_PAGE_V2, chunk.encoding, chunk.pages.size()));
    Statistics statistics = new Statistics();
    statistics.setNull_count(chunk.statistics.nulls());
    byte[] min = chunk.statistics.min();
    byte[] max = chunk.statistics.max();
    if (min != null && max != null) {
      byte[] shortMin = PlainValues.shortenMin(chunk.leaf, min);
      byte[] shortMax = PlainValues.shortenMax(chunk.leaf, max);
      statistics.setMin_value(shortMin);
      statistics.setIs_min_value_exact(shortMin == min);
      if (shortMax != null) {
        statistics.setMax_value(shortMax);
        statistics.setIs_max_value_exact(shortMax == max);
      }
    }
    meta.setStatistics(statistics);
    return meta;
  }

  private void writeColumnIndexes(List<List<WrittenChunk>> rowGroups) throws IOException {
    for (int g = 0; g < rowGroups.size(); g++) {
      for (int c = 0; c < rowGroups.get(g).size(); c++) {
        WrittenChunk chunk = rowGroups.get(g).get(c);
        if (chunk.leaf.isOrdered() && !chunk.statistics.hasNaN() && hasUpperBounds(chunk)) {
          ColumnChunk column = groups.get(g).getColumns().get(c);
          column.setColumn_index_offset(start + out.size);
          int from = out.size;
          Util.writeColumnIndex(columnIndex(chunk), out);
          column.setColumn_index_length(out.size - from);
        }
      }
    }
  }

  /** The index has no place for a page with a lower bound alone. */
  private static boolean hasUpperBounds(WrittenChunk chunk) {
    for (LeafStatistics page : chunk.pageStatistics) {
      byte[] max = page.max();
      if (max != null && PlainValues.shortenMax(chunk.leaf, max) == null) {
        return false;
      }
    }
    return true;
  }

  private static ColumnIndex columnIndex(WrittenChunk chunk) {
    ColumnIndex index = new ColumnIndex();
    boolean ascending = true;
    byte[] lastMin = null;
    byte[] lastMax = null;
    for (LeafStatistics page : chunk.pageStatistics) {
      byte[] min = page.min();
      byte[] max = page.max();
      index.addToNull_counts(page.nulls());
      index.addToNull_pages(min == null);
      if (min == null || max == null) {
        index.addToMin_values(ByteBuffer.allocate(0));
        index.addToMax_values(ByteBuffer.allocate(0));
        continue;
      }
      min = PlainValues.shortenMin(chunk.leaf, min);
      max = Objects.requireNonNull(PlainValues.shortenMax(chunk.leaf, max));
      ascending &=
          (lastMin == null || PlainValues.compare(chunk.leaf, lastMin, min) <= 0)
              && (lastMax == null || PlainValues.compare(chunk.leaf, lastMax, max) <= 0);
      lastMin = min;
      lastMax = max;
      index.addToMin_values(ByteBuffer.wrap(min));
      index.addToMax_values(ByteBuffer.wrap(max));
    }
    index.setBoundary_order(ascending ? BoundaryOrder.ASCENDING : BoundaryOrder.UNORDERED);
    return index;
  }

  private void writeOffsetIndexes(List<List<WrittenChunk>> rowGroups) throws IOException {
    for (int g = 0; g < rowGroups.size(); g++) {
      for (int c = 0; c < rowGroups.get(g).size(); c++) {
        ColumnChunk column = groups.get(g).getColumns().get(c);
        column.setOffset_index_offset(start + out.size);
        int from = out.size;
        Util.writeOffsetIndex(new OffsetIndex(rowGroups.get(g).get(c).pages), out);
        column.setOffset_index_length(out.size - from);
      }
    }
  }

  private void writeBlooms(List<List<WrittenChunk>> rowGroups) throws IOException {
    for (int g = 0; g < rowGroups.size(); g++) {
      for (int c = 0; c < rowGroups.get(g).size(); c++) {
        BlockSplitBloomFilter bloom = rowGroups.get(g).get(c).bloom;
        if (bloom != null) {
          ColumnMetaData meta = groups.get(g).getColumns().get(c).getMeta_data();
          meta.setBloom_filter_offset(start + out.size);
          int from = out.size;
          Util.writeBloomFilterHeader(
              new BloomFilterHeader(
                  bloom.getBitsetSize(),
                  BloomFilterAlgorithm.BLOCK(new SplitBlockAlgorithm()),
                  BloomFilterHash.XXHASH(new XxHash()),
                  BloomFilterCompression.UNCOMPRESSED(new Uncompressed())),
              out);
          bloom.writeTo(out);
          meta.setBloom_filter_length(out.size - from);
        }
      }
    }
  }
}
