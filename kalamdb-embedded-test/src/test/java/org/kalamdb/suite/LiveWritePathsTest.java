package org.kalamdb.suite;

import static org.assertj.core.api.Assertions.assertThat;
import static org.kalamdb.suite.Sql.refused;

import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.kalamdb.Durability;
import org.kalamdb.KalamDB;
import org.kalamdb.KalamOptions;
import org.kalamdb.Session;
import org.kalamdb.Transaction;
import org.kalamdb.live.ChangeEvent;
import org.kalamdb.live.ChangeEvent.Changes;
import org.kalamdb.live.ChangeEvent.RowChange;
import org.kalamdb.live.Subscription;
import org.kalamdb.live.SubscriptionOptions;
import org.kalamdb.query.PreparedQuery;
import org.kalamdb.query.Row;
import org.kalamdb.test.LiveQueryChecker;
import org.kalamdb.test.RecordingListener;
import org.kalamdb.test.TestDatabase;

/**
 * Every way to write a row is heard, as one event for each commit, by a query of plain rows, one
 * found by its filter, one whose result is kept, and one that is run again.
 */
class LiveWritePathsTest {
  private static final SubscriptionOptions ALL = SubscriptionOptions.defaults();

  private final HandClock clock = new HandClock();
  private TestDatabase database;
  private KalamDB db;
  private Session session;
  private Watch watch;

  @BeforeEach
  void open() {
    database =
        TestDatabase.create(
            KalamOptions.builder()
                .durability(Durability.NONE)
                .backgroundCompaction(false)
                .clock(clock)
                .build());
    db = database.db();
    session = db.session();
    run(
        "CREATE TABLE t (id INT PRIMARY KEY, g INT, v INT)",
        "INSERT INTO t VALUES (1, 1, 10), (2, 2, 20)",
        "STORAGE FLUSH TABLE t",
        "INSERT INTO t VALUES (3, 1, 30)");
    watch = new Watch("t");
  }

  @AfterEach
  void close() {
    watch.close();
    session.close();
    database.close();
  }

  private void run(String... statements) {
    for (String sql : statements) {
      session.execute(sql);
    }
  }

  private interface Write {
    void run() throws Exception;
  }

  /** Four live queries of one table with the columns id, g and v. */
  private final class Watch implements AutoCloseable {
    private final String table;
    private final RecordingListener rows = new RecordingListener();
    private final Subscription live;
    private final List<LiveQueryChecker> others;
    private int events;

    Watch(String table) {
      this.table = table;
      live = session.subscribe("SELECT id, g, v FROM " + table, ALL, rows);
      rows.awaitReady();
      others =
          List.of(
              new LiveQueryChecker(session, "SELECT id, v FROM " + table + " WHERE g = ?", 1),
              new LiveQueryChecker(
                  session, "SELECT g, count(*), sum(v) FROM " + table + " GROUP BY g"),
              new LiveQueryChecker(
                  session, "SELECT id, rank() OVER (ORDER BY v, id) FROM " + table));
      others.forEach(LiveQueryChecker::check);
    }

    /** What is written is told at once, as one event of just these changes. */
    void tells(Write write, String... changes) {
      try {
        write.run();
      } catch (Exception e) {
        throw new AssertionError(e);
      }
      if (changes.length > 0) {
        events++;
        List<Changes> told = rows.awaitChanges(events);
        assertThat(told).hasSize(events);
        assertThat(told.get(events - 1).changes().stream().map(LiveWritePathsTest::text))
            .containsExactlyInAnyOrder(changes);
      }
      others.forEach(LiveQueryChecker::check);
    }

    void tells(String sql, String... changes) {
      tells(() -> session.execute(sql), changes);
    }

    /** With a last insert as a witness that nothing else was told. */
    @Override
    public void close() {
      tells("INSERT INTO " + table + " VALUES (9999, 1, 1)", "INSERT ->9999|1|1");
      assertThat(rows.misfits()).isEmpty();
      assertThat(rows.events()).noneMatch(ChangeEvent.Reset.class::isInstance);
      assertThat(live.isOpen()).isTrue();
      live.close();
      others.forEach(LiveQueryChecker::close);
    }
  }

  private static String text(RowChange change) {
    return change.kind() + " " + text(change.oldRow()) + "->" + text(change.newRow());
  }

  private static String text(Row row) {
    return row == null ? "" : Sql.text(row);
  }

