package org.kalamdb.suite;

import static org.assertj.core.api.Assertions.assertThat;
import static org.kalamdb.suite.Sql.refused;

import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.kalamdb.KalamDB;
import org.kalamdb.Session;
import org.kalamdb.error.KalamException;
import org.kalamdb.live.Subscription;
import org.kalamdb.live.SubscriptionOptions;
import org.kalamdb.query.Row;
import org.kalamdb.test.RecordingListener;
import org.kalamdb.test.TemporaryDatabase;

/** What those who operate a database see of live queries: EXPLAIN, the system table, KILL. */
@ExtendWith(TemporaryDatabase.class)
class LiveOperatorsViewTest {
  private KalamDB db;

  @BeforeEach
  void open(KalamDB database) {
    db = database;
    db.execute("CREATE NAMESPACE n");
    db.execute("CREATE USER TABLE n.t (id INT PRIMARY KEY, g INT, v INT, s TEXT)");
    db.execute(
        "CREATE SHARED TABLE n.r (id INT PRIMARY KEY, name TEXT) WITH (ACCESS_LEVEL = 'PUBLIC')");
  }

  private static List<String> explain(Session session, String sql, Object... parameters) {
    return session.query("EXPLAIN " + sql, parameters).list().stream().map(Sql::text).toList();
  }

  @Test
  void explain_filter_keepsNothing() {
    try (Session alice = db.session("alice")) {
      assertThat(explain(alice, "SUBSCRIBE TO SELECT id FROM n.t WHERE g = 3 AND v > 1"))
          .containsExactly(
              "Live query",
              "    way: each changed row is filtered and projected",
              "    changes of: n.t",
              "    found by: g = constant",
              "    filter: g = 3 AND v > 1",
              "    keeps: nothing");
      assertThat(explain(alice, "SUBSCRIBE TO SELECT id FROM n.t WHERE s IN ('a', ?)", "b"))
          .contains("    found by: s IN (constants)");
      assertThat(explain(alice, "SUBSCRIBE TO SELECT id FROM n.t WHERE g IN (?, NULL)", 7))
          .contains("    found by: g = constant");
      assertThat(explain(alice, "SUBSCRIBE TO SELECT id FROM n.t WHERE s NOT IN ('a', 'b')"))
          .noneMatch(line -> line.contains("found by"));
      assertThat(
              explain(
                  alice,
                  "SUBSCRIBE TO SELECT count(*) FROM n.t WHERE g IN (?, ?) GROUP BY s",
                  1,
                  2))
          .contains("    changes of: n.t, found by g IN (constants)");
    }
  }

  @Test
  void explain_operators_sayWhatTheyKeep() {
    try (Session alice = db.session("alice")) {
      alice.execute("INSERT INTO n.t VALUES (1, 1, 1, 'a'), (2, 1, 2, 'b'), (3, 2, 3, 'c')");
      db.execute("INSERT INTO n.r VALUES (1, 'one')");
      String sql =
          "SUBSCRIBE TO SELECT r.name, count(*) FROM n.t t JOIN n.r r ON r.id = t.g GROUP BY r.name";
      List<String> plain = explain(alice, sql);
      assertThat(plain)
          .contains("    way: operators on changes", "    changes of: n.t", "    changes of: n.r");
      assertThat(plain).anyMatch(line -> line.contains("Inner join on"));
      assertThat(plain).noneMatch(line -> line.contains("state:"));
      List<String> loaded = explain(alice, "(ANALYZE) " + sql);
      assertThat(loaded).anyMatch(line -> line.matches("    state: about [1-9]\\d+ bytes"));
      assertThat(loaded).anyMatch(line -> line.contains("keeps: 3 left and 1 right rows"));
      assertThat(loaded).anyMatch(line -> line.contains("keeps: 1 group, about"));
      assertThat(explain(alice, "(FORMAT JSON) " + sql).get(0)).contains("operators on changes");
    }
  }

  @Test
  void explain_topRows_readTheNextOnesWhenNeeded() {
    try (Session alice = db.session("alice")) {
      assertThat(explain(alice, "SUBSCRIBE TO SELECT s FROM n.t ORDER BY v DESC LIMIT 50"))
          .anyMatch(line -> line.contains("rows 0 to 50, the next ones read when needed"));
    }
  }

