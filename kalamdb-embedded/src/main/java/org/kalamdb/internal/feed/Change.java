package org.kalamdb.internal.feed;

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
    long oldSeq) {}