  @Test
  void insert_values_select_defaults() {
    watch.tells(
        "INSERT INTO t VALUES (4, 1, 40), (5, NULL, 50)", "INSERT ->4|1|40", "INSERT ->5|null|50");
    watch.tells(
        "INSERT INTO t SELECT id + 10, g, v FROM t WHERE g = 1 AND id < 4",
        "INSERT ->11|1|10",
        "INSERT ->13|1|30");
    watch.tells("INSERT INTO t (id) VALUES (6) RETURNING *", "INSERT ->6|null|null");
    watch.tells("INSERT INTO t SELECT * FROM t WHERE false");
  }

  @Test
  void insert_parametersPreparedAndBatches() {
    watch.tells(
        () -> session.execute("INSERT INTO t VALUES (?, ?, ?)", 4, 1, 40), "INSERT ->4|1|40");
    try (PreparedQuery insert = session.prepare("INSERT INTO t VALUES (?, ?, ?)");
        PreparedQuery update = session.prepare("UPDATE t SET v = ? WHERE id = ?");
        PreparedQuery delete = session.prepare("DELETE FROM t WHERE id = ?")) {
      watch.tells(() -> insert.execute(5, null, 50), "INSERT ->5|null|50");
      watch.tells(() -> update.execute(51, 5), "UPDATE 5|null|50->5|null|51");
      watch.tells(() -> update.execute(51, 5));
      watch.tells(() -> delete.execute(5), "DELETE 5|null|51->");
      watch.tells(() -> delete.execute(5));
      watch.tells(
          () -> insert.executeBatch(List.of(new Object[] {6, 1, 1}, new Object[] {7, 2, 2})),
          "INSERT ->6|1|1",
          "INSERT ->7|2|2");
      watch.tells(
          () ->
              refused(
                  "23505",
                  () ->
                      insert.executeBatch(
                          List.of(new Object[] {8, 1, 1}, new Object[] {7, 2, 2}))));
    }
  }

  @Test
  void insert_onConflict() {
    watch.tells("INSERT INTO t VALUES (1, 9, 9) ON CONFLICT DO NOTHING");
    watch.tells(
        "INSERT INTO t VALUES (1, 9, 9), (4, 4, 4) ON CONFLICT (id) DO NOTHING", "INSERT ->4|4|4");
    watch.tells(
        "INSERT INTO t VALUES (1, 9, 9), (5, 5, 5) ON CONFLICT (id) DO UPDATE SET v = EXCLUDED.v",
        "UPDATE 1|1|10->1|1|9",
        "INSERT ->5|5|5");
    watch.tells("INSERT INTO t VALUES (1, 9, 9) ON CONFLICT (id) DO UPDATE SET v = EXCLUDED.v");
    watch.tells(
        "INSERT INTO t VALUES (1, 9, 9) ON CONFLICT (id) DO UPDATE SET v = 1 WHERE t.v > 9");
  }

  @Test
  void update_plain_from_ofTheKey() {
    watch.tells(
        "UPDATE t SET v = v + 1 WHERE g = 1", "UPDATE 1|1|10->1|1|11", "UPDATE 3|1|30->3|1|31");
    watch.tells(
        "UPDATE t SET v = x.n FROM (VALUES (1, 100), (7, 700)) AS x (id, n) WHERE x.id = t.id",
        "UPDATE 1|1|11->1|1|100");
    watch.tells("UPDATE t SET id = 21 WHERE id = 2", "DELETE 2|2|20->", "INSERT ->21|2|20");
    watch.tells(
        "UPDATE t SET id = id + 2 WHERE id < 4",
        "UPDATE 3|1|31->3|1|100",
        "INSERT ->5|1|31",
        "DELETE 1|1|100->");
    watch.tells("UPDATE t SET g = NULL, v = v WHERE id = 5", "UPDATE 5|1|31->5|null|31");
    watch.tells("UPDATE t SET v = v, g = g");
  }

  @Test
  void delete_plain_using() {
    run("CREATE TABLE gone (g INT PRIMARY KEY)", "INSERT INTO gone VALUES (2)");
    watch.tells("DELETE FROM t WHERE id = 3", "DELETE 3|1|30->");
    watch.tells("DELETE FROM t USING gone WHERE gone.g = t.g", "DELETE 2|2|20->");
    watch.tells("DELETE FROM t WHERE id = 99");
    watch.tells("DELETE FROM t", "DELETE 1|1|10->");
    watch.tells("DELETE FROM t");
  }

  @Test
  void merge() {
    watch.tells(
        "MERGE INTO t USING (VALUES (1, 11), (2, 20), (4, 40)) AS x (k, n) ON t.id = x.k"
            + " WHEN MATCHED THEN UPDATE SET v = n"
            + " WHEN NOT MATCHED BY TARGET THEN INSERT VALUES (k, 1, n)"
            + " WHEN NOT MATCHED BY SOURCE THEN DELETE",
        "UPDATE 1|1|10->1|1|11",
        "INSERT ->4|1|40",
        "DELETE 3|1|30->");
  }

