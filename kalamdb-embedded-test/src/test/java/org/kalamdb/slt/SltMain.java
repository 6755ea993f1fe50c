package org.kalamdb.slt;

import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * Runs files and folders for a developer: {@code PATH... [--fail N] [--by-error] [--threads N]}.
 * Prints at most N failures (20 unless given), then what kinds of failures there were and how many,
 * with {@code --by-error} an example of each, then the counts.
 */
final class SltMain {
  private final PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
  private final List<Path> roots = new ArrayList<>();
  private int shown = 20;
  private int threads = 2;
  private Tier tier = Tier.HOT;
  private boolean byError;

  private SltMain() {}

  public static void main(String[] arguments) {
    SltMain main = new SltMain();
    if (!main.read(arguments)) {
      main.out.println(
          "usage: dev/slt PATH... [--fail N] [--by-error] [--threads N] [--tier hot|cold|mixed]");
      System.exit(2);
    }
    System.exit(main.run() ? 0 : 1);
  }

  private boolean read(String[] arguments) {
    for (int i = 0; i < arguments.length; i++) {
      switch (arguments[i]) {
        case "--fail" -> shown = Integer.parseInt(arguments[++i]);
        case "--threads" -> threads = Integer.parseInt(arguments[++i]);
        case "--tier" -> tier = Tier.valueOf(arguments[++i].toUpperCase(Locale.ROOT));
        case "--by-error" -> byError = true;
        default -> {
          if (arguments[i].startsWith("-")) {
            return false;
          }
          roots.add(Path.of(arguments[i]));
        }
      }
    }
    return !roots.isEmpty();
  }

  private boolean run() {
    Map<String, List<Outcome>> failures = new TreeMap<>();
    Tally tally = new Tally();
    ExecutorService executor = Executors.newFixedThreadPool(threads);
    try (Watchdog watchdog = new Watchdog()) {
      for (Path root : roots) {
        List<CompletableFuture<List<Outcome>>> runs =
            SltFolder.files(root).stream()
                .map(file -> SltFolder.run(file, watchdog, tier, executor))
                .toList();
        for (CompletableFuture<List<Outcome>> run : runs) {
          for (Outcome outcome : run.join()) {
            tally.add(folder(root, outcome.file()), outcome.passed());
            if (!outcome.passed()) {
              failures
                  .computeIfAbsent(outcome.failure().cause(), c -> new ArrayList<>())
                  .add(outcome);
              if (shown-- > 0) {
                print(outcome);
              }
            }
          }
        }
      }
    } finally {
      executor.shutdown();
    }
    summary(failures);
    out.println();
    out.print(tally);
    return failures.isEmpty();
  }

  private static String folder(Path root, Path file) {
    Path below = root.relativize(file);
    return below.getNameCount() < 2 ? root.getFileName().toString() : below.getName(0).toString();
  }

  private void print(Outcome outcome) {
    out.println(outcome.file() + ":" + outcome.record().line());
    out.println(outcome.record().sql());
    out.println(outcome.failure().detail());
    out.println();
  }

  private void summary(Map<String, List<Outcome>> failures) {
    failures.entrySet().stream()
        .sorted(Comparator.comparing(entry -> -entry.getValue().size()))
        .forEach(
            entry -> {
              Outcome first = entry.getValue().get(0);
              out.printf("%6d  %s%n", entry.getValue().size(), entry.getKey());
              if (byError) {
                String sql = first.record().sql().replaceAll("\\s+", " ");
                out.printf(
                    "        %s:%d  %s%n",
                    first.file(),
                    first.record().line(),
                    sql.length() <= 200 ? sql : sql.substring(0, 200) + "...");
              }
            });
  }
}
