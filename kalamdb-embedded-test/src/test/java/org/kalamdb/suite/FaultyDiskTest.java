package org.kalamdb.suite;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.kalamdb.KalamDB;

/**
 * A disk that really fails: in a child JVM the system's own calls give EIO, by a library that is
 * preloaded ({@code src/test/c/faulty_disk.c}). Reads go on, the database opens its storage again
 * by itself, and after a kill everything that was acknowledged is there.
 */
@Timeout(value = 240, unit = TimeUnit.SECONDS)
class FaultyDiskTest {
  /** What fails, and on which files, from the n-th call on. */
  private static final List<String> LOG_FAULTS =
      List.of("sync .log 1", "write .log 3", "any /hot/ 1", "any /db/ 2");

  @TempDir Path directory;

  private final Set<Long> acknowledged = new TreeSet<>();
  private final Set<Long> refused = new TreeSet<>();
  private final Set<Long> unknown = new TreeSet<>();
  private final List<String> heard = new ArrayList<>();
  private String state = "";

  private Path compileLayer() throws IOException, InterruptedException {
    Path library = directory.resolve("faulty_disk.so");
    Path source = Path.of("src", "test", "c", "faulty_disk.c");
    String problem;
    try {
      Process gcc =
          new ProcessBuilder(
                  "gcc",
                  "-O1",
                  "-shared",
                  "-fPIC",
                  "-o",
                  library.toString(),
                  source.toString(),
                  "-ldl",
                  "-lpthread")
              .redirectErrorStream(true)
              .start();
      String output = new String(gcc.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      problem = gcc.waitFor() == 0 ? null : output;
    } catch (IOException e) {
      problem = e.getMessage();
    }
    String found = problem;
    Assumptions.assumeTrue(
        found == null && Files.isDirectory(Path.of("/proc/self/fd")),
        () -> "a layer that fails needs Linux and gcc: " + found);
    return library;
  }

  private Path plan() {
    return directory.resolve("plan");
  }

  private void fault(String line) throws IOException {
    Path written = directory.resolve("plan.tmp");
    Files.writeString(written, line);
    Files.move(written, plan(), StandardCopyOption.ATOMIC_MOVE);
  }

  /** Reads on to a line that fits, and keeps what is said of rows. */
  private String await(ChildJvm child, Predicate<String> fits) throws IOException {
    while (true) {
      String line = child.readLine();
      assertThat(line).as("the program goes on; it said last %s", last()).isNotNull();
      note(line);
      if (fits.test(line)) {
        return line;
      }
    }
  }

  private List<String> last() {
    return heard.subList(Math.max(0, heard.size() - 10), heard.size());
  }

  private void note(String line) {
    heard.add(line);
    int space = line.indexOf(' ');
    String value = line.substring(space + 1);
    switch (line.substring(0, space)) {
      case "ack" -> acknowledged.add(Long.valueOf(value));
      case "refused" -> refused.add(Long.valueOf(value));
      case "unknown" -> unknown.add(Long.valueOf(value));
      case "state" -> state = value;
      case "wrong" -> throw new AssertionError(value);
      default -> {}
    }
  }

  private void awaitAll(ChildJvm child, String... lines) throws IOException {
    for (String line : lines) {
      await(child, said -> said.equals(line));
    }
  }

  /** The word may have come before one of another thread that was waited for. */
  private void awaitState(ChildJvm child, String wanted) throws IOException {
    while (!wanted.equals(state)) {
      await(child, line -> true);
    }
  }

  @Test
  void disk_failsAndHeals_nothingAcknowledgedIsLost() throws Exception {
    Path library = compileLayer();
    Path database = directory.resolve("db");
    Map<String, String> environment =
        Map.of("LD_PRELOAD", library.toString(), "FAULTY_DISK", plan().toString());
    try (ChildJvm child = new ChildJvm(environment, FaultyDiskWriter.class, database.toString())) {
      awaitAll(child, "state OPEN", "flush ok");
      for (String fault : LOG_FAULTS) {
        fault(fault);
        await(child, line -> line.startsWith("unknown "));
        awaitState(child, "FAILED");
        awaitAll(child, "read FAILED", "read FAILED");
        await(child, line -> line.startsWith("refused "));
        fault("");
        awaitState(child, "OPEN");
        awaitAll(child, "read OPEN");
        await(child, line -> line.startsWith("ack "));
        awaitAll(child, "flush ok");
      }
      // The cold tier alone: a flush fails, and the database does not.
      fault("any /cold/ 1");
      assertThat(await(child, line -> line.startsWith("flush "))).isEqualTo("flush 58030");
      await(child, line -> line.startsWith("ack "));
      fault("");
      awaitAll(child, "flush ok");
      child.kill();
      for (String line = child.readLine(); line != null; line = child.readLine()) {
        note(line);
      }
    }
    assertThat(unknown).hasSizeGreaterThanOrEqualTo(LOG_FAULTS.size());
    try (KalamDB db = KalamDB.open(database)) {
      Set<Long> there = new TreeSet<>();
      db.query("SELECT id FROM n.t WHERE v = 'of ' || id")
          .list()
          .forEach(r -> there.add(r.getLong(0)));
      assertThat(there).containsAll(acknowledged).doesNotContainAnyElementsOf(refused);
      there.removeAll(acknowledged);
      there.removeAll(unknown);
      // The one that was under way when the process was killed.
      assertThat(there).hasSizeLessThanOrEqualTo(1);
      assertThat(db.check().problems()).isEmpty();
    }
  }
}