  @Test
  void explain_fallback_saysWhy() {
    try (Session alice = db.session("alice")) {
      assertThat(explain(alice, "SUBSCRIBE TO SELECT id, row_number() OVER (ORDER BY v) FROM n.t"))
          .contains(
              "    way: run again when a table has changed", "    because of: a window function");
      assertThat(explain(alice, "SUBSCRIBE TO SELECT g, string_agg(s, ',') FROM n.t GROUP BY g"))
          .contains("    because of: the aggregate string_agg");
      refused("42703", () -> explain(alice, "SUBSCRIBE TO SELECT nope FROM n.t"));
    }
  }

  @Test
  void systemTable_listsOpenOnes_toThoseWhoMaySeeThem() {
    try (Session alice = db.session("alice");
        Session bob = db.session("bob");
        Session admin = db.session()) {
      RecordingListener heard = new RecordingListener();
      try (Subscription first =
              alice.subscribe(
                  "SELECT g, count(*) FROM n.t GROUP BY g", SubscriptionOptions.defaults(), heard);
          Subscription second =
              bob.subscribe("SELECT * FROM n.r", SubscriptionOptions.defaults(), event -> {});
          Subscription third =
              bob.subscribe(
                  "SELECT rank() OVER (ORDER BY id) FROM n.r",
                  SubscriptionOptions.defaults(),
                  event -> {})) {
        heard.awaitReady();
        alice.execute("INSERT INTO n.t VALUES (1, 1, 1, 'a')");
        heard.awaitChanges(1);
        List<Row> all =
            admin.query("SELECT id, user_id, way, tables FROM system.live_queries").list();
        assertThat(all.stream().map(Sql::text))
            .containsExactlyInAnyOrder(
                first.id() + "|alice|operators|n.t",
                second.id() + "|bob|rows|n.r",
                third.id() + "|bob|rerun|n.r");
        assertThat(
                Sql.text(
                    alice
                        .query(
                            "SELECT state, delivered, queued, lag, resets, failures, listeners, state_bytes > 0,"
                                + " last_seq > 0, opened <= now() FROM system.live_queries")
                        .list()
                        .get(0)))
            .isEqualTo("streaming|2|0|null|0|0|1|true|true|true");
        assertThat(
                Sql.text(
                    bob.query("SELECT fallback FROM system.live_queries WHERE way = 'rerun'")
                        .list()
                        .get(0)))
            .isEqualTo("a window function");
        assertThat(bob.query("SHOW LIVE QUERIES").list()).hasSize(2);
        assertThat(admin.query("SHOW LIVE QUERIES").list()).hasSize(3);
      }
      assertThat(admin.query("SHOW LIVE QUERIES").list()).isEmpty();
    }
  }

  @Test
  void kill_endsOwnOnes_andAllForOperators() {
    try (Session alice = db.session("alice");
        Session bob = db.session("bob");
        Session admin = db.session()) {
      RecordingListener heard = new RecordingListener();
      RecordingListener shared = new RecordingListener();
      Subscription first =
          alice.subscribe("SELECT count(*) FROM n.t", SubscriptionOptions.defaults(), heard);
      Subscription second =
          alice.subscribe("SELECT * FROM n.r", SubscriptionOptions.defaults(), shared);
      refused("42704", () -> bob.execute("KILL LIVE QUERY '" + first.id() + "'"));
      refused("42704", () -> bob.execute("KILL LIVE QUERY 'live-999'"));
      assertThat(first.isOpen()).isTrue();
      admin.execute("KILL LIVE QUERY '" + first.id() + "'");
      alice.execute("KILL LIVE QUERY '" + second.id() + "'");
      for (RecordingListener listener : List.of(heard, shared)) {
        assertThat(listener.awaitClosed().error())
            .isInstanceOfSatisfying(
                KalamException.class, e -> assertThat(e.sqlState()).isEqualTo("57014"));
      }
      assertThat(first.isOpen()).isFalse();
      refused("42704", () -> admin.execute("KILL LIVE QUERY '" + first.id() + "'"));
    }
  }
}
