package org.kalamdb.internal.storage.cold;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.kalamdb.internal.catalog.TableDefinition;
import org.kalamdb.internal.storage.KeyRange;
import org.kalamdb.internal.storage.key.ByteRange;
import org.kalamdb.internal.storage.key.RowKeys;
import org.kalamdb.internal.storage.manifest.SegmentEntry;
import org.kalamdb.schema.TableSchema;
import org.kalamdb.schema.UserId;

/** Key ranges as bytes of primary keys without the partition in front. */
final class PartitionKeys {
  private PartitionKeys() {}

  /** The encoded primary keys of a range; null if there can be none. */
  static @Nullable ByteRange range(TableDefinition table, @Nullable UserId user, KeyRange range) {
    if (range.isAll()) {
      return new ByteRange(new byte[0], null);
    }
    byte[] prefix = RowKeys.partitionPrefix(table.number(), user);
    ByteRange keys = RowKeys.keyRange(table, user, range);
    byte[] from = keys.from();
    byte[] to = keys.to();
    if (keys.isEmpty() || !startsWith(from, prefix)) {
      return null;
    }
    return new ByteRange(
        strip(from, prefix), to == null || !startsWith(to, prefix) ? null : strip(to, prefix));
  }

  private static byte[] strip(byte[] key, byte[] prefix) {
    return Arrays.copyOfRange(key, prefix.length, key.length);
  }

  static boolean startsWith(byte[] bytes, byte[] prefix) {
    return bytes.length >= prefix.length
        && Arrays.equals(bytes, 0, prefix.length, prefix, 0, prefix.length);
  }

  /** Whether a key of the segment can be in the range, by the manifest alone. */
  static boolean mayContain(TableDefinition table, SegmentEntry entry, ByteRange range) {
    byte[] to = range.to();
    return !hasTodaysKeyTypes(table, entry)
        || (Arrays.compareUnsigned(entry.maxKey(), range.from()) >= 0
            && (to == null || Arrays.compareUnsigned(entry.minKey(), to) < 0));
  }

  /** Whether keys are encoded as they were when the segment was written. */
  static boolean hasTodaysKeyTypes(TableDefinition table, SegmentEntry entry) {
    TableSchema now = table.schema();
    if (now.version() == entry.schemaVersion()) {
      return true;
    }
    TableSchema then = table.schema(entry.schemaVersion());
    for (int column : now.primaryKey()) {
      int id = now.column(column).id();
      boolean same =
          then.columns().stream()
              .anyMatch(old -> old.id() == id && old.type().equals(now.column(column).type()));
      if (!same) {
        return false;
      }
    }
    return true;
  }
}
