package org.kalamdb.internal.storage.table;

/**
 * Sizes of a table.
 *
 * @param hotRows in the hot tier, tombstones included; of a stream table, stored events
 * @param coldRows in segments, superseded ones and tombstones included
 * @param supersededRows in segments and replaced by a newer version
 * @param segments Parquet files
 * @param coldBytes of those files
 * @param partitions that have segments
 */
public record TableStatistics(
    long hotRows,
    long coldRows,
    long supersededRows,
    long segments,
    long coldBytes,
    long partitions) {}
