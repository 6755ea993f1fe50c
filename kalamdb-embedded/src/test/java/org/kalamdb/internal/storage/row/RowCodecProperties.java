package org.kalamdb.internal.storage.row;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.math.BigDecimal;
import java.time.LocalDateTime;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.FieldVector;
import org.kalamdb.error.ErrorCode;
import org.kalamdb.error.KalamException;
import org.kalamdb.internal.catalog.TableDefinition;
import org.kalamdb.internal.catalog.TableOptions;
import org.kalamdb.internal.common.TypedValues;
import org.kalamdb.internal.storage.SystemColumn;
import org.kalamdb.internal.vector.RecordBatch;
import org.kalamdb.internal.vector.VectorTypes;
import org.kalamdb.schema.ColumnSchema;
import org.kalamdb.schema.DataType;
import org.kalamdb.schema.TableId;
import org.kalamdb.schema.TableSchema;
import org.kalamdb.schema.TableType;

class RowCodecProperties {
  private static TableSchema schema(int version, List<DataType> types) {
    List<ColumnSchema> columns = new ArrayList<>();
    for (int i = 0; i < types.size(); i++) {
      columns.add(new ColumnSchema(i + 1, "c" + i, types.get(i), true, null, null));
    }
    return new TableSchema(version, columns, List.of(0));
  }

  private static TableDefinition table(TableSchema... schemas) {
    return new TableDefinition(
        1, TableId.of("n", "t"), TableType.SHARED, List.of(schemas), TableOptions.DEFAULTS);
  }

  private static List<DataType> someTypes(Random random) {
    List<DataType> types = new ArrayList<>();
    for (int i = 1 + random.nextInt(12); i > 0; i--) {
      types.add(TypedValues.COLUMN_TYPES.get(random.nextInt(TypedValues.COLUMN_TYPES.size())));
    }
    return types;
  }

  private static Object[] someRow(List<DataType> types, Random random) {
    return types.stream()
        .map(type -> random.nextInt(5) == 0 ? null : TypedValues.random(type, random))
        .toArray();
  }

  @Property(tries = 1000)
  void decode_encodedRow_isIdentity(@ForAll Random random) {
    List<DataType> types = someTypes(random);
    RowCodec codec = new RowCodec(schema(3, types));
    Object[] row = someRow(types, random);
    boolean deleted = random.nextBoolean();
    byte[] bytes = codec.encode(row, -5, deleted);
    assertThat(RowCodec.seq(bytes)).isEqualTo(-5);
    assertThat(RowCodec.deleted(bytes)).isEqualTo(deleted);
    assertThat(RowCodec.schemaVersion(bytes)).isEqualTo(3);
    RowCodec.withSeq(bytes, Long.MAX_VALUE);
    assertThat(RowCodec.seq(bytes)).isEqualTo(Long.MAX_VALUE);
    byte[] longer = Arrays.copyOf(bytes, bytes.length + 7);
    assertThat(codec.decode(longer, bytes.length)).isEqualTo(row);
    int column = random.nextInt(types.size());
    assertThat(codec.decodeColumn(longer, bytes.length, column)).isEqualTo(row[column]);
  }

  @Property(tries = 2000)
  void decode_damagedRow_givesValuesOrDataCorrupted(@ForAll Random random) {
    List<DataType> types = someTypes(random);
    TableSchema schema = schema(1, types);
    byte[] bytes = new RowCodec(schema).encode(someRow(types, random), 1, false);
    byte[] damaged =
        random.nextInt(4) == 0 ? Arrays.copyOf(bytes, random.nextInt(bytes.length)) : bytes;
    for (int i = random.nextInt(3); i >= 0 && damaged.length > 0; i--) {
      damaged[random.nextInt(damaged.length)] ^= (byte) (1 << random.nextInt(8));
    }
    RowProjection projection = RowProjection.ofAllColumns(table(schema), column -> null);
    try (BufferAllocator allocator = new RootAllocator()) {
      for (int attempt = 0; attempt < 2; attempt++) {
        try (RowBatchBuilder builder = new RowBatchBuilder(projection, allocator)) {
          if (attempt == 0) {
            projection.decode(damaged, damaged.length);
          } else {
            builder.append(damaged, damaged.length);
            builder.takeBatch().close();
          }
        } catch (KalamException e) {
          assertThat(e.code()).isEqualTo(ErrorCode.DATA_CORRUPTED);
        }
      }
    }
  }

