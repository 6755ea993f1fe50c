package org.kalamdb.histories;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.kalamdb.Isolation;
import org.kalamdb.KalamDB;
import org.kalamdb.Session;
import org.kalamdb.TransactionOptions;
import org.kalamdb.error.KalamException;
import org.kalamdb.histories.History.Append;
import org.kalamdb.histories.History.Operation;
import org.kalamdb.histories.History.Read;
import org.kalamdb.histories.History.Transaction;
import org.kalamdb.query.Row;

/**
 * Random transactions of several threads, recorded: some on a shared table, others each on a user's
 * partition of another, which read the shared one as well. The keys in use move on, so that
 * flushes, which run beside, make older lists cold; some transactions go back to these.
 */
final class HistoryRun {
  private static final int THREADS = 8;
  private static final int ACTIVE_KEYS = 8;
  private static final int GROUP = 4;
  private static final int COMMITS_BEFORE_NEW_GROUP = 150;

  /** Lists of the shared table, then of each user, have numbers from a multiple of this on. */
  private static final int SPACE = 1_000_000;

  private static final List<String> USERS = List.of("ann", "bob");
  private static final Set<String> MAY_FAIL_WITH = Set.of("40001");

  private KalamDB db;
  private final Isolation isolation;
  private final long seed;
  private final int transactionsOfAThread;
  private final AtomicInteger values = new AtomicInteger();
  private final AtomicInteger commits = new AtomicInteger();
  private final AtomicInteger refused = new AtomicInteger();
  private final AtomicBoolean over = new AtomicBoolean();

  HistoryRun(KalamDB db, Isolation isolation, long seed, int transactions) {
    this.db = db;
    this.isolation = isolation;
    this.seed = seed;
    this.transactionsOfAThread = transactions / THREADS;
  }

  static void createTables(KalamDB db) {
    db.execute(
        "CREATE NAMESPACE h;"
            + " CREATE SHARED TABLE h.shared (id INT PRIMARY KEY, grp INT, vals TEXT,"
            + "   INDEX shared_grp (grp)) WITH (ACCESS_LEVEL = 'PUBLIC');"
            + " CREATE USER TABLE h.own (id INT PRIMARY KEY, grp INT, vals TEXT, INDEX own_grp (grp))");
  }

  /** The database was opened again. */
  void reopened(KalamDB opened) {
    db = opened;
  }

  /** How many transactions got 40001. */
  int refused() {
    return refused.get();
  }

  History run() throws InterruptedException {
    ExecutorService threads = Executors.newFixedThreadPool(THREADS + 1);
    History history = new History();
    try {
      List<Future<List<Transaction>>> workers = new ArrayList<>();
      for (int i = 0; i < THREADS; i++) {
        int number = i;
        workers.add(threads.submit(() -> new Worker(number).run()));
      }
      Future<Integer> flushes = threads.submit(this::flushUntilOver);
      for (Future<List<Transaction>> worker : workers) {
        history.addAll(worker.get());
      }
      over.set(true);
      if (flushes.get() == 0) {
        throw new AssertionError("Nothing was flushed");
      }
    } catch (ExecutionException e) {
      throw new AssertionError("seed " + seed, e.getCause());
    } finally {
      over.set(true);
      threads.shutdownNow();
    }
    return history;
  }

  private int flushUntilOver() throws InterruptedException {
    int flushes = 0;
    Random random = new Random(seed);
    while (!over.get()) {
      db.execute("STORAGE FLUSH TABLE " + (random.nextBoolean() ? "h.shared" : "h.own"));
      flushes++;
      Thread.sleep(random.nextInt(60));
    }
    return flushes;
  }

  /** Reads everything there is, as the last transaction of a history. */
  Transaction readAll(String name) {
    long began = System.nanoTime();
    List<Operation> operations = new ArrayList<>();
    for (int space = 0; space <= USERS.size(); space++) {
      try (Session session = session(space)) {
        int last = newestGroup() * GROUP + ACTIVE_KEYS;
        String sql = "SELECT id, vals FROM " + table(space);
        operations.addAll(reads(session.query(sql).list(), space, 0, last, began));
      }
    }
    return new Transaction(name, true, began, System.nanoTime(), operations);
  }

  private int newestGroup() {
    return commits.get() / COMMITS_BEFORE_NEW_GROUP;
  }

  private Session session(int space) {
    return space == 0 ? db.session() : db.session(USERS.get(space - 1));
  }

  private static String table(int space) {
    return space == 0 ? "h.shared" : "h.own";
  }

  /** What a query over lists says of each of them; one without a row is empty. */
  private static List<Operation> reads(List<Row> rows, int space, int from, int to, long started) {
    List<List<Integer>> lists = new ArrayList<>();
    for (int key = from; key <= to; key++) {
      lists.add(List.of());
    }
    for (Row row : rows) {
      lists.set(row.getInt(0) - from, list(row.getString(1)));
    }
    List<Operation> reads = new ArrayList<>();
    for (int key = from; key <= to; key++) {
      reads.add(new Read(space * SPACE + key, lists.get(key - from), started));
    }
    return reads;
  }

