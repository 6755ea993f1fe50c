package org.kalamdb.suite;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.Test;
import org.kalamdb.KalamDB;
import org.kalamdb.KalamOptions;
import org.kalamdb.Session;
import org.kalamdb.error.ErrorCode;
import org.kalamdb.error.KalamException;
import org.kalamdb.query.Result;
import org.kalamdb.query.Row;

/**
 * Mutated statements give a result or a {@link KalamException} that blames no one but them, within
 * ten seconds, on shared and user tables, hot and cold, and on streams. 3,000 of them, or 100,000
 * in the slow profile; {@code -Dkalamdb.fuzz.seed=n} repeats a run, {@code
 * -Dkalamdb.fuzz.statements=n} sets how many.
 */
class StatementFuzzTest {
  private static final int STATEMENTS =
      Integer.getInteger(
          "kalamdb.fuzz.statements", Boolean.getBoolean("kalamdb.slow") ? 100_000 : 3_000);

  /** So many statements share a database; then it is likely to have lost its tables. */
  private static final int DATABASE = 100;

  private static final int ROWS_READ = 1_000;

  /** What the tables of a database are. */
  private enum Kind {
    SHARED,
    SHARED_COLD,
    USER,
    USER_COLD,
    STREAM;

    Session open(KalamDB db, List<String> setup) {
      if (this == SHARED || this == SHARED_COLD) {
        Session session = db.session();
        session.execute(String.join("\n", setup));
        flush(session);
        return session;
      }
      try (Session admin = db.session()) {
        admin.execute("CREATE NAMESPACE f; USE f");
        Session session = db.session("alice");
        session.execute("USE f");
        for (String line : setup) {
          Session by = line.startsWith("CREATE") ? admin : session;
          by.execute(
              this == STREAM
                  ? line.replace("CREATE TABLE", "CREATE STREAM TABLE")
                      .replace(" PRIMARY KEY", "")
                      .replaceAll("^(CREATE .*);$", "$1 WITH (TTL_SECONDS = 600);")
                  : line.replace("CREATE TABLE", "CREATE USER TABLE"));
        }
        flush(admin);
        return session;
      }
    }

    private void flush(Session admin) {
      if (this == SHARED_COLD || this == USER_COLD) {
        admin.execute("STORAGE FLUSH ALL");
      }
    }
  }

  private static final KalamOptions OPTIONS =
      KalamOptions.builder()
          .statementTimeout(Duration.ofSeconds(5))
          .closeTimeout(Duration.ofSeconds(1))
          .build();

  @Test
  void execute_mutatedStatements_givesResultsOrErrorsOfTheirOwn() throws Exception {
    long seed = Long.getLong("kalamdb.fuzz.seed", 20_261_121L);
    List<String> seeds = lines("fuzz-seeds.sql");
    List<String> failures = new ArrayList<>();
    ExecutorService worker = Executors.newSingleThreadExecutor();
    try {
      for (int first = 0; first < STATEMENTS && failures.size() < 20; first += DATABASE) {
        Kind kind = Kind.values()[first / DATABASE % Kind.values().length];
        try (KalamDB db = KalamDB.openInMemory(OPTIONS);
            Session session = kind.open(db, lines("fuzz-setup.sql"))) {
          for (int i = first; i < first + DATABASE; i++) {
            Random random = new Random(seed * 1_000_003 + i);
            String sql =
                StatementMutation.mutate(
                    seeds.get(random.nextInt(seeds.size())),
                    seeds.get(random.nextInt(seeds.size())),
                    random);
            String failure = watched(worker, session, sql);
            if (failure != null) {
              failures.add(
                  "seed " + seed + ", statement " + i + ", " + kind + ": " + sql + "\n" + failure);
            }
          }
        }
      }
    } finally {
      worker.shutdownNow();
    }
    assertThat(failures).isEmpty();
  }

  @Test
  void execute_seeds_areStatements() throws Exception {
    int run = 0;
    List<String> seeds = lines("fuzz-seeds.sql");
    for (String sql : seeds) {
      try (KalamDB db = KalamDB.openInMemory(OPTIONS);
          Session session = db.session()) {
        session.execute(String.join("\n", lines("fuzz-setup.sql")));
        session.query(sql).list();
        run++;
      } catch (KalamException e) {
        assertThat(e.code()).as(sql + ": " + e).isEqualTo(ErrorCode.FEATURE_NOT_SUPPORTED);
      }
    }
    assertThat(run).as("seeds that run").isGreaterThan(seeds.size() / 2);
  }

  private static String watched(ExecutorService worker, Session session, String sql)
      throws InterruptedException {
    CompletableFuture<String> outcome =
        CompletableFuture.supplyAsync(() -> outcome(session, sql), worker);
    try {
      return outcome.get(10, TimeUnit.SECONDS);
    } catch (TimeoutException e) {
      throw new AssertionError("no end within ten seconds: " + sql + "\n" + stacks(), e);
    } catch (ExecutionException e) {
      throw new AssertionError(sql, e);
    }
  }

  /** Null, or what is wrong with what became of the statement. */
  private static String outcome(Session session, String sql) {
    try (Result result = session.query(sql)) {
      Iterator<Row> rows = result.iterator();
      for (int i = 0; i < ROWS_READ && rows.hasNext(); i++) {
        rows.next();
      }
      return null;
    } catch (KalamException e) {
      return e.sqlState().startsWith("XX") ? describe(e) : null;
    } catch (Exception | StackOverflowError | AssertionError e) {
      return describe(e);
    } finally {
      if (session.inTransaction()) {
        session.execute("ROLLBACK");
      }
    }
  }

  private static String describe(Throwable thrown) {
    StringBuilder text = new StringBuilder();
    for (Throwable e = thrown; e != null; e = e.getCause()) {
      text.append(e).append('\n');
      Arrays.stream(e.getStackTrace())
          .limit(6)
          .forEach(f -> text.append("  ").append(f).append('\n'));
    }
    return text.toString();
  }

  private static String stacks() {
    StringBuilder text = new StringBuilder();
    Thread.getAllStackTraces()
        .forEach(
            (thread, frames) -> {
              text.append(thread.getName()).append('\n');
              Arrays.stream(frames)
                  .limit(25)
                  .forEach(f -> text.append("  ").append(f).append('\n'));
            });
    return text.toString();
  }

  private static List<String> lines(String resource) throws IOException {
    try (InputStream in = StatementFuzzTest.class.getResourceAsStream(resource)) {
      assertThat(in).as(resource).isNotNull();
      return new String(in.readAllBytes(), StandardCharsets.UTF_8)
          .lines()
          .filter(line -> !line.isBlank())
          .toList();
    }
  }
}
