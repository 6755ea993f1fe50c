package org.kalamdb.internal.storage.key;

import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.kalamdb.error.ErrorCode;
import org.kalamdb.error.KalamException;
import org.kalamdb.internal.catalog.IndexDefinition;
import org.kalamdb.internal.catalog.IndexDefinition.IndexColumn;
import org.kalamdb.internal.catalog.TableDefinition;
import org.kalamdb.internal.storage.KeyRange;
import org.kalamdb.schema.ColumnSchema;
import org.kalamdb.schema.DataType;
import org.kalamdb.schema.TableSchema;
import org.kalamdb.schema.UserId;

/**
 * The shape of entries in {@code INDEXES}: one for each row that is not deleted, hot or cold.
 *
 * <pre>
 * key    [table 4][index 4][length of user id 2][user id][columns][primary key]
 * value  primary key
 * </pre>
 *
 * A column is a byte that puts NULL last and the value as {@link KeyEncoder} has it; all its bits
 * are turned where the index descends, which puts NULL first. A unique entry without NULLs ends
 * after the columns, so that there can be one only. An index that spans users has no user id in
 * front; a row's place there is told by length, user id and primary key together, in key and value.
 */
public final class IndexKeys {
  /** The most bytes of the columns in a key. */
  public static final int MAX_BYTES = 65_535;

  private static final int PARTITION_AT = 4;

  private IndexKeys() {}

  /** What all entries of the index begin with. */
  public static ByteRange entriesOf(int table, int index) {
    return RowKeys.prefixRange(new KeyEncoder(8).addInt(table).addInt(index).toBytes());
  }

  /** What all entries of the partition begin with; of all partitions, if the index spans users. */
  private static KeyEncoder start(
      TableDefinition table, IndexDefinition index, @Nullable UserId user) {
    KeyEncoder key = new KeyEncoder().addInt(table.number()).addInt(index.number());
    if (user == null || index.spansUsers()) {
      return key.addShort(0);
    }
    byte[] utf8 = user.toUtf8();
    return key.addShort(utf8.length).addRaw(utf8);
  }

  /** The key of a row's entry; {@code row} has a value for each column of the newest schema. */
  public static byte[] entryKey(
      TableDefinition table, IndexDefinition index, byte[] rowKey, @Nullable Object[] row) {
    KeyEncoder key = startOf(table, index, rowKey);
    boolean hasNull = addColumns(table, index, key, row);
    if (!index.unique() || hasNull) {
      key.addRaw(entryValue(index, rowKey));
    }
    return key.toBytes();
  }

  /**
   * The key that no other row of the partition may have, or null where a NULL among the columns
   * allows any number.
   */
  public static byte @Nullable [] uniqueKey(
      TableDefinition table, IndexDefinition index, byte[] rowKey, @Nullable Object[] row) {
    KeyEncoder key = startOf(table, index, rowKey);
    return addColumns(table, index, key, row) ? null : key.toBytes();
  }

  /** The partition of a row key in front of an entry's. */
  private static KeyEncoder startOf(TableDefinition table, IndexDefinition index, byte[] rowKey) {
    KeyEncoder key = new KeyEncoder().addInt(table.number()).addInt(index.number());
    if (index.spansUsers()) {
      return key.addShort(0);
    }
    int end = RowKeys.primaryKeyAt(rowKey, rowKey.length);
    return key.addRaw(Arrays.copyOfRange(rowKey, PARTITION_AT, end));
  }

  /** The value of a row's entry. */
  public static byte[] entryValue(IndexDefinition index, byte[] rowKey) {
    int from = index.spansUsers() ? PARTITION_AT : RowKeys.primaryKeyAt(rowKey, rowKey.length);
    return Arrays.copyOfRange(rowKey, from, rowKey.length);
  }

  /** The key in {@code ROWS} of the row that an entry of the user's partition stands for. */
  public static byte[] rowKeyOf(
      TableDefinition table, IndexDefinition index, @Nullable UserId user, byte[] value) {
    return index.spansUsers()
        ? new KeyEncoder(4 + value.length).addInt(table.number()).addRaw(value).toBytes()
        : RowKeys.startKey(table.number(), user).addRaw(value).toBytes();
  }

