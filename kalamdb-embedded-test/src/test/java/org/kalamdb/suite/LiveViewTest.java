package org.kalamdb.suite;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.kalamdb.KalamDB;
import org.kalamdb.Session;
import org.kalamdb.live.ChangeEvent;
import org.kalamdb.live.ChangeEvent.Changes;
import org.kalamdb.live.ChangeListener;
import org.kalamdb.live.LiveView;
import org.kalamdb.live.SubscriptionOptions;
import org.kalamdb.live.SubscriptionOptions.Overflow;
import org.kalamdb.query.Row;
import org.kalamdb.test.TemporaryDatabase;

/** The rows of live queries as they are now. */
@ExtendWith(TemporaryDatabase.class)
@Timeout(120)
class LiveViewTest {
  private static final SubscriptionOptions ALL = SubscriptionOptions.defaults();
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  private KalamDB db;
  private Session session;

  @BeforeEach
  void open(KalamDB database) {
    db = database;
    session = db.session();
    db.execute("CREATE SHARED TABLE t (id BIGINT PRIMARY KEY, g INT, v TEXT)");
  }

  private static List<String> text(List<Row> rows) {
    return rows.stream().map(Sql::text).toList();
  }

  private static void await(LiveView view, String... rows) throws InterruptedException {
    assertThat(view.await(now -> text(now).equals(List.of(rows)), PATIENCE))
        .as("%s", view.rows())
        .isTrue();
  }

  @Test
  void unorderedRows_standAsTheyCame() throws Exception {
    db.execute("INSERT INTO t VALUES (2, 0, 'b'), (1, 0, 'a')");
    try (LiveView view = session.liveView("SELECT v FROM t WHERE g = ?", ALL, 0)) {
      assertThat(view.awaitReady(PATIENCE)).isTrue();
      assertThat(view.state()).isEqualTo(LiveView.State.READY);
      await(view, "a", "b");
      db.execute("INSERT INTO t VALUES (0, 0, 'b'), (3, 1, 'x')");
      await(view, "a", "b", "b");
      db.execute("UPDATE t SET v = 'A' WHERE id = 1");
      await(view, "A", "b", "b");
      db.execute("UPDATE t SET g = 1 WHERE id = 1");
      await(view, "b", "b");
      db.execute("DELETE FROM t WHERE v = 'b'");
      await(view);
      assertThat(view.size()).isZero();
    }
  }

  @Test
  void orderedRows_standInTheQuerysOrder() throws Exception {
    db.execute("INSERT INTO t VALUES (1, 5, 'a'), (2, 3, 'b'), (3, 9, 'c')");
    try (LiveView view = session.liveView("SELECT g, v FROM t ORDER BY g DESC LIMIT 3", ALL)) {
      await(view, "9|c", "5|a", "3|b");
      db.execute("INSERT INTO t VALUES (4, 7, 'd')");
      await(view, "9|c", "7|d", "5|a");
      db.execute("UPDATE t SET g = 1 WHERE id = 3");
      await(view, "7|d", "5|a", "3|b");
      db.execute("DELETE FROM t WHERE id IN (1, 4)");
      await(view, "3|b", "1|c");
    }
  }

  @Test
  void rows_areImmutable_andTheSameUntilTheyChange() throws Exception {
    db.execute("INSERT INTO t VALUES (1, 0, 'a')");
    try (LiveView view = session.liveView("SELECT v FROM t", ALL)) {
      assertThat(view.awaitReady(PATIENCE)).isTrue();
      List<Row> before = view.rows();
      assertThat(view.rows()).isSameAs(before);
      assertThatThrownBy(before::clear).isInstanceOf(UnsupportedOperationException.class);
      db.execute("INSERT INTO t VALUES (2, 0, 'b')");
      await(view, "a", "b");
      assertThat(text(before)).containsExactly("a");
    }
  }

  @Test
  void listener_isCalledAfterTheRowsHaveChanged_andMayThrow() throws Exception {
    BlockingQueue<String> seen = new LinkedBlockingQueue<>();
    try (LiveView view = session.liveView("SELECT v FROM t", ALL)) {
      assertThat(view.awaitReady(PATIENCE)).isTrue();
      view.addListener(
          event -> {
            throw new IllegalStateException("on purpose");
          });
      view.addListener(
          event -> {
            if (event instanceof Changes) {
              seen.add(view.size() + " at " + view.seq().equals(event.seq()));
            }
          });
      db.execute("INSERT INTO t VALUES (1, 0, 'a')");
      assertThat(seen.poll(20, TimeUnit.SECONDS)).isEqualTo("1 at true");
      db.execute("INSERT INTO t VALUES (2, 0, 'a'), (3, 0, 'b')");
      assertThat(seen.poll(20, TimeUnit.SECONDS)).isEqualTo("3 at true");
    }
  }

