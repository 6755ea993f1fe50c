package org.kalamdb.suite;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.SQLTimeoutException;
import java.sql.Statement;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.kalamdb.KalamDB;
import org.kalamdb.KalamOptions;
import org.kalamdb.Session;
import org.kalamdb.error.ErrorCode;
import org.kalamdb.error.KalamException;
import org.kalamdb.query.Result;

/** Statements that would run for hours end when another thread or the clock says so. */
@Timeout(120)
class CancelTest {
  private static final String ENDLESS =
      "SELECT count(*) FROM t a, t b, t c, t d WHERE a.n + b.n + c.n + d.n < 0";

  private final KalamDB db = KalamDB.openInMemory("cancel");
  private final Session session = db.session();

  @BeforeEach
  void fill() {
    session.execute("CREATE TABLE t (n INT PRIMARY KEY, text TEXT)");
    for (int i = 0; i < 1000; i++) {
      session.execute("INSERT INTO t VALUES (?, ?)", i, "text " + i);
    }
  }

  /** The database checks that nothing is left when it closes. */
  @AfterEach
  void close() {
    session.close();
    db.close();
  }

  /** Runs the call in another thread and cancels until it has ended, with 57014. */
  private static void assertCancelled(ThrowingCallable call, Runnable cancel) throws Exception {
    CompletableFuture<Throwable> failure = new CompletableFuture<>();
    Thread runner =
        new Thread(
            () -> {
              try {
                call.call();
                failure.complete(new AssertionError("it ended by itself"));
              } catch (Throwable e) {
                failure.complete(e);
              }
            });
    runner.start();
    BooleanSupplier ended = failure::isDone;
    while (!ended.getAsBoolean()) {
      cancel.run();
      TimeUnit.MILLISECONDS.sleep(5);
    }
    Throwable thrown = failure.get();
    runner.join();
    if (thrown instanceof SQLException sql) {
      assertThat(sql.getSQLState()).isEqualTo("57014");
    } else {
      assertThat(thrown)
          .isInstanceOfSatisfying(
              KalamException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.QUERY_CANCELED));
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        ENDLESS,
        "SELECT a.n FROM t a, t b, t c, t d ORDER BY a.text, b.text, c.text",
        "SELECT a.text, b.text, c.text, count(*) FROM t a, t b, t c, t d GROUP BY 1, 2, 3",
        "SELECT DISTINCT a.text || b.text || c.text || d.text FROM t a, t b, t c, t d",
        "SELECT count(*) FROM t a JOIN t b ON a.n % 2 = b.n % 2 JOIN t c ON b.n % 2 = c.n % 2"
            + " JOIN t d ON c.n % 2 = d.n % 2",
        "SELECT a.n FROM t a, t b, t c, t d WHERE a.text || b.text || c.text ~ '(x+x+)+y'",
        "UPDATE t SET text = 'x' WHERE n IN (SELECT count(*) FROM t a, t b, t c, t d)",
        "INSERT INTO t SELECT a.n + b.n + c.n + d.n + 5000 FROM t a, t b, t c, t d WHERE a.n < 0"
            + " OR b.n + c.n < 0"
      })
  void cancel_fromAnotherThread_is57014AndTheSessionGoesOn(String sql) throws Exception {
    assertCancelled(
        () -> {
          if (sql.startsWith("SELECT")) {
            session.query(sql).list();
          } else {
            session.execute(sql);
          }
        },
        session::cancel);
    assertThat(Sql.rows(session, "SELECT count(*), min(text) FROM t"))
        .containsExactly("1000|text 0");
  }

  @Test
  void cancel_betweenFetches_failsTheNextFetch() {
    try (Result result = session.query("SELECT a.n FROM t a, t b, t c")) {
      assertThat(result.nextBatch()).isNotNull();
      session.cancel();
      assertThatThrownBy(result::nextBatch)
          .isInstanceOfSatisfying(
              KalamException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.QUERY_CANCELED));
    }
  }

  @Test
  void cancel_whenNothingRuns_doesNothing() {
    session.cancel();
    assertThat(Sql.count(session, "t")).isEqualTo(1000);
  }

  @Test
  void statementTimeout_setInSession_ends57014() {
    session.execute("SET statement_timeout = '50ms'");
    assertThat(Sql.rows(session, "SHOW statement_timeout")).containsExactly("50ms");
    Sql.refused("57014", () -> session.query(ENDLESS).list());
    session.execute("SET statement_timeout TO DEFAULT");
    assertThat(session.statementTimeout()).isEqualTo(Duration.ZERO);
    Sql.refused("22023", () -> session.execute("SET statement_timeout = 'soon'"));
  }

  /** Backtracking within one value: no batch ends while it goes on. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "SELECT repeat('x', 20000) ~ '(x+x+)+(x+x+)+y'",
        "SELECT repeat('a', 20000) SIMILAR TO '(a*)*(a*)*b'",
        "WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r) SELECT count(*) FROM r",
        "WITH RECURSIVE r(n) AS (SELECT 1 UNION SELECT n + 1 FROM r) SELECT max(n) FROM r"
      })
  void statementTimeout_longWithinOneValueOrRound_ends57014(String sql) {
    session.execute("SET statement_timeout = '100ms'");
    Sql.refused("57014", () -> session.query(sql).list());
  }

  @Test
  void statementTimeout_option_holdsForEverySession() {
    KalamOptions options = KalamOptions.builder().statementTimeout(Duration.ofMillis(50)).build();
    try (KalamDB limited = KalamDB.openInMemory("cancel-limited", options)) {
      limited.execute("CREATE TABLE t (n INT PRIMARY KEY)");
      limited.execute("INSERT INTO t VALUES (1),(2),(3),(4),(5),(6),(7),(8),(9),(10),(11),(12)");
      String endless =
          "SELECT count(*) FROM t a, t b, t c, t d, t e, t f, t g, t h, t i, t j, t k, t l"
              + " WHERE a.n + b.n + c.n < 0 OR l.n < 0";
      Sql.refused("57014", () -> limited.query(endless).list());
    }
  }

  @Test
  void jdbc_cancelAndQueryTimeout_reachTheStatement() throws Exception {
    try (Connection connection = DriverManager.getConnection("jdbc:kalamdb:mem:cancel");
        Statement statement = connection.createStatement()) {
      assertCancelled(
          () -> statement.executeQuery(ENDLESS).next(),
          () -> {
            try {
              statement.cancel();
            } catch (SQLException e) {
              throw new AssertionError(e);
            }
          });
      statement.setQueryTimeout(1);
      assertThat(statement.getQueryTimeout()).isEqualTo(1);
      assertThatThrownBy(() -> statement.executeQuery(ENDLESS).next())
          .isInstanceOf(SQLTimeoutException.class);
      statement.setQueryTimeout(0);
      try (ResultSet rows = statement.executeQuery("SELECT count(*) FROM t")) {
        assertThat(rows.next()).isTrue();
        assertThat(rows.getInt(1)).isEqualTo(1000);
      }
    }
  }
}