  @Property(tries = 200)
  void takeBatch_rowsOfTwoVersions_holdsWhatDecodeGives(@ForAll Random random) {
    List<DataType> oldTypes = someTypes(random);
    List<DataType> newTypes = new ArrayList<>();
    oldTypes.forEach(type -> newTypes.add(widen(type)));
    newTypes.addAll(someTypes(random));
    TableSchema oldSchema = schema(1, oldTypes);
    List<ColumnSchema> shuffled = new ArrayList<>(schema(2, newTypes).columns());
    Collections.shuffle(shuffled, random);
    TableSchema newSchema = new TableSchema(2, shuffled, List.of(0));
    TableDefinition table = table(oldSchema, newSchema);
    Object[] defaults = new Object[newTypes.size() + 1];
    for (int i = 0; i < newTypes.size(); i++) {
      defaults[i + 1] = random.nextBoolean() ? null : TypedValues.random(newTypes.get(i), random);
    }

    List<Integer> outputs = new ArrayList<>();
    for (SystemColumn system : SystemColumn.values()) {
      outputs.add(system.scanNumber());
    }
    for (int i = 0; i < shuffled.size(); i++) {
      if (random.nextInt(4) > 0) {
        outputs.add(i);
      }
    }
    Collections.shuffle(outputs, random);
    RowProjection projection = new RowProjection(table, outputs, column -> defaults[column.id()]);
    RowCodec oldCodec = new RowCodec(oldSchema);
    RowCodec newCodec = new RowCodec(newSchema);
    try (BufferAllocator allocator = new RootAllocator();
        RowBatchBuilder builder = new RowBatchBuilder(projection, allocator, 64)) {
      for (int batches = 0; batches < 2; batches++) {
        List<Object[]> expected = new ArrayList<>();
        byte[] lent = new byte[200_000];
        for (int i = random.nextInt(65); i > 0; i--) {
          assertThat(builder.isFull()).isFalse();
          boolean old = random.nextInt(3) == 0;
          byte[] bytes =
              old
                  ? oldCodec.encode(someRow(oldTypes, random), i, i % 3 == 0)
                  : newCodec.encode(
                      someRow(shuffled.stream().map(ColumnSchema::type).toList(), random),
                      i,
                      false);
          System.arraycopy(bytes, 0, lent, 0, bytes.length);
          expected.add(projection.decode(bytes, bytes.length));
          builder.append(lent, bytes.length);
          Arrays.fill(lent, 0, bytes.length, (byte) -1);
        }
        try (RecordBatch batch = builder.takeBatch()) {
          assertBatch(batch, expected);
        }
      }
    }
  }

  private static DataType widen(DataType type) {
    return switch (type.kind()) {
      case SMALLINT -> DataType.INTEGER;
      case INTEGER -> DataType.BIGINT;
      case BIGINT -> DataType.decimal(25, 3);
      case REAL -> DataType.DOUBLE;
      case VARCHAR -> DataType.TEXT;
      case DECIMAL -> type.length() == 10 ? DataType.decimal(30, 10) : type;
      default -> type;
    };
  }

  private static void assertBatch(RecordBatch batch, List<Object[]> expected) {
    assertThat(batch.rowCount()).isEqualTo(expected.size());
    for (int column = 0; column < batch.columnCount(); column++) {
      FieldVector vector = batch.column(column);
      assertThat(vector.getValueCount()).isEqualTo(expected.size());
      int nulls = 0;
      for (int row = 0; row < expected.size(); row++) {
        Object value = expected.get(row)[column];
        nulls += value == null ? 1 : 0;
        assertThat(VectorTypes.readValue(vector, batch.types().get(column), row))
            .as("column %s, row %s", column, row)
            .isEqualTo(value);
      }
      assertThat(vector.getNullCount()).isEqualTo(nulls);
    }
  }

  @Property(tries = 300)
  void writeValue_anyValue_readsBack(@ForAll Random random) {
    for (DataType type : TypedValues.COLUMN_TYPES) {
      try (BufferAllocator allocator = new RootAllocator();
          FieldVector vector = VectorTypes.createVector("v", type, allocator)) {
        Object[] values = someRow(Collections.nCopies(9, type), random);
        for (int i = 0; i < values.length; i++) {
          VectorTypes.writeValue(vector, type, i, values[i]);
        }
        vector.setValueCount(values.length);
        for (int i = 0; i < values.length; i++) {
          assertThat(VectorTypes.readValue(vector, type, i)).isEqualTo(values[i]);
        }
      }
    }
  }

