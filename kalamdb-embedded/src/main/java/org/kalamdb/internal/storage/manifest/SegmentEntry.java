package org.kalamdb.internal.storage.manifest;

import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One segment as the manifest knows it: what a scan must know to leave the file closed, and what
 * the file must show when it is opened.
 *
 * @param number unique in the database, never reused
 * @param file path in the local storage, or {@code @number/path} in another
 * @param level 0 for a flushed segment; compaction raises it
 * @param rows in the file, superseded ones and tombstones included
 * @param bytes size of the file
 * @param tailBytes size of what follows the last page: indexes, filters and footer
 * @param tailCrc CRC32C of the tail
 * @param minKey smallest primary key, encoded as in row keys, at the types of {@code schemaVersion}
 * @param maxKey greatest primary key
 * @param minSeq smallest {@code _seq}
 * @param maxSeq greatest {@code _seq}
 * @param schemaVersion version of the table's schema it was written with
 * @param tombstones rows with {@code _deleted}
 * @param createdMillis when it was published, in epoch milliseconds
 * @param columns by column id, ascending
 */
@SuppressWarnings("ArrayRecordComponent") // compared by content, below
public record SegmentEntry(
    long number,
    String file,
    int level,
    long rows,
    long bytes,
    int tailBytes,
    int tailCrc,
    byte[] minKey,
    byte[] maxKey,
    long minSeq,
    long maxSeq,
    int schemaVersion,
    long tombstones,
    long createdMillis,
    List<ColumnStatistics> columns) {
  public SegmentEntry {
    columns = List.copyOf(columns);
  }

  /** The same segment in another file. */
  public SegmentEntry withFile(String other) {
    return new SegmentEntry(
        number,
        other,
        level,
        rows,
        bytes,
        tailBytes,
        tailCrc,
        minKey,
        maxKey,
        minSeq,
        maxSeq,
        schemaVersion,
        tombstones,
        createdMillis,
        columns);
  }

  /** Statistics of the column, or null if the segment was written before it was added. */
  public @Nullable ColumnStatistics column(int columnId) {
    for (ColumnStatistics column : columns) {
      if (column.columnId() == columnId) {
        return column;
      }
    }
    return null;
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof SegmentEntry that
        && number == that.number
        && file.equals(that.file)
        && level == that.level
        && rows == that.rows
        && bytes == that.bytes
        && tailBytes == that.tailBytes
        && tailCrc == that.tailCrc
        && Arrays.equals(minKey, that.minKey)
        && Arrays.equals(maxKey, that.maxKey)
        && minSeq == that.minSeq
        && maxSeq == that.maxSeq
        && schemaVersion == that.schemaVersion
        && tombstones == that.tombstones
        && createdMillis == that.createdMillis
        && columns.equals(that.columns);
  }

  @Override
  public int hashCode() {
    return Long.hashCode(number);
  }

  @Override
  public String toString() {
    return "SegmentEntry[" + number + ", " + file + ", rows=" + rows + ", bytes=" + bytes + "]";
  }
}
