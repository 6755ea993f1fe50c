package org.kalamdb.internal.storage.cold;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.LocalDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.apache.parquet.format.ColumnChunk;
import org.apache.parquet.format.ColumnMetaData;
import org.apache.parquet.format.CompressionCodec;
import org.apache.parquet.format.DataPageHeader;
import org.apache.parquet.format.DictionaryPageHeader;
import org.apache.parquet.format.Encoding;
import org.apache.parquet.format.FieldRepetitionType;
import org.apache.parquet.format.FileMetaData;
import org.apache.parquet.format.PageHeader;
import org.apache.parquet.format.PageType;
import org.apache.parquet.format.RowGroup;
import org.apache.parquet.format.SchemaElement;
import org.apache.parquet.format.Type;
import org.apache.parquet.format.Util;
import org.junit.jupiter.api.Test;
import org.kalamdb.error.ErrorCode;
import org.kalamdb.error.KalamException;
import org.kalamdb.internal.storage.file.ReadableFile;
import org.kalamdb.schema.DataType;

/** Files that no writer at hand makes: old timestamps, and numbers that ask for too much. */
class ParquetImportTest {
  private static final long MEMORY = 8L << 20;

  /** One column chunk of required values in a file; what is said of it can be changed. */
  private static final class HandMade {
    private final SchemaElement element = new SchemaElement("c");
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private long rows = 1;
    private long chunkBytes = -1;
    private CompressionCodec codec = CompressionCodec.UNCOMPRESSED;
    private Consumer<FileMetaData> last = meta -> {};

    HandMade(Type type) {
      element.setType(type);
      element.setRepetition_type(FieldRepetitionType.REQUIRED);
      bytes.writeBytes(SegmentTail.MAGIC);
    }

    HandMade data(int values, Encoding encoding, byte[] body, int unpacked) throws IOException {
      PageHeader header = new PageHeader(PageType.DATA_PAGE, unpacked, body.length);
      header.setData_page_header(new DataPageHeader(values, encoding, Encoding.RLE, Encoding.RLE));
      Util.writePageHeader(header, bytes);
      bytes.writeBytes(body);
      return this;
    }

    HandMade dictionary(int values, byte[] body) throws IOException {
      PageHeader header = new PageHeader(PageType.DICTIONARY_PAGE, body.length, body.length);
      header.setDictionary_page_header(new DictionaryPageHeader(values, Encoding.PLAIN));
      Util.writePageHeader(header, bytes);
      bytes.writeBytes(body);
      return this;
    }

    ParquetImport open() throws IOException {
      SchemaElement root = new SchemaElement("root");
      root.setNum_children(1);
      long length = chunkBytes < 0 ? bytes.size() - 4L : chunkBytes;
      ColumnMetaData column =
          new ColumnMetaData(
              element.getType(),
              List.of(Encoding.PLAIN),
              List.of("c"),
              codec,
              rows,
              length,
              length,
              4);
      ColumnChunk chunk = new ColumnChunk(0);
      chunk.setMeta_data(column);
      RowGroup group = new RowGroup(List.of(chunk), length, rows);
      FileMetaData meta = new FileMetaData(1, List.of(root, element), rows, List.of(group));
      last.accept(meta);
      int from = bytes.size();
      Util.writeFileMetaData(meta, bytes);
      bytes.writeBytes(intBytes(bytes.size() - from));
      bytes.writeBytes(SegmentTail.MAGIC);
      return ParquetImport.open(fileOf(bytes.toByteArray()), MEMORY);
    }
  }

  private static byte[] intBytes(int... values) {
    ByteBuffer bytes = ByteBuffer.allocate(4 * values.length).order(ByteOrder.LITTLE_ENDIAN);
    for (int value : values) {
      bytes.putInt(value);
    }
    return bytes.array();
  }

  private static ReadableFile fileOf(byte[] content) {
    return new ReadableFile() {
      @Override
      public long size() {
        return content.length;
      }

      @Override
      public void read(long position, byte[] into, int offset, int length) {
        System.arraycopy(content, Math.toIntExact(position), into, offset, length);
      }

      @Override
      public void close() {}
    };
  }

  private static List<Object> read(ParquetImport file) {
    try (file) {
      file.select(List.of(0));
      List<Object> values = new ArrayList<>();
      for (Object[] row = file.next(); row != null; row = file.next()) {
        values.add(row[0]);
      }
      return values;
    }
  }

  private static void refused(ErrorCode code, HandMade file) {
    assertThatThrownBy(() -> read(file.open()))
        .isInstanceOfSatisfying(
            KalamException.class, e -> assertThat(e.code()).as(e.reason()).isEqualTo(code));
  }

  @Test
  void int96_isATimestamp() throws IOException {
    ByteBuffer body = ByteBuffer.allocate(24).order(ByteOrder.LITTLE_ENDIAN);
    body.putLong(0).putInt(2_440_588);
    body.putLong(3_723_000_004_000L).putInt(2_440_588 - 1);
    HandMade plain = new HandMade(Type.INT96).data(2, Encoding.PLAIN, body.array(), 24);
    plain.rows = 2;
    ParquetImport file = plain.open();
    assertThat(file.types()).containsExactly(DataType.TIMESTAMP);
    assertThat(read(file))
        .containsExactly(
            LocalDateTime.of(1970, 1, 1, 0, 0), LocalDateTime.of(1969, 12, 31, 1, 2, 3, 4_000));
    // A dictionary of two, numbers of one bit: a run of three of the second.
    HandMade numbered =
        new HandMade(Type.INT96)
            .dictionary(2, body.array())
            .data(3, Encoding.PLAIN_DICTIONARY, new byte[] {1, 6, 1}, 3);
    numbered.rows = 3;
    assertThat(read(numbered.open()))
        .hasSize(3)
        .containsOnly(LocalDateTime.of(1969, 12, 31, 1, 2, 3, 4_000));
  }

