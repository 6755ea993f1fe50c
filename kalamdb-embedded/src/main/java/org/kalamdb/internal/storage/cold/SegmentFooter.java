package org.kalamdb.internal.storage.cold;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.zip.CRC32C;
import org.apache.parquet.column.values.bloomfilter.BlockSplitBloomFilter;
import org.apache.parquet.format.ColumnChunk;
import org.apache.parquet.format.ColumnIndex;
import org.apache.parquet.format.ColumnMetaData;
import org.apache.parquet.format.CompressionCodec;
import org.apache.parquet.format.Encoding;
import org.apache.parquet.format.FileMetaData;
import org.apache.parquet.format.KeyValue;
import org.apache.parquet.format.PageLocation;
import org.apache.parquet.format.PageType;
import org.apache.parquet.format.RowGroup;
import org.apache.parquet.format.Statistics;
import org.apache.parquet.format.Util;
import org.jspecify.annotations.Nullable;
import org.kalamdb.internal.catalog.TableDefinition;
import org.kalamdb.internal.storage.file.ReadableFile;
import org.kalamdb.internal.storage.manifest.SegmentEntry;

/**
 * The checked tail of a segment: where its pages are and what is in them. Immutable but for indexes
 * and filters that are parsed at first use; thread-safe, shared through a cache.
 */
final class SegmentFooter {
  /** A file that claims a longer tail is not believed before it is read. */
  private static final int MAX_TAIL_BYTES = 512 << 20;

  private static final int TRAILER_BYTES = 8;

  final SegmentEntry entry;
  final SegmentLayout layout;
  final List<Group> groups = new ArrayList<>();
  private final byte[] tail;
  private final long tailStart;
  private final int keyLeaf;
  private volatile long @Nullable [] keyPages;

  /** A row group. */
  record Group(int number, long firstRow, int rows, List<Chunk> chunks) {}

  private SegmentFooter(SegmentEntry entry, SegmentLayout layout, byte[] tail) throws IOException {
    this.entry = entry;
    this.layout = layout;
    this.tail = tail;
    this.tailStart = entry.bytes() - tail.length;
    this.keyLeaf = layout.firstLeaf(layout.key().get(0));
    FileMetaData meta = readMetaData();
    if (meta.getNum_rows() != entry.rows() || !meta.getSchema().equals(layout.elements())) {
      throw HybridDecoder.damaged("another schema or number of rows than the manifest says");
    }
    checkVersion(meta);
    long firstRow = 0;
    for (RowGroup group : meta.getRow_groups()) {
      List<Chunk> chunks = new ArrayList<>();
      for (int i = 0; i < layout.leaves().size(); i++) {
        ColumnChunk chunk = group.getColumns().get(i);
        chunks.add(new Chunk(layout.leaves().get(i), chunk, (int) group.getNum_rows()));
      }
      groups.add(new Group(groups.size(), firstRow, (int) group.getNum_rows(), chunks));
      firstRow += group.getNum_rows();
    }
  }

  private FileMetaData readMetaData() throws IOException {
    int length = LittleEndian.getInt(tail, tail.length - TRAILER_BYTES);
    int from = tail.length - TRAILER_BYTES - length;
    if (length <= 0 || from < 0) {
      throw HybridDecoder.damaged("a footer of a wrong length");
    }
    return Util.readFileMetaData(new ByteArrayInputStream(tail, from, length));
  }

  private static void checkVersion(FileMetaData meta) {
    for (KeyValue pair : meta.getKey_value_metadata()) {
      if (pair.getKey().equals(SegmentMetadata.FORMAT)
          && Integer.parseInt(pair.getValue()) > SegmentMetadata.FORMAT_VERSION) {
        throw HybridDecoder.damaged(
            "format version " + pair.getValue() + ", newer than this build's");
      }
    }
  }

