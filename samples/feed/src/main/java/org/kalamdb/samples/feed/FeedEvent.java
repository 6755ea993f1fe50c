package org.kalamdb.samples.feed;

import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/** One event of the feed: somebody's commit. */
record FeedEvent(
    String id,
    String userId,
    Instant authoredAt,
    String subject,
    String body,
    int filesChanged,
    int insertions,
    int deletions) {
  static final List<String> HEADER =
      List.of(
          "commit_id",
          "user_id",
          "authored_at",
          "subject",
          "body",
          "files_changed",
          "insertions",
          "deletions");

  /** Where each column of {@link #HEADER} stands in the file; columns may come in any order. */
  static int[] positions(List<String> header) {
    for (String name : header) {
      if (!HEADER.contains(name)) {
        throw new FeedException(
            "line 1: unknown column \"" + name + "\"; the columns are " + String.join(",", HEADER));
      }
    }
    int[] positions = new int[HEADER.size()];
    List<String> missing = new ArrayList<>();
    for (int i = 0; i < positions.length; i++) {
      positions[i] = header.indexOf(HEADER.get(i));
      if (positions[i] < 0) {
        missing.add(HEADER.get(i));
      }
    }
    if (!missing.isEmpty()) {
      throw new FeedException("line 1: missing column " + String.join(", ", missing));
    }
    return positions;
  }

  static FeedEvent parse(List<String> fields, int[] at, CsvReader csv) {
    if (fields.size() != at.length) {
      throw csv.malformed(fields.size() + " fields instead of " + at.length);
    }
    String id = fields.get(at[0]);
    String userId = fields.get(at[1]);
    if (id.isEmpty() || userId.isEmpty()) {
      throw csv.malformed("empty commit_id or user_id");
    }
    try {
      return new FeedEvent(
          id,
          userId,
          Instant.ofEpochSecond(Long.parseLong(fields.get(at[2]))),
          fields.get(at[3]),
          fields.get(at[4]),
          Integer.parseInt(fields.get(at[5])),
          Integer.parseInt(fields.get(at[6])),
          Integer.parseInt(fields.get(at[7])));
    } catch (NumberFormatException | DateTimeException e) {
      throw csv.malformed("a number was expected, " + e.getMessage());
    }
  }
}
