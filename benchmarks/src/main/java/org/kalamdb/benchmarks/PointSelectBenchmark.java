package org.kalamdb.benchmarks;

import java.util.SplittableRandom;
import org.kalamdb.benchmarks.MessageStore.Durability;
import org.kalamdb.benchmarks.MessageStore.Ownership;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/** All columns of one row of a shared table by its key, keys at random. */
@State(Scope.Thread)
public class PointSelectBenchmark {
  private static final String USER = "nobody";

  @Param({"kalamdb-hot", "kalamdb-flushed", "sqlite"})
  public String engine = "";

  @Param("100000")
  public int rows;

  private final SplittableRandom random = new SplittableRandom(42);

  @SuppressWarnings("NullAway.Init") // by @Setup
  private MessageStore store;

  @Setup
  public void load() {
    store = MessageStore.create(engine, Ownership.SHARED, Durability.RELAXED);
    Loading.load(store, USER, rows);
    store.settle(engine, rows);
    Answers.checkLookups(store, USER, rows);
  }

  @Benchmark
  public Message select() {
    return store.find(USER, random.nextLong(1, rows + 1));
  }

  @TearDown
  public void close() {
    store.close();
  }
}
