package org.kalamdb.samples.feed;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.kalamdb.KalamDB;
import org.kalamdb.Session;
import org.kalamdb.error.KalamException;
import org.kalamdb.query.Row;

/**
 * {@code feed [CSV] [DIR]}: imports a CSV of commits (plain or gzip; a made-up one without an
 * argument) into a database in DIR (a temporary one without an argument), one private partition per
 * author, watching each partition live; flushes, closes, reopens, and checks that every answer is
 * the same at every stage.
 *
 * <p>Exit code 0 if it is, 1 for bad input or a database that cannot be used, 2 if an answer
 * differs.
 */
public final class FeedSample {
  private static final int CHUNK = 500;

  private final PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
  private final Report report = new Report(out);

  private FeedSample() {}

  public static void main(String[] args) throws IOException {
    if (args.length > 2) {
      System.err.println("usage: feed [CSV] [DIR]");
      System.exit(1);
    }
    int exit;
    try {
      exit = new FeedSample().runIn(args);
    } catch (FeedException | KalamException e) {
      System.err.println("feed: " + e.getMessage());
      exit = 1;
    } catch (NoSuchFileException e) {
      System.err.println("feed: no such file: " + e.getFile());
      exit = 1;
    } catch (IOException e) {
      System.err.println("feed: " + e);
      exit = 1;
    }
    System.exit(exit);
  }

  private int runIn(String[] args) throws IOException {
    Path scratch = args.length == 2 ? null : Files.createTempDirectory("kalamdb-feed");
    try {
      Path csv = args.length > 0 ? Path.of(args[0]) : inScratch(scratch, "example.csv");
      if (args.length == 0) {
        ExampleFeed.write(csv);
      }
      if (!Files.isRegularFile(csv)) {
        throw new NoSuchFileException(csv.toString());
      }
      return run(csv, args.length == 2 ? Path.of(args[1]) : inScratch(scratch, "data"));
    } finally {
      if (scratch != null) {
        deleteTree(scratch);
      }
    }
  }

  private static Path inScratch(@Nullable Path scratch, String name) {
    if (scratch == null) {
      throw new IllegalStateException("no scratch directory");
    }
    return scratch.resolve(name);
  }

  private int run(Path csv, Path directory) throws IOException {
    report.title(csv, directory);
    Answers hot;
    Answers flushed;
    long events;
    boolean everyEventOnce;
    try (KalamDB db = KalamDB.open(directory)) {
      FeedDatabase.createTables(db);
      try (LiveWatch watch = new LiveWatch(db)) {
        long imported = importFeed(db, csv, watch);
        watch.awaitEvents(imported);
        events = watch.events();
        everyEventOnce = watch.everyEventOnce() && events == imported;
      }
      hot = report.stage("hot, before the flush", () -> Answers.ask(db));
      report.flush(
          db.query("STORAGE FLUSH TABLE feed.events").single(),
          db.query("STORAGE FLUSH TABLE feed.timeline").single());
      flushed = report.stage("cold, after the flush", () -> Answers.ask(db));
    }
    Answers reopened;
    Answers.Storage storage;
    try (KalamDB db = report.timed("reopen", () -> KalamDB.open(directory))) {
      reopened = report.stage("cold, after reopening", () -> Answers.ask(db));
      storage = Answers.storage(db);
    }
    boolean same = hot.equals(flushed) && hot.equals(reopened);
    report.top(reopened.top());
    report.storage(storage);
    report.verdict(same, everyEventOnce);
    out.printf(
        "rows=%d users=%d segments=%d events=%d %s%n",
        reopened.rows(),
        reopened.users(),
        storage.segments(),
        events,
        same && everyEventOnce ? "ok" : "FAILED");
    return same && everyEventOnce ? 0 : 2;
  }

  /** Returns how many events were new. */
  private long importFeed(KalamDB db, Path csv, LiveWatch watch) throws IOException {
    ProgressBar bar = new ProgressBar(out, "import");
    long started = System.nanoTime();
    Map<String, Set<String>> stored = new HashMap<>();
    for (Row user : FeedDatabase.users(db)) {
      try (Session session = db.session(String.valueOf(user.getString(0)))) {
        stored.put(String.valueOf(user.getString(0)), FeedDatabase.storedIds(session));
      }
    }
    long imported = 0;
    long skipped = 0;
    try (CsvReader reader = CsvReader.open(csv);
        Session application = db.session()) {
      List<String> header = reader.next();
      if (header == null) {
        throw new FeedException("line 1: the file is empty");
      }
      int[] at = FeedEvent.positions(header);
      List<FeedEvent> chunk = new ArrayList<>();
      while (true) {
        List<String> fields;
        FeedEvent event;
        try {
          fields = reader.next();
          event = fields == null ? null : FeedEvent.parse(fields, at, reader);
        } catch (FeedException e) {
          // What was good before the bad line is kept.
          store(db, application, watch, chunk);
          throw e;
        }
        if (event != null) {
          if (stored.computeIfAbsent(event.userId(), u -> new TreeSet<>()).add(event.id())) {
            chunk.add(event);
          } else {
            skipped++;
          }
        }
        if (chunk.size() >= CHUNK || fields == null) {
          store(db, application, watch, chunk);
          imported += chunk.size();
          chunk.clear();
          bar.update(reader.progress(), imported + " events, " + watch.events() + " seen live");
        }
        if (fields == null) {
          break;
        }
      }
    }
    double seconds = (System.nanoTime() - started) / 1e9;
    bar.done(
        String.format(
            "%,d events in %.1f s%s",
            imported, seconds, skipped == 0 ? "" : ", " + skipped + " were there already"));
    return imported;
  }

  private static void store(
      KalamDB db, Session application, LiveWatch watch, List<FeedEvent> chunk) {
    Map<String, List<FeedEvent>> byUser = new LinkedHashMap<>();
    for (FeedEvent event : chunk) {
      byUser.computeIfAbsent(event.userId(), u -> new ArrayList<>()).add(event);
    }
    for (Map.Entry<String, List<FeedEvent>> user : byUser.entrySet()) {
      watch.watch(user.getKey());
      try (Session session = db.session(user.getKey())) {
        FeedDatabase.storeOwn(session, user.getValue());
      }
    }
    if (!chunk.isEmpty()) {
      FeedDatabase.storeShared(application, chunk);
    }
  }

  private static void deleteTree(Path root) throws IOException {
    try (Stream<Path> paths = Files.walk(root)) {
      for (Path path : paths.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(path);
      }
    }
  }
}
