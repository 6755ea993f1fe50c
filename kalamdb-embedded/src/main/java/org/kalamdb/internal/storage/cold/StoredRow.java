package org.kalamdb.internal.storage.cold;

import org.jspecify.annotations.Nullable;

/**
 * One row of a segment.
 *
 * @param row its number in the file
 * @param seq its {@code _seq}
 * @param deleted whether it is a tombstone
 * @param values by position in the newest schema, in their Java classes
 */
@SuppressWarnings("ArrayRecordComponent") // handed to the writer, never compared
public record StoredRow(long row, long seq, boolean deleted, @Nullable Object[] values) {}
