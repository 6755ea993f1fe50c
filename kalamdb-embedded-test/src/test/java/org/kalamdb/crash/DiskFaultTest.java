package org.kalamdb.crash;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.Objects;
import java.util.Random;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.kalamdb.KalamDB;
import org.kalamdb.error.KalamException;
import org.kalamdb.internal.storage.file.Disks;
import org.kalamdb.test.CrankyDisk;
import org.kalamdb.test.CrankyDisk.Effect;
import org.kalamdb.test.ForgetfulDisk;
import org.kalamdb.test.ForgetfulDisk.Cut;

/**
 * Every operation on our own files fails once, in turn: the first, the second, and so on until the
 * work is done without a failure. It is not done, done in part, done and reported as failed, or
 * late; or it is the last before the power is cut, which forgets what was not synced. The database
 * goes on, and is sound and complete in the same process, after another flush, a power cut and an
 * opening. That is the slow profile; the short run takes of each kind of operation one for each
 * effect, chosen by {@code kalamdb.faults.seed}, and leaves out the flush of all tables and effects
 * that others cover but for writes.
 */
class DiskFaultTest {
  /** What is done while the disk fails. */
  enum Work {
    FLUSH("STORAGE FLUSH TABLE f.t", false),
    FLUSH_ALL("STORAGE FLUSH ALL", false),
    COMPACT("STORAGE COMPACT TABLE f.t", false),
    DROP("DROP TABLE f.t", true),
    TRUNCATE("TRUNCATE f.s, f.r", true),
    ALTER("ALTER TABLE f.t ALTER u TYPE BIGINT USING u::BIGINT + 1", true),
    MOVE("ALTER TABLE f.t SET (STORAGE_ID = 'archive')", false),
    MOVE_USER("ALTER USER alice SET STORAGE_ID = 'archive'", false),
    MOVE_USER_BACK("ALTER USER alice RESET STORAGE_ID", false),
    CREATE_STORAGE("CREATE STORAGE more TYPE filesystem PATH '%s/more'", false),
    DROP_STORAGE("DROP STORAGE archive", false),
    COPY_CSV("COPY f.s TO '%s/out.csv'", false),
    COPY_PARQUET("COPY f.s TO '%s/out.parquet'", false),
    CLOSE(null, false),
    OPEN(null, false),
    CREATE(null, false);

    final @Nullable String sql;
    final boolean changes;

    Work(@Nullable String sql, boolean changes) {
      this.sql = sql;
      this.changes = changes;
    }

    boolean isMove() {
      return this == MOVE || isMoveOfUser();
    }

    boolean isMoveOfUser() {
      return this == MOVE_USER || this == MOVE_USER_BACK;
    }

    boolean isAboutStorages() {
      return isMove() || this == CREATE_STORAGE || this == DROP_STORAGE;
    }
  }

  private static final boolean SLOW = Boolean.getBoolean("kalamdb.slow");
  private static final long SEED = Long.getLong("kalamdb.faults.seed", 1L);
  private static final int MOST_OPERATIONS = 200;
  private static final int MOVES = 3;
  private static final String OLD_FILE = "old";

  private static Path shared;
  private static Path template;
  private static List<List<String>> before;
  private static final EnumMap<Work, List<List<String>>> AFTER = new EnumMap<>(Work.class);
  private static final EnumMap<Work, Map<String, List<Integer>>> OPERATIONS =
      new EnumMap<>(Work.class);
  private static int passed;
  private static int failed;

  private static int runs;

  @BeforeAll
  static void learnWhatIsBeforeAndAfter() throws IOException {
    // The disk is made up: the quickest one will do.
    Path memory = Path.of("/dev/shm");
    shared =
        Files.isWritable(memory)
            ? Files.createTempDirectory(memory, "kalamdb-test")
            : Files.createTempDirectory("kalamdb-test");
    template = shared.resolve("template");
    TinyDatabase.make(template);
    before = contentAfter(null, "before");
    for (Work work : Work.values()) {
      AFTER.put(work, work.changes ? contentAfter(work.sql, work.name()) : before);
    }
  }

