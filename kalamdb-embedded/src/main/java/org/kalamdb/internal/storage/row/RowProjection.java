package org.kalamdb.internal.storage.row;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.kalamdb.internal.catalog.TableDefinition;
import org.kalamdb.internal.storage.SystemColumn;
import org.kalamdb.schema.ColumnSchema;
import org.kalamdb.schema.DataType;
import org.kalamdb.schema.TableSchema;

/**
 * How rows of every schema version of a table give some columns of its newest schema. Columns are
 * matched by id: what a row's version lacks is filled in, what was widened since is converted. Not
 * thread-safe.
 */
public final class RowProjection {
  private final TableDefinition table;
  private final List<Integer> columns;
  private final List<DataType> types;
  private final Function<ColumnSchema, @Nullable Object> missing;
  private final Map<Integer, Version> versions = new HashMap<>();
  private @Nullable Version last;

  /**
   * @param columns what each output column is, in the way of {@link
   *     org.kalamdb.internal.storage.ScanRequest#columns()}
   * @param missing the value of a column in rows written before it was added: null or of the Java
   *     class of its type
   */
  public RowProjection(
      TableDefinition table,
      List<Integer> columns,
      Function<ColumnSchema, @Nullable Object> missing) {
    this.table = table;
    this.columns = List.copyOf(columns);
    this.missing = missing;
    List<DataType> types = new ArrayList<>();
    for (int column : columns) {
      types.add(
          column < 0
              ? SystemColumn.ofScanNumber(column).type()
              : table.schema().column(column).type());
    }
    this.types = List.copyOf(types);
  }

  /** All columns of the newest schema. */
  public static RowProjection ofAllColumns(
      TableDefinition table, Function<ColumnSchema, @Nullable Object> missing) {
    List<Integer> columns = new ArrayList<>();
    for (int i = 0; i < table.schema().columns().size(); i++) {
      columns.add(i);
    }
    return new RowProjection(table, columns, missing);
  }

  /** Types of the output columns. */
  public List<DataType> types() {
    return types;
  }

  List<Integer> columns() {
    return columns;
  }

  /**
   * The output columns of the row in the first {@code length} bytes, each in the Java class of its
   * type.
   */
  public @Nullable Object[] decode(byte[] row, int length) {
    Version version = versionOf(row, 0, length);
    version.codec.layout().check(row, 0, length);
    @Nullable Object[] values = new @Nullable Object[columns.size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = version.value(i, row, length);
    }
    return values;
  }

  /** The version of the row at {@code start}, whose header is checked. */
  Version versionOf(byte[] bytes, int start, int length) {
    RowLayout.checkHeader(bytes, start, length);
    int number = LittleEndian.getInt(bytes, start + RowLayout.SCHEMA_VERSION_AT);
    Version version = last;
    if (version == null || version.codec.schema().version() != number) {
      version = versions.get(number);
      if (version == null) {
        version = new Version(table.schema(number));
        versions.put(number, version);
      }
      last = version;
    }
    return version;
  }

  /** One schema version and where it has the output columns. */
  final class Version {
    final RowCodec codec;

    /**
     * Position of each output column in this version; -1 if the version lacks it or for a system
     * column.
     */
    final int[] sources;

    private final Map<Integer, Constant> constants = new HashMap<>();

    private Version(TableSchema schema) {
      codec = new RowCodec(schema);
      sources = new int[columns.size()];
      for (int i = 0; i < sources.length; i++) {
        int column = columns.get(i);
        sources[i] = column < 0 ? -1 : positionOf(table.schema().column(column).id(), schema);
      }
    }

    private int positionOf(int id, TableSchema schema) {
      for (int i = 0; i < schema.columns().size(); i++) {
        if (schema.column(i).id() == id) {
          return i;
        }
      }
      return -1;
    }

    /** The value that every row of this version has in an output column the version lacks. */
    Constant constant(int output) {
      return constants.computeIfAbsent(
          output,
          key -> {
            ColumnSchema column = table.schema().column(columns.get(key));
            RowCodec oneColumn = new RowCodec(new TableSchema(1, List.of(column), List.of()));
            @Nullable Object[] value = {missing.apply(column)};
            return new Constant(oneColumn.layout(), oneColumn.encode(value, 0, false));
          });
    }

    private @Nullable Object value(int output, byte[] row, int length) {
      int column = columns.get(output);
      if (column < 0) {
        return switch (SystemColumn.ofScanNumber(column)) {
          case SEQ -> RowCodec.seq(row);
          case DELETED -> RowCodec.deleted(row);
          case SEGMENT, SEGMENT_ROW -> 0L;
        };
      }
      int source = sources[output];
      if (source < 0) {
        return missing.apply(table.schema().column(column));
      }
      Object value = codec.decodeChecked(row, length, source);
      return value == null
          ? null
          : Widening.convert(value, codec.schema().column(source).type(), types.get(output));
    }
  }

  /** A stored row of one column, so that constants are decoded like any other value. */
  static final class Constant {
    final RowLayout layout;
    final byte[] row;

    Constant(RowLayout layout, byte[] row) {
      this.layout = layout;
      this.row = row;
    }
  }
}
