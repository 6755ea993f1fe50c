package org.kalamdb.internal.flush;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.kalamdb.internal.catalog.TableOptions;
import org.kalamdb.internal.storage.manifest.SegmentEntry;

/**
 * Which segments of a partition are worth writing anew: size-tiered, so that a row is rewritten
 * once for each tier it rises, and a partition has a few segments for each tier however often it is
 * flushed; besides, segments of which much is superseded, whatever their size.
 */
final class CompactionPolicy {
  /** So many segments of a tier, or of it and lower ones, are merged. */
  static final int FANOUT = 4;

  /** A segment as large as this is merged with others no more. */
  static final long TARGET_BYTES = 128L << 20;

  /** What one compaction reads at most, unless everything is asked for. */
  private static final long MAX_INPUT_BYTES = 1L << 30;

  private static final long LOWEST_TIER_BYTES = 256 << 10;

  /** A segment is worn when this share of its rows serves nobody. */
  private static final int WORN_PERCENT = 30;

  /** The same for one that is of age. */
  private static final int WORN_PERCENT_OF_AGE = 5;

  /** So many times that age, and any row is enough. */
  private static final int VERY_OLD = 4;

  private static final long LEAST_AGE_HOURS = 24;
  private static final long USUAL_AGE_HOURS = 168;

  private CompactionPolicy() {}

  /**
   * A segment, and how many of its rows a new one would be without.
   *
   * @param useless rows superseded, and tombstones past their retention
   * @param wornPercent which share of them makes it worn
   */
  record Candidate(SegmentEntry entry, long useless, int wornPercent) {
    long liveBytes() {
      return entry.rows() == 0
          ? 0
          : Math.round((double) entry.bytes() * (entry.rows() - useless) / entry.rows());
    }

    boolean isWorn() {
      return useless > 0 && useless * 100 >= entry.rows() * wornPercent;
    }
  }

  /** How old a segment is to be for fewer useless rows to be enough. */
  static long ageMillis(TableOptions options) {
    long hours = options.deletedRetentionHours();
    return TimeUnit.HOURS.toMillis(hours < 0 ? USUAL_AGE_HOURS : Math.max(LEAST_AGE_HOURS, hours));
  }

  /** A segment at a time. */
  static Candidate candidate(SegmentEntry entry, long useless, TableOptions options, long now) {
    long age = (now - entry.createdMillis()) / ageMillis(options);
    return new Candidate(
        entry, useless, age >= VERY_OLD ? 0 : age >= 1 ? WORN_PERCENT_OF_AGE : WORN_PERCENT);
  }

  /**
   * What is to be compacted now; empty if nothing is.
   *
   * @param fileRows a segment with so many rows is as large as it is to be
   */
  static List<SegmentEntry> choose(List<Candidate> candidates, long fileRows) {
    List<Candidate> bySize = new ArrayList<>();
    List<Candidate> worn = new ArrayList<>();
    for (Candidate candidate : candidates) {
      if (candidate.isWorn()) {
        worn.add(candidate);
      } else if (candidate.liveBytes() < TARGET_BYTES && candidate.entry().rows() < fileRows) {
        bySize.add(candidate);
      }
    }
    bySize.sort(Comparator.comparingLong(Candidate::liveBytes));
    List<Candidate> chosen = new ArrayList<>(worn);
    chosen.addAll(bySize.subList(0, ripe(bySize)));
    return withinLimit(chosen);
  }

  /** How many of the smallest go together: up to the highest tier that has come to be full. */
  private static int ripe(List<Candidate> bySize) {
    int ripe = 0;
    int start = 0;
    while (start < bySize.size()) {
      int tier = tier(bySize.get(start).liveBytes());
      int end = start;
      while (end < bySize.size() && tier(bySize.get(end).liveBytes()) == tier) {
        end++;
      }
      // What the lower tiers make of themselves comes up as one more.
      if (end - start + (ripe > 0 ? 1 : 0) >= FANOUT) {
        ripe = end;
      }
      start = end;
    }
    return ripe;
  }

  private static int tier(long bytes) {
    int tier = 0;
    for (long bound = LOWEST_TIER_BYTES; bytes > bound; bound *= FANOUT) {
      tier++;
    }
    return tier;
  }

  private static List<SegmentEntry> withinLimit(List<Candidate> chosen) {
    List<SegmentEntry> entries = new ArrayList<>();
    long bytes = 0;
    for (Candidate candidate : chosen) {
      bytes += candidate.entry().bytes();
      if (bytes > MAX_INPUT_BYTES && !entries.isEmpty()) {
        break;
      }
      entries.add(candidate.entry());
    }
    return entries;
  }

  /** Everything, unless that would only copy what is one whole already. */
  static List<SegmentEntry> all(List<Candidate> candidates, int schemaVersion) {
    boolean whole =
        candidates.size() <= 1
            && candidates.stream()
                .allMatch(c -> c.useless() == 0 && c.entry().schemaVersion() == schemaVersion);
    return whole ? List.of() : candidates.stream().map(Candidate::entry).toList();
  }
}
