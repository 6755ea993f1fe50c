package org.kalamdb.internal.storage.cold;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.Arrays;
import org.apache.parquet.format.ColumnMetaData;
import org.apache.parquet.format.DataPageHeader;
import org.apache.parquet.format.DataPageHeaderV2;
import org.apache.parquet.format.DictionaryPageHeader;
import org.apache.parquet.format.Encoding;
import org.apache.parquet.format.PageHeader;
import org.jspecify.annotations.Nullable;
import org.kalamdb.error.ErrorCode;
import org.kalamdb.error.KalamException;
import org.kalamdb.internal.storage.file.ReadableFile;

/**
 * Reads a column chunk of others page by page, forwards: pages of both versions and all encodings
 * of flat columns. Every number in a header is checked before it becomes an array. One thread at a
 * time.
 */
final class ForeignChunk implements AutoCloseable {
  private static final int FIRST_HEADER_BYTES = 1 << 10;
  private static final int MAX_HEADER_BYTES = 1 << 24;

  private final ReadableFile file;
  private final ForeignMemory memory;
  private final PageCodec codec;
  private final ValueDecoder decoder;
  private final LeafBuffer page;
  private final LeafBuffer dictionary;
  private final long end;
  private boolean hasDictionary;
  private long position;
  private long unread;
  private long held;
  private int row = -1;
  private byte[] raw = {};
  private byte[] values = {};

  /**
   * @param rows of the row group
   */
  ForeignChunk(
      ReadableFile file, Leaf leaf, ColumnMetaData chunk, long rows, ForeignMemory memory) {
    this.file = file;
    this.memory = memory;
    long first = chunk.getData_page_offset();
    if (chunk.isSetDictionary_page_offset() && chunk.getDictionary_page_offset() > 0) {
      first = Math.min(first, chunk.getDictionary_page_offset());
    }
    long length = chunk.getTotal_compressed_size();
    if (chunk.getNum_values() != rows || first < 4 || length < 0 || length > file.size() - first) {
      throw HybridDecoder.damaged("a column that does not lie in the file");
    }
    this.position = first;
    this.end = first + length;
    this.unread = rows;
    this.codec = new PageCodec(chunk.getCodec());
    this.decoder = new ValueDecoder(false, memory.limit() / 2);
    this.page = new LeafBuffer(leaf, ForeignMemory.UNUSED);
    this.dictionary = new LeafBuffer(leaf, ForeignMemory.UNUSED);
  }

  /** Goes to the next row, which must be there. */
  void advance() throws IOException {
    row++;
    while (row >= page.rows) {
      readPage();
      row = 0;
    }
  }

  LeafBuffer page() {
    return page;
  }

  int row() {
    return row;
  }

  private void readPage() throws IOException {
    page.clear();
    if (unread == 0 || position >= end) {
      throw HybridDecoder.damaged("fewer values than rows");
    }
    PageHeader header = readHeader();
    int packed = header.getCompressed_page_size();
    int unpacked = header.getUncompressed_page_size();
    if (packed < 0 || packed > end - position || unpacked < 0) {
      throw HybridDecoder.damaged("a page that does not lie in its column");
    }
    switch (header.getType()) {
      case DICTIONARY_PAGE -> readDictionary(header.getDictionary_page_header(), packed, unpacked);
      case DATA_PAGE -> readData(header.getData_page_header(), packed, unpacked);
      case DATA_PAGE_V2 -> readData(header.getData_page_header_v2(), packed, unpacked);
      case INDEX_PAGE -> {}
    }
    position += packed;
  }

  /** Reads the header and goes behind it. */
  private PageHeader readHeader() throws IOException {
    for (int size = FIRST_HEADER_BYTES; ; size *= 8) {
      int length = (int) Math.min(size, end - position);
      byte[] bytes = new byte[length];
      file.read(position, bytes, 0, length);
      ByteArrayInputStream in = new ByteArrayInputStream(bytes);
      try {
        PageHeader header = ForeignThrift.read(in, length, new PageHeader());
        position += length - in.available();
        return header;
      } catch (IOException e) {
        if (length == end - position || size >= MAX_HEADER_BYTES) {
          throw e;
        }
      }
    }
  }

  private void readDictionary(@Nullable DictionaryPageHeader header, int packed, int unpacked) {
    int count = header == null ? -1 : header.getNum_values();
    if (header == null || hasDictionary || count < 0) {
      throw HybridDecoder.damaged("a dictionary that is none");
    }
    if (header.getEncoding() != Encoding.PLAIN
        && header.getEncoding() != Encoding.PLAIN_DICTIONARY) {
      throw HybridDecoder.damaged("encoding " + header.getEncoding() + " of a dictionary");
    }
    PhysicalType physical = page.leaf.physical();
    int least = physical == PhysicalType.BYTES ? 4 : Math.max(1, physical.width());
    if (physical == PhysicalType.BOOLEAN || (long) count * least > unpacked) {
      throw HybridDecoder.damaged("a dictionary with fewer values than it says");
    }
    long rowBytes = rowBytes(page.leaf);
    memory.take(2L * unpacked + packed + count * rowBytes);
    byte[] source = unpack(0, packed, unpacked);
    dictionary.reserve(count);
    dictionary.rows = count;
    if (dictionary.leaf.optional()) {
      Arrays.fill(dictionary.present, 0, count, true);
    }
    decoder.readValues(Encoding.PLAIN, null, source, 0, unpacked, dictionary, count);
    hasDictionary = true;
  }

