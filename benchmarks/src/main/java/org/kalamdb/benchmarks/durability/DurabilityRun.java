package org.kalamdb.benchmarks.durability;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.kalamdb.benchmarks.DataDirectory;
import org.kalamdb.benchmarks.Machine;
import org.kalamdb.benchmarks.MarkedPage;

/**
 * What databases keep of acknowledged commits when their process is killed, and how often they put
 * data on disk for them; each with its defaults. Arguments: the project's directory, the commit.
 */
final class DurabilityRun {
  private static final String SECTION = "Durability: written by benchmarks/durability";
  private static final int COMMITS = 200;
  private static final int KILLS = 5;

  /** HSQLDB takes a file for locked until its owner has not touched it for so long. */
  private static final long OPENING_SECONDS = 30;

  private DurabilityRun() {}

  public static void main(String[] arguments)
      throws IOException, SQLException, InterruptedException {
    Path root = Path.of(arguments[0]);
    Path target = Files.createDirectories(root.resolve("benchmarks/target"));
    System.setProperty(DataDirectory.ROOT_PROPERTY, target.resolve("data").toString());
    Instant start = Instant.now();
    StringBuilder text = new StringBuilder();
    text.append("- ")
        .append(start.truncatedTo(ChronoUnit.MINUTES))
        .append(", commit ")
        .append(arguments[1])
        .append("\n- ")
        .append(Machine.hardware())
        .append("\n- ")
        .append(Machine.java())
        .append("\n- ")
        .append(Machine.libraries())
        .append("\n\n| Database | version | rows kept of ")
        .append(COMMITS)
        .append(" acknowledged, in ")
        .append(KILLS)
        .append(" kills | calls to sync for them |\n|---|---|---|---|\n");
    for (Contender contender : Contender.values()) {
      String row = row(contender);
      System.out.println(row);
      text.append(row).append('\n');
    }
    System.out.println();
    System.out.print(text);
    MarkedPage.write(root.resolve("docs/benchmarks.md"), SECTION, text.toString());
  }

  private static String row(Contender contender)
      throws IOException, SQLException, InterruptedException {
    List<Integer> kept = new ArrayList<>();
    for (int i = 0; i < KILLS; i++) {
      try (DataDirectory directory = new DataDirectory()) {
        run(contender, directory.path(), false);
        kept.add(rowsKept(contender, directory.path()));
      }
    }
    String version;
    @Nullable Map<String, Integer> syncs;
    try (DataDirectory directory = new DataDirectory()) {
      syncs = run(contender, directory.path(), true);
    }
    try (DataDirectory directory = new DataDirectory();
        Connection connection = contender.open(directory.path())) {
      version = connection.getMetaData().getDatabaseProductVersion();
    }
    return "| "
        + contender.title
        + " | "
        + version
        + " | "
        + kept.stream().map(String::valueOf).collect(Collectors.joining(", "))
        + " | "
        + (syncs == null ? "not counted" : text(syncs))
        + " |";
  }

  private static String text(Map<String, Integer> syncs) {
    int sum = syncs.values().stream().mapToInt(Integer::intValue).sum();
    return sum == 0
        ? "0"
        : sum
            + syncs.entrySet().stream()
                .map(call -> call.getValue() + " " + call.getKey())
                .collect(Collectors.joining(", ", " (", ")"));
  }

  /** Kills the program as soon as it has said that its last commit is acknowledged. */
  private static @Nullable Map<String, Integer> run(
      Contender contender, Path directory, boolean counting)
      throws IOException, InterruptedException {
    Process program =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                CommitProgram.class.getName(),
                contender.name(),
                directory.toString(),
                String.valueOf(COMMITS))
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    try (BufferedReader said =
        new BufferedReader(
            new InputStreamReader(program.getInputStream(), StandardCharsets.UTF_8))) {
      await(said, "ready");
      Path summary = directory.resolveSibling(directory.getFileName() + ".syncs");
      try (SyncCount count = counting ? SyncCount.attach(program.pid(), summary) : null) {
        program.getOutputStream().write('\n');
        program.getOutputStream().flush();
        await(said, String.valueOf(COMMITS));
        kill(program);
        return count == null ? null : count.calls();
      } finally {
        Files.deleteIfExists(summary);
      }
    } finally {
      kill(program);
    }
  }

  private static void await(BufferedReader said, String wanted) throws IOException {
    for (String line = said.readLine(); !wanted.equals(line); line = said.readLine()) {
      if (line == null) {
        throw new IOException("The program ended before it said " + wanted);
      }
    }
  }

  private static void kill(Process program) throws InterruptedException {
    program.toHandle().destroyForcibly();
    if (!program.waitFor(20, TimeUnit.SECONDS)) {
      throw new IllegalStateException("A killed process does not end");
    }
  }

  private static int rowsKept(Contender contender, Path directory)
      throws SQLException, InterruptedException {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(OPENING_SECONDS);
    while (true) {
      try (Connection connection = contender.open(directory);
          Statement statement = connection.createStatement();
          ResultSet rows = statement.executeQuery("SELECT count(*) FROM t WHERE v IS NOT NULL")) {
        rows.next();
        return rows.getInt(1);
      } catch (SQLException e) {
        if (System.nanoTime() > deadline) {
          throw e;
        }
        TimeUnit.MILLISECONDS.sleep(500);
      }
    }
  }
}