  @Test
  void frontCodedTexts_andSplitBytes_areRead() throws IOException {
    // Blocks of 128 in 4 parts; two numbers each: 0 and 2 in front, 3 and 1 behind.
    byte[] prefixes = {(byte) 0x80, 1, 4, 2, 0, 4, 0, 0, 0, 0};
    byte[] suffixes = {(byte) 0x80, 1, 4, 2, 6, 3, 0, 0, 0, 0};
    ByteArrayOutputStream body = new ByteArrayOutputStream();
    body.writeBytes(prefixes);
    body.writeBytes(suffixes);
    body.writeBytes(new byte[] {'a', 'b', 'c', 'd'});
    HandMade texts =
        new HandMade(Type.BYTE_ARRAY)
            .data(2, Encoding.DELTA_BYTE_ARRAY, body.toByteArray(), body.size());
    texts.rows = 2;
    assertThat(read(texts.open()))
        .containsExactly(new byte[] {'a', 'b', 'c'}, new byte[] {'a', 'b', 'd'});
    byte[] split = {0, 1, 0, 0, 0, 0, 0, 2};
    HandMade numbers =
        new HandMade(Type.INT32).data(2, Encoding.BYTE_STREAM_SPLIT, split, split.length);
    numbers.rows = 2;
    assertThat(read(numbers.open())).containsExactly(0, 0x0200_0001);
  }

  @Test
  void valuesThatAreNotThere_areRefusedBeforeTheyAreAllocated() throws IOException {
    byte[] one = intBytes(1);
    HandMade manyRows = new HandMade(Type.INT32).data(1, Encoding.PLAIN, one, 4);
    manyRows.rows = Long.MAX_VALUE;
    refused(ErrorCode.BAD_COPY_FILE_FORMAT, manyRows);
    HandMade manyValues = new HandMade(Type.INT32).data(Integer.MAX_VALUE, Encoding.PLAIN, one, 4);
    manyValues.rows = Integer.MAX_VALUE;
    refused(ErrorCode.OUT_OF_MEMORY, manyValues);
    refused(
        ErrorCode.BAD_COPY_FILE_FORMAT,
        new HandMade(Type.INT32)
            .dictionary(Integer.MAX_VALUE, one)
            .data(1, Encoding.RLE_DICTIONARY, new byte[] {0}, 1));
    HandMade bomb = new HandMade(Type.INT32).data(1, Encoding.PLAIN, one, Integer.MAX_VALUE);
    bomb.codec = CompressionCodec.ZSTD;
    refused(ErrorCode.OUT_OF_MEMORY, bomb);
    HandMade outside = new HandMade(Type.INT32).data(1, Encoding.PLAIN, one, 4);
    outside.chunkBytes = 1 << 30;
    refused(ErrorCode.BAD_COPY_FILE_FORMAT, outside);
  }

  /** A dictionary of one long text and a run of its number: few bytes that become many. */
  @Test
  void dictionaryThatBlowsUp_isRefused() throws IOException {
    byte[] text = new byte[4 + (1 << 20)];
    System.arraycopy(intBytes(1 << 20), 0, text, 0, 4);
    ByteBuffer run = ByteBuffer.allocate(5);
    run.put((byte) 0);
    int header = 100_000 << 1;
    run.put((byte) (header | 0x80)).put((byte) (header >> 7 | 0x80)).put((byte) (header >> 14));
    HandMade bomb =
        new HandMade(Type.BYTE_ARRAY)
            .dictionary(1, text)
            .data(100_000, Encoding.RLE_DICTIONARY, run.array(), 5);
    bomb.rows = 100_000;
    refused(ErrorCode.OUT_OF_MEMORY, bomb);
  }

  @Test
  void otherKindsOfFiles_areRefused() throws IOException {
    assertThatThrownBy(
            () ->
                ParquetImport.open(
                    fileOf("id,name\n1,a\n".getBytes(java.nio.charset.StandardCharsets.UTF_8)),
                    MEMORY))
        .isInstanceOfSatisfying(
            KalamException.class,
            e -> assertThat(e.code()).isEqualTo(ErrorCode.BAD_COPY_FILE_FORMAT));
    HandMade elsewhere = new HandMade(Type.INT32).data(1, Encoding.PLAIN, intBytes(1), 4);
    elsewhere.last =
        meta -> meta.getRow_groups().get(0).getColumns().get(0).setFile_path("other.parquet");
    refused(ErrorCode.FEATURE_NOT_SUPPORTED, elsewhere);
    HandMade repeated = new HandMade(Type.INT32).data(1, Encoding.PLAIN, intBytes(1), 4);
    repeated.element.setRepetition_type(FieldRepetitionType.REPEATED);
    refused(ErrorCode.FEATURE_NOT_SUPPORTED, repeated);
    HandMade packed = new HandMade(Type.INT32).data(1, Encoding.PLAIN, intBytes(1), 4);
    packed.codec = CompressionCodec.LZO;
    refused(ErrorCode.FEATURE_NOT_SUPPORTED, packed);
  }
}