  @Test
  void removedListener_isNotCalled() throws Exception {
    BlockingQueue<ChangeEvent> seen = new LinkedBlockingQueue<>();
    try (LiveView view = session.liveView("SELECT v FROM t", ALL)) {
      assertThat(view.awaitReady(PATIENCE)).isTrue();
      ChangeListener listener = seen::add;
      view.addListener(listener);
      db.execute("INSERT INTO t VALUES (1, 0, 'a')");
      assertThat(seen.poll(20, TimeUnit.SECONDS)).isInstanceOf(Changes.class);
      view.removeListener(listener);
      db.execute("INSERT INTO t VALUES (2, 0, 'b')");
      await(view, "a", "b");
      assertThat(seen).isEmpty();
    }
  }

  @Test
  void close_keepsTheRowsAndTellsTheEnd() throws Exception {
    db.execute("INSERT INTO t VALUES (1, 0, 'a')");
    LiveView view = session.liveView("SELECT v FROM t", ALL);
    assertThat(view.awaitReady(PATIENCE)).isTrue();
    CountDownLatch closed = new CountDownLatch(1);
    view.addListener(
        event -> {
          if (event instanceof ChangeEvent.Closed) {
            closed.countDown();
          }
        });
    assertThat(view.end()).isNull();
    view.close();
    assertThat(closed.await(20, TimeUnit.SECONDS)).isTrue();
    assertThat(view.state()).isEqualTo(LiveView.State.CLOSED);
    assertThat(view.end()).isNotNull();
    assertThat(view.end().error()).isNull();
    assertThat(text(view.rows())).containsExactly("a");
    assertThat(view.awaitReady(PATIENCE)).isFalse();
  }

  @Test
  void tableThatGoes_endsItWithTheError() throws Exception {
    try (LiveView view = session.liveView("SELECT v FROM t", ALL)) {
      assertThat(view.awaitReady(PATIENCE)).isTrue();
      db.execute("DROP TABLE t FORCE");
      assertThat(view.await(rows -> false, PATIENCE)).isFalse();
      assertThat(view.end().error()).isNotNull();
    }
  }

  @Test
  void lastRows_isRefused() {
    assertThatThrownBy(() -> session.liveView("SELECT v FROM t", SubscriptionOptions.lastRows(3)))
        .isInstanceOf(IllegalArgumentException.class);
  }

  /** A listener that stands still now and then, under each policy: at last the rows are right. */
  @ParameterizedTest
  @EnumSource(Overflow.class)
  void slowListener_underEachPolicy_viewsEndWithWhatTheQueriesGive(Overflow overflow)
      throws Exception {
    long seed = 20_261_121L + overflow.ordinal();
    System.out.println("LiveViewTest seed " + seed);
    Random random = new Random(seed);
    String[] queries = {
      "SELECT g, v FROM t WHERE g < 4",
      "SELECT id, g FROM t ORDER BY g, id LIMIT 5",
      "SELECT g, count(*), max(id) FROM t GROUP BY g ORDER BY g",
      "SELECT DISTINCT v FROM t"
    };
    SubscriptionOptions options = ALL.withQueue(40, overflow);
    LiveView[] views = new LiveView[queries.length];
    for (int i = 0; i < views.length; i++) {
      views[i] = session.liveView(queries[i], options);
      views[i].addListener(
          event -> {
            if (event instanceof Changes && event.seq().value() % 7 == 0) {
              LockSupport.parkNanos(20_000_000);
            }
          });
      assertThat(views[i].awaitReady(PATIENCE)).isTrue();
    }
    try (Session writer = db.session()) {
      for (int i = 0; i < 1500; i++) {
        int id = random.nextInt(30);
        if (random.nextInt(3) == 0) {
          writer.execute("DELETE FROM t WHERE id = ?", id);
        } else {
          writer.execute(
              "INSERT INTO t VALUES (?, ?, ?) ON CONFLICT (id) DO UPDATE SET g = excluded.g,"
                  + " v = excluded.v",
              id,
              random.nextInt(6),
              "v" + random.nextInt(3));
        }
      }
    }
    for (int i = 0; i < views.length; i++) {
      boolean ordered = queries[i].contains("ORDER");
      List<String> fresh = text(session.query(queries[i]).list());
      assertThat(views[i].await(rows -> same(text(rows), fresh, ordered), PATIENCE))
          .as("%s: %s is %s, should be %s", seed, queries[i], text(views[i].rows()), fresh)
          .isTrue();
      views[i].close();
      assertThat(views[i].await(rows -> false, PATIENCE)).isFalse();
      assertThat(views[i].end().error()).isNull();
    }
  }

  private static boolean same(List<String> rows, List<String> fresh, boolean ordered) {
    return ordered
        ? rows.equals(fresh)
        : rows.stream().sorted().toList().equals(fresh.stream().sorted().toList());
  }
}
