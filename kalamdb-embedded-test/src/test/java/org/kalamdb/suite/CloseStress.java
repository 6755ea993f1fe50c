package org.kalamdb.suite;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.kalamdb.Durability;
import org.kalamdb.KalamDB;
import org.kalamdb.KalamOptions;
import org.kalamdb.Session;
import org.kalamdb.error.KalamException;
import org.kalamdb.internal.storage.kv.rocksdb.RocksKeyValueStore;
import org.kalamdb.live.SubscriptionOptions;
import org.kalamdb.query.Result;
import org.kalamdb.query.ResultBatch;
import org.kalamdb.query.Row;

/**
 * A program that closes everything under the hands of those who use it: results, batches, sessions,
 * subscriptions, transactions and the database, from any thread, for some seconds. It prints how
 * often the database was opened, and what went wrong, if anything did.
 */
final class CloseStress {
  private static final KalamOptions OPTIONS =
      KalamOptions.builder()
          .durability(Durability.NONE)
          .closeTimeout(Duration.ofMillis(300))
          .memoryLimitBytes(256L << 20)
          .build();

  /** Answers to use while or after something is closed. */
  private static final Set<String> FAIR =
      Set.of("08003", "57014", "57P01", "40001", "25P01", "25P02", "25001", "53200", "55006");

  private final Path directory;
  private final AtomicReference<KalamDB> current = new AtomicReference<>();
  private final List<AutoCloseable> closeables = new CopyOnWriteArrayList<>();
  private final Map<Integer, Integer> acknowledged = new ConcurrentHashMap<>();
  private final AtomicBoolean over = new AtomicBoolean();
  private final AtomicReference<Throwable> wrong = new AtomicReference<>();

  private CloseStress(Path directory) {
    this.directory = directory;
  }

  public static void main(String[] arguments) throws Exception {
    CloseStress stress = new CloseStress(Path.of(arguments[0]));
    int opened = stress.run(Integer.parseInt(arguments[1]), Integer.parseInt(arguments[2]));
    Throwable wrong = stress.wrong.get();
    if (wrong != null) {
      wrong.printStackTrace();
      System.out.println("wrong " + wrong);
      return;
    }
    System.out.println("ok " + opened);
  }

  private int run(int seconds, int threads) throws Exception {
    long deadline = System.nanoTime() + Duration.ofSeconds(seconds).toNanos();
    try (KalamDB db = KalamDB.open(directory, OPTIONS)) {
      db.execute(
          "CREATE TABLE t (id INT PRIMARY KEY, v TEXT); CREATE TABLE acks (id INT PRIMARY KEY)");
      db.execute("INSERT INTO t SELECT g, repeat('x', 30) FROM generate_series(1, 8000) AS s(g)");
      db.execute("STORAGE FLUSH TABLE t");
      db.execute(
          "INSERT INTO t SELECT g, repeat('y', 30) FROM generate_series(8001, 12000) AS s(g)");
      current.set(db);
    }
    Thread[] workers = new Thread[threads];
    for (int i = 0; i < threads; i++) {
      Random random = new Random(i);
      int number = i;
      workers[i] = new Thread(() -> work(random, number));
      workers[i].start();
    }
    int opened = 0;
    Random random = new Random(99);
    while (System.nanoTime() < deadline && wrong.get() == null) {
      KalamDB db = KalamDB.open(directory, OPTIONS);
      current.set(db);
      opened++;
      Thread.sleep(random.nextInt(120));
      try {
        db.close();
      } catch (KalamException | IllegalStateException e) {
        wrong.compareAndSet(null, e);
      }
    }
    over.set(true);
    for (Thread worker : workers) {
      worker.join(20_000);
      if (worker.isAlive()) {
        AssertionError stuck = new AssertionError("A thread does not end");
        stuck.setStackTrace(worker.getStackTrace());
        wrong.compareAndSet(null, stuck);
      }
    }
    closeables.forEach(this::closeQuietly);
    if (RocksKeyValueStore.liveNativeObjects() != 0) {
      wrong.compareAndSet(
          null,
          new AssertionError(RocksKeyValueStore.liveNativeObjects() + " native objects are left"));
    }
    verify();
    return opened;
  }