  private static boolean addColumns(
      TableDefinition table, IndexDefinition index, KeyEncoder key, @Nullable Object[] row) {
    TableSchema schema = table.schema();
    boolean hasNull = false;
    int from = key.size();
    for (IndexColumn column : index.columns()) {
      int position = schema.positionOf(column.column());
      Object value = row[position];
      hasNull |= value == null;
      addColumn(key, column, schema.column(position).type(), value);
    }
    checkLength(key.size() - from, index);
    return hasNull;
  }

  private static void addColumn(
      KeyEncoder key, IndexColumn column, DataType type, @Nullable Object value) {
    int from = key.size();
    key.addNullable(type, value);
    if (column.descending()) {
      key.invert(from);
    }
  }

  private static void checkLength(int bytes, IndexDefinition index) {
    if (bytes > MAX_BYTES) {
      throw new KalamException(
          ErrorCode.PROGRAM_LIMIT_EXCEEDED,
          "index row size "
              + bytes
              + " exceeds maximum "
              + MAX_BYTES
              + " for index \""
              + index.name()
              + "\"");
    }
  }

  /** The entries whose first columns have these values, none of them NULL. */
  public static ByteRange entriesWith(
      TableDefinition table, IndexDefinition index, @Nullable UserId user, List<Object> values) {
    KeyEncoder key = start(table, index, user);
    for (int i = 0; i < values.size(); i++) {
      IndexColumn column = index.columns().get(i);
      addColumn(key, column, typeOf(table, column), values.get(i));
    }
    return RowKeys.prefixRange(key.toBytes());
  }

  /** The key of the only entry with these values, one for each column of a unique index. */
  public static byte[] uniqueKeyOf(
      TableDefinition table, IndexDefinition index, @Nullable UserId user, List<Object> values) {
    return entriesWith(table, index, user, values).from();
  }

  /** All entries of the partition. */
  public static ByteRange partition(
      TableDefinition table, IndexDefinition index, @Nullable UserId user) {
    return RowKeys.prefixRange(start(table, index, user).toBytes());
  }

  /**
   * The entries whose columns are in the range, by values; NULL is in none but that of all entries.
   */
  public static ByteRange range(
      TableDefinition table, IndexDefinition index, @Nullable UserId user, KeyRange range) {
    KeyEncoder key = start(table, index, user);
    List<Object> prefix = range.prefix();
    for (int i = 0; i < prefix.size(); i++) {
      IndexColumn column = index.columns().get(i);
      addColumn(key, column, typeOf(table, column), prefix.get(i));
    }
    KeyRange.Bound lower = range.lower();
    KeyRange.Bound upper = range.upper();
    if (lower == null && upper == null) {
      return RowKeys.prefixRange(key.toBytes());
    }
    IndexColumn column = index.columns().get(prefix.size());
    DataType type = typeOf(table, column);
    KeyRange.Bound first = column.descending() ? upper : lower;
    KeyRange.Bound last = column.descending() ? lower : upper;
    int length = key.size();
    byte[] from;
    if (first == null) {
      from =
          key.addByte(column.descending() ? ~KeyEncoder.NOT_NULL : KeyEncoder.NOT_NULL).toBytes();
    } else {
      addColumn(key, column, type, first.value());
      from = first.inclusive() ? key.toBytes() : end(key.toBytes());
    }
    key.truncate(length);
    byte[] to;
    if (last == null) {
      key.addByte(column.descending() ? ~KeyEncoder.NOT_NULL : KeyEncoder.NOT_NULL);
      to = end(key.toBytes());
    } else {
      addColumn(key, column, type, last.value());
      to = last.inclusive() ? end(key.toBytes()) : key.toBytes();
    }
    return new ByteRange(from, to);
  }

  /** A key has an end: it begins with a table number, which is never all ones. */
  private static byte[] end(byte[] key) {
    return Objects.requireNonNull(RowKeys.prefixEnd(key));
  }

  private static DataType typeOf(TableDefinition table, IndexColumn column) {
    ColumnSchema found = table.schema().columnWithId(column.column());
    return found.type();
  }
}
