package org.kalamdb.internal.storage.hot;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.kalamdb.internal.catalog.ForeignKey;
import org.kalamdb.internal.catalog.IndexDefinition;
import org.kalamdb.internal.catalog.TableDefinition;
import org.kalamdb.schema.UserId;

/**
 * What a transaction relies on for a foreign key, to be looked at again when it commits. Referring
 * and referred-to rows meet at the key of the row that is referred to.
 */
public sealed interface KeyReference {
  /** The key of the row that is referred to, in {@code ROWS}. */
  byte[] rowKey();

  /**
   * A committed row, which a row of the transaction refers to, stays and keeps its key.
   *
   * @param columns ids of the columns referred to
   * @param values of these columns
   */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  record Needed(
      TableDefinition table,
      @Nullable UserId user,
      byte[] rowKey,
      List<Integer> columns,
      List<Object> values)
      implements KeyReference {}

  /**
   * A row is deleted or changes its key, and nobody refers to it.
   *
   * @param referring the table whose rows could
   * @param user whose rows of it; null: those of a shared table, or of all users
   * @param index that begins with the referring columns
   * @param values they would have there
   */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  record Released(
      byte[] rowKey,
      TableDefinition referring,
      @Nullable UserId user,
      IndexDefinition index,
      ForeignKey key,
      List<Object> values)
      implements KeyReference {}
}