  /** Reads the tail of an open file and checks it against the manifest. */
  static SegmentFooter read(ReadableFile file, TableDefinition table, SegmentEntry entry) {
    if (file.size() != entry.bytes()) {
      throw Damage.of(
          entry.file(),
          table,
          "it has " + file.size() + " bytes, the manifest says " + entry.bytes());
    }
    if (entry.tailBytes() < TRAILER_BYTES
        || entry.tailBytes() > MAX_TAIL_BYTES
        || entry.tailBytes() > entry.bytes()) {
      throw Damage.of(entry.file(), table, "a tail of " + entry.tailBytes() + " bytes");
    }
    byte[] tail = new byte[entry.tailBytes()];
    file.read(entry.bytes() - tail.length, tail, 0, tail.length);
    CRC32C crc = new CRC32C();
    crc.update(tail, 0, tail.length);
    if ((int) crc.getValue() != entry.tailCrc()) {
      throw Damage.of(entry.file(), table, "the checksum of its footer is wrong");
    }
    try {
      SegmentLayout layout = SegmentLayout.of(table.schema(entry.schemaVersion()));
      return new SegmentFooter(entry, layout, tail);
    } catch (IOException | RuntimeException e) {
      throw Damage.wrap(entry.file(), table, e);
    }
  }

  /** Bytes of memory, for the cache. */
  int weight() {
    return 512 + 3 * tail.length;
  }

  long tailStart() {
    return tailStart;
  }

  /** The row group that has the row. */
  Group groupOf(long row) {
    int low = 0;
    int high = groups.size() - 1;
    while (low < high) {
      int middle = (low + high + 1) >>> 1;
      if (groups.get(middle).firstRow() <= row) {
        low = middle;
      } else {
        high = middle - 1;
      }
    }
    return groups.get(low);
  }

  /** All pages of a leaf in row order: row group in the upper 32 bits, page in the lower. */
  long[] pagesOf(int leaf) {
    long[] known = leaf == keyLeaf ? keyPages : null;
    if (known != null) {
      return known;
    }
    long[] all = new long[groups.stream().mapToInt(g -> g.chunks().get(leaf).pages().count).sum()];
    int at = 0;
    for (Group group : groups) {
      for (int page = 0; page < group.chunks().get(leaf).pages().count; page++) {
        all[at++] = (long) group.number() << 32 | page;
      }
    }
    if (leaf == keyLeaf) {
      keyPages = all;
    }
    return all;
  }

  private InputStream tailAt(long offset, int length) {
    return new ByteArrayInputStream(tail, Math.toIntExact(offset - tailStart), length);
  }

  /** Pages of a chunk. Arrays are by page; rows count within the row group. */
  static final class Pages {
    final int count;
    final long[] offsets;
    final int[] sizes;

    /** One longer than the others: the last is the number of rows. */
    final int[] firstRows;

    /** Null if the chunk has no column index; an element is null for a page without values. */
    final byte @Nullable [] @Nullable [] mins;

    final byte @Nullable [] @Nullable [] maxs;

    Pages(List<PageLocation> locations, @Nullable ColumnIndex index, int rows) {
      count = locations.size();
      offsets = new long[count];
      sizes = new int[count];
      firstRows = new int[count + 1];
      for (int i = 0; i < count; i++) {
        offsets[i] = locations.get(i).getOffset();
        sizes[i] = locations.get(i).getCompressed_page_size();
        firstRows[i] = (int) locations.get(i).getFirst_row_index();
      }
      firstRows[count] = rows;
      mins = index == null ? null : bounds(index, index.getMin_values());
      maxs = index == null ? null : bounds(index, index.getMax_values());
    }

    private static byte @Nullable [][] bounds(ColumnIndex index, List<ByteBuffer> values) {
      byte @Nullable [][] bounds = new byte @Nullable [values.size()][];
      for (int i = 0; i < bounds.length; i++) {
        if (!index.getNull_pages().get(i)) {
          ByteBuffer value = values.get(i).duplicate();
          byte[] bytes = new byte[value.remaining()];
          value.get(bytes);
          bounds[i] = bytes;
        }
      }
      return bounds;
    }

