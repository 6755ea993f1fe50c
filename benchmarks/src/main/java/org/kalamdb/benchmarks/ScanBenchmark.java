package org.kalamdb.benchmarks;

import java.util.List;
import org.kalamdb.benchmarks.MessageStore.Durability;
import org.kalamdb.benchmarks.MessageStore.Ownership;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/** Count and sum over a whole shared table, by a text column of 100 values. */
@State(Scope.Thread)
public class ScanBenchmark {
  private static final String USER = "nobody";

  @Param({"kalamdb-hot", "kalamdb-flushed", "sqlite"})
  public String engine = "";

  @Param("100000")
  public int rows;

  @SuppressWarnings("NullAway.Init") // by @Setup
  private MessageStore store;

  @Setup
  public void load() {
    store = MessageStore.create(engine, Ownership.SHARED, Durability.RELAXED);
    Loading.load(store, USER, rows);
    store.settle(engine, rows);
    Answers.checkTotals(store, USER, rows);
  }

  @Benchmark
  public List<Message.Total> scan() {
    return store.totals(USER);
  }

  @TearDown
  public void close() {
    store.close();
  }
}
