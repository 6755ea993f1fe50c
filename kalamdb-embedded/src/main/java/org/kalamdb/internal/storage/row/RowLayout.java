package org.kalamdb.internal.storage.row;

import java.util.List;
import org.kalamdb.error.ErrorCode;
import org.kalamdb.error.KalamException;
import org.kalamdb.internal.vector.VectorTypes;
import org.kalamdb.schema.ColumnSchema;
import org.kalamdb.schema.DataType;
import org.kalamdb.schema.TableSchema;

/**
 * Where the parts of a stored row are; all numbers little-endian.
 *
 * <pre>
 *  0  u8   codec version (1)
 *  1  u8   flags: bit 0 deleted
 *  2  u16  number of columns
 *  4  u32  schema version
 *  8  i64  _seq
 * 16  null bitmap, one bit a column, 1 is NULL
 *     slots, one a column, NULL or not:
 *       fixed width   the value, as in the column's Arrow vector (BOOLEAN: 1 byte)
 *       variable      u32 end of the value in the variable area; it begins where the previous
 *                     variable column ends
 *     variable area
 * </pre>
 *
 * Immutable.
 */
final class RowLayout {
  static final byte CODEC_VERSION = 1;
  static final int VERSION_AT = 0;
  static final int FLAGS_AT = 1;
  static final int COLUMN_COUNT_AT = 2;
  static final int SCHEMA_VERSION_AT = 4;
  static final int SEQ_AT = 8;
  static final int NULLS_AT = 16;
  static final byte DELETED = 1;

  private static final int MAX_COLUMNS = 0xFFFF;

  private final TableSchema schema;
  private final int[] slots;
  private final int[] previousVariableSlots;
  private final boolean[] variable;
  private final int fixedEnd;
  private final int lastVariableSlot;

  RowLayout(TableSchema schema) {
    this.schema = schema;
    List<ColumnSchema> columns = schema.columns();
    if (columns.size() > MAX_COLUMNS) {
      throw new KalamException(
          ErrorCode.TOO_MANY_COLUMNS, "A table has at most 65535 columns, not " + columns.size());
    }
    slots = new int[columns.size()];
    previousVariableSlots = new int[columns.size()];
    variable = new boolean[columns.size()];
    int at = NULLS_AT + (columns.size() + 7) / 8;
    int previousVariable = -1;
    for (int i = 0; i < slots.length; i++) {
      DataType type = columns.get(i).type();
      slots[i] = at;
      if (type.kind() == DataType.Kind.UNKNOWN) {
        throw new IllegalArgumentException("A column must have a type: " + columns.get(i).name());
      }
      if (isVariable(type)) {
        variable[i] = true;
        previousVariableSlots[i] = previousVariable;
        previousVariable = at;
        at += 4;
      } else {
        at += type.kind() == DataType.Kind.BOOLEAN ? 1 : VectorTypes.width(type);
      }
    }
    fixedEnd = at;
    lastVariableSlot = previousVariable;
  }

  private static boolean isVariable(DataType type) {
    return VectorTypes.width(type) == 0 && type.kind() != DataType.Kind.BOOLEAN;
  }

  TableSchema schema() {
    return schema;
  }

  int columnCount() {
    return slots.length;
  }

  DataType type(int column) {
    return schema.column(column).type();
  }

  boolean isVariable(int column) {
    return variable[column];
  }

  /** Where the column's slot begins. */
  int slot(int column) {
    return slots[column];
  }

  /** The slot of the variable column before this one; -1 if it is the first. */
  int previousVariableSlot(int column) {
    return previousVariableSlots[column];
  }

  /** Where the variable area begins. */
  int fixedEnd() {
    return fixedEnd;
  }

  static int nullByte(int column) {
    return NULLS_AT + (column >> 3);
  }

  static int nullBit(int column) {
    return 1 << (column & 7);
  }

  boolean isNull(byte[] bytes, int start, int column) {
    return (bytes[start + nullByte(column)] & nullBit(column)) != 0;
  }

  /** Refuses a row whose fixed part or length cannot be right (XX001). */
  void check(byte[] bytes, int start, int length) {
    checkHeader(bytes, start, length);
    if ((LittleEndian.getShort(bytes, start + COLUMN_COUNT_AT) & 0xFFFF) != slots.length
        || LittleEndian.getInt(bytes, start + SCHEMA_VERSION_AT) != schema.version()
        || length < fixedEnd) {
      throw damaged("it does not match its schema");
    }
    int variableLength =
        lastVariableSlot < 0 ? 0 : LittleEndian.getInt(bytes, start + lastVariableSlot);
    if (length - fixedEnd != variableLength) {
      throw damaged("its length is wrong");
    }
  }

  /** Refuses a row whose header no codec of ours writes (XX001). */
  static void checkHeader(byte[] bytes, int start, int length) {
    if (length < NULLS_AT) {
      throw damaged("it is too short");
    }
    if (bytes[start + VERSION_AT] != CODEC_VERSION || (bytes[start + FLAGS_AT] & ~DELETED) != 0) {
      throw damaged("its codec version or flags are unknown");
    }
  }

  /** Where a variable value begins, relative to the variable area. */
  int variableStart(byte[] bytes, int start, int column) {
    int previous = previousVariableSlots[column];
    return previous < 0 ? 0 : LittleEndian.getInt(bytes, start + previous);
  }

  /**
   * Where a variable value ends, relative to the variable area, which has {@code areaLength} bytes.
   */
  int variableEnd(byte[] bytes, int start, int column, int from, int areaLength) {
    int to = LittleEndian.getInt(bytes, start + slots[column]);
    if (from < 0 || to < from || to > areaLength) {
      throw damaged("the value of a column lies outside");
    }
    return to;
  }

  static KalamException damaged(String why) {
    return new KalamException(ErrorCode.DATA_CORRUPTED, "A stored row is damaged: " + why);
  }
}
