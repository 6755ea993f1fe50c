package org.kalamdb.internal.storage.manifest;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** The segments of one partition at one moment, by smallest key, then number. Immutable. */
public final class PartitionManifest {
  /** No segment. */
  public static final PartitionManifest EMPTY = new PartitionManifest(List.of());

  private static final Comparator<SegmentEntry> ORDER =
      Comparator.comparing(SegmentEntry::minKey, Arrays::compareUnsigned)
          .thenComparingLong(SegmentEntry::number);

  private final List<SegmentEntry> segments;

  private PartitionManifest(List<SegmentEntry> segments) {
    this.segments = segments;
  }

  public static PartitionManifest of(List<SegmentEntry> segments) {
    return segments.isEmpty()
        ? EMPTY
        : new PartitionManifest(segments.stream().sorted(ORDER).toList());
  }

  public List<SegmentEntry> segments() {
    return segments;
  }

  public boolean isEmpty() {
    return segments.isEmpty();
  }

  /** The segment with this number, or null. */
  public @Nullable SegmentEntry segment(long number) {
    for (SegmentEntry segment : segments) {
      if (segment.number() == number) {
        return segment;
      }
    }
    return null;
  }

  /** Rows in all segments, superseded ones and tombstones included. */
  public long rows() {
    return segments.stream().mapToLong(SegmentEntry::rows).sum();
  }

  public long bytes() {
    return segments.stream().mapToLong(SegmentEntry::bytes).sum();
  }

  /** The manifest after a publish. */
  PartitionManifest with(List<SegmentEntry> added, List<SegmentEntry> removed) {
    Set<Long> gone = removed.stream().map(SegmentEntry::number).collect(Collectors.toSet());
    List<SegmentEntry> next = new ArrayList<>();
    for (SegmentEntry segment : segments) {
      if (!gone.contains(segment.number())) {
        next.add(segment);
      }
    }
    next.addAll(added);
    return of(next);
  }

  /** Bytes of memory, about. */
  int weight() {
    int weight = 64;
    for (SegmentEntry segment : segments) {
      weight +=
          256 + segment.minKey().length + segment.maxKey().length + 2 * segment.file().length();
      weight += 160 * segment.columns().size();
    }
    return weight;
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof PartitionManifest that && segments.equals(that.segments);
  }

  @Override
  public int hashCode() {
    return segments.hashCode();
  }

  @Override
  public String toString() {
    return "PartitionManifest" + segments;
  }
}
