package org.kalamdb.benchmarks;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.kalamdb.KalamDB;
import org.kalamdb.KalamOptions;
import org.kalamdb.Session;
import org.kalamdb.query.PreparedQuery;
import org.kalamdb.query.Result;
import org.kalamdb.query.Row;

/**
 * KalamDB through its Java API: a session and prepared statements per user, all kept open. Options
 * are the defaults but for durability; rows stay hot until they are flushed by hand.
 */
final class KalamMessageStore implements MessageStore {
  static final String COLUMNS =
      """
      (id BIGINT PRIMARY KEY, conversation TEXT NOT NULL, author TEXT NOT NULL, content TEXT NOT NULL,
       likes INTEGER NOT NULL, sent_at TIMESTAMPTZ NOT NULL)""";

  private final DataDirectory directory = new DataDirectory();
  private final Ownership ownership;
  private final KalamDB db;
  private final Map<String, Statements> byUser = new HashMap<>();

  KalamMessageStore(Ownership ownership, Durability durability) {
    this.ownership = ownership;
    this.db = KalamDB.open(directory.path(), options(durability));
    db.execute("CREATE NAMESPACE chat");
    db.execute(
        "CREATE "
            + (ownership == Ownership.SHARED ? "SHARED" : "USER")
            + " TABLE chat.messages "
            + COLUMNS
            + " WITH (FLUSH_POLICY = 'rows:1000000000')");
  }

  static KalamOptions options(Durability durability) {
    return KalamOptions.builder()
        .durability(
            durability == Durability.DURABLE
                ? org.kalamdb.Durability.SYNC
                : org.kalamdb.Durability.NONE)
        .build();
  }

  /** One user's session and what is prepared in it. */
  private static final class Statements {
    final Session session;
    final PreparedQuery insert;
    final PreparedQuery find;
    final PreparedQuery last;
    final PreparedQuery totals;

    Statements(Session session) {
      this.session = session;
      session.useNamespace("chat");
      insert =
          session.prepare(
              "INSERT INTO messages (id, conversation, author, content, likes, sent_at) VALUES (?, ?, ?, ?, ?, ?)");
      find =
          session.prepare(
              "SELECT id, conversation, author, content, likes, sent_at FROM messages WHERE id = ?");
      last =
          session.prepare(
              "SELECT id, conversation, author, content, likes, sent_at FROM messages ORDER BY id DESC LIMIT ?");
      totals =
          session.prepare(
              "SELECT conversation, COUNT(*), SUM(likes) FROM messages GROUP BY conversation");
    }
  }

  private Statements of(String user) {
    return byUser.computeIfAbsent(
        ownership == Ownership.SHARED ? "" : user,
        u -> new Statements(u.isEmpty() ? db.session() : db.session(u)));
  }

  static @Nullable Object[] parameters(Message message) {
    return new @Nullable Object[] {
      message.id(),
      message.conversation(),
      message.author(),
      message.content(),
      message.likes(),
      Instant.EPOCH.plus(message.sentAtMicros(), ChronoUnit.MICROS)
    };
  }

  @Override
  public void insert(String user, Message message) {
    of(user).insert.execute(parameters(message));
  }

  @Override
  public void load(String user, List<Message> messages) {
    List<@Nullable Object[]> rows = new ArrayList<>(messages.size());
    for (Message message : messages) {
      rows.add(parameters(message));
    }
    long[] changed = of(user).insert.executeBatch(rows);
    Answers.check("rows loaded", messages.size(), changed.length);
  }

  @Override
  public void settle(String engine, long rows) {
    if (engine.endsWith("-flushed")) {
      Row job = db.query("STORAGE FLUSH TABLE chat.messages").single();
      Answers.check("rows flushed", rows, job.getLong("rows"));
    }
  }

  @Override
  public Message find(String user, long id) {
    return message(of(user).find.query(id).single());
  }

  @Override
  public List<Message> last(String user, int limit) {
    List<Message> messages = new ArrayList<>(limit);
    try (Result rows = of(user).last.query(limit)) {
      for (Row row : rows) {
        messages.add(message(row));
      }
    }
    return messages;
  }

  private static Message message(Row row) {
    Instant sentAt = row.getInstant(5);
    return new Message(
        row.getLong(0),
        text(row, 1),
        text(row, 2),
        text(row, 3),
        row.getInt(4),
        sentAt.getEpochSecond() * 1_000_000 + sentAt.getNano() / 1_000);
  }

  private static String text(Row row, int column) {
    String text = row.getString(column);
    if (text == null) {
      throw new IllegalStateException("Column " + column + " is NULL");
    }
    return text;
  }

  @Override
  public List<Message.Total> totals(String user) {
    List<Message.Total> totals = new ArrayList<>();
    try (Result rows = of(user).totals.query()) {
      for (Row row : rows) {
        totals.add(new Message.Total(text(row, 0), row.getLong(1), row.getLong(2)));
      }
    }
    return totals;
  }

  @Override
  public void close() {
    byUser.values().forEach(statements -> statements.session.close());
    db.close();
    directory.close();
  }
}
