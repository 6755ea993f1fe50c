package org.kalamdb.samples.presence;

import org.kalamdb.KalamDB;
import org.kalamdb.Session;

/**
 * A room people can be in. Partitions of a stream table belong to users; here the room is the user,
 * so that everybody's heartbeats are in one partition and no room sees another's.
 */
final class Room implements AutoCloseable {
  private final Session session;

  Room(KalamDB db, String name) {
    session = db.session(name);
  }

  static void createTable(KalamDB db) {
    db.execute("CREATE NAMESPACE IF NOT EXISTS rooms");
    db.execute(
        "CREATE STREAM TABLE IF NOT EXISTS rooms.presence (who TEXT NOT NULL)"
            + " WITH (TTL_SECONDS = 30, MAX_BUFFER = 10000)");
  }

  /** To be called on entering, and then again within 30 seconds for as long as one stays. */
  void heartbeat(String who) {
    session.execute("INSERT INTO rooms.presence VALUES (?)", who);
  }

  /** Goes at once; whoever merely stops to call {@link #heartbeat} goes after 30 seconds. */
  void leave(String who) {
    session.execute("DELETE FROM rooms.presence WHERE who = ?", who);
  }

  /** A list of who is there, which is kept true until it is closed. */
  Visitors visitors() {
    return new Visitors(session);
  }

  @Override
  public void close() {
    session.close();
  }
}
