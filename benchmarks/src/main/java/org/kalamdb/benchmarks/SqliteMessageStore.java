package org.kalamdb.benchmarks;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;

/**
 * SQLite through its JDBC driver: one connection, prepared statements, write-ahead log, synchronous
 * FULL when durable and NORMAL when relaxed, a page cache of 64 MiB (what KalamDB has for hot
 * rows). Shared rows are keyed by the rowid; each user's by user and id without a rowid, so that a
 * user's rows lie together and there is one tree only.
 */
final class SqliteMessageStore implements MessageStore {
  private final DataDirectory directory = new DataDirectory();
  private final boolean perUser;
  private final Connection connection;
  private final PreparedStatement insert;
  private final PreparedStatement find;
  private final PreparedStatement last;
  private final PreparedStatement totals;

  SqliteMessageStore(Ownership ownership, Durability durability) {
    perUser = ownership == Ownership.PER_USER;
    try {
      connection =
          DriverManager.getConnection("jdbc:sqlite:" + directory.path().resolve("messages.db"));
      execute("PRAGMA journal_mode = WAL");
      execute("PRAGMA synchronous = " + (durability == Durability.DURABLE ? "FULL" : "NORMAL"));
      execute("PRAGMA cache_size = -65536");
      execute(
          "CREATE TABLE messages ("
              + (perUser
                  ? "user_id TEXT NOT NULL, id INTEGER NOT NULL, "
                  : "id INTEGER PRIMARY KEY, ")
              + "conversation TEXT NOT NULL, author TEXT NOT NULL, content TEXT NOT NULL, "
              + "likes INTEGER NOT NULL, sent_at INTEGER NOT NULL"
              + (perUser ? ", PRIMARY KEY (user_id, id)) WITHOUT ROWID" : ")"));
      insert =
          connection.prepareStatement(
              "INSERT INTO messages (id, conversation, author, content, likes, sent_at"
                  + (perUser
                      ? ", user_id) VALUES (?, ?, ?, ?, ?, ?, ?)"
                      : ") VALUES (?, ?, ?, ?, ?, ?)"));
      find =
          connection.prepareStatement(
              "SELECT id, conversation, author, content, likes, sent_at FROM messages WHERE id = ?"
                  + (perUser ? " AND user_id = ?" : ""));
      last =
          connection.prepareStatement(
              "SELECT id, conversation, author, content, likes, sent_at FROM messages"
                  + (perUser ? " WHERE user_id = ?2" : "")
                  + " ORDER BY id DESC LIMIT ?1");
      totals =
          connection.prepareStatement(
              "SELECT conversation, COUNT(*), SUM(likes) FROM messages"
                  + (perUser ? " WHERE user_id = ?" : "")
                  + " GROUP BY conversation");
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  private void execute(String sql) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  private void bind(String user, Message message) throws SQLException {
    insert.setLong(1, message.id());
    insert.setString(2, message.conversation());
    insert.setString(3, message.author());
    insert.setString(4, message.content());
    insert.setInt(5, message.likes());
    insert.setLong(6, message.sentAtMicros());
    if (perUser) {
      insert.setString(7, user);
    }
  }

  @Override
  public void insert(String user, Message message) {
    try {
      bind(user, message);
      insert.executeUpdate();
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  public void load(String user, List<Message> messages) {
    try {
      connection.setAutoCommit(false);
      for (Message message : messages) {
        bind(user, message);
        insert.addBatch();
      }
      Answers.check("rows loaded", messages.size(), insert.executeBatch().length);
      connection.commit();
      connection.setAutoCommit(true);
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Moves the log into the database file, where reads are quickest. */
  @Override
  public void settle(String engine, long rows) {
    try {
      execute("PRAGMA wal_checkpoint(TRUNCATE)");
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  public Message find(String user, long id) {
    try {
      find.setLong(1, id);
      if (perUser) {
        find.setString(2, user);
      }
      try (ResultSet rows = find.executeQuery()) {
        if (!rows.next()) {
          throw new IllegalStateException("No message " + id);
        }
        return message(rows);
      }
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  public List<Message> last(String user, int limit) {
    try {
      last.setInt(1, limit);
      if (perUser) {
        last.setString(2, user);
      }
      List<Message> messages = new ArrayList<>(limit);
      try (ResultSet rows = last.executeQuery()) {
        while (rows.next()) {
          messages.add(message(rows));
        }
      }
      return messages;
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  private static Message message(ResultSet row) throws SQLException {
    return new Message(
        row.getLong(1),
        row.getString(2),
        row.getString(3),
        row.getString(4),
        row.getInt(5),
        row.getLong(6));
  }

  @Override
  public List<Message.Total> totals(String user) {
    try {
      if (perUser) {
        totals.setString(1, user);
      }
      List<Message.Total> answer = new ArrayList<>();
      try (ResultSet rows = totals.executeQuery()) {
        while (rows.next()) {
          answer.add(new Message.Total(rows.getString(1), rows.getLong(2), rows.getLong(3)));
        }
      }
      return answer;
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  public void close() {
    try {
      connection.close();
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
    directory.close();
  }
}
