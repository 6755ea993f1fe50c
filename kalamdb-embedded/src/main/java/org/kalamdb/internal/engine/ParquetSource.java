package org.kalamdb.internal.engine;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.kalamdb.error.ErrorCode;
import org.kalamdb.error.KalamException;
import org.kalamdb.internal.catalog.TableDefinition;
import org.kalamdb.internal.common.Utf8;
import org.kalamdb.internal.expr.TypeRules;
import org.kalamdb.internal.expr.TypeRules.CastContext;
import org.kalamdb.internal.expr.Values;
import org.kalamdb.internal.storage.cold.ParquetImport;
import org.kalamdb.schema.ColumnSchema;
import org.kalamdb.schema.DataType;

/**
 * The rows of a Parquet file. Columns go by their names; one that the file does not have gets its
 * default, and one that the table does not take is an error.
 */
final class ParquetSource implements CopyRows {
  private final TableDefinition table;
  private final List<Integer> targets;
  private final ParquetImport file;

  /** For each target its place among the columns that are read, or -1. */
  private final int[] places;

  private final List<DataType> types = new ArrayList<>();
  private long rows;

  /** The file stays the caller's. */
  ParquetSource(TableDefinition table, List<Integer> targets, ParquetImport file) {
    this.table = table;
    this.targets = targets;
    this.file = file;
    this.places = new int[targets.size()];
  }

  @Override
  public void begin() {
    List<String> names = file.names();
    Arrays.fill(places, -1);
    List<Integer> read = new ArrayList<>();
    for (int i = 0; i < names.size(); i++) {
      int target = targetNamed(names.get(i));
      if (places[target] >= 0) {
        throw new KalamException(
            ErrorCode.BAD_COPY_FILE_FORMAT,
            "the file has several columns \"" + names.get(i) + "\"");
      }
      places[target] = read.size();
      read.add(i);
      types.add(file.types().get(i));
      checkType(column(target), types.get(i));
    }
    if (read.isEmpty()) {
      throw new KalamException(ErrorCode.BAD_COPY_FILE_FORMAT, "the file has no columns");
    }
    file.select(read);
  }

  private int targetNamed(String name) {
    int found = -1;
    for (int i = 0; i < places.length; i++) {
      if (column(i).name().equals(name)) {
        return i;
      } else if (column(i).name().equalsIgnoreCase(name)) {
        found = i;
      }
    }
    if (found < 0) {
      throw new KalamException(
          ErrorCode.UNDEFINED_COLUMN,
          "column \"" + name + "\" of relation \"" + table.id().name() + "\" does not exist");
    }
    return found;
  }

  private ColumnSchema column(int target) {
    return table.schema().column(targets.get(target));
  }

  private static void checkType(ColumnSchema column, DataType stored) {
    DataType.Kind kind = column.type().kind();
    boolean fits =
        stored.isText()
            || (stored.kind() == DataType.Kind.BYTES && takesBytes(column.type()))
            || TypeRules.canCast(stored.kind(), kind, CastContext.ASSIGNMENT);
    if (!fits) {
      throw new KalamException(
          ErrorCode.DATATYPE_MISMATCH,
          "column \""
              + column.name()
              + "\" is of type "
              + TypeRules.sqlName(column.type())
              + " but the file's is of type "
              + TypeRules.sqlName(stored));
    }
  }

  private static boolean takesBytes(DataType type) {
    return type.isText() || type.kind() == DataType.Kind.EMBEDDING;
  }

  @Override
  public @Nullable Object @Nullable [] next() {
    try {
      @Nullable Object[] stored = file.next();
      if (stored == null) {
        return null;
      }
      rows++;
      @Nullable Object[] row = new @Nullable Object[places.length];
      for (int i = 0; i < row.length; i++) {
        Object value = places[i] < 0 ? CopySource.DEFAULT : stored[places[i]];
        row[i] = value == null || places[i] < 0 ? value : converted(value, places[i], column(i));
      }
      return row;
    } catch (KalamException e) {
      throw located(e);
    }
  }

  private Object converted(Object value, int place, ColumnSchema column) {
    DataType type = column.type();
    DataType stored = types.get(place);
    try {
      if (value instanceof byte[] bytes && takesBytes(type)) {
        return type.isText() ? text(bytes, type) : embedding(bytes, type);
      }
      DataType from = stored.isText() ? DataType.UNKNOWN : stored;
      Object cast = Values.cast(value, from, type);
      return Objects.requireNonNull(Values.coerceParameter(cast, type), "value");
    } catch (KalamException e) {
      throw new KalamException(
          e.code(), e.reason() + place() + ", column " + column.name() + ")", e);
    }
  }

  private static Object text(byte[] bytes, DataType type) {
    return Objects.requireNonNull(
        Values.cast(Utf8.decode(bytes, 0, bytes.length), DataType.UNKNOWN, type), "text");
  }

  private static Object embedding(byte[] bytes, DataType type) {
    if (bytes.length != 4 * type.length()) {
      throw new KalamException(
          ErrorCode.BAD_COPY_FILE_FORMAT,
          "expected " + type.length() + " dimensions, not " + bytes.length + " bytes");
    }
    float[] floats = new float[type.length()];
    ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer().get(floats);
    return floats;
  }

  @Override
  public KalamException located(KalamException e) {
    if (e.code() == ErrorCode.SERIALIZATION_FAILURE || e.reason().contains("(COPY ")) {
      return e;
    }
    return new KalamException(e.code(), e.reason() + place() + ")", e);
  }

  private String place() {
    return " (COPY " + table.id().name() + ", row " + rows;
  }
}
