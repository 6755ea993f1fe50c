package org.kalamdb.samples.feed;

import java.util.List;
import org.kalamdb.KalamDB;
import org.kalamdb.Session;
import org.kalamdb.query.Row;

/**
 * What the sample asks at every stage.
 *
 * @param rows events over all users' own tables
 * @param users users with events
 * @param timeline rows of the shared table
 * @param top the five busiest authors with their numbers of events
 * @param latest the last ten events of the busiest author, by key
 */
record Answers(long rows, long users, long timeline, List<Row> top, List<Row> latest) {
  /** Files and bytes of the two flushed tables. */
  record Storage(long segments, long bytes) {}

  static Answers ask(KalamDB db) {
    List<Row> users = FeedDatabase.users(db);
    long rows = 0;
    for (Row user : users) {
      try (Session session = db.session(String.valueOf(user.getString(0)))) {
        rows += FeedDatabase.count(session, "feed.events");
      }
    }
    List<Row> top = FeedDatabase.topAuthors(db);
    List<Row> latest = List.of();
    if (!top.isEmpty()) {
      try (Session busiest = db.session(String.valueOf(top.get(0).getString(0)))) {
        latest =
            busiest
                .query(
                    "SELECT commit_id, subject, insertions FROM feed.events ORDER BY commit_id DESC LIMIT 10")
                .list();
      }
    }
    return new Answers(
        rows, users.size(), FeedDatabase.count(db.session(), "feed.timeline"), top, latest);
  }

  static Storage storage(KalamDB db) {
    long segments = 0;
    long bytes = 0;
    for (String table : List.of("feed.events", "feed.timeline")) {
      Row stats = db.query("SHOW STATS FOR TABLE " + table).single();
      segments += stats.getLong("segments");
      bytes += stats.getLong("cold_bytes");
    }
    return new Storage(segments, bytes);
  }
}
