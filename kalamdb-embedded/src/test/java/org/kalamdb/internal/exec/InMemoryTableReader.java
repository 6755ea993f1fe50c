package org.kalamdb.internal.exec;

import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.FieldVector;
import org.jspecify.annotations.Nullable;
import org.kalamdb.internal.catalog.TableDefinition;
import org.kalamdb.internal.expr.Values;
import org.kalamdb.internal.storage.BatchSource;
import org.kalamdb.internal.storage.ColumnEstimate;
import org.kalamdb.internal.storage.KeyRange;
import org.kalamdb.internal.storage.ScanRequest;
import org.kalamdb.internal.storage.ScanRequest.Order;
import org.kalamdb.internal.storage.ScanStatistics;
import org.kalamdb.internal.storage.SystemColumn;
import org.kalamdb.internal.storage.TableEstimate;
import org.kalamdb.internal.storage.TableReader;
import org.kalamdb.internal.vector.RecordBatch;
import org.kalamdb.internal.vector.SelectionVector;
import org.kalamdb.internal.vector.VectorTypes;
import org.kalamdb.schema.ColumnSchema;
import org.kalamdb.schema.DataType;
import org.kalamdb.schema.TableId;
import org.kalamdb.schema.TableSchema;
import org.kalamdb.schema.UserId;

/**
 * Rows in lists, handed out in batches of random size with rubbish rows that the selection leaves
 * out. Keeps what it is asked, and can fail at a given batch.
 */
final class InMemoryTableReader implements TableReader {
  private final Map<TableId, List<StoredRow>> tables = new HashMap<>();
  private final List<ScanRequest> requests = new ArrayList<>();
  private final Random random;
  private int failAtBatch = -1;
  private int partRows;
  private boolean shuffles = true;
  private final AtomicInteger openSources = new AtomicInteger();

  InMemoryTableReader(long seed) {
    this.random = new Random(seed);
  }

  private record StoredRow(
      @Nullable UserId user, @Nullable Object[] values, long seq, boolean deleted) {}

  void insert(TableDefinition table, @Nullable UserId user, @Nullable Object... values) {
    add(table, user, false, values);
  }

  void insertDeleted(TableDefinition table, @Nullable UserId user, @Nullable Object... values) {
    add(table, user, true, values);
  }

  private void add(
      TableDefinition table, @Nullable UserId user, boolean deleted, @Nullable Object[] values) {
    List<StoredRow> rows = tables.computeIfAbsent(table.id(), id -> new ArrayList<>());
    rows.add(new StoredRow(user, values, rows.size() + 1, deleted));
  }

  List<@Nullable Object[]> rows(TableDefinition table) {
    List<@Nullable Object[]> values = new ArrayList<>();
    for (StoredRow row : tables.getOrDefault(table.id(), List.of())) {
      if (!row.deleted()) {
        values.add(row.values());
      }
    }
    return values;
  }

  List<ScanRequest> requests() {
    return requests;
  }

  int openSources() {
    return openSources.get();
  }

  /** Makes each scan fail when its batch of the number, from 0, is asked for. */
  void failAtBatch(int number) {
    failAtBatch = number;
  }

  @Override
  public TableEstimate estimate(
      TableDefinition table, @Nullable UserId user, BufferAllocator allocator) {
    int size = tables.getOrDefault(table.id(), List.of()).size();
    return new TableEstimate() {
      @Override
      public double rows() {
        return size;
      }

      @Override
      public ColumnEstimate column(int position) {
        return ColumnEstimate.UNKNOWN;
      }
    };
  }

  /** Hands rows out in the order of their insertion where no order is asked for. */
  void keepOrder() {
    shuffles = false;
  }

  /** Lets scans be divided into parts of about so many rows. */
  void partRows(int rows) {
    partRows = rows;
  }

  @Override
  public List<? extends BatchSource> scanParts(ScanRequest request, BufferAllocator allocator) {
    if (partRows == 0) {
      return List.of(scan(request, allocator));
    }
    List<StoredRow> chosen = chosen(request);
    List<BatchSource> parts = new ArrayList<>();
    for (int from = 0; from < chosen.size() || from == 0; ) {
      int to = Math.min(chosen.size(), from + 1 + random.nextInt(2 * partRows));
      openSources.incrementAndGet();
      parts.add(new Source(request, chosen.subList(from, to), allocator));
      from = Math.max(1, to);
    }
    return parts;
  }

  @Override
  public BatchSource scan(ScanRequest request, BufferAllocator allocator) {
    openSources.incrementAndGet();
    return new Source(request, chosen(request), allocator);
  }

  private List<StoredRow> chosen(ScanRequest request) {
    requests.add(request);
    TableSchema schema = request.table().schema();
    List<StoredRow> chosen = new ArrayList<>();
    for (StoredRow row : tables.getOrDefault(request.table().id(), List.of())) {
      boolean mine =
          request.user() == null ? row.user() == null : request.user().equals(row.user());
      if (mine
          && (request.includeDeleted() || !row.deleted())
          && request.ranges().stream().anyMatch(range -> contains(range, schema, row.values()))) {
        chosen.add(row);
      }
    }
    Comparator<StoredRow> byKey = (a, b) -> compareKeys(schema, a.values(), b.values());
    if (request.order() == Order.ANY) {
      if (shuffles) {
        Collections.shuffle(chosen, random);
      }
    } else {
      chosen.sort(request.order() == Order.ASCENDING ? byKey : byKey.reversed());
    }
    if (chosen.size() > request.limit()) {
      chosen = chosen.subList(0, (int) request.limit());
    }
    return chosen;
  }

