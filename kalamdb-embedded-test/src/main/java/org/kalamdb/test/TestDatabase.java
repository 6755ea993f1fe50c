package org.kalamdb.test;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.kalamdb.CheckReport;
import org.kalamdb.Durability;
import org.kalamdb.KalamDB;
import org.kalamdb.KalamOptions;

/**
 * A database in a temporary directory that can be closed and opened again. {@link #close()} closes
 * it, checks that it left no thread behind, and deletes the directory. Confined to one thread, but
 * for the {@link KalamDB} it lends.
 *
 * <pre>{@code
 * try (TestDatabase database = TestDatabase.create()) {
 *   database.db().execute("CREATE TABLE t (id BIGINT PRIMARY KEY)");
 *   database.reopen().query("SELECT * FROM t").list();
 * }
 * }</pre>
 */
public final class TestDatabase implements AutoCloseable {
  /** What the names of all threads of a database begin with. */
  public static final String THREAD_PREFIX = "kalamdb-";

  private static final Duration THREADS_END = Duration.ofSeconds(10);

  private final Path root;
  private final Set<Thread> threadsBefore = databaseThreads();
  private KalamOptions options;
  private @Nullable KalamDB db;
  private boolean damaged;

  private TestDatabase(Path root, KalamOptions options) {
    this.root = root;
    this.options = options;
  }

  /**
   * A database that does not sync its log: it survives everything but a power cut, and is quick.
   */
  public static TestDatabase create() {
    return create(KalamOptions.builder().durability(Durability.NONE).build());
  }

  /** A database that will be opened with these options. */
  public static TestDatabase create(KalamOptions options) {
    try {
      return new TestDatabase(Files.createTempDirectory("kalamdb-test"), options);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Where the database is or will be; it does not exist before the first {@link #db()}. */
  public Path directory() {
    return root.resolve("db");
  }

  /** A directory beside the database's, for files of the test; deleted with it. */
  public Path scratch() {
    return root;
  }

  /**
   * The open database, lent; opened if it is not. Do not close it: call {@link #closeDatabase()}.
   */
  public KalamDB db() {
    KalamDB open = db;
    if (open == null) {
      open = KalamDB.open(directory(), options);
      db = open;
    }
    return open;
  }

  /** Closes the database and opens it again. */
  public KalamDB reopen() {
    closeDatabase();
    return db();
  }

  /** Closes the database and opens it again with other options, which later openings keep. */
  public KalamDB reopen(KalamOptions other) {
    options = other;
    return reopen();
  }

  /** Closes the database and leaves its files; idempotent. */
  public void closeDatabase() {
    KalamDB open = db;
    db = null;
    if (open != null) {
      open.close();
    }
  }

  /** Every file and directory of the database below its directory, relative to it, sorted. */
  public List<Path> files() {
    try (Stream<Path> files = Files.walk(directory())) {
      return files
          .filter(Files::isRegularFile)
          .map(directory()::relativize)
          .sorted()
          .collect(Collectors.toList());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The database's files whose name ends so, absolute. */
  public List<Path> filesEndingWith(String end) {
    return files().stream()
        .filter(file -> file.toString().endsWith(end))
        .map(directory()::resolve)
        .collect(Collectors.toList());
  }

  /** The test damages the database: it is not looked through when it is closed. */
  public void expectDamage() {
    damaged = true;
  }

  /**
   * Looks through an open database, closes it, deletes its directory, and waits for its threads to
   * end.
   *
   * @throws AssertionError naming what is wrong in the database, or threads that live on
   */
  @Override
  public void close() {
    try {
      try {
        checkStructure();
      } finally {
        closeDatabase();
      }
      checkThreads();
    } finally {
      deleteTree(root);
    }
  }

  private void checkStructure() {
    KalamDB open = db;
    if (open != null && !damaged && open.isOpen()) {
      CheckReport report = open.check();
      if (!report.isSound()) {
        throw new AssertionError("The database is not sound: " + report.problems());
      }
    }
  }

  private void checkThreads() {
    long deadline = System.nanoTime() + THREADS_END.toNanos();
    Set<Thread> left = databaseThreads();
    left.removeAll(threadsBefore);
    for (Thread thread : left) {
      try {
        thread.join(Math.max(1, (deadline - System.nanoTime()) / 1_000_000));
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IllegalStateException("Interrupted while threads of a database ended", e);
      }
    }
    left.removeIf(thread -> !thread.isAlive());
    if (!left.isEmpty()) {
      AssertionError error =
          new AssertionError(
              "Threads live on after close: "
                  + left.stream().map(Thread::getName).sorted().collect(Collectors.joining(", ")));
      for (Thread thread : left) {
        Throwable where = new Throwable(thread.getName());
        where.setStackTrace(thread.getStackTrace());
        error.addSuppressed(where);
      }
      throw error;
    }
  }

  private static Set<Thread> databaseThreads() {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(thread -> thread.getName().startsWith(THREAD_PREFIX))
        .collect(Collectors.toSet());
  }

  private static void deleteTree(Path root) {
    try (Stream<Path> files = Files.walk(root)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).collect(Collectors.toList())) {
        Files.delete(file);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
