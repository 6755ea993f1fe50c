package org.kalamdb.internal.storage.cold;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.Arrays;
import java.util.zip.CRC32;
import org.apache.parquet.format.DataPageHeaderV2;
import org.apache.parquet.format.DictionaryPageHeader;
import org.apache.parquet.format.Encoding;
import org.apache.parquet.format.PageHeader;
import org.apache.parquet.format.PageType;
import org.apache.parquet.format.Util;
import org.jspecify.annotations.Nullable;
import org.kalamdb.internal.storage.ScanStatistics;
import org.kalamdb.internal.storage.cold.SegmentFooter.Chunk;
import org.kalamdb.internal.storage.cold.SegmentFooter.Pages;
import org.kalamdb.internal.storage.file.ReadableFile;

/**
 * Reads and decodes single pages of one file. The page's bytes are checked by their CRC and its
 * header, which no CRC covers, against the indexes in the checked tail. Not thread-safe.
 */
final class PageReader implements AutoCloseable {
  private final ReadableFile file;
  private final PageCodecs codecs = new PageCodecs();
  private final ScanStatistics statistics;
  private final ValueDecoder decoder = new ValueDecoder();
  private final CRC32 crc = new CRC32();
  private byte[] raw = {};
  private byte[] values = {};

  /** The file stays the caller's. */
  PageReader(ReadableFile file, ScanStatistics statistics) {
    this.file = file;
    this.statistics = statistics;
  }

  /** Decodes a page; {@code into} is cleared first. */
  void read(Chunk chunk, int page, @Nullable LeafBuffer dictionary, LeafBuffer into)
      throws IOException {
    Pages pages = chunk.pages();
    int rows = pages.firstRows[page + 1] - pages.firstRows[page];
    int size = pages.sizes[page];
    readRaw(pages.offsets[page], size);
    ByteArrayInputStream in = new ByteArrayInputStream(raw, 0, size);
    PageHeader header = Util.readPageHeader(in);
    int body = size - in.available();
    DataPageHeaderV2 data = header.getData_page_header_v2();
    if (header.getType() != PageType.DATA_PAGE_V2 || data == null) {
      throw HybridDecoder.damaged("another type than it should");
    }
    int levels = data.getDefinition_levels_byte_length();
    int packed = size - body - levels;
    int unpacked = header.getUncompressed_page_size() - levels;
    if (data.getNum_rows() != rows
        || data.getNum_values() != rows
        || data.getEncoding() != chunk.encoding
        || data.getRepetition_levels_byte_length() != 0
        || levels < 0
        || (levels == 0) == chunk.leaf.optional()
        || packed < 0
        || header.getCompressed_page_size() != size - body
        || unpacked < 0
        || unpacked > chunk.uncompressedBytes) {
      throw HybridDecoder.damaged("a header that does not agree with the index");
    }
    checkCrc(header, body, size);

    into.clear();
    into.reserve(rows);
    into.rows = rows;
    int present = rows;
    if (chunk.leaf.optional()) {
      if (data.getNum_nulls() == 0) {
        Arrays.fill(into.present, 0, rows, true);
      } else {
        present = decoder.readLevels(raw, body, body + levels, into.present, rows);
        into.nulls = rows - present;
      }
    }
    if (data.getNum_nulls() != into.nulls) {
      throw HybridDecoder.damaged("another number of nulls than it should");
    }
    int start = body + levels;
    byte[] source = raw;
    if (data.isIs_compressed()) {
      reserveValues(unpacked);
      codecs.of(chunk.codec).decompress(raw, start, packed, values, 0, unpacked);
      source = values;
      start = 0;
    } else if (packed != unpacked) {
      throw HybridDecoder.damaged("a header that does not agree with the index");
    }
    decoder.readValues(chunk.encoding, dictionary, source, start, start + unpacked, into, present);
    statistics.pagesRead++;
  }

  /** Decodes the dictionary of a chunk; null if it has none. */
  @Nullable LeafBuffer readDictionary(Chunk chunk, LeafBuffer into) throws IOException {
    int size = chunk.dictionaryBytes();
    if (size == 0) {
      return null;
    }
    readRaw(chunk.dictionaryOffset, size);
    ByteArrayInputStream in = new ByteArrayInputStream(raw, 0, size);
    PageHeader header = Util.readPageHeader(in);
    int body = size - in.available();
    DictionaryPageHeader dictionary = header.getDictionary_page_header();
    int unpacked = header.getUncompressed_page_size();
    if (header.getType() != PageType.DICTIONARY_PAGE
        || dictionary == null
        || dictionary.getEncoding() != Encoding.PLAIN
        || dictionary.getNum_values() < 0
        || dictionary.getNum_values() > chunk.rows
        || header.getCompressed_page_size() != size - body
        || unpacked < 0
        || unpacked > chunk.uncompressedBytes) {
      throw HybridDecoder.damaged("a header that does not agree with the index");
    }
    checkCrc(header, body, size);
    reserveValues(unpacked);
    codecs.of(chunk.codec).decompress(raw, body, size - body, values, 0, unpacked);
    into.clear();
    into.reserve(dictionary.getNum_values());
    into.rows = dictionary.getNum_values();
    if (into.leaf.optional()) {
      Arrays.fill(into.present, 0, into.rows, true);
    }
    decoder.readValues(Encoding.PLAIN, null, values, 0, unpacked, into, into.rows);
    if (into.leaf.physical() == PhysicalType.BYTES) {
      // Values are copied eight bytes at a time.
      into.reserveBytes((long) into.start(into.rows) + Long.BYTES);
    }
    return into;
  }

  private void readRaw(long offset, int size) {
    if (raw.length < size + HybridDecoder.SLACK) {
      raw = new byte[Math.max(size + HybridDecoder.SLACK, raw.length * 2)];
    }
    file.read(offset, raw, 0, size);
    statistics.bytesRead += size;
  }

  private void reserveValues(int size) {
    if (values.length < size + HybridDecoder.SLACK) {
      values = new byte[Math.max(size + HybridDecoder.SLACK, values.length * 2)];
    }
  }

  private void checkCrc(PageHeader header, int from, int to) {
    crc.reset();
    crc.update(raw, from, to - from);
    if (!header.isSetCrc() || header.getCrc() != (int) crc.getValue()) {
      throw HybridDecoder.damaged("bytes with a wrong checksum");
    }
  }

  @Override
  public void close() {
    codecs.close();
  }
}
