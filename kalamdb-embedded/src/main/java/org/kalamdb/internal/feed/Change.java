package org.kalamdb.internal.feed;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.kalamdb.internal.catalog.TableDefinition;
import org.kalamdb.schema.UserId;

/**
 * One committed row change. Rows hold the Java values of all columns of the table's schema in
 * declared order; nobody writes to them. Exactly one of the rows is null for inserts (old) and
 * deletes (new).
 *
 * @param key encoded primary key, or for a stream table the event's id: unique in the partition
 */
public record Change(
    TableDefinition table,
    @Nullable UserId user,
    byte[] key,
    @Nullable Object @Nullable [] oldRow,
    @Nullable Object @Nullable [] newRow,
    long oldSeq) {
  /**
   * The same of a row of {@link TableDefinition#ofAllUsers()}.
   *
   * @param all that table, of this change's
   */
  public Change ofAllUsers(TableDefinition all) {
    UserId owner = Objects.requireNonNull(user, "user");
    byte[] id = owner.toUtf8();
    byte[] longer =
        ByteBuffer.allocate(2 + id.length + key.length)
            .putShort((short) id.length)
            .put(id)
            .put(key)
            .array();
    return new Change(all, null, longer, with(owner, oldRow), with(owner, newRow), oldSeq);
  }

  private static @Nullable Object @Nullable [] with(
      UserId user, @Nullable Object @Nullable [] row) {
    if (row == null) {
      return null;
    }
    @Nullable Object[] longer = Arrays.copyOf(row, row.length + 1);
    longer[row.length] = user.value();
    return longer;
  }
}
