package org.kalamdb.crash;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.kalamdb.Durability;
import org.kalamdb.KalamDB;
import org.kalamdb.suite.ChildJvm;

/**
 * A process that writes with several threads is killed at any moment, again and again in one
 * directory. Each time the database opens, is sound, and holds every acknowledged transaction as a
 * whole, once, and at most one more of each writer; so it is at every durability, for a log that
 * reached the operating system outlives the process. Some kills hit the opening after a kill, and
 * some crashed databases are opened by the next program that is killed.
 *
 * <p>30 kills, 1,000 in the slow profile, or {@code -Dkalamdb.crash.kills=N}; {@code
 * -Dkalamdb.crash.seed=N}.
 */
class CrashSuiteTest {
  private static final int KILLS =
      Integer.getInteger("kalamdb.crash.kills", Boolean.getBoolean("kalamdb.slow") ? 1_000 : 30);
  private static final long SEED = Long.getLong("kalamdb.crash.seed", 20_261_121L);

  /**
   * So many kills hit one directory; segments are never merged, and looking at all takes longer.
   */
  private static final int KILLS_A_DIRECTORY = 50;

  private static final List<String> DURABILITIES = List.of("sync", "interval(20)", "none");

  @TempDir private Path directory;

  private final Random random = new Random(SEED);
  private int acknowledged;

  @Test
  void commits_processKilledAgainAndAgain_surviveAsWholes() throws Exception {
    List<String> failures = new ArrayList<>();
    int passed = 0;
    CrashCheck check = new CrashCheck(SEED);
    Path data = directory;
    ChildJvm next = program();
    try {
      for (int kill = 0; kill < KILLS && failures.size() < 3; kill++) {
        if (kill % KILLS_A_DIRECTORY == 0) {
          data = directory.resolve("data" + kill / KILLS_A_DIRECTORY);
          check = new CrashCheck(SEED);
          try (KalamDB db = KalamDB.open(data, CrashLoad.options(Durability.NONE))) {
            Writer.createTables(db);
            Path archive =
                Files.createDirectory(directory.resolve(data.getFileName() + "-archive"));
            db.execute(
                "CREATE STORAGE "
                    + SchemaWriter.STORAGE
                    + " TYPE filesystem PATH '"
                    + archive
                    + "'");
          }
        }
        boolean looks =
            random.nextInt(4) > 0
                || kill == KILLS - 1
                || kill % KILLS_A_DIRECTORY == KILLS_A_DIRECTORY - 1;
        List<String> problems = new ArrayList<>();
        try (ChildJvm child = next) {
          next = program();
          run(child, data, kill, check);
          if (looks) {
            problems.addAll(look(data, check));
          }
        } catch (AssertionError | RuntimeException e) {
          problems.add(e.toString());
        }
        if (problems.isEmpty()) {
          passed++;
        } else {
          failures.add("kill " + kill + " in " + data + ": " + problems);
        }
      }
    } finally {
      next.close();
    }
    System.out.println("Seed " + SEED + ", " + acknowledged + " acknowledged transactions");
    System.out.println(passed + " passed, " + failures.size() + " failed");
    assertThat(failures).isEmpty();
  }

  private static ChildJvm program() throws IOException {
    return new ChildJvm(CrashLoad.class, String.valueOf(SEED));
  }

  /** Lets the program write, or only open, and kills it. */
  private void run(ChildJvm child, Path data, int kill, CrashCheck check) throws Exception {
    assertThat(child.readLine()).isEqualTo("warm");
    boolean whileOpening = random.nextInt(6) == 0;
    String durability = DURABILITIES.get(random.nextInt(DURABILITIES.size()));
    int delay = whileOpening ? random.nextInt(200) : 50 + random.nextInt(451);
    child.send(data + " " + durability + " " + kill);
    check.opened();
    List<String> lines = new ArrayList<>();
    if (!whileOpening) {
      assertThat(child.readLine()).isEqualTo("open");
      lines.add(String.valueOf(child.readLine()));
    }
    Thread.sleep(delay); // any moment will do
    assertThat(child.isRunning()).as("the program runs until it is killed").isTrue();
    child.kill();
    for (String line = child.readLine(); line != null; line = child.readLine()) {
      lines.add(line);
    }
    for (String line : lines) {
      if (!line.equals("open") && check.heard(line)) {
        acknowledged++;
      }
    }
  }

  private static List<String> look(Path data, CrashCheck check) {
    try (KalamDB db = KalamDB.open(data, CrashLoad.options(Durability.NONE))) {
      return check.look(db, CrashCheck.Loss.NOTHING);
    }
  }
}
