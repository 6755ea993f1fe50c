package org.kalamdb.internal.vector;

import java.util.function.Supplier;

/**
 * Numbers that stand for the values of a column: rows with one number have one value, so what is
 * found out about a number need not be found out again for the next row, page or batch. All of it
 * is lent until the source of the batch goes on.
 *
 * @param dictionary what gives the numbers their meaning; two that are equal give them the same
 * @param size numbers are below it; it stands for NULL itself
 * @param codes of each row of the batch
 * @param values the values of the numbers, and NULL behind them
 */
@SuppressWarnings("ArrayRecordComponent") // lent to one reader, never compared
public record DictionaryCodes(
    Object dictionary, int size, int[] codes, Supplier<ColumnView> values) {}
