package org.kalamdb.internal.catalog;

import org.jspecify.annotations.Nullable;

/**
 * Options of a table, each at its default unless WITH (...) said otherwise.
 *
 * @param flush when rows become cold by themselves
 * @param ttlSeconds how long events of a stream table live; 0 for the other types
 * @param maxBuffer most events a partition of a stream table keeps, oldest dropped; 0: no bound
 * @param ephemeral stream table: events are delivered but never stored
 * @param compression codec of Parquet pages: zstd, snappy or none
 * @param deletedRetentionHours how long tombstones stay readable; -1: for ever
 * @param accessLevel of a shared table: PUBLIC, PRIVATE, RESTRICTED or DBA
 * @param storageId storage its segments go to; null: the local one
 * @param useUserStorage user table: partitions of users who have a storage of their own go there
 */
public record TableOptions(
    FlushPolicy flush,
    long ttlSeconds,
    long maxBuffer,
    boolean ephemeral,
    String compression,
    long deletedRetentionHours,
    String accessLevel,
    @Nullable String storageId,
    boolean useUserStorage) {
  public static final TableOptions DEFAULTS =
      new TableOptions(FlushPolicy.DEFAULT, 0, 0, false, "zstd", 168, "PRIVATE", null, false);

  /** The same with segments in another storage; null: the local one. */
  public TableOptions withStorage(@Nullable String storage) {
    return new TableOptions(
        flush,
        ttlSeconds,
        maxBuffer,
        ephemeral,
        compression,
        deletedRetentionHours,
        accessLevel,
        storage,
        useUserStorage);
  }
}