  private void verify() {
    try (KalamDB db = KalamDB.open(directory, OPTIONS)) {
      Set<Integer> found = ConcurrentHashMap.newKeySet();
      db.query("SELECT id FROM acks").list().forEach(row -> found.add(row.getInt(0)));
      if (!found.containsAll(acknowledged.keySet()) || !db.check().isSound()) {
        wrong.compareAndSet(null, new AssertionError("Rows are lost: " + db.check()));
      }
    }
  }

  private void closeQuietly(AutoCloseable closeable) {
    fairly(closeable::close);
  }

  private void fairly(Threads.Work work) {
    try {
      work.run();
    } catch (KalamException e) {
      if (!FAIR.contains(e.sqlState())) {
        wrong.compareAndSet(null, e);
      }
    } catch (IllegalStateException e) {
      String message = String.valueOf(e.getMessage());
      if (!message.contains("closed")
          && !message.contains("given back")
          && !message.contains("two threads")) {
        wrong.compareAndSet(null, e);
      }
    } catch (Throwable e) {
      wrong.compareAndSet(null, e);
    }
  }

  private void work(Random random, int number) {
    int next = number * 10_000_000;
    while (!over.get() && wrong.get() == null) {
      int id = next++;
      fairly(() -> step(random, id));
      if (closeables.size() > 40) {
        AutoCloseable oldest = closeables.get(random.nextInt(20));
        closeables.remove(oldest);
        closeQuietly(oldest);
      }
    }
  }

  private <T extends AutoCloseable> T shared(T closeable) {
    closeables.add(closeable);
    return closeable;
  }

  private void step(Random random, int id) throws Exception {
    KalamDB db = current.get();
    switch (random.nextInt(10)) {
      case 0 -> db.query("SELECT count(v) FROM t WHERE id > ?", random.nextInt(12_000)).list();
      case 1 -> {
        Result result = shared(db.query("SELECT id, v FROM t WHERE v > 'a'"));
        long sum = 0;
        for (Iterator<Row> rows = result.iterator(); rows.hasNext(); ) {
          sum += rows.next().getString(1).length();
        }
        if (sum != 12_000 * 30) {
          throw new AssertionError("A closed result ended as if it were whole: " + sum);
        }
      }
      case 2 -> {
        Result result = shared(db.query("SELECT id, v FROM t ORDER BY v, id"));
        for (ResultBatch b = result.nextBatch(); b != null; b = result.nextBatch()) {
          b.column(1);
        }
      }
      case 3 -> {
        Session session = shared(db.session());
        session.execute("BEGIN");
        session.execute("INSERT INTO acks VALUES (?)", id);
        session.query("SELECT count(*) FROM t JOIN acks USING (id)").list();
        session.execute("COMMIT");
        acknowledged.put(id, id);
      }
      case 4 ->
          shared(
              db.session()
                  .subscribe("SELECT id FROM acks", SubscriptionOptions.defaults(), e -> {}));
      case 5 -> {
        if (random.nextInt(5) == 0) {
          db.execute("STORAGE FLUSH TABLE acks");
        }
      }
      case 6 -> {
        db.execute("INSERT INTO acks VALUES (?)", id);
        acknowledged.put(id, id);
      }
      case 7 -> {
        Session session = shared(db.session());
        session.query("SELECT a.id FROM t a, t b WHERE a.v = b.v AND a.id < 40").list();
      }
      default -> {
        if (!closeables.isEmpty()) {
          closeables.get(random.nextInt(Math.min(20, closeables.size()))).close();
        }
      }
    }
  }
}
