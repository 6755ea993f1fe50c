package org.kalamdb.internal.catalog;

import org.jspecify.annotations.Nullable;

/**
 * Options of a table, each at its default unless WITH (...) said otherwise.
 *
 * @param flushRows flush when this many rows are hot; 0: not by rows
 * @param flushIntervalSeconds flush when the oldest unflushed change is this old; 0: not by time
 * @param ttlSeconds how long events of a stream table live; 0 for the other types
 * @param maxBuffer most events a partition of a stream table keeps, oldest dropped; 0: no bound
 * @param ephemeral stream table: events are delivered but never stored
 * @param compression codec of Parquet pages: zstd, snappy or none
 * @param deletedRetentionHours how long tombstones stay readable; -1: for ever
 * @param accessLevel of a shared table: PUBLIC, PRIVATE, RESTRICTED or DBA
 * @param storageId storage its segments go to; null: the local one
 */
public record TableOptions(
    long flushRows,
    long flushIntervalSeconds,
    long ttlSeconds,
    long maxBuffer,
    boolean ephemeral,
    String compression,
    long deletedRetentionHours,
    String accessLevel,
    @Nullable String storageId) {
  public static final TableOptions DEFAULTS =
      new TableOptions(100_000, 0, 0, 0, false, "zstd", 168, "PRIVATE", null);

  /** The same with segments in another storage; null: the local one. */
  public TableOptions withStorage(@Nullable String storage) {
    return new TableOptions(
        flushRows,
        flushIntervalSeconds,
        ttlSeconds,
        maxBuffer,
        ephemeral,
        compression,
        deletedRetentionHours,
        accessLevel,
        storage);
  }
}