  @ParameterizedTest
  @ValueSource(strings = {"csv", "json", "parquet"})
  void copy(String format) {
    String file = "'" + database.scratch().resolve("t." + format) + "'";
    run("COPY t TO " + file);
    watch.tells("DELETE FROM t", "DELETE 1|1|10->", "DELETE 2|2|20->", "DELETE 3|1|30->");
    watch.tells("COPY t FROM " + file, "INSERT ->1|1|10", "INSERT ->2|2|20", "INSERT ->3|1|30");
    watch.tells(() -> refused("23505", () -> run("COPY t FROM " + file)));
  }

  @Test
  void truncate_whileQueriesAreOpen_deletesRowByRow() {
    watch.tells("TRUNCATE t", "DELETE 1|1|10->", "DELETE 2|2|20->", "DELETE 3|1|30->");
    watch.tells("TRUNCATE t");
    watch.tells("INSERT INTO t VALUES (1, 1, 1)", "INSERT ->1|1|1");
    watch.tells(
        () -> {
          try (Transaction transaction = session.begin()) {
            session.execute("TRUNCATE t");
            session.execute("INSERT INTO t VALUES (2, 1, 1)");
            transaction.commit();
          }
        },
        "DELETE 1|1|1->",
        "INSERT ->2|1|1");
  }

  @Test
  void foreignKeys_cascadeAndSetNull() {
    run(
        "CREATE TABLE p (id INT PRIMARY KEY)",
        "INSERT INTO p VALUES (1), (2), (3)",
        "CREATE TABLE c (id INT PRIMARY KEY, g INT REFERENCES p ON DELETE CASCADE ON UPDATE CASCADE, v INT)",
        "CREATE TABLE d (id INT PRIMARY KEY, g INT REFERENCES p ON DELETE SET NULL, v INT)",
        "INSERT INTO c VALUES (1, 1, 1), (2, 1, 2), (3, 2, 3)",
        "INSERT INTO d VALUES (1, 1, 1), (2, 2, 2)",
        "STORAGE FLUSH ALL");
    try (Watch cascades = new Watch("c");
        Watch nulls = new Watch("d")) {
      run("INSERT INTO d VALUES (5, 3, 5)", "INSERT INTO c VALUES (5, 3, 5)");
      nulls.tells(() -> {}, "INSERT ->5|3|5");
      cascades.tells(() -> {}, "INSERT ->5|3|5");
      cascades.tells("DELETE FROM p WHERE id = 1", "DELETE 1|1|1->", "DELETE 2|1|2->");
      nulls.tells(() -> {}, "UPDATE 1|1|1->1|null|1");
      nulls.tells("UPDATE d SET g = NULL", "UPDATE 2|2|2->2|null|2", "UPDATE 5|3|5->5|null|5");
      cascades.tells("UPDATE p SET id = 30 WHERE id = 3", "UPDATE 5|3|5->5|30|5");
      run("INSERT INTO p VALUES (1)");
    }
    watch.tells("UPDATE t SET v = 1 WHERE id = 1", "UPDATE 1|1|10->1|1|1");
  }

  @Test
  void createTableAs_isANewTable() {
    run("CREATE TABLE made AS SELECT * FROM t");
    try (LiveQueryChecker of = new LiveQueryChecker(session, "SELECT * FROM made")) {
      of.check();
      assertThat(of.rows()).hasSize(3);
      run("INSERT INTO made VALUES (4, 4, 4)");
      of.check();
    }
  }

  @Test
  void modifyingWith_isOneCommit() {
    watch.tells(
        "WITH gone AS (DELETE FROM t WHERE g = 1 RETURNING id, v),"
            + " kept AS (UPDATE t SET v = 0 WHERE g = 2 RETURNING id)"
            + " INSERT INTO t SELECT id + 100, 3, v FROM gone",
        "DELETE 1|1|10->",
        "DELETE 3|1|30->",
        "UPDATE 2|2|20->2|2|0",
        "INSERT ->101|3|10",
        "INSERT ->103|3|30");
    watch.tells(
        () ->
            session
                .query("WITH x AS (DELETE FROM t WHERE id = 2 RETURNING id) SELECT * FROM x")
                .list(),
        "DELETE 2|2|0->");
  }

