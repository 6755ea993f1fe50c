package org.kalamdb.internal.storage.cold;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.zip.CRC32;
import org.apache.parquet.column.values.bloomfilter.BlockSplitBloomFilter;
import org.apache.parquet.format.CompressionCodec;
import org.apache.parquet.format.DataPageHeaderV2;
import org.apache.parquet.format.DictionaryPageHeader;
import org.apache.parquet.format.Encoding;
import org.apache.parquet.format.PageHeader;
import org.apache.parquet.format.PageLocation;
import org.apache.parquet.format.PageType;
import org.apache.parquet.format.Util;
import org.apache.parquet.io.api.Binary;
import org.jspecify.annotations.Nullable;
import org.kalamdb.internal.catalog.IndexDefinition.BloomSize;
import org.kalamdb.internal.common.HyperLogLog;
import org.kalamdb.internal.storage.file.WritableFile;

/**
 * Writes column chunks: an optional dictionary page, then data pages of version 2, each with its
 * CRC. Not thread-safe.
 */
final class ChunkWriter {
  private static final int MIN_BLOOM_BYTES = 32;

  private final WritableFile file;
  private final ByteSink levels = new ByteSink();
  private final ByteSink values = new ByteSink();
  private final ByteSink header = new ByteSink();
  private byte[] compressed = {};

  ChunkWriter(WritableFile file) {
    this.file = file;
  }

  /** What the footer says of a chunk. */
  static final class WrittenChunk {
    final Leaf leaf;
    final long rows;
    final Encoding encoding;
    final CompressionCodec codec;
    final long dictionaryOffset;
    final long dataOffset;
    final List<PageLocation> pages = new ArrayList<>();
    final List<LeafStatistics> pageStatistics = new ArrayList<>();
    LeafStatistics statistics = LeafStatistics.NONE;
    long compressedBytes;
    long uncompressedBytes;
    @Nullable BlockSplitBloomFilter bloom;

    WrittenChunk(
        Leaf leaf,
        long rows,
        Encoding encoding,
        CompressionCodec codec,
        long dictionaryOffset,
        long dataOffset) {
      this.leaf = leaf;
      this.rows = rows;
      this.encoding = encoding;
      this.codec = codec;
      this.dictionaryOffset = dictionaryOffset;
      this.dataOffset = dataOffset;
    }

    boolean hasDictionary() {
      return dictionaryOffset < dataOffset;
    }
  }

  /**
   * Writes the buffer's rows as pages that end before the rows {@code pageEnds} and counts their
   * values in {@code distinct}.
   *
   * @param bloom the size of the filter to make; null: none
   */
  WrittenChunk write(
      LeafBuffer buffer,
      PageCodec codec,
      int[] pageEnds,
      @Nullable BloomSize bloom,
      HyperLogLog distinct)
      throws IOException {
    @Nullable LeafDictionary dictionary = LeafDictionary.of(buffer);
    ValueEncoder encoder = new ValueEncoder(buffer, dictionary);
    long start = file.position();
    long uncompressed =
        dictionary == null ? 0 : writeDictionaryPage(encoder, codec, dictionary.size());
    WrittenChunk chunk =
        new WrittenChunk(
            buffer.leaf, buffer.rows, encoder.encoding(), codec.stored(), start, file.position());
    chunk.uncompressedBytes = uncompressed;
    int from = 0;
    for (int to : pageEnds) {
      writeDataPage(chunk, buffer, encoder, codec, from, to);
      from = to;
    }
    chunk.compressedBytes = file.position() - start;
    chunk.bloom = bloom == null ? null : bloomOf(buffer, dictionary, bloom);
    countDistinct(buffer, dictionary, distinct);
    return chunk;
  }

  private static void countDistinct(
      LeafBuffer buffer, @Nullable LeafDictionary dictionary, HyperLogLog distinct) {
    if (!buffer.leaf.isOrdered()) {
      return;
    }
    int count = dictionary == null ? buffer.rows : dictionary.size();
    boolean optional = buffer.leaf.optional();
    for (int i = 0; i < count; i++) {
      int row = dictionary == null ? i : dictionary.firstRows()[i];
      if (!optional || buffer.present[row]) {
        switch (buffer.leaf.physical()) {
          case BYTES -> distinct.addBytes(buffer.bytes, buffer.start(row), buffer.ends[row]);
          case FIXED -> {
            int length = buffer.leaf.length();
            distinct.addBytes(buffer.bytes, row * length, (row + 1) * length);
          }
          default -> distinct.addLong(buffer.longs[row]);
        }
      }
    }
  }

