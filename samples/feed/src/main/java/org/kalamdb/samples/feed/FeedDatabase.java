package org.kalamdb.samples.feed;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.kalamdb.KalamDB;
import org.kalamdb.Session;
import org.kalamdb.query.PreparedQuery;
import org.kalamdb.query.Row;

/** The sample's tables and what it asks of them. */
final class FeedDatabase {
  private static final String INSERT_EVENT =
      "INSERT INTO feed.events (commit_id, authored_at, subject, body, files_changed, insertions, deletions)"
          + " VALUES (?, ?, ?, ?, ?, ?, ?)";
  private static final String INSERT_TIMELINE =
      "INSERT INTO feed.timeline (user_id, commit_id, authored_at, subject) VALUES (?, ?, ?, ?)";

  private FeedDatabase() {}

  static void createTables(KalamDB db) {
    db.execute("CREATE NAMESPACE IF NOT EXISTS feed");
    db.execute(
        """
        CREATE USER TABLE IF NOT EXISTS feed.events (
          commit_id     TEXT PRIMARY KEY,
          authored_at   TIMESTAMPTZ NOT NULL,
          subject       TEXT NOT NULL,
          body          TEXT,
          files_changed INT NOT NULL,
          insertions    INT NOT NULL,
          deletions     INT NOT NULL)""");
    db.execute(
        """
        CREATE SHARED TABLE IF NOT EXISTS feed.timeline (
          user_id     TEXT,
          commit_id   TEXT,
          authored_at TIMESTAMPTZ NOT NULL,
          subject     TEXT NOT NULL,
          PRIMARY KEY (user_id, commit_id))""");
    db.execute(
        """
        CREATE STREAM TABLE IF NOT EXISTS feed.activity (
          what TEXT NOT NULL,
          events INT NOT NULL) WITH (TTL_SECONDS = 3600)""");
  }

  /**
   * Stores one user's events in one commit: in their own table and as a note in their own stream.
   */
  static void storeOwn(Session user, List<FeedEvent> events) {
    List<@Nullable Object[]> rows = new ArrayList<>(events.size());
    for (FeedEvent e : events) {
      rows.add(
          new Object[] {
            e.id(),
            e.authoredAt(),
            e.subject(),
            e.body(),
            e.filesChanged(),
            e.insertions(),
            e.deletions()
          });
    }
    try (PreparedQuery insert = user.prepare(INSERT_EVENT)) {
      insert.executeBatch(rows);
    }
    user.execute("INSERT INTO feed.activity (what, events) VALUES ('import', ?)", events.size());
  }

  /** Notes events of many users in the table that all share, in one commit. */
  static void storeShared(Session application, List<FeedEvent> events) {
    List<@Nullable Object[]> rows = new ArrayList<>(events.size());
    for (FeedEvent e : events) {
      rows.add(new Object[] {e.userId(), e.id(), e.authoredAt(), e.subject()});
    }
    try (PreparedQuery insert = application.prepare(INSERT_TIMELINE)) {
      insert.executeBatch(rows);
    }
  }

  /** Ids of the events a user already has: an import can be run again. */
  static Set<String> storedIds(Session user) {
    Set<String> ids = new HashSet<>();
    for (Row row : user.query("SELECT commit_id FROM feed.events").list()) {
      ids.add(String.valueOf(row.getString(0)));
    }
    return ids;
  }

  static long count(Session session, String table) {
    return session.query("SELECT count(*) FROM " + table).single().getLong(0);
  }

  static List<Row> users(KalamDB db) {
    return db.query(
            "SELECT user_id, count(*) AS events FROM feed.timeline GROUP BY user_id ORDER BY user_id")
        .list();
  }

  static List<Row> topAuthors(KalamDB db) {
    return db.query(
            "SELECT user_id, count(*) AS events FROM feed.timeline"
                + " GROUP BY user_id ORDER BY events DESC, user_id LIMIT 5")
        .list();
  }
}
