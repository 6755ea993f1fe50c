package org.kalamdb.internal.live;

import org.jspecify.annotations.Nullable;
import org.kalamdb.schema.TableSchema;

/**
 * The net effect of one transaction on one key. Rows are in the layout of {@link
 * CompiledSubscription}: table columns of {@code schema}, then {@code _seq} and {@code _deleted}.
 * At least one of them is there.
 */
record RowDelta(
    TableSchema schema,
    @Nullable Object @Nullable [] oldRow,
    @Nullable Object @Nullable [] newRow) {}
