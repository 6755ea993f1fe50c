package org.kalamdb.internal.storage.cold;

import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.FieldVector;
import org.jspecify.annotations.Nullable;
import org.kalamdb.internal.catalog.TableDefinition;
import org.kalamdb.internal.catalog.TableOptions;
import org.kalamdb.internal.storage.ColumnPredicate;
import org.kalamdb.internal.storage.KeyRange;
import org.kalamdb.internal.storage.ScanRequest;
import org.kalamdb.internal.storage.ScanStatistics;
import org.kalamdb.internal.storage.SystemColumn;
import org.kalamdb.internal.storage.file.LocalFileStore;
import org.kalamdb.internal.storage.manifest.SegmentEntry;
import org.kalamdb.internal.vector.RecordBatch;
import org.kalamdb.internal.vector.VectorTypes;
import org.kalamdb.schema.ColumnSchema;
import org.kalamdb.schema.DataType;
import org.kalamdb.schema.Interval;
import org.kalamdb.schema.TableId;
import org.kalamdb.schema.TableSchema;
import org.kalamdb.schema.TableType;
import org.roaringbitmap.RoaringBitmap;

/** Segments of a shared table in a directory, written and read with plain Java rows. */
final class ColdFixture implements AutoCloseable {
  final LocalFileStore files;
  final SegmentStore store;
  final BufferAllocator allocator = new RootAllocator();
  final ScanStatistics statistics = new ScanStatistics();

  ColdFixture(Path directory) {
    files = new LocalFileStore(directory);
    store =
        new SegmentStore(
            files, (table, column) -> "added".equals(column.name()) ? 7 : null, 64 << 20);
  }

  static TableDefinition table(List<Integer> key, ColumnSchema... columns) {
    return table(new TableSchema(1, List.of(columns), key));
  }

  static TableDefinition table(TableSchema... schemas) {
    return new TableDefinition(
        7,
        TableId.of("chat", "messages"),
        TableType.SHARED,
        List.of(schemas),
        TableOptions.DEFAULTS);
  }

  static ColumnSchema column(int id, String name, DataType type) {
    return new ColumnSchema(id, name, type, true, null, null);
  }

  /** Rows are the table's columns; {@code _seq} is 100 + row / 10. */
  SegmentEntry write(
      TableDefinition table, long number, List<@Nullable Object[]> rows, boolean[] deleted) {
    TableSchema schema = table.schema();
    SegmentStatistics written;
    try (SegmentWriter writer = store.createWriter(table, null, "s/" + number + ".parquet")) {
      for (int from = 0; from < rows.size(); from += RecordBatch.MAX_ROWS) {
        int to = Math.min(rows.size(), from + RecordBatch.MAX_ROWS);
        try (RecordBatch batch = batch(schema, rows.subList(from, to), from, deleted)) {
          writer.append(batch);
        }
      }
      written = writer.finish();
    }
    return written.toEntry(number, 0, 1_000);
  }

  SegmentEntry write(TableDefinition table, long number, List<@Nullable Object[]> rows) {
    return write(table, number, rows, new boolean[rows.size()]);
  }

  RecordBatch batch(
      TableSchema schema, List<@Nullable Object[]> rows, int first, boolean[] deleted) {
    List<DataType> types = new ArrayList<>();
    List<FieldVector> vectors = new ArrayList<>();
    for (int c = 0; c < schema.columns().size() + 2; c++) {
      DataType type =
          c < schema.columns().size()
              ? schema.column(c).type()
              : c == schema.columns().size() ? DataType.BIGINT : DataType.BOOLEAN;
      FieldVector vector = VectorTypes.createVector("c" + c, type, allocator);
      vector.setInitialCapacity(rows.size());
      vector.allocateNew();
      for (int r = 0; r < rows.size(); r++) {
        Object value =
            c < schema.columns().size()
                ? rows.get(r)[c]
                : c == schema.columns().size()
                    ? (Object) (100L + (first + r) / 10)
                    : (Object) deleted[first + r];
        VectorTypes.writeValue(vector, type, r, value);
      }
      vector.setValueCount(rows.size());
      types.add(type);
      vectors.add(vector);
    }
    return new RecordBatch(types, vectors, rows.size());
  }

  static ScanRequest request(
      TableDefinition table,
      List<KeyRange> ranges,
      List<ColumnPredicate> predicates,
      ScanRequest.Order order) {
    List<Integer> columns = new ArrayList<>();
    for (int i = 0; i < table.schema().columns().size(); i++) {
      columns.add(i);
    }
    for (SystemColumn column : SystemColumn.values()) {
      columns.add(column.scanNumber());
    }
    return new ScanRequest(table, null, columns, ranges, predicates, order, false, Long.MAX_VALUE);
  }

  static ScanRequest everything(TableDefinition table) {
    return request(table, List.of(KeyRange.ALL), List.of(), ScanRequest.Order.ASCENDING);
  }

