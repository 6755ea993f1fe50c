package org.kalamdb.internal.catalog;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Options of a table, each at its default unless WITH (...) said otherwise.
 *
 * @param flush when rows become cold by themselves
 * @param ttlSeconds how long events of a stream table live; 0 for the other types
 * @param maxBuffer most events a partition of a stream table keeps, oldest dropped; 0: no bound
 * @param ephemeral stream table: events are delivered but never stored
 * @param compression codec of Parquet pages, one of {@link #CODECS}
 * @param deletedRetentionHours how long tombstones stay readable; -1: for ever
 * @param accessLevel of a shared table: PUBLIC, PRIVATE, RESTRICTED or DBA
 * @param storageId storage its segments go to; null: the local one
 * @param useUserStorage user table: partitions of users who have a storage of their own go there
 * @param columnCompression codecs of columns that have one of their own, by column id
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
    boolean useUserStorage,
    Map<Integer, String> columnCompression) {
  /** Codecs of pages, as they are written. */
  public static final List<String> CODECS = List.of("zstd", "snappy", "none");

  public static final TableOptions DEFAULTS =
      new TableOptions(
          FlushPolicy.DEFAULT, 0, 0, false, "zstd", 168, "PRIVATE", null, false, Map.of());

  public TableOptions {
    columnCompression = Map.copyOf(columnCompression);
  }

  /** The codec of a column's pages. */
  public String compressionOf(int columnId) {
    return columnCompression.getOrDefault(columnId, compression);
  }

  /** The same with a column's own codec, or without one. */
  public TableOptions withCompression(int columnId, @Nullable String codec) {
    Map<Integer, String> codecs = new TreeMap<>(columnCompression);
    if (codec == null) {
      codecs.remove(columnId);
    } else {
      codecs.put(columnId, codec);
    }
    return with(storageId, codecs);
  }

  /** The same with segments in another storage; null: the local one. */
  public TableOptions withStorage(@Nullable String storage) {
    return with(storage, columnCompression);
  }

  private TableOptions with(@Nullable String storage, Map<Integer, String> codecs) {
    return new TableOptions(
        flush,
        ttlSeconds,
        maxBuffer,
        ephemeral,
        compression,
        deletedRetentionHours,
        accessLevel,
        storage,
        useUserStorage,
        codecs);
  }
}
