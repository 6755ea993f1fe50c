package org.kalamdb.benchmarks;

import org.kalamdb.benchmarks.MessageStore.Durability;
import org.kalamdb.benchmarks.MessageStore.Ownership;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/** One row of six columns into one user's table, each in a commit of its own, by one thread. */
@State(Scope.Thread)
public class InsertBenchmark {
  private static final String USER = "alice";

  @Param({"kalamdb", "sqlite"})
  public String engine = "";

  @Param({"DURABLE", "RELAXED"})
  public String durability = "";

  @SuppressWarnings("NullAway.Init") // by @Setup
  private MessageStore store;

  private long lastId;

  @Setup
  public void open() {
    store = MessageStore.create(engine, Ownership.PER_USER, Durability.valueOf(durability));
  }

  @Benchmark
  public void insert() {
    store.insert(USER, Message.of(++lastId));
  }

  @TearDown
  public void checkAndClose() {
    try (MessageStore closing = store) {
      Answers.checkTotals(closing, USER, lastId);
      Answers.checkLookups(closing, USER, lastId);
    }
  }
}
