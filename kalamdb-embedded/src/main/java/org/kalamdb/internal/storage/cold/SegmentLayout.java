package org.kalamdb.internal.storage.cold;

import java.util.ArrayList;
import java.util.List;
import org.apache.parquet.format.DateType;
import org.apache.parquet.format.DecimalType;
import org.apache.parquet.format.FieldRepetitionType;
import org.apache.parquet.format.IntType;
import org.apache.parquet.format.JsonType;
import org.apache.parquet.format.LogicalType;
import org.apache.parquet.format.MicroSeconds;
import org.apache.parquet.format.SchemaElement;
import org.apache.parquet.format.StringType;
import org.apache.parquet.format.TimeType;
import org.apache.parquet.format.TimeUnit;
import org.apache.parquet.format.TimestampType;
import org.apache.parquet.format.UUIDType;
import org.jspecify.annotations.Nullable;
import org.kalamdb.error.ErrorCode;
import org.kalamdb.error.KalamException;
import org.kalamdb.internal.storage.SystemColumn;
import org.kalamdb.internal.vector.VectorTypes;
import org.kalamdb.schema.ColumnSchema;
import org.kalamdb.schema.DataType;
import org.kalamdb.schema.TableSchema;

/**
 * The Parquet schema of a table's segments at one schema version: its columns in declared order,
 * then {@code _seq} and {@code _deleted}. Columns carry their id as Parquet's field id.
 *
 * <pre>
 * BOOLEAN BIGINT REAL DOUBLE    as in Parquet         SMALLINT INTEGER  INT32, INT(16), INT(32)
 * DECIMAL(p,s)  p <= 9: INT32; p <= 18: INT64; p <= 38: FIXED(16); else FIXED(32)  logical type DECIMAL
 * TEXT VARCHAR CHAR             BYTE_ARRAY, STRING    JSON              BYTE_ARRAY, JSON
 * DATE                          INT32, DATE           TIME              INT64, TIME(micros)
 * TIMESTAMP                     INT64, TIMESTAMP(micros, local)         TIMESTAMPTZ the same, UTC
 * UUID                          FIXED(16), UUID       BYTES             BYTE_ARRAY
 * EMBEDDING(n)                  FIXED(4n), float32 little-endian
 * ZONED_TIMESTAMP               group {instant INT64 TIMESTAMP(micros, UTC), zone STRING}
 * INTERVAL                      group {months INT32, days INT32, micros INT64}
 * </pre>
 */
final class SegmentLayout {
  /** Field id of {@code _seq}; table columns stay far below. */
  static final int SEQ_ID = 2_000_000_001;

  /** Field id of {@code _deleted}. */
  static final int DELETED_ID = 2_000_000_002;

  private final List<Integer> key;
  private final int tableColumns;
  private final List<ColumnSchema> columns;
  private final List<Leaf> leaves = new ArrayList<>();
  private final List<SchemaElement> elements = new ArrayList<>();
  private final int[] firstLeaf;

  /**
   * @param key positions of the key columns
   */
  private SegmentLayout(List<ColumnSchema> schema, List<Integer> key, boolean ofTable) {
    this.key = key;
    this.tableColumns = schema.size();
    this.columns = new ArrayList<>(schema);
    if (ofTable) {
      columns.add(systemColumn(SEQ_ID, SystemColumn.SEQ));
      columns.add(systemColumn(DELETED_ID, SystemColumn.DELETED));
    }
    this.firstLeaf = new int[columns.size()];
    SchemaElement root = new SchemaElement("kalamdb");
    root.setNum_children(columns.size());
    elements.add(root);
    for (int i = 0; i < columns.size(); i++) {
      firstLeaf[i] = leaves.size();
      add(i, columns.get(i));
    }
  }

  private static ColumnSchema systemColumn(int id, SystemColumn column) {
    return new ColumnSchema(id, column.columnName(), column.type(), false, null, null);
  }

  static SegmentLayout of(TableSchema schema) {
    return new SegmentLayout(schema.columns(), schema.primaryKey(), true);
  }

  /** Of a file that is no segment: these columns alone, all of them optional. */
  static SegmentLayout ofColumns(List<ColumnSchema> columns) {
    return new SegmentLayout(columns, List.of(), false);
  }

  /** Positions of the primary key's columns; none of a file that is no segment. */
  List<Integer> key() {
    return key;
  }

  /** Columns of the table, then {@code _seq} and {@code _deleted} of a segment. */
  List<ColumnSchema> columns() {
    return columns;
  }

  /** Position of {@code _seq}; {@code _deleted} is the next. */
  int seqColumn() {
    return tableColumns;
  }

  List<Leaf> leaves() {
    return leaves;
  }

  /** Leaf number of a column's first leaf. */
  int firstLeaf(int column) {
    return firstLeaf[column];
  }

  int leafCount(int column) {
    int next = column + 1 < firstLeaf.length ? firstLeaf[column + 1] : leaves.size();
    return next - firstLeaf[column];
  }

  /** Position of the column with this id, or -1. */
  int columnWithId(int id) {
    for (int i = 0; i < columns.size(); i++) {
      if (columns.get(i).id() == id) {
        return i;
      }
    }
    return -1;
  }

  /** The schema as the footer lists it, root first, depth first. */
  List<SchemaElement> elements() {
    return elements;
  }

  /** Only key and system columns are required: NOT NULL can be dropped, and costs nothing here. */
  private boolean isOptional(int column) {
    return column < seqColumn() && !key.contains(column);
  }

