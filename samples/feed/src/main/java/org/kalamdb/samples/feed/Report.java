package org.kalamdb.samples.feed;

import java.io.PrintStream;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Supplier;
import org.kalamdb.query.Row;

/** What the sample prints. */
final class Report {
  private final PrintStream out;

  Report(PrintStream out) {
    this.out = out;
  }

  void title(Path csv, Path directory) {
    out.println("KalamDB feed sample");
    out.println("  input     " + csv);
    out.println("  database  " + directory);
    out.println();
  }

  <T> T timed(String what, Supplier<T> action) {
    long started = System.nanoTime();
    T result = action.get();
    out.printf("%-24s %44.1f ms%n", what, (System.nanoTime() - started) / 1e6);
    return result;
  }

  Answers stage(String name, Supplier<Answers> ask) {
    long started = System.nanoTime();
    Answers answers = ask.get();
    double millis = (System.nanoTime() - started) / 1e6;
    out.printf(
        "%-24s rows %,8d   users %,6d   timeline %,8d %9.1f ms%n",
        name, answers.rows(), answers.users(), answers.timeline(), millis);
    return answers;
  }

  void flush(Row... jobs) {
    for (Row job : jobs) {
      out.printf(
          "%-24s rows %,8d   files %,6d   bytes %,11d %9.1f ms%n",
          "flush " + job.getString("table_name"),
          job.getLong("rows"),
          job.getLong("files"),
          job.getLong("bytes"),
          job.getDouble("took_ms"));
    }
  }

  void top(List<Row> authors) {
    out.println();
    out.println("busiest authors");
    long most = authors.isEmpty() ? 1 : Math.max(1, authors.get(0).getLong(1));
    for (Row author : authors) {
      long events = author.getLong(1);
      out.printf(
          "  %-14s %,7d %s%n",
          author.getString(0), events, "#".repeat((int) Math.max(1, events * 40 / most)));
    }
  }

  void storage(Answers.Storage storage) {
    out.printf(
        "%ncold tier: %,d segments, %,d bytes of Parquet%n", storage.segments(), storage.bytes());
  }

  void verdict(boolean same, boolean everyEventOnce) {
    out.println("same answers hot, cold and reopened: " + (same ? "yes" : "NO"));
    out.println("every live event told once: " + (everyEventOnce ? "yes" : "NO"));
  }
}
