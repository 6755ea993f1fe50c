package org.kalamdb.internal.storage.table;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import org.apache.arrow.vector.FieldVector;
import org.jspecify.annotations.Nullable;
import org.kalamdb.internal.catalog.TableDefinition;
import org.kalamdb.internal.storage.BatchSource;
import org.kalamdb.internal.storage.ColumnEstimate;
import org.kalamdb.internal.storage.KeyRange;
import org.kalamdb.internal.storage.Ordinals;
import org.kalamdb.internal.storage.ScanRequest;
import org.kalamdb.internal.vector.RecordBatch;
import org.kalamdb.internal.vector.VectorTypes;
import org.kalamdb.schema.DataType;
import org.kalamdb.schema.UserId;

/** Estimates over hot rows, from the first and the last rows of the partition in key order. */
final class HotSample {
  /** Rows looked at from either end. */
  static final int ROWS = 512;

  /** Fewer distinct values than this share of the sample are taken for all there are. */
  private static final double REPEATING = 0.1;

  private final Function<ScanRequest, BatchSource> hotScan;
  private final TableDefinition table;
  private final @Nullable UserId user;

  HotSample(
      Function<ScanRequest, BatchSource> hotScan, TableDefinition table, @Nullable UserId user) {
    this.hotScan = hotScan;
    this.table = table;
    this.user = user;
  }

  /** How many rows the partition has, counted no further than {@code limit}. */
  long count(long limit) {
    long rows = 0;
    try (BatchSource source = open(List.of(), ScanRequest.Order.ASCENDING, limit)) {
      for (RecordBatch batch = source.next(); batch != null; batch = source.next()) {
        rows += batch.selection().size();
        batch.close();
      }
    }
    return rows;
  }

  private BatchSource open(List<Integer> columns, ScanRequest.Order order, long limit) {
    return hotScan.apply(
        new ScanRequest(
            table, user, columns, List.of(KeyRange.ALL), List.of(), order, false, limit));
  }

  /**
   * The column of a partition.
   *
   * @param rows how many the partition has
   */
  ColumnEstimate column(int position, double rows) {
    Values values = new Values(table.schema().column(position).type());
    values.addAll(open(List.of(position), ScanRequest.Order.ASCENDING, ROWS));
    if (rows > ROWS) {
      values.addAll(open(List.of(position), ScanRequest.Order.DESCENDING, ROWS));
    }
    return values.estimate(rows);
  }

  private static final class Values {
    private final DataType type;
    private final Set<Object> distinct = new HashSet<>();
    private double rows;
    private double nulls;
    private double low = Double.POSITIVE_INFINITY;
    private double high = Double.NEGATIVE_INFINITY;

    Values(DataType type) {
      this.type = type;
    }

    void addAll(BatchSource source) {
      double wanted = rows + ROWS;
      try (source) {
        RecordBatch batch;
        while (rows < wanted && (batch = source.next()) != null) {
          try (RecordBatch current = batch) {
            add(current.column(0), current);
          }
        }
      }
    }

    private void add(FieldVector vector, RecordBatch batch) {
      for (int i = 0; i < batch.selection().size(); i++) {
        Object value = VectorTypes.readValue(vector, type, batch.selection().get(i));
        rows++;
        if (value == null) {
          nulls++;
          continue;
        }
        distinct.add(value);
        double ordinal = Ordinals.of(value);
        low = Math.min(low, ordinal);
        high = Math.max(high, ordinal);
      }
    }

    ColumnEstimate estimate(double tableRows) {
      if (rows == nulls) {
        return rows == 0
            ? ColumnEstimate.UNKNOWN
            : new ColumnEstimate(0, 1, Double.NaN, Double.NaN);
      }
      double present = rows - nulls;
      boolean repeating = distinct.size() < REPEATING * present;
      double all = repeating ? distinct.size() : distinct.size() * Math.max(1, tableRows / rows);
      boolean ranged = low <= high;
      return new ColumnEstimate(
          all, nulls / rows, ranged ? low : Double.NaN, ranged ? high : Double.NaN);
    }
  }
}