  private void add(int column, ColumnSchema schema) {
    DataType type = schema.type();
    Builder leaf = new Builder(column, schema);
    switch (type.kind()) {
      case BOOLEAN -> leaf.add(PhysicalType.BOOLEAN, Leaf.Order.SIGNED, null);
      case SMALLINT -> leaf.add(PhysicalType.INT32, Leaf.Order.SIGNED, integer(16));
      case INTEGER -> leaf.add(PhysicalType.INT32, Leaf.Order.SIGNED, integer(32));
      case BIGINT -> leaf.add(PhysicalType.INT64, Leaf.Order.SIGNED, integer(64));
      case REAL -> leaf.add(PhysicalType.FLOAT, Leaf.Order.FLOATING, null);
      case DOUBLE -> leaf.add(PhysicalType.DOUBLE, Leaf.Order.FLOATING, null);
      case DECIMAL -> addDecimal(leaf, type);
      case TEXT, VARCHAR, CHAR ->
          leaf.add(PhysicalType.BYTES, Leaf.Order.TEXT, LogicalType.STRING(new StringType()));
      case JSON -> leaf.add(PhysicalType.BYTES, Leaf.Order.NONE, LogicalType.JSON(new JsonType()));
      case BYTES -> leaf.add(PhysicalType.BYTES, Leaf.Order.BYTES, null);
      case DATE ->
          leaf.add(PhysicalType.INT32, Leaf.Order.SIGNED, LogicalType.DATE(new DateType()));
      case TIME ->
          leaf.add(
              PhysicalType.INT64,
              Leaf.Order.SIGNED,
              LogicalType.TIME(new TimeType(false, micros())));
      case TIMESTAMP -> leaf.add(PhysicalType.INT64, Leaf.Order.SIGNED, timestamp(false));
      case TIMESTAMPTZ -> leaf.add(PhysicalType.INT64, Leaf.Order.SIGNED, timestamp(true));
      case UUID -> leaf.addFixed(16, Leaf.Order.BYTES, LogicalType.UUID(new UUIDType()));
      case EMBEDDING -> leaf.addFixed(4 * type.length(), Leaf.Order.NONE, null);
      case ZONED_TIMESTAMP -> {
        leaf.beginGroup(2);
        leaf.addMember("instant", PhysicalType.INT64, Leaf.Order.SIGNED, timestamp(true));
        leaf.addMember(
            "zone", PhysicalType.BYTES, Leaf.Order.TEXT, LogicalType.STRING(new StringType()));
      }
      case INTERVAL -> {
        leaf.beginGroup(3);
        leaf.addMember("months", PhysicalType.INT32, Leaf.Order.SIGNED, null);
        leaf.addMember("days", PhysicalType.INT32, Leaf.Order.SIGNED, null);
        leaf.addMember("micros", PhysicalType.INT64, Leaf.Order.SIGNED, null);
      }
      case UNKNOWN ->
          throw new KalamException(
              ErrorCode.FEATURE_NOT_SUPPORTED,
              "Column \"" + schema.name() + "\" has no type and cannot be stored");
    }
  }

  private static void addDecimal(Builder leaf, DataType type) {
    LogicalType logical = LogicalType.DECIMAL(new DecimalType(type.scale(), type.length()));
    if (type.length() <= 9) {
      leaf.add(PhysicalType.INT32, Leaf.Order.SIGNED, logical);
    } else if (type.length() <= 18) {
      leaf.add(PhysicalType.INT64, Leaf.Order.SIGNED, logical);
    } else {
      leaf.addFixed(VectorTypes.width(type), Leaf.Order.BIG_ENDIAN, logical);
    }
  }

  private static LogicalType integer(int bits) {
    return LogicalType.INTEGER(new IntType((byte) bits, true));
  }

  private static LogicalType timestamp(boolean utc) {
    return LogicalType.TIMESTAMP(new TimestampType(utc, micros()));
  }

  private static TimeUnit micros() {
    return TimeUnit.MICROS(new MicroSeconds());
  }

  /** Adds the leaves of one column. */
  private final class Builder {
    private final int column;
    private final ColumnSchema schema;
    private int members;

    Builder(int column, ColumnSchema schema) {
      this.column = column;
      this.schema = schema;
    }

    void add(PhysicalType physical, Leaf.Order order, @Nullable LogicalType logical) {
      add(List.of(schema.name()), physical, 0, order, logical);
    }

    void addFixed(int length, Leaf.Order order, @Nullable LogicalType logical) {
      add(List.of(schema.name()), PhysicalType.FIXED, length, order, logical);
    }

    void addMember(
        String name, PhysicalType physical, Leaf.Order order, @Nullable LogicalType logical) {
      add(List.of(schema.name(), name), physical, 0, order, logical);
    }

    void beginGroup(int children) {
      SchemaElement group = new SchemaElement(schema.name());
      group.setRepetition_type(repetition());
      group.setNum_children(children);
      group.setField_id(schema.id());
      elements.add(group);
    }

    private void add(
        List<String> path,
        PhysicalType physical,
        int length,
        Leaf.Order order,
        @Nullable LogicalType logical) {
      SchemaElement element = new SchemaElement(path.get(path.size() - 1));
      element.setType(physical.stored());
      element.setRepetition_type(path.size() > 1 ? FieldRepetitionType.REQUIRED : repetition());
      if (path.size() == 1) {
        element.setField_id(schema.id());
      }
      if (physical == PhysicalType.FIXED) {
        element.setType_length(length);
      }
      if (logical != null) {
        element.setLogicalType(logical);
        ConvertedTypes.set(element, logical);
      }
      elements.add(element);
      leaves.add(new Leaf(column, members++, path, physical, length, isOptional(column), order));
    }

    private FieldRepetitionType repetition() {
      return isOptional(column) ? FieldRepetitionType.OPTIONAL : FieldRepetitionType.REQUIRED;
    }
  }
}