  private long writeDictionaryPage(ValueEncoder encoder, PageCodec codec, int size)
      throws IOException {
    values.clear();
    encoder.writeDictionary(values);
    int length = compressAll(values, codec);
    PageHeader page = new PageHeader(PageType.DICTIONARY_PAGE, values.size, length);
    page.setDictionary_page_header(new DictionaryPageHeader(size, Encoding.PLAIN));
    CRC32 crc = new CRC32();
    crc.update(compressed, 0, length);
    page.setCrc((int) crc.getValue());
    int headerLength = writeHeader(page);
    file.write(compressed, 0, length);
    return headerLength + (long) values.size;
  }

  private void writeDataPage(
      WrittenChunk chunk,
      LeafBuffer buffer,
      ValueEncoder encoder,
      PageCodec codec,
      int from,
      int to)
      throws IOException {
    LeafStatistics statistics = LeafStatistics.of(buffer, from, to);
    levels.clear();
    if (buffer.leaf.optional()) {
      encoder.writeLevels(from, to, levels);
    }
    values.clear();
    encoder.writeValues(from, to, values);
    int length = compressAll(values, codec);
    boolean pays = length < values.size;
    byte[] body = pays ? compressed : values.bytes;
    int bodyLength = pays ? length : values.size;

    DataPageHeaderV2 data =
        new DataPageHeaderV2(
            to - from, (int) statistics.nulls(), to - from, chunk.encoding, levels.size, 0);
    data.setIs_compressed(pays);
    PageHeader page =
        new PageHeader(PageType.DATA_PAGE_V2, levels.size + values.size, levels.size + bodyLength);
    page.setData_page_header_v2(data);
    CRC32 crc = new CRC32();
    crc.update(levels.bytes, 0, levels.size);
    crc.update(body, 0, bodyLength);
    page.setCrc((int) crc.getValue());

    long offset = file.position();
    int headerLength = writeHeader(page);
    file.write(levels.bytes, 0, levels.size);
    file.write(body, 0, bodyLength);
    chunk.uncompressedBytes += headerLength + levels.size + values.size;
    chunk.pages.add(new PageLocation(offset, (int) (file.position() - offset), from));
    chunk.pageStatistics.add(statistics);
    chunk.statistics = chunk.statistics.plus(buffer.leaf, statistics);
  }

  private int compressAll(ByteSink from, PageCodec codec) {
    int bound = codec.bound(from.size);
    if (compressed.length < bound) {
      compressed = new byte[Math.max(bound, compressed.length * 2)];
    }
    return codec.compress(from.bytes, 0, from.size, compressed);
  }

  private int writeHeader(PageHeader page) throws IOException {
    header.clear();
    Util.writePageHeader(page, header);
    file.write(header.bytes, 0, header.size);
    return header.size;
  }

  /** A filter sized by the exact number of distinct values, or more if so many are to have room. */
  private static BlockSplitBloomFilter bloomOf(
      LeafBuffer buffer, @Nullable LeafDictionary dictionary, BloomSize size) {
    BlockSplitBloomFilter hasher = new BlockSplitBloomFilter(MIN_BLOOM_BYTES);
    int count = dictionary == null ? buffer.rows : dictionary.size();
    long[] hashes = new long[count];
    for (int i = 0; i < count; i++) {
      hashes[i] = hash(hasher, buffer, dictionary == null ? i : dictionary.firstRows()[i]);
    }
    Arrays.sort(hashes);
    int distinct = count == 0 ? 0 : 1;
    for (int i = 1; i < count; i++) {
      distinct += hashes[i] == hashes[i - 1] ? 0 : 1;
    }
    long items = Math.max(Math.max(1, distinct), size.items());
    int bits = BlockSplitBloomFilter.optimalNumOfBits(items, size.falsePositives());
    BlockSplitBloomFilter bloom = new BlockSplitBloomFilter(Math.max(MIN_BLOOM_BYTES, bits / 8));
    for (long hash : hashes) {
      bloom.insertHash(hash);
    }
    return bloom;
  }

  private static long hash(BlockSplitBloomFilter hasher, LeafBuffer buffer, int row) {
    return switch (buffer.leaf.physical()) {
      case INT32 -> hasher.hash((int) buffer.longs[row]);
      case INT64 -> hasher.hash(buffer.longs[row]);
      case BYTES -> hash(hasher, buffer.bytes, buffer.start(row), buffer.ends[row]);
      case FIXED -> {
        int length = buffer.leaf.length();
        yield hash(hasher, buffer.bytes, row * length, (row + 1) * length);
      }
      default -> throw new IllegalStateException("No bloom filter on " + buffer.leaf);
    };
  }

  private static long hash(BlockSplitBloomFilter hasher, byte[] bytes, int from, int to) {
    return hasher.hash(Binary.fromConstantByteBuffer(ByteBuffer.wrap(bytes, from, to - from)));
  }

  /** Whether a bloom filter on the leaf would be asked: equal floats may differ in their bits. */
  static boolean hasHash(Leaf leaf) {
    return switch (leaf.physical()) {
      case INT32, INT64, BYTES, FIXED -> leaf.isOrdered();
      default -> false;
    };
  }
}
