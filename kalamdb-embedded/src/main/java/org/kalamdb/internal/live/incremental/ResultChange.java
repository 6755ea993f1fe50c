package org.kalamdb.internal.live.incremental;

import org.jspecify.annotations.Nullable;

/**
 * How a transaction changed one row of a result. Rows of an ordered result have a place: {@code
 * oldIndex} counts in the result before the transaction, {@code newIndex} in the one after it.
 *
 * @param moved whether the row came or went though what it is made of was there before and after
 * @param oldIndex -1 if the row was not there, or the result has no order
 * @param newIndex -1 if the row is not there, or the result has no order
 */
public record ResultChange(
    @Nullable Object @Nullable [] oldRow,
    @Nullable Object @Nullable [] newRow,
    boolean moved,
    int oldIndex,
    int newIndex) {}