  private static List<List<String>> contentAfter(@Nullable String sql, String name) {
    Path copy = shared.resolve(name);
    TinyDatabase.copy(template, copy);
    try (KalamDB db = KalamDB.open(copy, TinyDatabase.OPTIONS)) {
      if (sql != null) {
        db.execute(sql);
      }
      return TinyDatabase.content(db);
    }
  }

  @AfterAll
  static void report() throws IOException {
    TinyDatabase.deleteTree(shared);
    System.out.printf(
        "Faults of files: %d passed, %d failed (%s)%n",
        passed, failed, SLOW ? "all" : "a sample, seed " + SEED);
  }

  /** One try: a disk in a directory of its own, with a database in it. */
  private static final class Try implements AutoCloseable {
    final Work work;
    final Path home = shared.resolve("try");
    final Path data = home.resolve("data");
    final ForgetfulDisk forgetful = new ForgetfulDisk();
    final CrankyDisk cranky = new CrankyDisk(forgetful);
    @Nullable KalamDB db;
    boolean done;

    Try(Work work) throws IOException {
      this.work = work;
      runs++;
      Path prepared = shared.resolve("prepared-" + work);
      if (!Files.exists(prepared)) {
        prepare();
        TinyDatabase.copy(home, prepared);
      } else {
        TinyDatabase.copy(prepared, home);
      }
      Disks.put(home, cranky);
      if (work != Work.CREATE && work != Work.OPEN) {
        open();
      }
    }

    /** Makes what there is before the work; paths of storages stay right, as there is one home. */
    private void prepare() throws IOException {
      Files.createDirectory(home);
      for (String name : List.of("out.csv", "out.parquet")) {
        Files.writeString(home.resolve(name), OLD_FILE);
      }
      if (work != Work.CREATE) {
        TinyDatabase.copy(template, data);
      }
      if (work.isAboutStorages()) {
        Files.createDirectory(home.resolve("archive"));
        Files.createDirectory(home.resolve("more"));
        KalamDB before = open();
        before.execute("CREATE STORAGE archive TYPE filesystem PATH '" + home + "/archive'");
        if (work.isMoveOfUser()) {
          before.execute("ALTER TABLE f.t SET (USE_USER_STORAGE = true)");
        }
        if (work == Work.MOVE_USER_BACK) {
          before.execute(String.valueOf(Work.MOVE_USER.sql));
          awaitEmpty(data.resolve("cold/f/users"), () -> false);
        }
        closeDatabase();
      }
    }

    KalamDB open() {
      KalamDB opened = KalamDB.open(data, TinyDatabase.OPTIONS);
      db = opened;
      return opened;
    }

    KalamDB database() {
      return db != null ? db : open();
    }

    /** Does the work; that it fails is fine as long as it says so. */
    void run() {
      try {
        switch (work) {
          case CLOSE -> closeDatabase();
          case OPEN, CREATE -> open();
          default -> database().execute(String.format(String.valueOf(work.sql), home));
        }
        done = true;
        awaitMove(cranky::isHit);
      } catch (KalamException e) {
        done = false;
      }
    }

    /** Waits until nothing of the table is where it was, or the other thing is so. */
    void awaitMove(BooleanSupplier other) {
      if (work.isMove()) {
        Path from = work == Work.MOVE_USER_BACK ? home.resolve("archive") : data.resolve("cold");
        awaitEmpty(from.resolve("f/users"), other);
      }
    }

    private static void awaitEmpty(Path directory, BooleanSupplier other) {
      long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
      while (!other.getAsBoolean() && !isEmpty(directory)) {
        assertThat(System.nanoTime()).as("the move ends").isLessThan(deadline);
        LockSupport.parkNanos(2_000_000);
      }
    }

    private static boolean isEmpty(Path directory) {
      try (Stream<Path> files = Files.walk(directory)) {
        return files.noneMatch(Files::isRegularFile);
      } catch (IOException | UncheckedIOException e) {
        return false; // a file went while it was looked at
      }
    }

