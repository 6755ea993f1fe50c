package org.kalamdb.internal.storage.cold;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.apache.parquet.format.ColumnChunk;
import org.apache.parquet.format.FileMetaData;
import org.apache.parquet.format.RowGroup;
import org.apache.parquet.format.SchemaElement;
import org.jspecify.annotations.Nullable;
import org.kalamdb.error.ErrorCode;
import org.kalamdb.error.KalamException;
import org.kalamdb.internal.storage.file.ReadableFile;
import org.kalamdb.schema.DataType;

/**
 * The rows of a Parquet file that anybody may have written: flat columns, one row at a time, a page
 * of each column in memory. Nothing in the file is believed; what does not agree is 22P04. One
 * thread at a time.
 */
public final class ParquetImport implements AutoCloseable {
  private static final int TRAILER_BYTES = 8;
  private static final int MAX_FOOTER_BYTES = 64 << 20;

  private final ReadableFile file;
  private final ForeignMemory memory;
  private final FileMetaData meta;
  private final List<ForeignColumn> columns = new ArrayList<>();
  private final List<ForeignChunk> chunks = new ArrayList<>();
  private int[] read = {};
  private int group = -1;
  private long rowsLeft;

  private ParquetImport(ReadableFile file, long memoryBytes) throws IOException {
    this.file = file;
    this.memory = new ForeignMemory(memoryBytes);
    this.meta = readFooter();
    readSchema();
  }

  /**
   * Opens a file.
   *
   * @param file taken over, also if this fails
   * @param memoryBytes the most bytes its pages may take
   * @throws KalamException 22P04 if it is no Parquet file, 0A000 for what of Parquet is not read
   */
  public static ParquetImport open(ReadableFile file, long memoryBytes) {
    try {
      return new ParquetImport(file, memoryBytes);
    } catch (IOException | RuntimeException e) {
      file.close();
      throw damaged(e);
    }
  }

  private FileMetaData readFooter() throws IOException {
    long size = file.size();
    byte[] trailer = new byte[TRAILER_BYTES];
    if (size < 2 * SegmentTail.MAGIC.length + 4) {
      throw HybridDecoder.damaged("no footer");
    }
    file.read(size - TRAILER_BYTES, trailer, 0, TRAILER_BYTES);
    byte[] magic = Arrays.copyOfRange(trailer, 4, TRAILER_BYTES);
    if (Arrays.equals(magic, new byte[] {'P', 'A', 'R', 'E'})) {
      throw new KalamException(ErrorCode.FEATURE_NOT_SUPPORTED, "the file is encrypted");
    } else if (!Arrays.equals(magic, SegmentTail.MAGIC)) {
      throw HybridDecoder.damaged("no footer");
    }
    int length = LittleEndian.getInt(trailer, 0);
    if (length <= 0 || length > MAX_FOOTER_BYTES || length > size - TRAILER_BYTES - 4) {
      throw HybridDecoder.damaged("a footer of " + length + " bytes");
    }
    memory.take(length);
    byte[] footer = new byte[length];
    file.read(size - TRAILER_BYTES - length, footer, 0, length);
    memory.giveAll();
    return ForeignThrift.read(new ByteArrayInputStream(footer), length, new FileMetaData());
  }

  private void readSchema() {
    List<SchemaElement> elements = meta.getSchema();
    if (elements.isEmpty() || elements.get(0).getNum_children() != elements.size() - 1) {
      String nested = "";
      for (SchemaElement element :
          elements.subList(Math.min(1, elements.size()), elements.size())) {
        nested = nested.isEmpty() && element.getNum_children() > 0 ? element.getName() : nested;
      }
      throw nested.isEmpty()
          ? HybridDecoder.damaged("a schema that does not agree with itself")
          : ForeignColumn.nested(nested);
    }
    for (SchemaElement element : elements.subList(1, elements.size())) {
      if (element.getNum_children() > 0 || !element.isSetType()) {
        throw ForeignColumn.nested(element.getName());
      }
      columns.add(ForeignColumn.of(columns.size(), element));
    }
  }

  /** Names of all columns. */
  public List<String> names() {
    return columns.stream().map(ForeignColumn::name).toList();
  }

  /** Types of all columns. */
  public List<DataType> types() {
    return columns.stream().map(ForeignColumn::type).toList();
  }

  /** Settles which columns {@link #next} reads, by position. */
  public void select(List<Integer> positions) {
    read = positions.stream().mapToInt(Integer::intValue).toArray();
  }

  /** The values of the selected columns in the next row; null behind the last. */
  public @Nullable Object @Nullable [] next() {
    try {
      while (rowsLeft == 0) {
        if (!openGroup()) {
          return null;
        }
      }
      rowsLeft--;
      @Nullable Object[] row = new @Nullable Object[read.length];
      for (int i = 0; i < row.length; i++) {
        ForeignChunk chunk = chunks.get(i);
        chunk.advance();
        row[i] = columns.get(read[i]).read(chunk.page(), chunk.row());
      }
      return row;
    } catch (IOException | RuntimeException e) {
      throw damaged(e);
    }
  }

  private boolean openGroup() {
    closeChunks();
    group++;
    if (group >= meta.getRow_groups().size()) {
      return false;
    }
    RowGroup opened = meta.getRow_groups().get(group);
    if (opened.getNum_rows() < 0 || opened.getColumns().size() != columns.size()) {
      throw HybridDecoder.damaged("a row group that does not agree with the schema");
    }
    for (int column : read) {
      ColumnChunk chunk = opened.getColumns().get(column);
      if (chunk.isSetFile_path() || chunk.isSetCrypto_metadata() || !chunk.isSetMeta_data()) {
        throw new KalamException(
            ErrorCode.FEATURE_NOT_SUPPORTED, "columns in other files or encrypted are not read");
      }
      ForeignChunk.checkCodec(chunk.getMeta_data());
      if (chunk.getMeta_data().getType() != meta.getSchema().get(column + 1).getType()) {
        throw HybridDecoder.damaged("a column of another type than the schema says");
      }
      chunks.add(
          new ForeignChunk(
              file,
              columns.get(column).leaf(),
              chunk.getMeta_data(),
              opened.getNum_rows(),
              memory));
    }
    rowsLeft = opened.getNum_rows();
    return true;
  }

  private void closeChunks() {
    chunks.forEach(ForeignChunk::close);
    chunks.clear();
    memory.giveAll();
  }

  /**
   * What a failure means. The parsers meet bytes that nobody wrote with whatever exception comes
   * first; all of them are the file's fault.
   */
  private static KalamException damaged(Exception failure) {
    if (failure instanceof KalamException known && known.code() != ErrorCode.DATA_CORRUPTED) {
      return known;
    }
    String reason =
        failure instanceof KalamException known ? known.reason() : "its contents cannot be read";
    return new KalamException(
        ErrorCode.BAD_COPY_FILE_FORMAT, "not a sound Parquet file: " + reason, failure);
  }

  @Override
  public void close() {
    try {
      closeChunks();
    } finally {
      file.close();
    }
  }
}
