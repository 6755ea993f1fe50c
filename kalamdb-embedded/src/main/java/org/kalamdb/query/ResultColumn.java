package org.kalamdb.query;

import org.jspecify.annotations.Nullable;
import org.kalamdb.schema.DataType;
import org.kalamdb.schema.TableId;

/**
 * One column of a result.
 *
 * @param name alias or name
 * @param type SQL type
 * @param table the table a plain column comes from; null for computed columns
 * @param tableColumn its name there; null for computed columns
 * @param nullable false if no value can be NULL
 */
public record ResultColumn(
    String name,
    DataType type,
    @Nullable TableId table,
    @Nullable String tableColumn,
    boolean nullable) {}
