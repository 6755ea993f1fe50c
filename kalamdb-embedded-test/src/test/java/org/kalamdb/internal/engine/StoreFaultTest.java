package org.kalamdb.internal.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.kalamdb.Session;
import org.kalamdb.crash.TinyDatabase;
import org.kalamdb.error.KalamException;
import org.kalamdb.internal.storage.kv.KeyValueStore;
import org.kalamdb.schema.UserId;
import org.kalamdb.test.CrankyKeyValueStore;
import org.kalamdb.test.CrankyKeyValueStore.Effect;
import org.kalamdb.test.CrankyKeyValueStore.Operation;

/**
 * Every operation on the key-value store fails once, in turn, with and without effect, until the
 * work is done without a failure. What was refused is there or not, as a whole; what was
 * acknowledged is there; the database goes on if its log has not failed, and is sound when it is
 * opened again. Without the slow profile single gets and steps of iterators do not fail.
 */
class StoreFaultTest {
  /** What is done while the store fails. */
  enum Work {
    FLUSH("STORAGE FLUSH TABLE f.t", false),
    COMPACT("STORAGE COMPACT TABLE f.t", false),
    WRITE("BEGIN; UPDATE f.s SET a = a + 1; DELETE FROM f.s WHERE id = 2; COMMIT", true),
    DROP("DROP TABLE f.t", true),
    TRUNCATE("TRUNCATE f.s, f.r", true),
    INDEX("CREATE INDEX s_a ON f.s (a)", false),
    OPEN(null, false);

    final @Nullable String sql;
    final boolean changes;

    Work(@Nullable String sql, boolean changes) {
      this.sql = sql;
      this.changes = changes;
    }
  }

  private static final boolean SLOW = Boolean.getBoolean("kalamdb.slow");
  private static final int MOST_OPERATIONS = 2_000;
  private static final List<Operation> FAILING =
      SLOW
          ? List.of(Operation.values())
          : List.of(Operation.WRITE, Operation.SYNC_LOG, Operation.SNAPSHOT, Operation.ITERATOR);
  private static final EnumMap<Work, List<List<String>>> AFTER = new EnumMap<>(Work.class);

  private static Path shared;
  private static Path template;
  private static List<List<String>> before;
  private static int runs;
  private static int passed;

  @BeforeAll
  static void learnWhatIsBeforeAndAfter() throws IOException {
    // The disk is not what fails here: the quickest one will do.
    Path memory = Path.of("/dev/shm");
    shared =
        Files.isWritable(memory)
            ? Files.createTempDirectory(memory, "kalamdb-test")
            : Files.createTempDirectory("kalamdb-test");
    template = shared.resolve("template");
    TinyDatabase.make(template);
    try (Try one = new Try(Work.FLUSH)) {
      one.open();
      before = one.content();
    }
    for (Work work : Work.values()) {
      try (Try one = new Try(work)) {
        one.run();
        AFTER.put(work, work.changes ? one.content() : before);
      }
    }
  }

  @AfterAll
  static void report() throws IOException {
    TinyDatabase.deleteTree(shared);
    System.out.println("Faults of the store: " + passed + " passed, 0 failed");
  }

  /** A database of its own. */
  private static final class Try implements AutoCloseable {
    final Work work;
    final Path data = shared.resolve("try" + runs++);
    @Nullable CrankyKeyValueStore store;
    @Nullable Engine engine;
    @Nullable Operation failing;
    Effect effect = Effect.NOT_DONE;
    long nth;
    boolean done;

    Try(Work work) {
      this.work = work;
      TinyDatabase.copy(template, data);
    }

    private KeyValueStore layer(KeyValueStore below) {
      CrankyKeyValueStore cranky = new CrankyKeyValueStore(below);
      store = cranky;
      if (work == Work.OPEN && nth > 0) {
        cranky.fail(failing, nth, effect);
        nth = 0;
      }
      return cranky;
    }

    Engine open() {
      Engine opened = Engine.open(data, TinyDatabase.OPTIONS, this::layer);
      engine = opened;
      return opened;
    }

    Engine engine() {
      return engine == null ? open() : engine;
    }

    /** Does the work; whether a failure was hit. */
    boolean run() {
      try {
        Engine opened = engine();
        if (work != Work.OPEN && nth > 0) {
          Objects.requireNonNull(store).fail(failing, nth, effect);
        }
        if (work.sql != null) {
          try (Session session = opened.openSession(null)) {
            session.execute(work.sql);
          }
        }
        done = true;
      } catch (KalamException e) {
        done = false;
      }
      CrankyKeyValueStore cranky = Objects.requireNonNull(store);
      cranky.heal();
      return cranky.failures() > 0;
    }

    List<List<String>> content() {
      return TinyDatabase.content(
          user -> engine().openSession(user == null ? null : new UserId(user)));
    }

    void checkContent(String when) {
      List<List<List<String>>> allowed = new ArrayList<>();
      List<List<String>> after = Objects.requireNonNull(AFTER.get(work));
      if (!done) {
        allowed.add(before);
      }
      allowed.add(after);
      List<List<String>> found = content();
      assertThat(allowed).as(when + ": " + found).contains(found);
    }

    void checkAll() {
      boolean writable = engine != null && engine.health().isOpen();
      if (engine != null) {
        checkContent("at once");
      }
      if (writable) {
        try (Session session = engine().openSession(null)) {
          session.execute("STORAGE FLUSH ALL");
        }
        checkContent("after another flush");
        assertThat(engine().check().problems()).isEmpty();
      }
      closeEngine();
      checkContent("opened again");
      assertThat(engine().check().problems()).isEmpty();
      assertThat(engine().recovered().missingSegments()).isEmpty();
    }

    private void closeEngine() {
      Engine open = engine;
      engine = null;
      if (open != null) {
        open.close();
      }
    }

    @Override
    public void close() throws IOException {
      closeEngine();
      TinyDatabase.deleteTree(data);
    }
  }

  @ParameterizedTest
  @EnumSource(Work.class)
  void work_oneOperationFails_isDoneOrNotAndTheDatabaseIsSound(Work work) throws IOException {
    for (Operation operation : FAILING) {
      boolean writes = operation == Operation.WRITE || operation == Operation.SYNC_LOG;
      for (Effect effect : writes ? Effect.values() : new Effect[] {Effect.NOT_DONE}) {
        each(work, operation, effect);
      }
    }
  }

  private static void each(Work work, Operation operation, Effect effect) throws IOException {
    boolean hit = true;
    for (int n = 1; hit; n++) {
      assertThat(n).as("operations of one piece of work").isLessThan(MOST_OPERATIONS);
      try (Try one = new Try(work)) {
        one.failing = operation;
        one.effect = effect;
        one.nth = n;
        try {
          hit = one.run();
          assertThat(hit || one.done).as("it fails only with a fault").isTrue();
          one.checkAll();
          passed++;
        } catch (AssertionError | RuntimeException e) {
          throw new AssertionError(work + ", " + operation + " " + n + ", " + effect, e);
        }
      }
    }
  }
}
