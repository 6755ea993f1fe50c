package org.kalamdb.internal.write;

import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.StringJoiner;
import org.jspecify.annotations.Nullable;
import org.kalamdb.error.ErrorCode;
import org.kalamdb.error.KalamException;
import org.kalamdb.internal.catalog.IndexDefinition;
import org.kalamdb.internal.catalog.TableDefinition;
import org.kalamdb.internal.storage.hot.RowVersion;
import org.kalamdb.internal.storage.hot.RowWrite;
import org.kalamdb.internal.storage.hot.WriteSet;
import org.kalamdb.internal.storage.key.IndexKeys;
import org.kalamdb.internal.storage.key.RowKeys;
import org.kalamdb.internal.write.TableWriter.ExistingRow;
import org.kalamdb.schema.TableSchema;
import org.kalamdb.schema.UserId;

/**
 * Who has a key of a table, be it the primary one or that of a unique index, as a transaction sees
 * it: its own rows first, then the committed ones it has left alone. What others commit meanwhile
 * is seen by the commit itself.
 */
final class UniqueKeys {
  private final TableDefinition table;
  private final @Nullable UserId user;
  private final WriteSet writes;
  private final RowFinder finder;
  private final List<IndexDefinition> indexes;

  UniqueKeys(TableDefinition table, @Nullable UserId user, WriteSet writes, RowFinder finder) {
    this.table = table;
    this.user = user;
    this.writes = writes;
    this.finder = finder;
    this.indexes = table.constraints().indexes().stream().filter(IndexDefinition::unique).toList();
  }

  /** Whether the row keeps its primary key and all entries of unique indexes. */
  boolean hasSameKeys(byte[] key, @Nullable Object[] before, @Nullable Object[] after) {
    if (!Arrays.equals(key, RowKeys.rowKey(table, user, after))) {
      return false;
    }
    for (IndexDefinition index : indexes) {
      byte[] had = IndexKeys.uniqueKey(table, index, key, before);
      if (!Arrays.equals(had, IndexKeys.uniqueKey(table, index, key, after))) {
        return false;
      }
    }
    return true;
  }

  /**
   * A row's key and the row that is there now, if any.
   *
   * @param present null if nobody has the key
   */
  record Place(byte[] key, @Nullable ExistingRow present) {}

  /**
   * What is at a key.
   *
   * @param earlier what this transaction did to it, or null
   * @param base the committed version, or null
   */
  Place place(byte[] key, @Nullable RowWrite earlier, @Nullable RowVersion base) {
    @Nullable Object @Nullable [] row =
        earlier != null ? earlier.newRow() : base == null || base.deleted() ? null : base.values();
    return new Place(key, row == null ? null : new ExistingRow(key, base, row, null));
  }

  /**
   * A row that has a key of the new row, which is not there yet.
   *
   * @param columns of the key to look at, in any order; null: of all
   */
  @Nullable ExistingRow find(Place place, @Nullable Object[] row, @Nullable List<Integer> columns) {
    if (place.present() != null
        && (columns == null || isKey(table.schema().primaryKey(), columns))) {
      return place.present();
    }
    for (IndexDefinition index : indexes) {
      if (columns == null || isKey(positions(index), columns)) {
        byte[] uniqueKey = IndexKeys.uniqueKey(table, index, place.key(), row);
        ExistingRow other = uniqueKey == null ? null : holder(index, place.key(), uniqueKey);
        if (other != null) {
          return other;
        }
      }
    }
    return null;
  }

  private List<Integer> positions(IndexDefinition index) {
    return index.columnIds().stream().map(id -> table.schema().positionOf(id)).toList();
  }

  private static boolean isKey(List<Integer> key, List<Integer> columns) {
    Set<Integer> wanted = new HashSet<>(columns);
    return wanted.equals(new HashSet<>(key));
  }

  private @Nullable ExistingRow holder(IndexDefinition index, byte[] key, byte[] uniqueKey) {
    byte[] own = writes.claimant(uniqueKey);
    if (own != null) {
      return Arrays.equals(own, key) ? null : rowAt(own, index);
    }
    byte[] committed = finder.owner(table, index, user, uniqueKey);
    // A row that this transaction wrote to would claim the entry if it still had it.
    return committed == null || writes.find(committed) != null ? null : rowAt(committed, index);
  }

  private @Nullable ExistingRow rowAt(byte[] key, IndexDefinition index) {
    RowWrite earlier = writes.find(key);
    if (earlier != null) {
      @Nullable Object @Nullable [] present = earlier.newRow();
      return present == null ? null : new ExistingRow(key, earlier.base(), present, index);
    }
    RowVersion base = finder.find(table, user, key);
    if (base == null || base.deleted()) {
      throw new KalamException(
          ErrorCode.INDEX_CORRUPTED,
          "index \"" + index.name() + "\" has an entry for a row that is not there");
    }
    return new ExistingRow(key, base, base.values(), index);
  }

  /** 23505 in PostgreSQL's words, with the key's values. */
  KalamException duplicate(ExistingRow existing, @Nullable Object[] row) {
    IndexDefinition index = existing.index();
    TableSchema schema = table.schema();
    StringJoiner names = new StringJoiner(", ");
    StringJoiner values = new StringJoiner(", ");
    for (int column : index == null ? schema.primaryKey() : positions(index)) {
      names.add(schema.column(column).name());
      values.add(String.valueOf(row[column]));
    }
    return new KalamException(
        ErrorCode.UNIQUE_VIOLATION,
        "duplicate key value violates unique constraint \""
            + (index == null ? table.primaryKeyName() : index.name())
            + "\": key ("
            + names
            + ")=("
            + values
            + ") already exists");
  }
}