    /** Storages can be made, used and dropped, whatever became of the statement. */
    private void checkStorages() {
      KalamDB open = database();
      if (work.isAboutStorages()) {
        for (String storage : List.of("archive", "more")) {
          open.execute(
              "CREATE STORAGE IF NOT EXISTS %s TYPE filesystem PATH '%s/%s'"
                  .formatted(storage, home, storage));
          open.query("STORAGE CHECK " + storage).single();
        }
        open.execute("DROP STORAGE more");
      }
    }

    void closeDatabase() {
      KalamDB open = db;
      db = null;
      if (open != null) {
        open.close();
      }
    }

    /** From here on nothing reaches the disk; what was not synced is gone. */
    void cutPower(Cut cut) {
      cranky.fail(1, Effect.BROKEN);
      try {
        closeDatabase();
      } catch (KalamException e) {
        assertThat(e.sqlState()).startsWith("58");
      }
      cranky.heal();
      forgetful.cut(cut, 1_000L * work.ordinal() + runs);
    }

    void check(String when) throws IOException {
      KalamDB open = database();
      if (work == Work.CREATE) {
        assertThat(open.query("SELECT 1").single().getInt(0)).isEqualTo(1);
        assertThat(open.check().problems()).as(when).isEmpty();
        return;
      }
      assertThat(open.check().problems()).as(when).isEmpty();
      assertThat(open.recovery().missingSegments()).as(when).isEmpty();
      checkContent(when);
      checkStorages();
      checkFile("out.csv", Work.COPY_CSV, when);
      checkFile("out.parquet", Work.COPY_PARQUET, when);
    }

    /** What was acknowledged is there; what was refused is there or not, as a whole. */
    void checkContent(String when) {
      KalamDB open = database();
      if (work == Work.CREATE) {
        return;
      }
      List<List<String>> found = TinyDatabase.content(open);
      List<List<List<String>>> allowed = new ArrayList<>();
      if (!done) {
        allowed.add(before);
      }
      allowed.add(after());
      assertThat(allowed).as(when + ": " + found).contains(found);
    }

    private List<List<String>> after() {
      return Objects.requireNonNull(AFTER.get(work));
    }

    private void checkFile(String name, Work writer, String when) throws IOException {
      byte[] found = Files.readAllBytes(home.resolve(name));
      boolean old = new String(found, StandardCharsets.ISO_8859_1).equals(OLD_FILE);
      if (work != writer) {
        assertThat(old).as(name + ' ' + when).isTrue();
      } else if (done) {
        assertThat(old).as(name + " is new, " + when).isFalse();
      }
      if (!old) {
        KalamDB open = database();
        open.execute("CREATE TABLE f.copied (id INT PRIMARY KEY, a INT)");
        open.execute("COPY f.copied FROM '" + home.resolve(name) + "'");
        assertThat(
                open.query("SELECT * FROM f.copied ORDER BY id").list().stream()
                    .map(row -> "s " + row)
                    .toList())
            .as(name + ' ' + when)
            .isEqualTo(before.get(1));
        open.execute("DROP TABLE f.copied");
      }
    }

    /** Another flush works, and so does everything after it. */
    void goOn() {
      if (work != Work.CREATE) {
        database().execute("STORAGE FLUSH ALL");
      }
    }

    @Override
    public void close() throws IOException {
      try {
        closeDatabase();
      } finally {
        Disks.remove(home);
      }
      TinyDatabase.deleteTree(home);
    }
  }

  private interface Course {
    void run(Try one) throws IOException;
  }

  /** The operations of a piece of work on a sound disk, by what is done to what kind of file. */
  private static Map<String, List<Integer>> operationsByKind(Work work) throws IOException {
    Map<String, List<Integer>> known = OPERATIONS.get(work);
    if (known != null) {
      return known;
    }
    Map<String, List<Integer>> kinds = new TreeMap<>();
    try (Try one = new Try(work)) {
      one.cranky.fail(MOST_OPERATIONS, Effect.NOT_DONE);
      one.run();
      List<String> operations = one.cranky.operations();
      for (int i = 0; i < operations.size(); i++) {
        String operation = operations.get(i);
        String kind =
            operation.contains("Directory ")
                ? operation.substring(0, operation.indexOf(' '))
                : operation.replaceAll("[0-9]+", "#");
        kinds.computeIfAbsent(kind, k -> new ArrayList<>()).add(i + 1);
      }
    }
    OPERATIONS.put(work, kinds);
    return kinds;
  }

