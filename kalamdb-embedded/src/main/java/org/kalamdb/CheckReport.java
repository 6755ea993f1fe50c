package org.kalamdb;

import java.time.Duration;
import java.util.List;

/**
 * What a look at everything in a database found: see {@link KalamDB#check()}.
 *
 * @param tables tables looked at
 * @param hotRows hot rows read, tombstones included
 * @param segments segments read to the last page
 * @param coldRows rows in them, superseded ones and tombstones included
 * @param indexEntries entries compared with the rows they are of
 * @param problems what is not as it should be, empty if all is well
 * @param took how long it took
 */
public record CheckReport(
    int tables,
    long hotRows,
    long segments,
    long coldRows,
    long indexEntries,
    List<Problem> problems,
    Duration took) {
  public CheckReport {
    problems = List.copyOf(problems);
  }

  /** True if nothing is wrong. */
  public boolean isSound() {
    return problems.isEmpty();
  }

  /**
   * One thing that is wrong.
   *
   * @param where the table, the file or the part of the database it is in
   * @param what in words
   */
  public record Problem(String where, String what) {
    @Override
    public String toString() {
      return where + ": " + what;
    }
  }
}
