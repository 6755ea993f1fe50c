package org.kalamdb.crash;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.abort;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.kalamdb.Durability;
import org.kalamdb.KalamDB;
import org.kalamdb.suite.ChildJvm;

/**
 * The power is cut under a process that writes with several threads: what it had not synced is
 * gone. The database opens in every case, is sound, and holds whole transactions, a prefix of the
 * commits in their order; with synced commits every acknowledged one.
 *
 * <p>The process is frozen before the cut: a sync that races with it could return as if it had
 * succeeded. What it had printed by then is what was acknowledged.
 *
 * <p>Two cuts for each durability, 40 in the slow profile, or {@code -Dkalamdb.cuts=N}; skipped
 * where {@link LoopDisk} cannot be.
 */
class PowerCutTest {
  private static final int CUTS =
      Integer.getInteger("kalamdb.cuts", Boolean.getBoolean("kalamdb.slow") ? 40 : 2);
  private static final int CUTS_A_DIRECTORY = 25;
  private static final long SEED = Long.getLong("kalamdb.crash.seed", 20_261_121L);
  private static final long FREEZING_NANOS = 20_000_000_000L;

  @TempDir private Path directory;

  private final Random random = new Random(SEED);

  @Test
  void commits_powerCutAgainAndAgain_surviveAsPromised() throws Exception {
    String missing = LoopDisk.missing();
    assumeTrue(missing == null, missing);
    List<String> failures = new ArrayList<>();
    int passed = 0;
    try (LoopDisk disk = mounted();
        Programs programs = new Programs()) {
      for (String durability : List.of("sync", "interval(20)", "none")) {
        int acknowledged = 0;
        int lost = 0;
        CrashCheck check = new CrashCheck(SEED);
        Path data = disk.path();
        for (int cut = 0; cut < CUTS && failures.size() < 3; cut++) {
          if (cut % CUTS_A_DIRECTORY == 0) {
            check = new CrashCheck(SEED);
            data = disk.path().resolve(durability.substring(0, 4) + cut);
            try (KalamDB db = KalamDB.open(data, CrashLoad.options(Durability.SYNC))) {
              Writer.createTables(db);
            }
          }
          List<String> problems = new ArrayList<>();
          try {
            run(programs, disk, data, durability, cut, check);
            acknowledged += check.acknowledgements();
            problems.addAll(look(data, check, durability));
            lost += check.lost();
          } catch (AssertionError | RuntimeException e) {
            problems.add(e.toString());
          }
          if (problems.isEmpty()) {
            passed++;
          } else {
            failures.add(durability + ", cut " + cut + ": " + problems);
          }
        }
        System.out.println(
            "Power cut at "
                + durability
                + ": "
                + acknowledged
                + " acknowledged, "
                + lost
                + " lost");
      }
    }
    System.out.println(passed + " passed, " + failures.size() + " failed");
    assertThat(failures).isEmpty();
  }

  private LoopDisk mounted() throws InterruptedException {
    try {
      return LoopDisk.create(directory);
    } catch (IOException e) {
      return abort("this machine does not let a file system be mounted: " + e.getMessage());
    }
  }

  /** One program warms up while the one before it writes. */
  private static final class Programs implements AutoCloseable {
    private ChildJvm next = start();

    Programs() throws IOException {}

    private static ChildJvm start() throws IOException {
      return new ChildJvm(CrashLoad.class, String.valueOf(SEED));
    }

    ChildJvm take() throws IOException {
      ChildJvm taken = next;
      next = start();
      return taken;
    }

    @Override
    public void close() throws IOException, InterruptedException {
      next.close();
    }
  }

  private void run(
      Programs programs, LoopDisk disk, Path data, String durability, int cut, CrashCheck check)
      throws Exception {
    List<String> lines = new ArrayList<>();
    try (ChildJvm child = programs.take()) {
      assertThat(child.readLine()).isEqualTo("warm");
      child.send(data + " " + durability + " " + cut);
      check.opened();
      boolean whileOpening = random.nextInt(6) == 0;
      if (!whileOpening) {
        assertThat(child.readLine()).isEqualTo("open");
        lines.add(String.valueOf(child.readLine()));
      }
      Thread.sleep(random.nextInt(400)); // any moment will do
      assertThat(child.isRunning()).as("the program runs until the cut").isTrue();
      freeze(child.pid());
      disk.cut();
      child.kill();
      for (String line = child.readLine(); line != null; line = child.readLine()) {
        lines.add(line);
      }
    }
    for (String line : lines) {
      if (!line.equals("open")) {
        check.heard(line);
      }
    }
    disk.powerOn();
  }

  private static List<String> look(Path data, CrashCheck check, String durability) {
    // Synced, so that what this look has found stays where it is.
    try (KalamDB db = KalamDB.open(data, CrashLoad.options(Durability.SYNC))) {
      return check.look(
          db, durability.equals("sync") ? CrashCheck.Loss.NOTHING : CrashCheck.Loss.NEWEST);
    }
  }

  /** Stops all threads of a process where they are; those in a sync when it has returned. */
  private static void freeze(long pid) throws Exception {
    Process stop = new ProcessBuilder("kill", "-STOP", String.valueOf(pid)).start();
    assertThat(stop.waitFor()).isZero();
    long start = System.nanoTime();
    while (!isStopped(pid)) {
      assertThat(System.nanoTime() - start).as("time to stop").isLessThan(FREEZING_NANOS);
      Thread.sleep(1);
    }
  }

  private static boolean isStopped(long pid) throws IOException {
    try (DirectoryStream<Path> tasks =
        Files.newDirectoryStream(Path.of("/proc", String.valueOf(pid), "task"))) {
      for (Path task : tasks) {
        String state = stateOf(task);
        if (state != null && !state.equals("T")) {
          return false;
        }
      }
    }
    return true;
  }

  /** The letter behind the name; null if the thread has ended. */
  private static @Nullable String stateOf(Path task) throws IOException {
    try {
      String stat = Files.readString(task.resolve("stat"), StandardCharsets.ISO_8859_1);
      return stat.substring(stat.lastIndexOf(')') + 2).substring(0, 1);
    } catch (NoSuchFileException e) {
      return null;
    }
  }
}
