package org.kalamdb.benchmarks;

import java.util.List;
import java.util.SplittableRandom;
import org.kalamdb.benchmarks.MessageStore.Durability;
import org.kalamdb.benchmarks.MessageStore.Ownership;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/** The last 50 rows of one of many users, users at random: a chat's first screen. */
@State(Scope.Thread)
public class LastRowsBenchmark {
  private static final int LIMIT = 50;

  @Param({"kalamdb-hot", "kalamdb-flushed", "sqlite"})
  public String engine = "";

  @Param("1000")
  public int users;

  @Param("200")
  public int rowsPerUser;

  private final SplittableRandom random = new SplittableRandom(42);
  private String[] names = {};

  @SuppressWarnings("NullAway.Init") // by @Setup
  private MessageStore store;

  @Setup
  public void load() {
    store = MessageStore.create(engine, Ownership.PER_USER, Durability.RELAXED);
    names = new String[users];
    for (int i = 0; i < users; i++) {
      names[i] = "user-" + i;
      store.load(names[i], Message.range(firstId(i), firstId(i + 1) - 1));
    }
    store.settle(engine, (long) users * rowsPerUser);
    for (int i = 0; i < users; i++) {
      Answers.checkLast(store, names[i], firstId(i + 1) - 1, LIMIT);
    }
  }

  private long firstId(int user) {
    return 1 + (long) user * rowsPerUser;
  }

  @Benchmark
  public List<Message> lastRows() {
    return store.last(names[random.nextInt(users)], LIMIT);
  }

  @TearDown
  public void close() {
    store.close();
  }
}
