package org.kalamdb.slt;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.kalamdb.slt.SltRecord.Changes;
import org.kalamdb.slt.SltRecord.Expectation;
import org.kalamdb.slt.SltRecord.Failure;
import org.kalamdb.slt.SltRecord.Success;

/**
 * Reads both forms of sqllogictest: files that start with {@code # canonical-slt 1} (rows of tabs
 * between values, exact types) and SQLite's own (one value a line, or a hash of them). {@code
 * onlyif} and {@code skipif} are obeyed as the engine {@code postgresql}.
 */
final class SltReader {
  private static final String CANONICAL = "# canonical-slt 1";
  private static final String ENGINE = "postgresql";
  private static final String ROWS = "----";

  private final Path path;
  private final List<String> lines;
  private final boolean canonical;
  private int next;

  private SltReader(Path path, List<String> lines) {
    this.path = path;
    this.lines = lines;
    this.canonical = !lines.isEmpty() && lines.get(0).strip().equals(CANONICAL);
  }

  static SltFile read(Path path) throws IOException {
    return new SltReader(path, Files.readAllLines(path)).file();
  }

  private SltFile file() {
    List<SltRecord> records = new ArrayList<>();
    boolean skip = false;
    while (next < lines.size()) {
      int line = next + 1;
      String header = lines.get(next++).strip();
      if (header.isEmpty() || header.startsWith("#")) {
        continue;
      }
      String[] words = header.split("\\s+");
      switch (words[0]) {
        case "onlyif" -> skip |= !word(words, 1, line).equals(ENGINE);
        case "skipif" -> skip |= word(words, 1, line).equals(ENGINE);
        case "hash-threshold" -> {}
        case "halt" -> {
          if (!skip) {
            return new SltFile(path, records);
          }
          skip = false;
        }
        case "statement", "query" -> {
          SltRecord record = words[0].equals("query") ? query(words, line) : statement(words, line);
          if (!skip) {
            records.add(record);
          }
          skip = false;
        }
        default -> throw malformed(line, "no record starts with " + words[0]);
      }
    }
    return new SltFile(path, records);
  }

  private SltRecord statement(String[] words, int line) {
    Expectation expectation =
        switch (word(words, 1, line)) {
          case "ok" -> new Success();
          case "error" -> new Failure();
          case "count" -> new Changes(Long.parseLong(word(words, 2, line)));
          default -> throw malformed(line, "statement ok, error or count");
        };
    return new SltRecord(line, String.join("\n", block()), expectation);
  }

  private SltRecord query(String[] words, int line) {
    String types = word(words, 1, line);
    if (!types.matches("[IRT]+")) {
      throw malformed(line, "types are made of I, R and T");
    }
    SortMode sort =
        words.length < 3
            ? SortMode.NOSORT
            : SortMode.valueOf(word(words, 2, line).toUpperCase(Locale.ROOT));
    List<String> sql = new ArrayList<>();
    while (next < lines.size() && !lines.get(next).equals(ROWS)) {
      sql.add(lines.get(next++));
    }
    if (next == lines.size()) {
      throw malformed(line, "a query ends with " + ROWS);
    }
    next++;
    List<String> rows = block();
    ExpectedRows expected =
        canonical ? CanonicalRows.of(types, sort, rows) : SqliteRows.of(types, sort, rows);
    return new SltRecord(line, String.join("\n", sql), expected);
  }

  /** The lines up to a blank one. */
  private List<String> block() {
    int start = next;
    while (next < lines.size() && !lines.get(next).isEmpty()) {
      next++;
    }
    return lines.subList(start, next);
  }

  private String word(String[] words, int index, int line) {
    if (index >= words.length) {
      throw malformed(line, "a word is missing after " + words[index - 1]);
    }
    return words[index];
  }

  private IllegalArgumentException malformed(int line, String why) {
    return new IllegalArgumentException(path + ":" + line + ": " + why);
  }
}
