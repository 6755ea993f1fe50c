package org.kalamdb.slt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.DynamicContainer.dynamicContainer;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import java.io.IOException;
import java.io.InputStream;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Properties;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicNode;
import org.junit.jupiter.api.TestFactory;

/**
 * SQL files, one test a file: ours pass whole; of the third-party records beside the repository
 * ({@code ../shared/slt}, or where the property {@code kalamdb.slt} says) each folder passes at
 * least the share in {@code slt-floors.properties}. Without that directory only ours run.
 */
class SqlFilesTest {
  private static ExecutorService executor;
  private static Watchdog watchdog;

  @BeforeAll
  static void start() {
    executor = Executors.newFixedThreadPool(2);
    watchdog = new Watchdog();
  }

  @AfterAll
  static void stop() {
    watchdog.close();
    executor.shutdown();
  }

  @TestFactory
  Stream<DynamicNode> ownFiles_pass() throws URISyntaxException {
    URL resource = Objects.requireNonNull(getClass().getResource("/slt"));
    Path root = Path.of(resource.toURI());
    return started(root).stream()
        .map(
            run ->
                dynamicTest(
                    root.relativize(run.file()).toString(),
                    () -> assertThat(failures(run.outcomes().join())).isEmpty()));
  }

  @TestFactory
  Stream<DynamicNode> sharedFiles_passAtLeastTheirShare() throws IOException {
    Path root = sharedRoot();
    if (!Files.isDirectory(root)) {
      return Stream.empty();
    }
    Properties floors = floors();
    Tally tally = new Tally();
    Stream<DynamicNode> files =
        started(root).stream()
            .map(
                run ->
                    dynamicTest(
                        root.relativize(run.file()).toString(),
                        () -> {
                          String folder = root.relativize(run.file()).getName(0).toString();
                          for (Outcome outcome : run.outcomes().join()) {
                            tally.add(folder, outcome.passed());
                          }
                        }));
    DynamicNode shares =
        dynamicTest(
            "shares",
            () -> {
              System.out.print(tally);
              for (String folder : tally.folders()) {
                assertThat(tally.percent(folder))
                    .as("percent of " + folder)
                    .isGreaterThanOrEqualTo(floor(floors, folder));
              }
              assertThat(tally.percent())
                  .as("percent")
                  .isGreaterThanOrEqualTo(floor(floors, "all"));
            });
    return Stream.of(dynamicContainer("files", files), shares);
  }

  static Path sharedRoot() {
    String given = System.getProperty("kalamdb.slt");
    return given != null
        ? Path.of(given)
        : Path.of("..", "..", "shared", "slt").toAbsolutePath().normalize();
  }

  private static Properties floors() throws IOException {
    Properties floors = new Properties();
    try (InputStream in = SqlFilesTest.class.getResourceAsStream("/slt-floors.properties")) {
      floors.load(in);
    }
    return floors;
  }

  private static double floor(Properties floors, String folder) {
    return Double.parseDouble(Objects.requireNonNull(floors.getProperty(folder), folder));
  }

  /** A file whose records are being run. */
  private record Started(Path file, CompletableFuture<List<Outcome>> outcomes) {}

  private static List<Started> started(Path root) {
    List<Started> runs = new ArrayList<>();
    for (Path file : SltFolder.files(root)) {
      runs.add(new Started(file, SltFolder.run(file, watchdog, executor)));
    }
    return runs;
  }

  private static String failures(List<Outcome> outcomes) {
    return outcomes.stream()
        .filter(outcome -> !outcome.passed())
        .map(
            outcome ->
                "line "
                    + outcome.record().line()
                    + ": "
                    + outcome.record().sql()
                    + "\n"
                    + outcome.failure().detail())
        .collect(Collectors.joining("\n\n"));
  }
}
