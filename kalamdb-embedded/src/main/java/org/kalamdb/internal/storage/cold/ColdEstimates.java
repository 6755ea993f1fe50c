package org.kalamdb.internal.storage.cold;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.kalamdb.internal.catalog.TableDefinition;
import org.kalamdb.internal.storage.ColumnEstimate;
import org.kalamdb.internal.storage.Ordinals;
import org.kalamdb.internal.storage.manifest.ColumnStatistics;
import org.kalamdb.internal.storage.manifest.SegmentEntry;

/** What the manifest alone tells a planner of the values of a column. */
public final class ColdEstimates {
  /** Above this share of distinct values a column is taken for one that seldom repeats any. */
  private static final double NEARLY_UNIQUE = 0.5;

  private ColdEstimates() {}

  /** One segment's share. */
  private record Part(double rows, double nulls, double distinct, double low, double high) {}

  /** Over all the segments; rows of segments older than the column count as NULL. */
  public static ColumnEstimate column(
      TableDefinition table, List<SegmentEntry> segments, int columnId) {
    double rows = 0;
    double nulls = 0;
    List<Part> parts = new ArrayList<>();
    for (SegmentEntry segment : segments) {
      rows += segment.rows();
      @Nullable ColumnStatistics statistics = segment.column(columnId);
      if (statistics == null) {
        nulls += segment.rows();
      } else {
        nulls += statistics.nulls();
        parts.add(part(table, segment, statistics));
      }
    }
    if (parts.isEmpty()) {
      return ColumnEstimate.UNKNOWN;
    }
    double low = parts.stream().mapToDouble(Part::low).min().orElse(Double.NaN);
    double high = parts.stream().mapToDouble(Part::high).max().orElse(Double.NaN);
    return new ColumnEstimate(distinct(parts), nulls / Math.max(1, rows), low, high);
  }

  private static Part part(
      TableDefinition table, SegmentEntry segment, ColumnStatistics statistics) {
    SegmentLayout layout = SegmentLayout.of(table.schema(segment.schemaVersion()));
    double low = Double.NaN;
    double high = Double.NaN;
    byte[] min = statistics.min();
    byte[] max = statistics.max();
    for (int i = 0; i < layout.seqColumn(); i++) {
      if (layout.columns().get(i).id() == statistics.columnId() && min != null && max != null) {
        Leaf leaf = layout.leaves().get(layout.firstLeaf(i));
        low = Ordinals.of(StoredValues.ofPlain(leaf, layout.columns().get(i).type(), min));
        high = Ordinals.of(StoredValues.ofPlain(leaf, layout.columns().get(i).type(), max));
      }
    }
    return new Part(segment.rows(), statistics.nulls(), statistics.distinct(), low, high);
  }

  /** Values of ranges that do not meet add up, and so do those that seldom repeat. */
  private static double distinct(List<Part> parts) {
    List<Part> ordered = new ArrayList<>(parts);
    ordered.sort(Comparator.comparingDouble(Part::low));
    double distinct = 0;
    double reached = Double.NEGATIVE_INFINITY;
    for (Part part : ordered) {
      if (part.distinct() == 0 && part.nulls() < part.rows()) {
        return 0;
      }
      boolean apart = part.low() > reached;
      boolean unique = part.distinct() > NEARLY_UNIQUE * (part.rows() - part.nulls());
      distinct = apart || unique ? distinct + part.distinct() : Math.max(distinct, part.distinct());
      reached = Math.max(reached, part.high());
    }
    return distinct;
  }
}