  private static int compareKeys(TableSchema schema, @Nullable Object[] a, @Nullable Object[] b) {
    for (int column : schema.primaryKey()) {
      int order = Values.compare(a[column], b[column], schema.column(column).type());
      if (order != 0) {
        return order;
      }
    }
    return 0;
  }

  private static boolean contains(KeyRange range, TableSchema schema, @Nullable Object[] row) {
    int at = 0;
    for (Object value : range.prefix()) {
      int column = schema.primaryKey().get(at++);
      if (Values.compare(row[column], value, schema.column(column).type()) != 0) {
        return false;
      }
    }
    if (range.lower() == null && range.upper() == null) {
      return true;
    }
    int column = schema.primaryKey().get(at);
    DataType type = schema.column(column).type();
    if (range.lower() != null) {
      int order = Values.compare(row[column], range.lower().value(), type);
      if (order < 0 || (order == 0 && !range.lower().inclusive())) {
        return false;
      }
    }
    if (range.upper() != null) {
      int order = Values.compare(row[column], range.upper().value(), type);
      return order < 0 || (order == 0 && range.upper().inclusive());
    }
    return true;
  }

  private final class Source implements BatchSource {
    private final ScanRequest request;
    private final List<StoredRow> rows;
    private final BufferAllocator allocator;
    private final ScanStatistics statistics = new ScanStatistics();
    private final List<DataType> types = new ArrayList<>();
    private int next;
    private int batches;
    private boolean closed;

    Source(ScanRequest request, List<StoredRow> rows, BufferAllocator allocator) {
      this.request = request;
      this.rows = rows;
      this.allocator = allocator;
      for (int number : request.columns()) {
        types.add(
            number < 0
                ? SystemColumn.ofScanNumber(number).type()
                : request.table().schema().column(number).type());
      }
    }

    @Override
    public @Nullable RecordBatch next() {
      if (batches++ == failAtBatch) {
        throw new org.kalamdb.error.KalamException(
            org.kalamdb.error.ErrorCode.IO_ERROR, "the disk is on fire");
      }
      if (next == rows.size()) {
        return null;
      }
      int active =
          Math.min(1 + random.nextInt(random.nextBoolean() ? 3 : 1000), rows.size() - next);
      List<@Nullable StoredRow> physical = new ArrayList<>();
      int[] selected = new int[active];
      for (int i = 0; i < active; i++) {
        while (random.nextInt(4) == 0 && physical.size() + active - i < RecordBatch.MAX_ROWS) {
          physical.add(rows.get(random.nextInt(rows.size()))); // left out by the selection
        }
        selected[i] = physical.size();
        physical.add(rows.get(next++));
      }
      statistics.hotRows += active;
      List<FieldVector> vectors = new ArrayList<>();
      try {
        for (int c = 0; c < types.size(); c++) {
          FieldVector vector = VectorTypes.createVector("", types.get(c), allocator);
          vectors.add(vector);
          vector.allocateNew();
          for (int r = 0; r < physical.size(); r++) {
            Object value = value(physical.get(r), request.columns().get(c));
            VectorTypes.writeValue(vector, types.get(c), r, value);
          }
          vector.setValueCount(physical.size());
        }
      } catch (Throwable e) {
        vectors.forEach(FieldVector::close);
        throw e;
      }
      return new RecordBatch(types, vectors, physical.size(), SelectionVector.of(selected, active));
    }

    private @Nullable Object value(@Nullable StoredRow row, int number) {
      if (row == null) {
        return null;
      }
      if (number >= 0) {
        return row.values()[number];
      }
      return switch (SystemColumn.ofScanNumber(number)) {
        case SEQ -> row.seq();
        case DELETED -> row.deleted();
        case SEGMENT, SEGMENT_ROW -> 0L;
      };
    }

    @Override
    public ScanStatistics statistics() {
      return statistics;
    }

    @Override
    public void close() {
      if (!closed) {
        closed = true;
        openSources.decrementAndGet();
      }
    }
  }

  /** A table in namespace {@code default}; key columns are NOT NULL. */
  static TableDefinition table(
      org.kalamdb.schema.TableType type, String name, List<Integer> key, Object... namesAndTypes) {
    List<ColumnSchema> columns = new ArrayList<>();
    for (int i = 0; i < namesAndTypes.length; i += 2) {
      int position = i / 2;
      columns.add(
          new ColumnSchema(
              position + 1,
              (String) namesAndTypes[i],
              (DataType) namesAndTypes[i + 1],
              !key.contains(position),
              null,
              null));
    }
    return new TableDefinition(
        1,
        TableId.of("default", name),
        type,
        List.of(new TableSchema(1, columns, key)),
        org.kalamdb.internal.catalog.TableOptions.DEFAULTS);
  }
}
