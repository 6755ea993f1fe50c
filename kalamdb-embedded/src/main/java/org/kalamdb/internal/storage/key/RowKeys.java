package org.kalamdb.internal.storage.key;

import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.kalamdb.error.ErrorCode;
import org.kalamdb.error.KalamException;
import org.kalamdb.internal.catalog.TableDefinition;
import org.kalamdb.internal.common.Utf8;
import org.kalamdb.internal.storage.KeyRange;
import org.kalamdb.schema.DataType;
import org.kalamdb.schema.TableSchema;
import org.kalamdb.schema.UserId;

/**
 * The shape of keys, in every family that keeps something per table or per partition.
 *
 * <pre>
 * +--------------+------------------+---------------+----------------------------+
 * | table number | length of user id| user id       | the family's own part:     |
 * | 4 bytes BE   | 2 bytes BE       | UTF-8         | ROWS: primary key columns  |
 * +--------------+------------------+---------------+----------------------------+
 *  tablePrefix --^                  partitionPrefix --^
 * </pre>
 *
 * A shared table has one partition, with length 0; no user id is empty, so partitions never meet
 * and no partition's prefix begins another's. Users order by length first: nothing relies on their
 * order.
 */
public final class RowKeys {
  private static final int USER_LENGTH_AT = 4;
  private static final int USER_AT = 6;

  private RowKeys() {}

  /** What all keys of the table begin with. */
  public static byte[] tablePrefix(int table) {
    byte[] prefix = new byte[USER_LENGTH_AT];
    BigEndian.putInt(prefix, 0, table);
    return prefix;
  }

  /**
   * What all keys of the partition begin with; a null user is the one partition of a shared table.
   */
  public static byte[] partitionPrefix(int table, @Nullable UserId user) {
    return startKey(table, user, new KeyEncoder(USER_AT + UserId.MAX_BYTES)).toBytes();
  }

  /** An encoder with the partition's prefix in it, for keys of a family's own. */
  public static KeyEncoder startKey(int table, @Nullable UserId user) {
    return startKey(table, user, new KeyEncoder());
  }

  private static KeyEncoder startKey(int table, @Nullable UserId user, KeyEncoder key) {
    key.addInt(table);
    if (user == null) {
      return key.addShort(0);
    }
    byte[] utf8 = user.toUtf8();
    return key.addShort(utf8.length).addRaw(utf8);
  }

  /** The smallest key after every key that begins with {@code prefix}; null if there is none. */
  public static byte @Nullable [] prefixEnd(byte[] prefix) {
    int last = prefix.length - 1;
    while (last >= 0 && prefix[last] == (byte) 0xFF) {
      last--;
    }
    if (last < 0) {
      return null;
    }
    byte[] end = Arrays.copyOf(prefix, last + 1);
    end[last]++;
    return end;
  }

  /** All keys that begin with {@code prefix}. */
  public static ByteRange prefixRange(byte[] prefix) {
    return new ByteRange(prefix, prefixEnd(prefix));
  }

  /**
   * The key in {@code ROWS}; {@code row} has a value for each column of the newest schema. A
   * primary key of more than {@link IndexKeys#MAX_BYTES} bytes is refused (54000).
   */
  public static byte[] rowKey(
      TableDefinition table, @Nullable UserId user, @Nullable Object[] row) {
    checkUser(table, user);
    KeyEncoder key = startKey(table.number(), user);
    int from = key.size();
    addPrimaryKey(table.schema(), row, key);
    if (key.size() - from > IndexKeys.MAX_BYTES) {
      throw new KalamException(
          ErrorCode.PROGRAM_LIMIT_EXCEEDED,
          "primary key of "
              + (key.size() - from)
              + " bytes exceeds maximum "
              + IndexKeys.MAX_BYTES
              + " for table \""
              + table.id().name()
              + "\"");
    }
    return key.toBytes();
  }

  /** The key in {@code ROWS} of the row with these primary key values, in key order. */
  public static byte[] rowKeyOf(TableDefinition table, @Nullable UserId user, List<?> primaryKey) {
    checkUser(table, user);
    TableSchema schema = table.schema();
    List<Integer> columns = schema.primaryKey();
    if (primaryKey.size() != columns.size()) {
      throw new IllegalArgumentException(
          "The primary key of " + table.id() + " has " + columns.size() + " columns");
    }
    KeyEncoder key = startKey(table.number(), user);
    for (int i = 0; i < columns.size(); i++) {
      key.add(schema.column(columns.get(i)).type(), primaryKey.get(i));
    }
    return key.toBytes();
  }