  /** Bytes of heap of a row of a page, values of BYTES apart. */
  private static long rowBytes(Leaf leaf) {
    return 1
        + switch (leaf.physical()) {
          case BYTES -> 4L;
          case FIXED -> leaf.length();
          default -> 8L;
        };
  }

  private void readData(@Nullable DataPageHeader header, int packed, int unpacked) {
    if (header == null) {
      throw HybridDecoder.damaged("a data page without a header");
    }
    int rows = rows(header.getNum_values());
    hold(packed, unpacked, rows);
    byte[] source = unpack(0, packed, unpacked);
    int start = 0;
    int present = rows;
    if (page.leaf.optional()) {
      if (header.getDefinition_level_encoding() != Encoding.RLE) {
        throw HybridDecoder.damaged("levels in encoding " + header.getDefinition_level_encoding());
      }
      int length = unpacked < 4 ? -1 : LittleEndian.getInt(source, 0);
      if (length < 0 || length > unpacked - 4) {
        throw HybridDecoder.damaged("levels of a wrong length");
      }
      start = 4 + length;
      present = decoder.readLevels(source, 4, start, page.present, rows);
    }
    readValues(header.getEncoding(), source, start, unpacked, rows, present);
  }

  private void readData(@Nullable DataPageHeaderV2 header, int packed, int unpacked) {
    int levels = header == null ? -1 : header.getDefinition_levels_byte_length();
    if (header == null
        || levels < 0
        || header.getRepetition_levels_byte_length() != 0
        || levels > packed
        || levels > unpacked) {
      throw HybridDecoder.damaged("a data page with a wrong header");
    }
    int rows = rows(header.getNum_values());
    hold(packed, unpacked, rows);
    int present = rows;
    readRaw(packed);
    if (page.leaf.optional()) {
      present = decoder.readLevels(raw, 0, levels, page.present, rows);
    }
    boolean compressed = !header.isSetIs_compressed() || header.isIs_compressed();
    int size = unpacked - levels;
    if (!compressed && packed - levels != size) {
      throw HybridDecoder.damaged("a data page with a wrong header");
    }
    if (compressed && size > 0) {
      reserveValues(size);
      codec.decompress(raw, levels, packed - levels, values, 0, size);
      readValues(header.getEncoding(), values, 0, size, rows, present);
    } else {
      readValues(header.getEncoding(), raw, levels, packed, rows, present);
    }
  }

  private int rows(int count) {
    if (count < 0 || count > unread) {
      throw HybridDecoder.damaged("more values than rows");
    }
    return count;
  }

  /** Gives back what the last page took, and takes for the next. */
  private void hold(int packed, int unpacked, int rows) {
    memory.give(held);
    held = 0;
    long needed = 2L * unpacked + packed + rows * rowBytes(page.leaf);
    memory.take(needed);
    held = needed;
    page.reserve(rows);
    page.rows = rows;
    unread -= rows;
  }

  private void readValues(
      Encoding encoding, byte[] source, int from, int to, int rows, int present) {
    page.nulls = rows - present;
    if (present > 0) {
      decoder.readValues(
          encoding, hasDictionary ? dictionary : null, source, from, to, page, present);
    } else if (page.leaf.physical() == PhysicalType.BYTES) {
      Arrays.fill(page.ends, 0, rows, 0);
    }
  }

  private byte[] unpack(int at, int packed, int unpacked) {
    readRaw(packed);
    reserveValues(unpacked);
    codec.decompress(raw, at, packed, values, 0, unpacked);
    return values;
  }

  private void readRaw(int size) {
    if (raw.length < size + HybridDecoder.SLACK) {
      raw = new byte[size + HybridDecoder.SLACK];
    }
    file.read(position, raw, 0, size);
  }

  private void reserveValues(int size) {
    if (values.length < size + HybridDecoder.SLACK) {
      values = new byte[size + HybridDecoder.SLACK];
    }
  }

  @Override
  public void close() {
    codec.close();
  }

  /** 0A000 for a compression we cannot undo. */
  static void checkCodec(ColumnMetaData chunk) {
    switch (chunk.getCodec()) {
      case UNCOMPRESSED, SNAPPY, GZIP, ZSTD -> {}
      default -> throw unsupported(chunk);
    }
  }

  private static KalamException unsupported(ColumnMetaData chunk) {
    return new KalamException(
        ErrorCode.FEATURE_NOT_SUPPORTED,
        "the file's compression " + chunk.getCodec() + " is not supported");
  }
}
