package org.kalamdb.internal.storage.table;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.kalamdb.internal.catalog.TableDefinition;
import org.kalamdb.internal.storage.ColumnEstimate;
import org.kalamdb.internal.storage.TableEstimate;
import org.kalamdb.internal.storage.cold.ColdEstimates;
import org.kalamdb.internal.storage.manifest.PartitionManifest;
import org.kalamdb.internal.storage.manifest.SegmentEntry;
import org.kalamdb.schema.TableSchema;
import org.kalamdb.schema.UserId;

/**
 * Estimates of partitions, from manifests for cold rows and from samples for hot ones, kept until a
 * partition's size has changed by a fifth. Thread-safe.
 */
final class Estimates {
  private static final long MAX_PARTITIONS = 10_000;
  private static final double STALE = 0.2;

  private final Cache<Key, Known> cache = Caffeine.newBuilder().maximumSize(MAX_PARTITIONS).build();

  private record Key(int table, TableSchema schema, @Nullable UserId user) {}

  /** What was found when the table had this many hot rows and the partition these segments. */
  private record Known(
      long tableHotRows,
      PartitionManifest manifest,
      double hotRows,
      Map<Integer, ColumnEstimate> columns) {
    boolean isFresh(long hotNow, PartitionManifest manifestNow) {
      return manifest.segments().equals(manifestNow.segments())
          && Math.abs(hotNow - tableHotRows) <= STALE * Math.max(HotSample.ROWS, tableHotRows);
    }
  }

  /**
   * The estimate of a partition, good for as long as {@code sample} may be used.
   *
   * @param tableHotRows rows of all partitions that are hot now
   */
  TableEstimate of(
      TableDefinition table,
      @Nullable UserId user,
      long tableHotRows,
      PartitionManifest manifest,
      HotSample sample) {
    Key key = new Key(table.number(), table.schema(), user);
    Known known = cache.getIfPresent(key);
    if (known == null || !known.isFresh(tableHotRows, manifest)) {
      known =
          new Known(
              tableHotRows,
              manifest,
              hotRows(user, tableHotRows, sample),
              new ConcurrentHashMap<>());
      cache.put(key, known);
    }
    return new PartitionEstimate(table, known, sample);
  }

  private static double hotRows(@Nullable UserId user, long tableHotRows, HotSample sample) {
    if (user == null || tableHotRows == 0) {
      return tableHotRows;
    }
    long counted = sample.count(2 * HotSample.ROWS);
    return counted < 2 * HotSample.ROWS ? counted : tableHotRows;
  }

  private record PartitionEstimate(TableDefinition table, Known known, HotSample sample)
      implements TableEstimate {
    @Override
    public double rows() {
      return known.hotRows() + known.manifest().rows();
    }

    @Override
    public ColumnEstimate column(int position) {
      ColumnEstimate estimate = known.columns().get(position);
      if (estimate == null) {
        estimate = find(position);
        known.columns().put(position, estimate);
      }
      return estimate;
    }

    private ColumnEstimate find(int position) {
      List<SegmentEntry> segments = known.manifest().segments();
      double coldRows = known.manifest().rows();
      double hotRows = known.hotRows();
      ColumnEstimate cold =
          ColdEstimates.column(table, segments, table.schema().column(position).id());
      if (hotRows == 0) {
        return cold;
      }
      ColumnEstimate hot = sample.column(position, hotRows);
      return segments.isEmpty() ? hot : both(hot, hotRows, cold, coldRows);
    }

    private static ColumnEstimate both(
        ColumnEstimate hot, double hotRows, ColumnEstimate cold, double coldRows) {
      double nulls = hot.nullFraction() * hotRows + cold.nullFraction() * coldRows;
      boolean unknown = hot.distinct() == 0 || cold.distinct() == 0;
      boolean unique = hot.distinct() > hotRows / 2;
      double distinct =
          unknown
              ? 0
              : unique
                  ? hot.distinct() + cold.distinct()
                  : Math.max(hot.distinct(), cold.distinct());
      return new ColumnEstimate(
          distinct,
          nulls / (hotRows + coldRows),
          Math.min(hot.low(), cold.low()),
          Math.max(hot.high(), cold.high()));
    }
  }
}
