package org.kalamdb.benchmarks;

import java.util.List;

/**
 * A table of messages in one of the engines, with the statements of all workloads prepared once.
 * Not thread-safe. Each engine is used as its own manual advises; see the implementations for how.
 */
interface MessageStore extends AutoCloseable {
  /** Whose rows the table holds. */
  enum Ownership {
    /** Everybody's: {@code user} is ignored. The key is the id. */
    SHARED,
    /** Each user's own. The key is the user and the id. */
    PER_USER
  }

  /** When an insert returns. */
  enum Durability {
    /** When it is on disk. */
    DURABLE,
    /** When the operating system has it: it survives a killed process, not a power cut. */
    RELAXED
  }

  /**
   * A new, empty store in a directory of its own.
   *
   * @param engine {@code sqlite}, or anything that begins with {@code kalamdb}
   */
  static MessageStore create(String engine, Ownership ownership, Durability durability) {
    if (engine.startsWith("kalamdb")) {
      return new KalamMessageStore(ownership, durability);
    }
    if (engine.equals("sqlite")) {
      return new SqliteMessageStore(ownership, durability);
    }
    throw new IllegalArgumentException("No such engine: " + engine);
  }

  /** One row, committed before it returns. */
  void insert(String user, Message message);

  /** Rows in one commit. */
  void load(String user, List<Message> messages);

  /**
   * To be called once after the rows are loaded: brings them to where a reader is to find them.
   *
   * @param rows how many rows there are
   */
  void settle(String engine, long rows);

  /** The message of this id, all columns read. */
  Message find(String user, long id);

  /** The messages of the highest ids, highest first. */
  List<Message> last(String user, int limit);

  /** Messages and likes by conversation, in any order. */
  List<Message.Total> totals(String user);

  /** Closes the engine and deletes its files. */
  @Override
  void close();
}
