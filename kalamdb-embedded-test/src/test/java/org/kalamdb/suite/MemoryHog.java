package org.kalamdb.suite;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicBoolean;
import org.kalamdb.KalamDB;
import org.kalamdb.KalamOptions;
import org.kalamdb.Session;
import org.kalamdb.error.KalamException;

/**
 * A program that works in less memory than it wants, while its heap is filled up to the brim now
 * and then. Each row that was acknowledged it prints; then how many errors of which kind there
 * were.
 */
final class MemoryHog {
  /** Memory itself, and what a database says whose log failed for want of it. */
  private static final Set<String> FAIR =
      Set.of("53200", "40003", "40001", "58030", "08003", "57P01");

  private static final int KINDS = 6;
  private static final int WARM_UPS = 3;

  private final Path directory;
  private final Random random = new Random(3);
  private final TreeMap<String, Integer> errors = new TreeMap<>();
  private final AtomicBoolean over = new AtomicBoolean();
  private KalamDB db;
  private int next;

  private MemoryHog(Path directory) {
    this.directory = directory;
    this.db = open();
  }

  public static void main(String[] arguments) throws Exception {
    MemoryHog hog = new MemoryHog(Path.of(arguments[0]));
    hog.run(Integer.parseInt(arguments[1]), arguments[2].equals("heap"));
  }

  private KalamDB open() {
    return KalamDB.open(
        directory,
        KalamOptions.builder()
            .hotCacheBytes(4 << 20)
            .coldCacheBytes(2 << 20)
            .memoryLimitBytes(24 << 20)
            .queryMemoryBytes(16 << 20)
            .build());
  }

  private void run(int seconds, boolean fillsHeap) throws Exception {
    db.execute("CREATE TABLE t (id INT PRIMARY KEY, v TEXT)");
    long deadline = System.nanoTime() + Duration.ofSeconds(seconds).toNanos();
    // A class whose initialisation finds no memory is lost to the JVM for ever.
    for (int round = 0; round < WARM_UPS; round++) {
      for (int kind = 0; kind < KINDS; kind++) {
        step(kind);
      }
      db.execute("STORAGE FLUSH TABLE t");
      db.execute("STORAGE COMPACT TABLE t");
      db.check();
      reopen();
    }
    Thread filler = new Thread(this::fillHeap);
    filler.setDaemon(true);
    if (fillsHeap) {
      filler.start();
    }
    while (System.nanoTime() < deadline) {
      try {
        step(random.nextInt(KINDS));
      } catch (RuntimeException | Error e) {
        expect(e);
        if (e instanceof KalamException known && known.sqlState().equals("40003")) {
          reopen();
        }
      }
    }
    over.set(true);
    filler.join();
    reopen();
    if (!db.check().isSound()) {
      throw new AssertionError(db.check().toString());
    }
    close();
    System.out.println("ok " + errors);
  }

  /**
   * Vectors that were in the making when memory ran out may be left; closing says so and goes on.
   */
  private void close() {
    try {
      db.close();
    } catch (IllegalStateException e) {
      if (!String.valueOf(e.getMessage()).contains("leaked")) {
        throw e;
      }
      errors.merge("leaked", 1, Integer::sum);
    }
  }

  /** It says clearly that it takes no more writes; opened again it goes on. */
  private void reopen() {
    while (true) {
      try {
        close();
        db = open();
        return;
      } catch (RuntimeException | Error e) {
        expect(e);
      }
    }
  }

  /** Counts what little memory may do, which needs memory itself, and throws everything else. */
  private void expect(Throwable thrown) {
    while (true) {
      try {
        count(thrown);
        return;
      } catch (OutOfMemoryError e) {
        // The filler lets go of the heap again and again.
        Thread.onSpinWait();
      }
    }
  }

  /**
   * The JVM keeps one error for when it can make none: thrown by the body and by the closing of a
   * try statement, it cannot be its own suppressed one, and is the cause of an
   * IllegalArgumentException.
   */
  private void count(Throwable thrown) {
    for (Throwable cause = thrown; cause != null; cause = cause.getCause()) {
      if (cause instanceof LinkageError) {
        System.out.println("ok, but for classes: " + cause + ", OutOfMemoryError " + errors);
        Runtime.getRuntime().halt(0);
      }
    }
    if (thrown instanceof KalamException known && FAIR.contains(known.sqlState())) {
      errors.merge(known.sqlState(), 1, Integer::sum);
    } else if (thrown instanceof OutOfMemoryError
        || (thrown instanceof IllegalArgumentException
            && thrown.getCause() instanceof OutOfMemoryError)) {
      errors.merge("OutOfMemoryError", 1, Integer::sum);
    } else {
      throw new AssertionError("Not for want of memory", thrown);
    }
  }

  private void fillHeap() {
    while (!over.get()) {
      List<byte[]> held = new ArrayList<>();
      try {
        while (!over.get()) {
          held.add(new byte[64 << 10]);
        }
      } catch (OutOfMemoryError e) {
        held.clear();
      }
      try {
        Thread.sleep(3);
      } catch (InterruptedException e) {
        return;
      }
    }
  }

  private void step(int kind) {
    switch (kind) {
      case 0 -> db.query("SELECT string_agg(v || id, ',') FROM t").list();
      case 1 -> db.query("SELECT repeat(v, 300) FROM t").list();
      case 2 -> {
        if (next == 0 || random.nextInt(4) == 0) {
          db.execute("STORAGE FLUSH TABLE t");
        }
      }
      case 3 ->
          db.query("SELECT a.v FROM t a JOIN t b ON a.id % 7 = b.id % 7 ORDER BY a.v").close();
      default -> {
        int first = next;
        next += 3;
        try (Session session = db.session()) {
          session.execute(
              "INSERT INTO t SELECT g, repeat('v', 700) FROM generate_series(?, ?) AS s(g)",
              first,
              first + 2);
        }
        System.out.println(first);
      }
    }
  }
}
