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
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Properties;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicNode;
import org.junit.jupiter.api.TestFactory;
import org.kalamdb.slt.KnownMisses.Place;

/**
 * SQL files, one test a file: ours pass whole, with rows hot, cold and some of each; of the
 * third-party records beside the repository ({@code ../shared/slt}, or where the property {@code
 * kalamdb.slt} says) exactly those fail that docs/reference/differences.md lists, and each folder
 * passes the share in {@code slt-floors.properties}. Without that directory only ours run. {@code
 * -Dslt.write=true} brings the page up to date.
 */
class SqlFilesTest {
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private static final Path PAGE = Path.of("..", "docs", "reference", "differences.md");

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
    return Arrays.stream(Tier.values())
        .map(
            tier ->
                dynamicContainer(
                    tier.toString().toLowerCase(Locale.ROOT),
                    started(root, tier).stream()
                        .map(
                            run ->
                                dynamicTest(
                                    root.relativize(run.file()).toString(),
                                    () -> assertThat(failures(run.outcomes().join())).isEmpty()))));
  }

  @TestFactory
  Stream<DynamicNode> sharedFiles_failOnlyWhereThePageSays() throws IOException {
    Path root = sharedRoot();
    if (!Files.isDirectory(root)) {
      return Stream.empty();
    }
    Properties floors = floors();
    Tally tally = new Tally();
    Set<Place> misses = new TreeSet<>();
    Stream<DynamicNode> files =
        started(root, Tier.HOT).stream()
            .map(
                run ->
                    dynamicTest(
                        root.relativize(run.file()).toString(),
                        () -> {
                          String file = root.relativize(run.file()).toString().replace('\\', '/');
                          for (Outcome outcome : unhurried(run)) {
                            tally.add(file.substring(0, file.indexOf('/')), outcome.passed());
                            if (!outcome.passed()) {
                              misses.add(new Place(file, outcome.record().line()));
                            }
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
                    .isGreaterThan(floor(floors, folder));
              }
              assertThat(tally.percent())
                  .as("percent")
                  .isGreaterThanOrEqualTo(floor(floors, "all"));
            });
    DynamicNode page = dynamicTest("page", () -> assertListed(misses));
    return Stream.of(dynamicContainer("files", files), page, shares);
  }

  /**
   * The outcomes; of a file in which a statement took too long, those of a run by itself with more
   * time: the machine may have been busy.
   */
  private static List<Outcome> unhurried(Started run) {
    List<Outcome> outcomes = run.outcomes().join();
    boolean late =
        outcomes.stream()
            .anyMatch(o -> o.failure() != null && o.failure().cause().equals("timeout"));
    if (!late) {
      return outcomes;
    }
    System.out.println("Once more, by itself: " + run.file());
    try (Watchdog patient = new Watchdog(PATIENCE)) {
      return SltFolder.run(run.file(), patient, Tier.HOT, Runnable::run).join();
    }
  }

  private static void assertListed(Set<Place> misses) throws IOException {
    KnownMisses known = KnownMisses.read(PAGE);
    if (Boolean.getBoolean("slt.write")) {
      known.update(misses);
      known.write(PAGE);
    }
    Set<Place> unlisted = new TreeSet<>(misses);
    unlisted.removeAll(known.places());
    Set<Place> passing = new TreeSet<>(known.places());
    passing.removeAll(misses);
    assertThat(unlisted).as("records that fail and are not listed in %s", PAGE).isEmpty();
    assertThat(passing).as("records that pass and are listed in %s", PAGE).isEmpty();
    assertThat(known.unexplained()).as("groups without a reason in %s", PAGE).isEmpty();
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

  private static List<Started> started(Path root, Tier tier) {
    List<Started> runs = new ArrayList<>();
    for (Path file : SltFolder.files(root)) {
      runs.add(new Started(file, SltFolder.run(file, watchdog, tier, executor)));
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
