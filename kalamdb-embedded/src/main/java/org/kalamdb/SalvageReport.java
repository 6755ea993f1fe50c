package org.kalamdb;

import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What an opening with {@link RecoveryMode#SALVAGE} could have and what it could not.
 *
 * @param keptIn the directory below {@code lost/} with the files as they were found
 * @param findings what was damaged and what was made of it, in words, the hot tier first
 * @param lostSegments cold segments that were taken out of the database
 * @param hotRowsKept hot rows that are there, tombstones included
 * @param hotRowsLost hot rows that were committed by the counters that could be read, and are not
 *     there; commits behind a damaged place of a log are in no counter
 * @param rowsLeftOut rows that could be read and were left out: of tables that are gone, older
 *     versions of a key, or those that break a unique index
 */
public record SalvageReport(
    Path keptIn,
    List<String> findings,
    List<LostSegment> lostSegments,
    long hotRowsKept,
    long hotRowsLost,
    long rowsLeftOut) {
  public SalvageReport {
    findings = List.copyOf(findings);
    lostSegments = List.copyOf(lostSegments);
  }

  /** True if nothing was found damaged: then the database is what it was. */
  public boolean isLossless() {
    return findings.isEmpty() && lostSegments.isEmpty() && hotRowsLost == 0 && rowsLeftOut == 0;
  }

  /**
   * A segment that is missing or damaged.
   *
   * @param table the table's name
   * @param user whose partition it was of; null for a shared table
   * @param file its path in the cold tier
   * @param rows how many rows it had, superseded ones and tombstones included
   * @param reason what is wrong with it
   */
  public record LostSegment(
      String table, @Nullable String user, String file, long rows, String reason) {}
}