  List<List<@Nullable Object>> read(
      ScanRequest request, SegmentEntry entry, @Nullable RoaringBitmap superseded) {
    List<List<@Nullable Object>> rows = new ArrayList<>();
    try (SegmentReader reader = store.scan(request, entry, superseded, allocator, statistics)) {
      if (reader == null) {
        return rows;
      }
      for (RecordBatch batch = reader.next(); batch != null; batch = reader.next()) {
        try (RecordBatch open = batch) {
          for (int i = 0; i < open.selection().size(); i++) {
            List<@Nullable Object> row = new ArrayList<>();
            for (int c = 0; c < open.columnCount(); c++) {
              row.add(
                  comparable(
                      VectorTypes.readValue(
                          open.column(c), open.types().get(c), open.selection().get(i))));
            }
            rows.add(row);
          }
        }
      }
    }
    return rows;
  }

  /** Arrays compare by identity, lists do not. */
  static @Nullable Object comparable(@Nullable Object value) {
    if (value instanceof byte[] bytes) {
      List<Object> list = new ArrayList<>();
      for (byte b : bytes) {
        list.add(b);
      }
      return list;
    }
    if (value instanceof float[] floats) {
      List<Object> list = new ArrayList<>();
      for (float f : floats) {
        list.add(f);
      }
      return list;
    }
    return value;
  }

  /** A table with a column of every type that can be stored, keyed by (id). */
  static TableDefinition everyType() {
    return table(
        List.of(0),
        column(1, "id", DataType.BIGINT),
        column(2, "b", DataType.BOOLEAN),
        column(3, "i2", DataType.SMALLINT),
        column(4, "i4", DataType.INTEGER),
        column(5, "i8", DataType.BIGINT),
        column(6, "f4", DataType.REAL),
        column(7, "f8", DataType.DOUBLE),
        column(8, "d9", DataType.decimal(9, 2)),
        column(9, "d18", DataType.decimal(18, 4)),
        column(10, "d38", DataType.decimal(38, 10)),
        column(11, "t", DataType.TEXT),
        column(12, "v", DataType.varchar(10)),
        column(13, "c", DataType.character(3)),
        column(14, "bin", DataType.BYTES),
        column(15, "day", DataType.DATE),
        column(16, "tod", DataType.TIME),
        column(17, "ts", DataType.TIMESTAMP),
        column(18, "tstz", DataType.TIMESTAMPTZ),
        column(19, "z", DataType.ZONED_TIMESTAMP),
        column(20, "span", DataType.INTERVAL),
        column(21, "u", DataType.UUID),
        column(22, "j", DataType.JSON),
        column(23, "e", DataType.embedding(3)));
  }

  static List<@Nullable Object[]> everyTypeRows(int count, long seed) {
    Random random = new Random(seed);
    List<@Nullable Object[]> rows = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      @Nullable Object[] row = new @Nullable Object[23];
      row[0] = i * 3L;
      if (i != 1) {
        boolean extreme = i < 4;
        boolean low = i == 2;
        row[1] = random.nextBoolean();
        row[2] = extreme ? (low ? Short.MIN_VALUE : Short.MAX_VALUE) : (short) random.nextInt();
        row[3] = extreme ? (low ? Integer.MIN_VALUE : Integer.MAX_VALUE) : random.nextInt();
        row[4] = extreme ? (low ? Long.MIN_VALUE : Long.MAX_VALUE) : random.nextLong();
        row[5] = extreme ? (low ? Float.NEGATIVE_INFINITY : Float.MAX_VALUE) : random.nextFloat();
        row[6] = extreme ? (low ? -0.0 : Double.MIN_VALUE) : random.nextGaussian();
        row[7] =
            new BigDecimal(
                extreme ? (low ? "-9999999.99" : "9999999.99") : random.nextInt(1000) + ".50");
        row[8] =
            new BigDecimal(
                extreme
                    ? (low ? "-99999999999999.9999" : "99999999999999.9999")
                    : random.nextInt(9) + ".1250");
        row[9] =
            new BigDecimal((low ? "-" : "") + "9999999999999999999999999999.123456789" + i % 10);
        row[10] = extreme ? (low ? "" : "\uD83D\uDE00".repeat(50)) : "text " + random.nextInt(50);
        row[11] = "v" + i % 7;
        row[12] = "abc";
        row[13] = ("\u0000bin" + random.nextInt()).getBytes(StandardCharsets.UTF_8);
        row[14] =
            extreme
                ? LocalDate.of(low ? 1 : 9999, 12, 31)
                : LocalDate.ofEpochDay(random.nextInt(40_000));
        row[15] = low ? LocalTime.MIDNIGHT : LocalTime.of(23, 59, 59, 999_999_000);
        row[16] =
            extreme
                ? LocalDateTime.of(low ? 1 : 9999, 1, 1, 0, 0, 0, 1000)
                : LocalDateTime.ofEpochSecond(random.nextInt(), 0, ZoneOffset.UTC);
        row[17] = Instant.ofEpochSecond(random.nextInt(), 123_000);
        row[18] =
            Instant.ofEpochSecond(random.nextInt())
                .atZone(ZoneId.of(i % 2 == 0 ? "Europe/Vienna" : "+02:30"));
        row[19] = new Interval(random.nextInt(), -i, random.nextLong());
        row[20] = new UUID(random.nextLong(), random.nextLong());
        row[21] = "{\"n\": " + i + "}";
        row[22] = new float[] {i, -0.5f, random.nextFloat()};
      }
      rows.add(row);
    }
    return rows;
  }

  @Override
  public void close() {
    allocator.close();
  }
}