  @Example
  void encode_extremesOfEveryType_roundTrip() {
    for (DataType type : TypedValues.COLUMN_TYPES) {
      RowCodec codec = new RowCodec(schema(1, List.of(type, type)));
      for (Object value : TypedValues.extremes(type)) {
        byte[] bytes = codec.encode(new Object[] {value, value}, 1, false);
        assertThat(codec.decode(bytes, bytes.length)).containsExactly(value, value);
      }
    }
  }

  @Example
  void encode_thousandColumnsAndMebibyteValues_roundTrip() {
    List<DataType> types = new ArrayList<>();
    for (int i = 0; i < 1000; i++) {
      types.add(i % 2 == 0 ? DataType.BIGINT : DataType.TEXT);
    }
    Random random = new Random(7);
    TableSchema schema = schema(1, types);
    RowCodec codec = new RowCodec(schema);
    Object[] row = someRow(types, random);
    row[501] = "x".repeat(1 << 20);
    byte[] bytes = codec.encode(row, 1, false);
    assertThat(codec.decode(bytes, bytes.length)).isEqualTo(row);
    RowProjection projection = RowProjection.ofAllColumns(table(schema), column -> null);
    try (BufferAllocator allocator = new RootAllocator();
        RowBatchBuilder builder = new RowBatchBuilder(projection, allocator)) {
      List<Object[]> rows = new ArrayList<>();
      while (!builder.isFull()) {
        builder.append(bytes, bytes.length);
        rows.add(row);
      }
      assertThat(rows.size()).as("rows until 16 MiB").isBetween(10, 20);
      try (RecordBatch batch = builder.takeBatch()) {
        assertBatch(batch, rows);
      }
    }
  }

  @Example
  void encode_valuesThatDoNotFit_areRefused() {
    RowCodec codec =
        new RowCodec(schema(1, List.of(DataType.decimal(5, 2), DataType.TIMESTAMP, DataType.TEXT)));
    assertRefused(
        codec, ErrorCode.NUMERIC_VALUE_OUT_OF_RANGE, new BigDecimal("1000.00"), null, null);
    assertRefused(
        codec, ErrorCode.NUMERIC_VALUE_OUT_OF_RANGE, new BigDecimal("1E+1000000000"), null, null);
    assertRefused(codec, ErrorCode.NUMERIC_VALUE_OUT_OF_RANGE, new BigDecimal("0.001"), null, null);
    LocalDateTime postgresLimit = LocalDateTime.of(294276, 12, 31, 23, 59, 59);
    assertRefused(codec, ErrorCode.DATETIME_FIELD_OVERFLOW, null, postgresLimit, null);
    assertRefused(codec, ErrorCode.CHARACTER_NOT_IN_REPERTOIRE, null, null, "a\0");
    assertRefused(codec, ErrorCode.CHARACTER_NOT_IN_REPERTOIRE, null, null, "\udc00");
  }

  private static void assertRefused(RowCodec codec, ErrorCode code, Object... row) {
    assertThatThrownBy(() -> codec.encode(row, 1, false))
        .isInstanceOfSatisfying(KalamException.class, e -> assertThat(e.code()).isEqualTo(code));
  }

  @Example
  void append_failingDecode_leaksNothing() {
    TableSchema schema = schema(1, List.of(DataType.TEXT, DataType.TEXT));
    byte[] bytes = new RowCodec(schema).encode(new Object[] {"aaa", "bbb"}, 1, false);
    bytes[17] = 100; // end of the first value, past the end of the second
    RowProjection projection = RowProjection.ofAllColumns(table(schema), column -> null);
    try (BufferAllocator allocator = new RootAllocator()) {
      try (RowBatchBuilder builder = new RowBatchBuilder(projection, allocator)) {
        builder.append(bytes, bytes.length);
        assertThatThrownBy(builder::takeBatch)
            .isInstanceOfSatisfying(
                KalamException.class,
                e -> assertThat(e.code()).isEqualTo(ErrorCode.DATA_CORRUPTED));
      }
      assertThat(allocator.getAllocatedMemory()).isZero();
    }
  }
}
