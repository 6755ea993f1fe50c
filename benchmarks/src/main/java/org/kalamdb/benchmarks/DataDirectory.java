package org.kalamdb.benchmarks;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;

/** A new directory for one database, on the disk that is measured; deleted when closed. */
public final class DataDirectory implements AutoCloseable {
  /** System property: the directory under which databases are made. */
  public static final String ROOT_PROPERTY = "kalamdb.benchmarks.data";

  private final Path path;

  public DataDirectory() {
    try {
      path = Files.createTempDirectory(root(), "database-");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static Path root() throws IOException {
    return Files.createDirectories(
        Path.of(System.getProperty(ROOT_PROPERTY, "target/benchmark-data")));
  }

  public Path path() {
    return path;
  }

  @Override
  public void close() {
    try (var files = Files.walk(path)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(file);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