  @Test
  void severalStatementsInOneText_areOneCommitEach() {
    session.execute(
        "INSERT INTO t VALUES (4, 4, 4); UPDATE t SET v = 5 WHERE id = 4; DELETE FROM t WHERE id = 4");
    for (String change : List.of("INSERT ->4|4|4", "UPDATE 4|4|4->4|4|5", "DELETE 4|4|5->")) {
      watch.events++;
      List<Changes> told = watch.rows.awaitChanges(watch.events);
      assertThat(told.get(watch.events - 1).changes().stream().map(LiveWritePathsTest::text))
          .containsExactly(change);
    }
    session.execute(
        "BEGIN; INSERT INTO t VALUES (5, 5, 5); UPDATE t SET v = 6 WHERE id = 5; COMMIT");
    watch.tells(() -> {}, "INSERT ->5|5|6");
  }

  @Test
  void transaction_withSavepoints_tellsWhatIsLeft() {
    watch.tells(
        () -> {
          run(
              "BEGIN",
              "INSERT INTO t VALUES (4, 4, 4)",
              "SAVEPOINT a",
              "DELETE FROM t",
              "INSERT INTO t VALUES (5, 5, 5)",
              "ROLLBACK TO a",
              "UPDATE t SET v = 44 WHERE id = 4",
              "SAVEPOINT b",
              "UPDATE t SET v = 11 WHERE id = 1",
              "RELEASE b",
              "INSERT INTO t VALUES (6, 6, 6)",
              "DELETE FROM t WHERE id = 6",
              "COMMIT");
        },
        "INSERT ->4|4|44",
        "UPDATE 1|1|10->1|1|11");
    watch.tells(
        () ->
            run(
                "BEGIN",
                "UPDATE t SET v = 0 WHERE id = 1",
                "UPDATE t SET v = 11 WHERE id = 1",
                "DELETE FROM t WHERE id = 2",
                "INSERT INTO t VALUES (2, 2, 20)",
                "COMMIT"));
    watch.tells(() -> run("BEGIN", "DELETE FROM t", "ROLLBACK"));
  }

  @Test
  void expiry_ofStreamEvents_isADelete() {
    run(
        "CREATE NAMESPACE n",
        "CREATE STREAM TABLE n.e (id INT, g INT, v INT) WITH (TTL_SECONDS = 10)");
    try (Session alice = db.session("alice");
        LiveQueryChecker count =
            new LiveQueryChecker(alice, "SELECT g, count(*) FROM n.e GROUP BY g");
        LiveQueryChecker again =
            new LiveQueryChecker(alice, "SELECT id, rank() OVER (ORDER BY id) FROM n.e")) {
      RecordingListener rows = new RecordingListener();
      try (Subscription live = alice.subscribe("SELECT id FROM n.e", ALL, rows)) {
        rows.awaitReady();
        alice.execute("INSERT INTO n.e VALUES (1, 1, 1), (2, 1, 1)");
        clock.advance(Duration.ofSeconds(5));
        alice.execute("INSERT INTO n.e VALUES (3, 2, 1)");
        rows.awaitChanges(2);
        count.check();
        again.check();
        clock.advance(Duration.ofSeconds(6));
        rows.awaitChanges(3);
        count.check();
        again.check();
        assertThat(rows.rowChanges().stream().map(LiveWritePathsTest::text))
            .containsExactly("INSERT ->1", "INSERT ->2", "INSERT ->3", "DELETE 1->", "DELETE 2->");
        assertThat(live.isOpen()).isTrue();
      }
    }
  }

  /** Moving rows, forgetting deleted ones and changing the definition are no changes of rows. */
  @Test
  void flushCompactionRetentionAndAlter_tellNothing() {
    watch.tells("DELETE FROM t WHERE id = 2", "DELETE 2|2|20->");
    watch.tells("STORAGE FLUSH TABLE t");
    clock.advance(Duration.ofDays(30));
    watch.tells("STORAGE COMPACT TABLE t");
    watch.tells("STORAGE FLUSH ALL");
    for (String alter :
        Arrays.asList(
            "ALTER TABLE t ADD COLUMN more TEXT DEFAULT 'm'",
            "ALTER TABLE t ALTER COLUMN more SET DEFAULT 'n'",
            "ALTER TABLE t RENAME COLUMN more TO other",
            "ALTER TABLE t DROP COLUMN other",
            "CREATE INDEX t_g ON t (g)",
            "DROP INDEX t_g",
            "ALTER TABLE t ADD CHECK (v >= 0)",
            "ALTER TABLE t SET (FLUSH_POLICY = 'rows:1000000')")) {
      watch.tells(alter);
    }
    // What writes rows anew is refused while somebody listens.
    watch.tells(() -> refused("55006", () -> run("ALTER TABLE t ALTER g TYPE TEXT")));
    watch.tells("UPDATE t SET v = 31 WHERE id = 3", "UPDATE 3|1|30->3|1|31");
  }
}