  /** The primary key columns alone, encoded: the part of a row key after the partition. */
  public static byte[] primaryKeyBytes(TableSchema schema, @Nullable Object[] row) {
    KeyEncoder key = new KeyEncoder();
    addPrimaryKey(schema, row, key);
    return key.toBytes();
  }

  /** The primary key values of a row key, in key order. */
  public static Object[] primaryKeyOf(TableSchema schema, byte[] key, int length) {
    KeyDecoder decoder = new KeyDecoder(key, primaryKeyAt(key, length), length);
    Object[] values = new Object[schema.primaryKey().size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = decoder.next(schema.column(schema.primaryKey().get(i)).type());
    }
    if (decoder.hasNext()) {
      throw damaged();
    }
    return values;
  }

  /** The bytes of the row keys in the range; possibly empty, never past the partition. */
  public static ByteRange keyRange(TableDefinition table, @Nullable UserId user, KeyRange range) {
    checkUser(table, user);
    TableSchema schema = table.schema();
    KeyEncoder key = startKey(table.number(), user);
    int column = 0;
    for (Object value : range.prefix()) {
      key.add(keyType(schema, column++), value);
    }
    byte[] prefix = key.toBytes();
    byte[] from = prefix;
    byte @Nullable [] to = prefixEnd(prefix);
    KeyRange.Bound lower = range.lower();
    if (lower != null) {
      from = key.add(keyType(schema, column), lower.value()).toBytes();
      if (!lower.inclusive()) {
        // A prefix has an end: it begins with a table number, which is never all ones.
        from = Objects.requireNonNull(prefixEnd(from));
      }
      key.truncate(prefix.length);
    }
    KeyRange.Bound upper = range.upper();
    if (upper != null) {
      byte[] bound = key.add(keyType(schema, column), upper.value()).toBytes();
      to = upper.inclusive() ? prefixEnd(bound) : bound;
    }
    return new ByteRange(from, to);
  }

  /** The table number a key begins with. */
  public static int tableOf(byte[] key) {
    if (key.length < USER_LENGTH_AT) {
      throw damaged();
    }
    return BigEndian.getInt(key, 0);
  }

  /** Whose partition the key is in; null for a shared table's. */
  public static @Nullable UserId userOf(byte[] key) {
    return userOf(key, key.length);
  }

  /** Whose partition the key in the first {@code length} bytes is in; null for a shared table's. */
  public static @Nullable UserId userOf(byte[] key, int length) {
    int end = primaryKeyAt(key, length);
    if (end == USER_AT) {
      return null;
    }
    try {
      return new UserId(Utf8.decode(key, USER_AT, end - USER_AT));
    } catch (IllegalArgumentException e) {
      throw new KalamException(ErrorCode.DATA_CORRUPTED, "A key is damaged: its user id", e);
    }
  }

  /** Where the part after the partition begins. */
  public static int primaryKeyAt(byte[] key, int length) {
    if (length >= USER_AT && length <= key.length) {
      int end = USER_AT + (BigEndian.getShort(key, USER_LENGTH_AT) & 0xFFFF);
      if (end <= length) {
        return end;
      }
    }
    throw damaged();
  }

  private static void addPrimaryKey(TableSchema schema, @Nullable Object[] row, KeyEncoder key) {
    List<Integer> columns = schema.primaryKey();
    for (int i = 0; i < columns.size(); i++) {
      int column = columns.get(i);
      Object value = row[column];
      if (value == null) {
        throw new KalamException(
            ErrorCode.NOT_NULL_VIOLATION,
            "null value in column \""
                + schema.column(column).name()
                + "\" violates not-null constraint");
      }
      key.add(schema.column(column).type(), value);
    }
  }

  private static DataType keyType(TableSchema schema, int keyColumn) {
    if (keyColumn >= schema.primaryKey().size()) {
      throw new IllegalArgumentException(
          "A range of more than the " + schema.primaryKey().size() + " key columns");
    }
    return schema.column(schema.primaryKey().get(keyColumn)).type();
  }

  private static void checkUser(TableDefinition table, @Nullable UserId user) {
    if (table.type().isPerUser() == (user == null)) {
      throw new IllegalArgumentException(
          user == null
              ? "Table " + table.id() + " has a partition per user and no user was given"
              : "Table " + table.id() + " is shared and a user was given");
    }
  }

  private static KalamException damaged() {
    return new KalamException(ErrorCode.DATA_CORRUPTED, "A key is damaged");
  }
}
