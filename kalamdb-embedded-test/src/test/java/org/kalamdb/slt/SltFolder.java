package org.kalamdb.slt;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.stream.Stream;

/** Files below a directory, and running many at a time. */
final class SltFolder {
  private SltFolder() {}

  /** All {@code .slt} and {@code .test} files at or below a path, sorted. */
  static List<Path> files(Path root) {
    try (Stream<Path> paths = Files.walk(root)) {
      return paths.filter(Files::isRegularFile).filter(SltFolder::isSlt).sorted().toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static boolean isSlt(Path path) {
    String name = path.getFileName().toString();
    return name.endsWith(".slt") || name.endsWith(".test");
  }

  static CompletableFuture<List<Outcome>> run(
      Path path, Watchdog watchdog, Tier tier, Executor executor) {
    return CompletableFuture.supplyAsync(() -> FileRun.run(read(path), watchdog, tier), executor);
  }

  private static SltFile read(Path path) {
    try {
      return SltReader.read(path);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
