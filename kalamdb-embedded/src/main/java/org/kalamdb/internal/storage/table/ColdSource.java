package org.kalamdb.internal.storage.table;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.apache.arrow.vector.FieldVector;
import org.jspecify.annotations.Nullable;
import org.kalamdb.internal.catalog.TableDefinition;
import org.kalamdb.internal.storage.ScanRequest;
import org.kalamdb.internal.storage.ScanStatistics;
import org.kalamdb.internal.storage.cold.SegmentReader;
import org.kalamdb.internal.storage.cold.SegmentStore;
import org.kalamdb.internal.storage.key.KeyEncoder;
import org.kalamdb.internal.storage.key.RowKeys;
import org.kalamdb.internal.storage.manifest.SegmentEntry;
import org.kalamdb.internal.vector.RecordBatch;
import org.kalamdb.internal.vector.VectorTypes;
import org.kalamdb.schema.DataType;

/** One segment in a scan: its file is opened when its first row is asked for. */
final class ColdSource implements KeyedSource {
  private final ScanRequest request;
  private final int keysAt;
  private final SegmentEntry entry;
  private final Function<ScanStatistics, @Nullable SegmentReader> opener;
  private final ScanStatistics statistics = new ScanStatistics();
  private @Nullable SegmentReader reader;
  private @Nullable RecordBatch current;
  private boolean opened;

  /**
   * @param keysAt where the primary key columns begin in the request's columns
   */
  ColdSource(
      ScanRequest request,
      int keysAt,
      SegmentEntry entry,
      Function<ScanStatistics, @Nullable SegmentReader> opener) {
    this.request = request;
    this.keysAt = keysAt;
    this.entry = entry;
    this.opener = opener;
  }

  /** The request with the primary key columns behind its own. */
  static ScanRequest withKeys(ScanRequest request) {
    List<Integer> columns = new ArrayList<>(request.columns());
    columns.addAll(request.table().schema().primaryKey());
    return new ScanRequest(
        request.table(),
        request.user(),
        columns,
        request.ranges(),
        request.predicates(),
        request.order(),
        request.includeDeleted(),
        request.limit(),
        request.afterSeq());
  }

  @Override
  public @Nullable RecordBatch next() {
    SegmentReader open = open();
    current = open == null ? null : open.next();
    return current;
  }

  private @Nullable SegmentReader open() {
    if (!opened) {
      opened = true;
      reader = opener.apply(statistics);
    }
    return reader;
  }

  @Override
  public long skipKnown() {
    SegmentReader open = open();
    return open == null ? 0 : open.skipKnown();
  }

  @Override
  public byte[] viewKey(int row) {
    RecordBatch batch = current;
    if (batch == null) {
      throw new IllegalStateException("No batch was read");
    }
    TableDefinition table = request.table();
    KeyEncoder key = RowKeys.startKey(table.number(), request.user());
    List<Integer> primaryKey = table.schema().primaryKey();
    for (int i = 0; i < primaryKey.size(); i++) {
      FieldVector vector = batch.column(keysAt + i);
      DataType type = batch.types().get(keysAt + i);
      Object value = VectorTypes.readValue(vector, type, row);
      if (value == null) {
        throw new IllegalStateException("A primary key is NULL");
      }
      key.add(type, value);
    }
    return key.toBytes();
  }

  /** Only where the segment was written with today's key types are its bounds comparable. */
  @Override
  public byte @Nullable [] bound() {
    TableDefinition table = request.table();
    if (!SegmentStore.hasTodaysKeyTypes(table, entry)) {
      return null;
    }
    byte[] key = request.order() == ScanRequest.Order.DESCENDING ? entry.maxKey() : entry.minKey();
    return RowKeys.startKey(table.number(), request.user()).addRaw(key).toBytes();
  }

  @Override
  public ScanStatistics statistics() {
    return statistics;
  }

  @Override
  public void close() {
    SegmentReader open = reader;
    reader = null;
    if (open != null) {
      open.close();
    }
  }
}