  private static List<Integer> list(String text) {
    return Arrays.stream(text.split(",")).filter(n -> !n.isEmpty()).map(Integer::valueOf).toList();
  }

  /** One thread with its session. */
  private final class Worker {
    private final int number;
    private final int space;
    private final Random random;
    private final List<Transaction> done = new ArrayList<>();
    private List<Operation> operations = List.of();

    /** When the snapshot was asked for; of a statement itself where each has its own. */
    private long snapshotAt;

    Worker(int number) {
      this.number = number;
      this.space = number < THREADS / 2 ? 0 : 1 + number % USERS.size();
      this.random = new Random(seed * 31 + number);
    }

    List<Transaction> run() {
      try (Session session = session(space)) {
        session.execute("SET default_transaction_isolation = '" + isolationName() + "'");
        for (int i = 0; i < transactionsOfAThread; i++) {
          oneTransaction(session, number + "." + i);
        }
      }
      return done;
    }

    private String isolationName() {
      return switch (isolation) {
        case READ_COMMITTED -> "read committed";
        case SNAPSHOT -> "repeatable read";
        case SERIALIZABLE -> "serializable";
      };
    }

    private void oneTransaction(Session session, String name) {
      operations = new ArrayList<>();
      long began = System.nanoTime();
      snapshotAt = began;
      boolean committed = false;
      try {
        if (random.nextInt(10) == 0) {
          operation(session);
          committed = true;
        } else {
          committed = severalOperations(session);
        }
      } catch (KalamException e) {
        if (!MAY_FAIL_WITH.contains(e.sqlState())) {
          throw e;
        }
        refused.incrementAndGet();
        if (session.inTransaction()) {
          session.execute("ROLLBACK");
        }
      }
      if (committed) {
        commits.incrementAndGet();
      }
      done.add(new Transaction(name, committed, began, System.nanoTime(), operations));
    }

    private boolean severalOperations(Session session) {
      TransactionOptions options = TransactionOptions.defaults().withIsolation(isolation);
      boolean readOnly = random.nextInt(8) == 0;
      session.begin(readOnly ? options.asReadOnly() : options);
      for (int i = random.nextInt(5); i >= 0; i--) {
        if (readOnly) {
          read(session);
        } else if (random.nextInt(12) == 0) {
          appendAndTakeBack(session);
        } else {
          operation(session);
        }
        if (random.nextInt(4) == 0) {
          Thread.onSpinWait();
        }
      }
      boolean commits = random.nextInt(20) > 0;
      session.execute(commits ? "COMMIT" : "ROLLBACK");
      return commits;
    }

    private void operation(Session session) {
      if (random.nextInt(5) < 3) {
        read(session);
      } else {
        append(session, false);
      }
    }

    private void appendAndTakeBack(Session session) {
      session.execute("SAVEPOINT s");
      append(session, true);
      session.execute("ROLLBACK TO s");
    }

    /** Mostly one of the lists in use, else one of those before. */
    private int key() {
      int base = newestGroup() * GROUP;
      return random.nextInt(15) == 0
          ? random.nextInt(base + ACTIVE_KEYS)
          : base + random.nextInt(ACTIVE_KEYS);
    }

    private void append(Session session, boolean undone) {
      int key = key();
      int value = values.incrementAndGet();
      // Noted first: what failed half-way must not be seen by anybody.
      operations.add(new Append(space * SPACE + key, value, undone));
      String table = table(space);
      String text = "," + value;
      if (random.nextBoolean()
          && session.execute("UPDATE " + table + " SET vals = vals || ? WHERE id = ?", text, key)
              > 0) {
        return;
      }
      session.execute(
          "INSERT INTO "
              + table
              + " AS t (id, grp, vals) VALUES (?, ?, ?)"
              + " ON CONFLICT (id) DO UPDATE SET vals = t.vals || EXCLUDED.vals",
          key,
          key / GROUP,
          text);
    }

    /** A list, a range of lists, or a group of them by the index; of users also the shared ones. */
    private void read(Session session) {
      int from = random.nextInt(3) == 0 ? 0 : space;
      String table = table(from);
      int key = key();
      long started = isolation == Isolation.READ_COMMITTED ? System.nanoTime() : snapshotAt;
      switch (random.nextInt(3)) {
        case 0 ->
            operations.addAll(
                reads(
                    session.query("SELECT id, vals FROM " + table + " WHERE id = ?", key).list(),
                    from,
                    key,
                    key,
                    started));
        case 1 -> {
          int to = key + random.nextInt(4);
          operations.addAll(
              reads(
                  session
                      .query(
                          "SELECT id, vals FROM " + table + " WHERE id >= ? AND id <= ?", key, to)
                      .list(),
                  from,
                  key,
                  to,
                  started));
        }
        default -> {
          int group = key / GROUP;
          operations.addAll(
              reads(
                  session.query("SELECT id, vals FROM " + table + " WHERE grp = ?", group).list(),
                  from,
                  group * GROUP,
                  group * GROUP + GROUP - 1,
                  started));
        }
      }
    }
  }
}
