package org.kalamdb.slt;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.kalamdb.KalamDB;
import org.kalamdb.KalamOptions;
import org.kalamdb.Session;
import org.kalamdb.crash.TinyDatabase;
import org.kalamdb.error.KalamException;
import org.kalamdb.query.Result;
import org.kalamdb.query.Row;
import org.kalamdb.slt.Outcome.Miss;
import org.kalamdb.slt.SltRecord.Changes;
import org.kalamdb.slt.SltRecord.Failure;
import org.kalamdb.slt.SltRecord.Success;

/**
 * Runs the records of one file in one session of a database of its own: in memory, or on disk if a
 * record names {@value #TEST_DIRECTORY}, which stands for a directory with the empty directories a,
 * b and c.
 */
final class FileRun {
  private static final KalamOptions OPTIONS =
      KalamOptions.builder().closeTimeout(Duration.ofSeconds(5)).build();

  private static final String TEST_DIRECTORY = "__TEST_DIR__";

  private final SltFile file;
  private final Watchdog watchdog;
  private final Tier tier;

  private FileRun(SltFile file, Watchdog watchdog, Tier tier) {
    this.file = file;
    this.watchdog = watchdog;
    this.tier = tier;
  }

  static List<Outcome> run(SltFile file, Watchdog watchdog, Tier tier) {
    return new FileRun(file, watchdog, tier).run();
  }

  private List<Outcome> run() {
    if (file.records().stream().noneMatch(record -> record.sql().contains(TEST_DIRECTORY))) {
      try (KalamDB db = KalamDB.openInMemory(OPTIONS)) {
        return run(db, file.records());
      }
    }
    try {
      Path directory = Files.createTempDirectory("kalamdb-slt");
      try {
        return runOnDisk(directory);
      } finally {
        TinyDatabase.deleteTree(directory);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private List<Outcome> runOnDisk(Path directory) throws IOException {
    for (String name : List.of("a", "b", "c")) {
      Files.createDirectory(directory.resolve(name));
    }
    try (KalamDB db = KalamDB.open(directory.resolve("db"), OPTIONS)) {
      return run(
          db,
          file.records().stream()
              .map(
                  record ->
                      new SltRecord(
                          record.line(),
                          record.sql().replace(TEST_DIRECTORY, directory.toString()),
                          record.expectation()))
              .toList());
    }
  }

  private List<Outcome> run(KalamDB db, List<SltRecord> records) {
    List<Outcome> outcomes = new ArrayList<>(records.size());
    try (Session session = db.session()) {
      for (SltRecord record : records) {
        outcomes.add(new Outcome(file.path(), record, watched(db, session, record)));
        if (tier.flushesAfter(outcomes.size())) {
          db.execute("STORAGE FLUSH ALL");
        }
      }
    }
    return outcomes;
  }

  private @Nullable Miss watched(KalamDB db, Session session, SltRecord record) {
    try (Watchdog.Watch watch = watchdog.watch(db, session)) {
      Miss miss = run(session, record);
      return watch.hasBarked() ? new Miss("timeout", "stopped after " + watchdog.limit()) : miss;
    }
  }

  private static @Nullable Miss run(Session session, SltRecord record) {
    List<Row> rows;
    long changed;
    try {
      if (record.expectation() instanceof Success && record.sql().contains(";")) {
        session.execute(record.sql());
        return null;
      }
      try (Result result = session.query(record.sql())) {
        rows = new ArrayList<>();
        // Rows that should not be there are not kept: there may be no end of them.
        boolean kept = !(record.expectation() instanceof Failure);
        for (Row row : result) {
          if (kept) {
            rows.add(row);
          }
        }
        changed = result.updateCount();
      }
    } catch (KalamException e) {
      return record.expectation() instanceof Failure
          ? null
          : new Miss(cause(e), "error: " + e.getMessage());
    } catch (Exception | StackOverflowError | AssertionError e) {
      return crash(e);
    }
    return judge(record, rows, changed);
  }

  private static @Nullable Miss judge(SltRecord record, List<Row> rows, long changed) {
    if (record.expectation() instanceof Failure) {
      return new Miss("no error", "an error was expected, and it ran");
    }
    if (record.expectation() instanceof Changes expected && expected.rows() != changed) {
      return new Miss(
          "wrong count", "rows changed: expected " + expected.rows() + ", got " + changed);
    }
    if (record.expectation() instanceof ExpectedRows expected) {
      String mismatch = expected.mismatch(rows);
      return mismatch == null ? null : new Miss("wrong result", mismatch);
    }
    return null;
  }

  /** The sentence without what is quoted in it, or where it is. */
  private static String cause(KalamException error) {
    return error.sqlState()
        + " "
        + error.reason().replaceAll("\"[^\"]*\"", "\"..\"").replaceAll(": .*", "");
  }

  private static Miss crash(Throwable thrown) {
    StringBuilder trace = new StringBuilder(thrown.toString());
    StackTraceElement[] frames = thrown.getStackTrace();
    for (int i = 0; i < Math.min(frames.length, 12); i++) {
      trace.append("\n    at ").append(frames[i]);
    }
    String top = frames.length == 0 ? "" : " at " + frames[0];
    return new Miss("crash " + thrown.getClass().getSimpleName() + top, trace.toString());
  }
}
