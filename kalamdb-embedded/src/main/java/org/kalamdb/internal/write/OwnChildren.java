package org.kalamdb.internal.write;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.kalamdb.internal.catalog.CatalogSnapshot.Reference;
import org.kalamdb.internal.catalog.ForeignKey;
import org.kalamdb.internal.catalog.TableDefinition;
import org.kalamdb.internal.common.ByteKey;
import org.kalamdb.internal.storage.hot.WriteSet;
import org.kalamdb.internal.storage.hot.WriteSet.PendingRow;
import org.kalamdb.internal.storage.key.RowKeys;
import org.kalamdb.schema.UserId;

/**
 * The rows a transaction has written to referring tables, by what they refer to: collected when
 * first asked for and brought forward with each row of the statement.
 */
final class OwnChildren {
  private final WriteSet writes;
  private final Map<Integer, List<ByForeignKey>> byTable = new HashMap<>();

  OwnChildren(WriteSet writes) {
    this.writes = writes;
  }

  /** Keys of rows by values; some may have got others since. */
  private record ByForeignKey(ForeignKey key, Map<List<Object>, Set<ByteKey>> rows) {
    void add(TableDefinition table, byte[] rowKey, @Nullable Object[] row) {
      List<Object> values = KeyValues.of(table.schema(), key.columns(), row);
      if (values != null) {
        rows.computeIfAbsent(values, v -> new HashSet<>()).add(new ByteKey(rowKey));
      }
    }
  }

  /** The statement left a row so. */
  void written(TableDefinition table, @Nullable UserId user, @Nullable Object[] row) {
    List<ByForeignKey> known = byTable.get(table.number());
    if (known != null) {
      byte[] rowKey = RowKeys.rowKey(table, user, row);
      known.forEach(children -> children.add(table, rowKey, row));
    }
  }

  /** Keys of the rows that have these values now, of all partitions. */
  List<byte[]> find(Reference reference, List<Object> values) {
    List<byte[]> found = new ArrayList<>();
    for (ByteKey key : byForeignKey(reference).rows().getOrDefault(values, Set.of())) {
      found.add(key.bytes());
    }
    return found;
  }

  private ByForeignKey byForeignKey(Reference reference) {
    TableDefinition table = reference.table();
    List<ByForeignKey> known = byTable.computeIfAbsent(table.number(), t -> new ArrayList<>());
    for (ByForeignKey children : known) {
      if (children.key().equals(reference.key())) {
        return children;
      }
    }
    ByForeignKey collected = new ByForeignKey(reference.key(), new HashMap<>());
    byte[] prefix = RowKeys.tablePrefix(table.number());
    for (PendingRow own : writes.range(prefix, RowKeys.prefixEnd(prefix))) {
      if (own.newRow() != null) {
        collected.add(table, own.key(), own.newRow());
      }
    }
    known.add(collected);
    return collected;
  }
}
