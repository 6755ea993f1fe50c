package org.kalamdb.internal.storage.cold;

import java.util.List;
import org.kalamdb.internal.storage.key.KeyDecoder;
import org.kalamdb.internal.storage.manifest.ColumnStatistics;
import org.kalamdb.internal.storage.manifest.SegmentEntry;
import org.kalamdb.schema.TableSchema;

/** What was written into a published segment; see {@link SegmentEntry} for the parts. */
@SuppressWarnings("ArrayRecordComponent") // handed from the writer to the manifest, never compared
public record SegmentStatistics(
    String file,
    int schemaVersion,
    long rows,
    long bytes,
    int tailBytes,
    int tailCrc,
    byte[] minKey,
    byte[] maxKey,
    long minSeq,
    long maxSeq,
    long tombstones,
    List<ColumnStatistics> columns) {
  public SegmentStatistics {
    columns = List.copyOf(columns);
  }

  /** The segment under its number in the manifest. */
  public SegmentEntry toEntry(long number, int level, long createdMillis) {
    return new SegmentEntry(
        number,
        file,
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

  /** The primary key values of an encoded key, such as {@link #minKey()}. */
  public static Object[] keyValues(TableSchema schema, byte[] key) {
    KeyDecoder decoder = new KeyDecoder(key, 0, key.length);
    return schema.primaryKey().stream()
        .map(column -> decoder.next(schema.column(column).type()))
        .toArray();
  }
}