  /**
   * Which operations the short run lets fail in this way: of each kind one, by chance, and one more
   * than there are, for a run without a fault. The three moves, which do the same, share the kinds
   * among them.
   */
  private static NavigableSet<Integer> sample(Work work, Effect effect, String what)
      throws IOException {
    Random random = new Random(SEED * 31 + (work.name() + effect + what).hashCode());
    NavigableSet<Integer> chosen = new TreeSet<>();
    int count = 0;
    int kind = work.ordinal() + effect.ordinal();
    for (List<Integer> places : operationsByKind(work).values()) {
      if (!work.isMove() || kind++ % MOVES == 0) {
        chosen.add(places.get(random.nextInt(places.size())));
      }
      count += places.size();
    }
    chosen.add(count + 1);
    return chosen;
  }

  /** For the first operation, the second, and so on until none is hit; or for a sample of them. */
  private void each(Work work, Effect effect, String what, Course course) throws IOException {
    NavigableSet<Integer> sample = SLOW ? null : sample(work, effect, what);
    for (int n = 1; ; n++) {
      assertThat(n).as("operations of one piece of work").isLessThan(MOST_OPERATIONS);
      if (sample != null && n < sample.last() && !sample.contains(n)) {
        continue;
      }
      try (Try one = new Try(work)) {
        List<String> operations = List.of();
        try {
          one.cranky.fail(n, effect);
          one.run();
          operations = one.cranky.operations();
          boolean hit = one.cranky.isHit();
          one.cranky.heal();
          if (!hit && !one.done) {
            throw new AssertionError("It failed without a fault");
          }
          course.run(one);
          passed++;
          if (!hit && (sample == null || n >= sample.last())) {
            return;
          }
        } catch (AssertionError | RuntimeException e) {
          failed++;
          throw new AssertionError(
              work + ", " + effect + " at operation " + n + " of " + operations + ", " + what, e);
        }
      }
    }
  }

  @ParameterizedTest
  @EnumSource(Work.class)
  void work_oneOperationFails_databaseGoesOn(Work work) throws IOException {
    assumeTrue(SLOW || work != Work.FLUSH_ALL, "in the slow profile");
    for (Effect effect :
        SLOW
            ? List.of(Effect.NOT_DONE, Effect.TORN, Effect.DONE)
            : List.of(Effect.NOT_DONE, Effect.TORN)) {
      each(
          work,
          effect,
          "then more work and a power cut",
          one -> {
            one.checkContent("at once");
            one.goOn();
            one.check("after another flush");
            one.cutPower(Cut.ALL_LOST);
            one.check("after a power cut");
          });
    }
  }

  @ParameterizedTest
  @EnumSource(Work.class)
  void work_oneOperationIsLate_changesNothing(Work work) throws IOException {
    assumeTrue(SLOW || work == Work.FLUSH, "in the slow profile");
    each(
        work,
        Effect.DELAYED,
        "then an opening",
        one -> {
          assertThat(one.done).isTrue();
          one.check("at once");
          one.closeDatabase();
          one.check("opened again");
          one.closeDatabase();
          assertThat(leftOver(one.home)).isEmpty();
        });
  }

  @ParameterizedTest
  @EnumSource(Work.class)
  void work_powerIsCut_databaseOpensAndIsWhole(Work work) throws IOException {
    assumeTrue(SLOW || work != Work.FLUSH_ALL, "in the slow profile");
    for (Cut cut : SLOW || work == Work.FLUSH ? Cut.values() : new Cut[] {Cut.ALL_LOST}) {
      each(
          work,
          Effect.BROKEN,
          "then " + cut,
          one -> {
            one.cutPower(cut);
            one.check("after the cut");
            one.closeDatabase();
            one.check("opened again");
            one.closeDatabase();
            assertThat(leftOver(one.home)).isEmpty();
          });
    }
  }

  private static List<Path> leftOver(Path home) throws IOException {
    try (Stream<Path> files = Files.walk(home)) {
      return files.filter(file -> file.toString().endsWith(".tmp")).toList();
    }
  }
}