    /** The page that has the row of the row group. */
    int pageOf(int row) {
      int found = Arrays.binarySearch(firstRows, 0, count, row);
      return found >= 0 ? found : -found - 2;
    }
  }

  /** A column chunk. */
  final class Chunk {
    final Leaf leaf;
    final int rows;
    final Encoding encoding;
    final CompressionCodec codec;
    final long dictionaryOffset;
    final long dataOffset;
    final byte @Nullable [] min;
    final byte @Nullable [] max;
    final long nulls;

    /** Bytes of all pages before compression, headers included. */
    final long uncompressedBytes;

    private final ColumnChunk stored;
    private volatile @Nullable Pages pages;
    private volatile @Nullable BlockSplitBloomFilter bloom;

    Chunk(Leaf leaf, ColumnChunk stored, int rows) {
      ColumnMetaData meta = stored.getMeta_data();
      this.leaf = leaf;
      this.rows = rows;
      this.stored = stored;
      this.codec = meta.getCodec();
      this.uncompressedBytes = meta.getTotal_uncompressed_size();
      this.dataOffset = meta.getData_page_offset();
      this.dictionaryOffset =
          meta.isSetDictionary_page_offset() ? meta.getDictionary_page_offset() : dataOffset;
      this.encoding =
          meta.getEncoding_stats().stream()
              .filter(stats -> stats.getPage_type() == PageType.DATA_PAGE_V2)
              .findFirst()
              .orElseThrow()
              .getEncoding();
      Statistics statistics = meta.getStatistics();
      this.min = statistics.isSetMin_value() ? statistics.getMin_value() : null;
      this.max = statistics.isSetMax_value() ? statistics.getMax_value() : null;
      this.nulls = statistics.getNull_count();
    }

    /** Whether all pages hold numbers of one dictionary. */
    boolean isNumbered() {
      return encoding == Encoding.RLE_DICTIONARY;
    }

    /** Whether all pages hold numbers of one dictionary of BYTES. */
    boolean isNumberedText() {
      return leaf.physical() == PhysicalType.BYTES && isNumbered();
    }

    int dictionaryBytes() {
      return Math.toIntExact(dataOffset - dictionaryOffset);
    }

    Pages pages() {
      Pages known = pages;
      if (known == null) {
        try {
          known = readPages();
        } catch (IOException e) {
          throw HybridDecoder.damaged("an index that cannot be read");
        }
        pages = known;
      }
      return known;
    }

    private Pages readPages() throws IOException {
      List<PageLocation> locations =
          Util.readOffsetIndex(
                  tailAt(stored.getOffset_index_offset(), stored.getOffset_index_length()))
              .getPage_locations();
      @Nullable ColumnIndex index =
          stored.isSetColumn_index_offset()
              ? Util.readColumnIndex(
                  tailAt(stored.getColumn_index_offset(), stored.getColumn_index_length()))
              : null;
      return new Pages(locations, index, rows);
    }

    /** The bloom filter, or null if the chunk has none. */
    @Nullable BlockSplitBloomFilter bloom() {
      BlockSplitBloomFilter known = bloom;
      ColumnMetaData meta = stored.getMeta_data();
      if (known == null && meta.isSetBloom_filter_offset()) {
        try (InputStream in =
            tailAt(meta.getBloom_filter_offset(), meta.getBloom_filter_length())) {
          byte[] bits = new byte[Util.readBloomFilterHeader(in).getNumBytes()];
          if (in.readNBytes(bits, 0, bits.length) < bits.length) {
            throw HybridDecoder.damaged("a bloom filter that cannot be read");
          }
          known = new BlockSplitBloomFilter(bits);
        } catch (IOException e) {
          throw HybridDecoder.damaged("a bloom filter that cannot be read");
        }
        bloom = known;
      }
      return known;
    }
  }
}
