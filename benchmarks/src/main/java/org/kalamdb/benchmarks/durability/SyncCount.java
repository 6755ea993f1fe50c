package org.kalamdb.benchmarks.durability;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Counts the calls by which a process puts data on disk, with strace, from now to its end. */
final class SyncCount implements AutoCloseable {
  private static final List<String> CALLS =
      List.of("fsync", "fdatasync", "sync_file_range", "msync");

  private final Process strace;
  private final Path summary;

  private SyncCount(Process strace, Path summary) {
    this.strace = strace;
    this.summary = summary;
  }

  /** Null where there is no strace or it may not look. */
  static @Nullable SyncCount attach(long pid, Path summary) throws IOException {
    Process strace;
    try {
      strace =
          new ProcessBuilder(
                  "strace",
                  "-f",
                  "-c",
                  "-e",
                  "trace=" + String.join(",", CALLS),
                  "-o",
                  summary.toString(),
                  "-p",
                  String.valueOf(pid))
              .redirectErrorStream(true)
              .start();
    } catch (IOException e) {
      return null; // there is none
    }
    BufferedReader said =
        new BufferedReader(new InputStreamReader(strace.getInputStream(), StandardCharsets.UTF_8));
    for (String line = said.readLine(); line != null; line = said.readLine()) {
      if (line.contains("attached")) {
        Thread rest = new Thread(() -> said.lines().forEach(ignored -> {}));
        rest.setDaemon(true);
        rest.start();
        return new SyncCount(strace, summary);
      }
    }
    return null;
  }

  /** Calls by name, those that came; the process has ended. */
  Map<String, Integer> calls() throws IOException, InterruptedException {
    if (!strace.waitFor(20, TimeUnit.SECONDS)) {
      throw new IOException("strace does not end");
    }
    Map<String, Integer> calls = new TreeMap<>();
    for (String line : Files.readAllLines(summary, StandardCharsets.UTF_8)) {
      String[] words = line.strip().split("\\s+", -1);
      String name = words[words.length - 1];
      if (CALLS.contains(name)) {
        calls.put(name, Integer.valueOf(words[3]));
      }
    }
    return calls;
  }

  @Override
  public void close() {
    strace.destroy();
  }
}
