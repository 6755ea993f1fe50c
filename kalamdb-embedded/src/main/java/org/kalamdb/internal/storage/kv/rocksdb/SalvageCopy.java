package org.kalamdb.internal.storage.kv.rocksdb;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A copy of a store's files in which RocksDB meets nothing that it does not come back from: logs
 * end before their first flaw, the MANIFEST too, and CURRENT names one. Table files are linked; the
 * store itself is not touched.
 */
final class SalvageCopy {
  private static final String MANIFEST = "MANIFEST-[0-9]{6,19}";

  private final Path hot;
  private final Path work;
  private final List<String> findings;
  private boolean manifest;
  private boolean orderLost;

  private SalvageCopy(Path hot, Path work, List<String> findings) {
    this.hot = hot;
    this.work = work;
    this.findings = findings;
  }

  /**
   * @param noted lengths of files as they were last noted
   */
  static SalvageCopy make(Path hot, Path work, Map<String, Long> noted, List<String> findings)
      throws IOException {
    SalvageCopy copy = new SalvageCopy(hot, work, findings);
    Files.createDirectories(work);
    copy.noteMissing(noted);
    for (Path table : copy.files("[0-9]{6,19}\\.sst")) {
      link(table, work.resolve(table.getFileName()));
    }
    copy.copyManifest(noted);
    copy.copyLogs();
    return copy;
  }

  /** Whether there is a MANIFEST; if not, the copy holds only tables and logs. */
  boolean hasManifest() {
    return manifest;
  }

  /**
   * Whether the MANIFEST is not the newest one whole: then tables may be there it does not name.
   */
  boolean isOrderLost() {
    return orderLost;
  }

  private void noteMissing(Map<String, Long> noted) throws IOException {
    for (Map.Entry<String, Long> file : noted.entrySet()) {
      Path path = hot.resolve(file.getKey());
      if (!Files.isRegularFile(path)) {
        if (!file.getKey().matches(MANIFEST)) {
          findings.add("hot/" + file.getKey() + " is missing");
        }
      } else if (Files.size(path) < file.getValue()) {
        findings.add(
            "hot/"
                + file.getKey()
                + " has "
                + Files.size(path)
                + " bytes and had "
                + file.getValue());
      }
    }
  }

  private List<Path> files(String pattern) throws IOException {
    try (Stream<Path> files = Files.list(hot)) {
      return files
          .filter(Files::isRegularFile)
          .filter(file -> file.getFileName().toString().matches(pattern))
          .sorted(Comparator.comparingLong(SalvageCopy::number))
          .toList();
    }
  }

  private static long number(Path file) {
    return Long.parseLong(file.getFileName().toString().replaceAll("[^0-9]", ""));
  }

  private static void link(Path from, Path to) throws IOException {
    try {
      Files.createLink(to, from);
    } catch (UnsupportedOperationException | IOException e) {
      Files.copy(from, to); // a file system without links
    }
  }

  private void copyManifest(Map<String, Long> noted) throws IOException {
    Path chosen = chooseManifest();
    if (chosen == null) {
      findings.add("hot: no MANIFEST can be read; which table files count is guessed");
      orderLost = true;
      return;
    }
    LogFile.Scan scan = LogFile.scan(chosen);
    String name = "hot/" + chosen.getFileName();
    if (scan.records() == 0) {
      findings.add(name + " holds no record that is whole; which table files count is guessed");
      orderLost = true;
      return;
    }
    if (scan.flaw() != null) {
      orderLost = !scan.torn();
      findings.add(name + " at byte " + scan.wholeBytes() + ": " + scan.flaw());
    }
    for (Map.Entry<String, Long> file : noted.entrySet()) {
      if (file.getKey().matches(MANIFEST)) {
        long newest = number(hot.resolve(file.getKey()));
        if (number(chosen) < newest
            || (number(chosen) == newest && scan.wholeBytes() < file.getValue())) {
          orderLost = true;
          findings.add(
              name + " is older than it was, or shorter: " + file.getKey() + " was the newest");
        }
      }
    }
    copyStart(chosen, scan.wholeBytes());
    Files.writeString(
        work.resolve("CURRENT"), chosen.getFileName() + "\n", StandardCharsets.ISO_8859_1);
    manifest = true;
  }

  private @Nullable Path chooseManifest() throws IOException {
    Path current = hot.resolve("CURRENT");
    String name =
        Files.isRegularFile(current)
            ? new String(Files.readAllBytes(current), StandardCharsets.ISO_8859_1)
            : "";
    if (name.matches(MANIFEST + "\n") && Files.isRegularFile(hot.resolve(name.trim()))) {
      return hot.resolve(name.trim());
    }
    findings.add("hot/CURRENT is missing, or does not name a MANIFEST that is there");
    List<Path> all = files(MANIFEST);
    return all.isEmpty() ? null : all.get(all.size() - 1);
  }

  private void copyLogs() throws IOException {
    boolean over = false;
    for (Path log : files("[0-9]{6,19}\\.log")) {
      LogFile.Scan scan = LogFile.scan(log);
      if (over) {
        if (scan.records() > 0 || scan.flaw() != null) {
          findings.add("hot/" + log.getFileName() + " lies behind the damage and is left out");
        }
        continue;
      }
      copyStart(log, scan.wholeBytes());
      if (scan.flaw() != null) {
        long left = Files.size(log) - scan.wholeBytes();
        findings.add(
            "hot/"
                + log.getFileName()
                + " at byte "
                + scan.wholeBytes()
                + ": "
                + scan.flaw()
                + "; commits from there on are left out ("
                + left
                + " bytes)");
        over = true;
      }
    }
  }

  private void copyStart(Path file, long bytes) throws IOException {
    Path target = work.resolve(file.getFileName());
    Files.copy(file, target);
    try (RandomAccessFile copy = new RandomAccessFile(target.toFile(), "rw")) {
      copy.setLength(bytes);
    }
  }

  /** Puts the logs into a store that has nothing else, where they follow on its own. */
  void moveLogsTo(Path store) throws IOException {
    List<Path> logs = new ArrayList<>();
    try (Stream<Path> files = Files.list(work)) {
      files.filter(file -> file.toString().endsWith(".log")).forEach(logs::add);
    }
    logs.sort(Comparator.comparingLong(SalvageCopy::number));
    long number = 1_000_000;
    for (Path log : logs) {
      Files.move(log, store.resolve(String.format("%06d.log", number++)));
    }
  }
}
