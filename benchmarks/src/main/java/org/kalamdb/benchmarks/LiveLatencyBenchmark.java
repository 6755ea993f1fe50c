package org.kalamdb.benchmarks;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedTransferQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.HdrHistogram.Histogram;
import org.kalamdb.KalamDB;
import org.kalamdb.Session;
import org.kalamdb.benchmarks.MessageStore.Durability;
import org.kalamdb.live.ChangeEvent;
import org.kalamdb.live.ChangeEvent.Changes;
import org.kalamdb.live.Subscription;
import org.kalamdb.live.SubscriptionOptions;
import org.kalamdb.query.PreparedQuery;
import org.kalamdb.query.Row;

/**
 * How long a committed row takes to reach a live query's callback. One thread inserts a row, waits
 * for its callback, inserts the next; the callback takes the time as the first thing it does. So
 * every figure holds the waking of a sleeping delivery thread, as in an application that is mostly
 * idle.
 *
 * <p>Not a JMH benchmark: two times come from one operation and end on two threads.
 */
public final class LiveLatencyBenchmark {
  private static final String USER = "alice";
  private static final long PATIENCE_SECONDS = 30;

  private final int warmup;
  private final int samples;

  public LiveLatencyBenchmark(int warmup, int samples) {
    this.warmup = warmup;
    this.samples = samples;
  }

  /**
   * What one setting gave, in nanoseconds.
   *
   * @param idleSubscriptions open on the same table for other users, who write nothing
   * @param fromCall from the call of the insert to the start of the callback
   * @param fromReturn from the return of the insert to the start of the callback; 0 if it began
   *     before
   * @param beforeReturn callbacks that began before the insert had returned
   */
  public record Latency(
      Durability durability,
      int idleSubscriptions,
      Histogram fromCall,
      Histogram fromReturn,
      long beforeReturn) {
    /** The durability in words. */
    public String setting() {
      return durability.toString().toLowerCase(Locale.ROOT);
    }
  }

  /** One callback: which message, and when it began. */
  private record Arrival(long id, long nanoTime) {}

  public List<Latency> run(Consumer<String> progress) {
    List<Latency> latencies = new ArrayList<>();
    for (Durability durability : Durability.values()) {
      for (int idle : new int[] {0, 1_000}) {
        progress.accept("live latency, " + durability + ", " + idle + " idle subscriptions");
        latencies.add(measure(durability, idle));
      }
    }
    return latencies;
  }

  private Latency measure(Durability durability, int idle) {
    List<AutoCloseable> opened = new ArrayList<>();
    try (DataDirectory directory = new DataDirectory();
        KalamDB db = KalamDB.open(directory.path(), KalamMessageStore.options(durability));
        Session writer = db.session(USER)) {
      db.execute("CREATE NAMESPACE chat");
      db.execute("CREATE USER TABLE chat.messages " + KalamMessageStore.COLUMNS);
      writer.useNamespace("chat");
      for (int i = 0; i < idle; i++) {
        Session session = db.session("idle-" + i);
        session.useNamespace("chat");
        opened.add(subscribe(session, event -> failOnChange(event)));
        session.close();
      }
      LinkedTransferQueue<Arrival> arrivals = new LinkedTransferQueue<>();
      opened.add(subscribe(writer, event -> arrive(event, arrivals)));
      Latency latency = insertAndWait(durability, idle, writer, arrivals);
      for (AutoCloseable subscription : opened) {
        subscription.close();
      }
      return latency;
    } catch (Exception e) {
      throw new IllegalStateException("Live latency, " + durability + ", " + idle + " idle", e);
    }
  }

  /** A subscription to all messages of the session's user, returned once it is ready. */
  private static Subscription subscribe(Session session, Consumer<ChangeEvent> onEvent)
      throws InterruptedException {
    CountDownLatch ready = new CountDownLatch(1);
    Subscription subscription =
        session.subscribe(
            "SELECT * FROM messages",
            SubscriptionOptions.defaults(),
            event -> {
              onEvent.accept(event);
              if (event instanceof ChangeEvent.Ready) {
                ready.countDown();
              }
            });
    if (!ready.await(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
      throw new IllegalStateException("A subscription was not ready in time");
    }
    return subscription;
  }

  private static void failOnChange(ChangeEvent event) {
    if (event instanceof Changes) {
      throw new IllegalStateException("A user was told of another user's row: " + event);
    }
  }

  private static void arrive(ChangeEvent event, LinkedTransferQueue<Arrival> arrivals) {
    long now = System.nanoTime();
    if (event instanceof Changes changes) {
      for (ChangeEvent.RowChange change : changes.changes()) {
        Row row = change.newRow();
        arrivals.add(new Arrival(row == null ? -1 : row.getLong("id"), now));
      }
    }
  }

  private Latency insertAndWait(
      Durability durability, int idle, Session writer, LinkedTransferQueue<Arrival> arrivals)
      throws InterruptedException {
    Histogram fromCall = new Histogram(TimeUnit.MINUTES.toNanos(1), 3);
    Histogram fromReturn = new Histogram(TimeUnit.MINUTES.toNanos(1), 3);
    long beforeReturn = 0;
    try (PreparedQuery insert =
        writer.prepare(
            "INSERT INTO messages (id, conversation, author, content, likes, sent_at) VALUES (?, ?, ?, ?, ?, ?)")) {
      for (int i = 1; i <= warmup + samples; i++) {
        var parameters = KalamMessageStore.parameters(Message.of(i));
        long called = System.nanoTime();
        insert.execute(parameters);
        long returned = System.nanoTime();
        Arrival arrival = arrivals.poll(PATIENCE_SECONDS, TimeUnit.SECONDS);
        if (arrival == null) {
          throw new IllegalStateException("No callback for message " + i);
        }
        Answers.check("message of callback " + i, i, arrival.id());
        if (i > warmup) {
          fromCall.recordValue(arrival.nanoTime() - called);
          fromReturn.recordValue(Math.max(0, arrival.nanoTime() - returned));
          if (arrival.nanoTime() < returned) {
            beforeReturn++;
          }
        }
      }
    }
    return new Latency(durability, idle, fromCall, fromReturn, beforeReturn);
  }
}
