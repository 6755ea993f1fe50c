package org.kalamdb.internal.write;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.kalamdb.error.KalamException;
import org.kalamdb.internal.catalog.ForeignKey;
import org.kalamdb.internal.catalog.IndexDefinition;
import org.kalamdb.internal.catalog.TableDefinition;
import org.kalamdb.internal.storage.hot.KeyReference;
import org.kalamdb.internal.storage.hot.RowVersion;
import org.kalamdb.internal.storage.hot.RowWrite;
import org.kalamdb.internal.storage.hot.WriteSet;
import org.kalamdb.internal.storage.key.IndexKeys;
import org.kalamdb.internal.storage.key.RowKeys;
import org.kalamdb.schema.TableSchema;
import org.kalamdb.schema.UserId;

/** Finds the rows that foreign keys refer to, as a transaction sees them. */
public final class ReferencedRows {
  private final WriteSet writes;
  private final RowFinder finder;

  public ReferencedRows(WriteSet writes, RowFinder finder) {
    this.writes = writes;
    this.finder = finder;
  }

  /**
   * The key of the row that is referred to, or null if there is none.
   *
   * @param values in the types of the referenced columns and in the foreign key's order
   */
  public byte @Nullable [] find(
      TableDefinition table, @Nullable UserId user, ForeignKey key, List<Object> values) {
    IndexDefinition index = ReferencedKey.of(table, key).index();
    return index == null
        ? byPrimaryKey(table, user, key, values)
        : byIndex(table, user, key, index, values);
  }

  /**
   * Finds the row that a row refers to.
   *
   * @return null if the row refers to none, because of a NULL
   * @throws KalamException 23503 if it is not there
   */
  public KeyReference.@Nullable Needed requireParent(
      TableDefinition table,
      @Nullable UserId user,
      ForeignKey key,
      TableDefinition parent,
      @Nullable Object[] row) {
    List<Object> values = KeyValues.of(table.schema(), key.columns(), row);
    if (values == null) {
      return null;
    }
    List<Object> theirs = KeyValues.in(parent.schema(), key.referenced(), values);
    UserId owner = parent.type().isPerUser() ? user : null;
    byte[] found = theirs == null ? null : find(parent, owner, key, theirs);
    if (found == null || theirs == null) {
      throw ForeignKeys.missing(table, key, parent, values);
    }
    return new KeyReference.Needed(parent, owner, found, key.referenced(), theirs);
  }

  private byte @Nullable [] byPrimaryKey(
      TableDefinition table, @Nullable UserId user, ForeignKey key, List<Object> values) {
    TableSchema schema = table.schema();
    List<Integer> ids = schema.primaryKey().stream().map(c -> schema.column(c).id()).toList();
    byte[] rowKey = RowKeys.rowKeyOf(table, user, inOrder(ids, key, values));
    RowWrite own = writes.find(rowKey);
    if (own != null) {
      return own.newRow() == null ? null : rowKey;
    }
    RowVersion version = finder.find(table, user, rowKey);
    return version == null || version.deleted() ? null : rowKey;
  }

  private byte @Nullable [] byIndex(
      TableDefinition table,
      @Nullable UserId user,
      ForeignKey key,
      IndexDefinition index,
      List<Object> values) {
    byte[] uniqueKey =
        IndexKeys.uniqueKeyOf(table, index, user, inOrder(index.columnIds(), key, values));
    byte[] own = writes.claimant(uniqueKey);
    if (own != null) {
      return own;
    }
    byte[] owner = finder.owner(table, index, user, uniqueKey);
    return owner == null || writes.find(owner) != null ? null : owner;
  }

  private static List<Object> inOrder(
      List<Integer> columnIds, ForeignKey key, List<Object> values) {
    List<Object> ordered = new ArrayList<>(values.size());
    for (int id : columnIds) {
      ordered.add(values.get(key.referenced().indexOf(id)));
    }
    return ordered;
  }
}
