package org.kalamdb.suite;

import static org.assertj.core.api.Assertions.assertThat;
import static org.kalamdb.suite.Sql.refused;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.kalamdb.KalamDB;
import org.kalamdb.Session;
import org.kalamdb.Transaction;
import org.kalamdb.live.ChangeEvent;
import org.kalamdb.live.ChangeEvent.Changes;
import org.kalamdb.live.ChangeEvent.Ready;
import org.kalamdb.live.ChangeEvent.SchemaChanged;
import org.kalamdb.live.LiveEvents;
import org.kalamdb.live.LiveView;
import org.kalamdb.live.Subscription;
import org.kalamdb.live.SubscriptionOptions;
import org.kalamdb.live.SubscriptionOptions.Overflow;
import org.kalamdb.query.ResultColumn;
import org.kalamdb.query.Row;
import org.kalamdb.schema.ColumnSchema;
import org.kalamdb.schema.SeqId;
import org.kalamdb.test.RecordingListener;
import org.kalamdb.test.TemporaryDatabase;

/** Tables that are altered beneath live queries. */
@ExtendWith(TemporaryDatabase.class)
class LiveSchemaChangeTest {
  private static final SubscriptionOptions ALL = SubscriptionOptions.defaults();

  /** A query of plain rows, one whose result is kept, and one that is run again. */
  private static final List<String> QUERIES =
      List.of(
          "SELECT * FROM t",
          "SELECT * FROM t ORDER BY id LIMIT 5000",
          "SELECT *, rank() OVER (ORDER BY id) FROM t");

  private KalamDB db;
  private Session session;

  @BeforeEach
  void open(KalamDB database) {
    db = database;
    session = db.session();
    session.execute("CREATE TABLE t (id INT PRIMARY KEY, n INT, note TEXT)");
    session.execute("INSERT INTO t VALUES (1, 1, 'a')");
  }

  private static List<SchemaChanged> changes(RecordingListener heard) {
    return heard.events().stream()
        .filter(SchemaChanged.class::isInstance)
        .map(SchemaChanged.class::cast)
        .toList();
  }

  private static SchemaChanged await(RecordingListener heard, int count) {
    heard.await("SchemaChanged " + count, event -> changes(heard).size() >= count);
    return changes(heard).get(count - 1);
  }

  private static List<String> names(SchemaChanged event) {
    return event.columns().stream().map(ColumnSchema::name).toList();
  }

  private static List<String> names(Row row) {
    return row.columns().stream().map(ResultColumn::name).toList();
  }

  @Test
  void addedColumn_isToldAndShownToWhoSubscribesAnew() {
    for (String sql : QUERIES) {
      session.execute("DROP TABLE t");
      session.execute("CREATE TABLE t (id INT PRIMARY KEY, n INT, note TEXT)");
      session.execute("INSERT INTO t VALUES (1, 1, 'a')");
      RecordingListener heard = new RecordingListener();
      try (Subscription live = session.subscribe(sql, ALL, heard)) {
        heard.awaitReady();
        session.execute("ALTER TABLE t ADD COLUMN more TEXT DEFAULT 'm'");
        SchemaChanged told = await(heard, 1);
        assertThat(told.table().name()).isEqualTo("t");
        assertThat(names(told)).containsExactly("id", "n", "note", "more");
        assertThat(told.columns().get(3).type().toString()).isEqualToIgnoringCase("text");
        session.execute("INSERT INTO t VALUES (2, 2, 'b', 'x')");
        heard.awaitChanges(1);
        assertThat(heard.rows()).hasSize(2).allMatch(row -> names(row).get(2).equals("note"));
        assertThat(heard.rows()).noneMatch(row -> names(row).contains("more"));
        // Not told what it shows anyway, and not given the result of the other.
        RecordingListener anew = new RecordingListener();
        try (Subscription second = session.subscribe(sql, ALL, anew)) {
          anew.awaitReady();
          assertThat(anew.rows()).hasSize(2).allMatch(row -> names(row).contains("more"));
          session.execute("UPDATE t SET more = 'y'");
          anew.awaitChanges(1);
          assertThat(changes(anew)).isEmpty();
          assertThat(second.isOpen()).isTrue();
        }
        session.execute("INSERT INTO t VALUES (3, 3, 'c', 'x')");
        heard.awaitChanges(2);
        assertThat(heard.misfits()).isEmpty();
        assertThat(live.isOpen()).isTrue();
      }
    }
  }

  @Test
  void otherAlterations_areTold_andTheResultGoesOn() {
    for (String sql : List.of("SELECT id, n FROM t", "SELECT n, count(*) FROM t GROUP BY n")) {
      session.execute("DROP TABLE IF EXISTS t");
      session.execute("DROP TABLE IF EXISTS t2");
      session.execute("CREATE TABLE t (id INT PRIMARY KEY, n INT, note TEXT)");
      RecordingListener heard = new RecordingListener();
      try (Subscription live = session.subscribe(sql, ALL, heard)) {
        heard.awaitReady();
        session.execute("ALTER TABLE t RENAME COLUMN n TO number");
        assertThat(names(await(heard, 1))).containsExactly("id", "number", "note");
        session.execute("INSERT INTO t VALUES (1, 1, 'a')");
        heard.awaitChanges(1);
        session.execute("ALTER TABLE t ALTER COLUMN number SET DEFAULT 7");
        assertThat(await(heard, 2).columns().get(1).defaultSql()).isEqualTo("7");
        session.execute("ALTER TABLE t ALTER COLUMN number SET NOT NULL");
        await(heard, 3);
        session.execute("ALTER TABLE t DROP COLUMN note");
        assertThat(names(await(heard, 4))).containsExactly("id", "number");
        refused("55006", () -> session.execute("ALTER TABLE t DROP COLUMN number"));
        session.execute("ALTER TABLE t RENAME TO t2");
        assertThat(await(heard, 5).table().name()).isEqualTo("t2");
        session.execute("INSERT INTO t2 VALUES (2, 2)");
        heard.awaitChanges(2);
        assertThat(heard.rows()).hasSize(2).allMatch(row -> names(row).contains("n"));
        assertThat(changes(heard)).extracting(SchemaChanged::version).isSorted();
        assertThat(heard.misfits()).isEmpty();
        assertThat(live.isOpen()).isTrue();
      }
    }
  }

  @Test
  void whatChangesNoColumn_isNotTold() {
    RecordingListener heard = new RecordingListener();
    try (Subscription live = session.subscribe("SELECT * FROM t", ALL, heard)) {
      heard.awaitReady();
      session.execute("CREATE INDEX t_n ON t (n)");
      session.execute("ALTER TABLE t SET (FLUSH_POLICY = 'rows:1000000')");
      session.execute("ALTER TABLE t ADD CHECK (n > 0)");
      session.execute("CREATE TABLE other (id INT PRIMARY KEY)");
      session.execute("ALTER TABLE other ADD COLUMN c INT");
      session.execute("BEGIN; ALTER TABLE t ADD COLUMN more INT; ROLLBACK");
      session.execute("STORAGE FLUSH TABLE t");
      session.execute("INSERT INTO t VALUES (2, 2, 'b')");
      heard.awaitChanges(1);
      assertThat(heard.events().stream().map(event -> event.getClass().getSimpleName()))
          .containsExactly("SnapshotRows", "Ready", "Changes");
      assertThat(live.isOpen()).isTrue();
    }
  }

  /** The rows of the transaction that alters come behind the event, under the same commit. */
  @Test
  void transaction_altersAndWrites_isToldInThisOrder() {
    for (String sql : QUERIES) {
      RecordingListener heard = new RecordingListener();
      try (Subscription live = session.subscribe(sql, ALL, heard)) {
        heard.awaitReady();
        try (Transaction transaction = session.begin()) {
          session.execute("INSERT INTO t VALUES (10, 1, 'x')");
          session.execute("ALTER TABLE t RENAME COLUMN note TO remark");
          session.execute("UPDATE t SET remark = 'y' WHERE id = 10");
          transaction.commit();
        }
        heard.awaitChanges(1);
        SchemaChanged told = await(heard, 1);
        List<ChangeEvent> events = heard.events();
        assertThat(events.indexOf(told)).isEqualTo(events.size() - 2);
        assertThat(events.get(events.size() - 1).seq()).isEqualTo(told.seq());
        assertThat(heard.rows()).hasSize(2);
        assertThat(live.isOpen()).isTrue();
      }
      session.execute("ALTER TABLE t RENAME COLUMN remark TO note");
      session.execute("DELETE FROM t WHERE id = 10");
    }
  }

  @Test
  void underWriters_isToldInCommitOrder_onceForEachListener() throws Exception {
    AtomicBoolean stop = new AtomicBoolean();
    Threads writers = new Threads();
    for (int w = 0; w < 3; w++) {
      int writer = w;
      writers.start(
          () -> {
            try (Session own = db.session()) {
              for (int i = 0; !stop.get(); i++) {
                own.inTransaction(
                    s ->
                        s.execute(
                            "INSERT INTO t (id, n) VALUES (?, 1) ON CONFLICT (id) DO UPDATE SET n = t.n + 1",
                            writer));
              }
            }
          });
    }
    List<RecordingListener> all = new ArrayList<>();
    List<Subscription> open = new ArrayList<>();
    List<SeqId> altered = new ArrayList<>();
    try {
      for (String sql : List.of(QUERIES.get(0), QUERIES.get(1), QUERIES.get(2))) {
        for (Overflow overflow : Overflow.values()) {
          RecordingListener heard = new RecordingListener();
          all.add(heard);
          open.add(session.subscribe(sql, ALL.withQueue(100_000, overflow), heard));
          heard.awaitReady();
        }
      }
      for (int i = 0; i < 20; i++) {
        session.inTransaction(s -> s.execute("ALTER TABLE t ADD COLUMN c INT"));
        session.inTransaction(s -> s.execute("ALTER TABLE t DROP COLUMN c"));
      }
      for (RecordingListener heard : all) {
        await(heard, 40);
      }
    } finally {
      stop.set(true);
      writers.join();
      open.forEach(Subscription::close);
    }
    for (SchemaChanged told : changes(all.get(0))) {
      altered.add(told.seq());
    }
    for (RecordingListener heard : all) {
      heard.awaitClosed();
      assertThat(changes(heard)).extracting(SchemaChanged::seq).isEqualTo(altered);
      assertThat(changes(heard))
          .extracting(SchemaChanged::version)
          .isSorted()
          .doesNotHaveDuplicates();
      assertThat(heard.events()).extracting(ChangeEvent::seq).isSorted();
      assertThat(heard.misfits()).isEmpty();
    }
  }

  /** A reset takes the rows that wait, but not the news. */
  @Test
  void slowListener_hearsOfItAllTheSame() throws Exception {
    for (Overflow overflow : List.of(Overflow.RESET, Overflow.COALESCE)) {
      CountDownLatch written = new CountDownLatch(1);
      RecordingListener heard = new RecordingListener();
      try (Subscription live =
          session.subscribe(
              "SELECT id, n FROM t",
              ALL.withQueue(10, overflow),
              event -> {
                if (event instanceof Changes) {
                  try {
                    assertThat(written.await(30, TimeUnit.SECONDS)).isTrue();
                  } catch (InterruptedException e) {
                    throw new AssertionError(e);
                  }
                }
                heard.onEvent(event);
              })) {
        heard.awaitReady();
        for (int i = 0; i < 60; i++) {
          session.execute("INSERT INTO t (id, n) VALUES (?, 0)", 100 + i);
          if (i == 30) {
            session.execute("ALTER TABLE t ADD COLUMN c INT");
          } else if (i == 50) {
            session.execute("ALTER TABLE t DROP COLUMN c");
          }
        }
        written.countDown();
        heard.awaitRows("all rows", rows -> rows.size() == 61);
        await(heard, 2);
        assertThat(changes(heard)).hasSize(2);
        assertThat(heard.events()).anyMatch(ChangeEvent.Reset.class::isInstance);
        assertThat(heard.misfits()).isEmpty();
        assertThat(live.isOpen()).isTrue();
      }
      session.execute("DELETE FROM t WHERE id >= 100");
    }
  }

  @Test
  void viewIteratorAndCursor_passItOn() throws Exception {
    List<ChangeEvent> seen = new ArrayList<>();
    RecordingListener heard = new RecordingListener();
    try (LiveView view = session.liveView("SELECT * FROM t", ALL);
        LiveEvents events = session.events("SELECT * FROM t ORDER BY id", ALL)) {
      assertThat(view.awaitReady(Duration.ofSeconds(20))).isTrue();
      view.addListener(heard);
      while (!(events.next() instanceof Ready)) {
        assertThat(events.hasNext()).isTrue();
      }
      session.execute("ALTER TABLE t ADD COLUMN c INT");
      seen.add(events.next());
      await(heard, 1);
      assertThat(seen.get(0)).isInstanceOf(SchemaChanged.class);
      assertThat(view.rows()).hasSize(1);
      assertThat(view.state()).isEqualTo(LiveView.State.READY);
    }
    // A cursor's place is no later for it; the query means something else now, so it starts anew.
    RecordingListener told = new RecordingListener();
    try (Subscription live = session.cursor("c").subscribe("SELECT * FROM t", ALL, told)) {
      told.awaitReady();
      session.execute("ALTER TABLE t ADD COLUMN d INT");
      await(told, 1);
      assertThat(live.isOpen()).isTrue();
    }
    assertThat(session.cursor("c").position()).contains(told.awaitReady().seq());
    RecordingListener again = new RecordingListener();
    try (Subscription live = session.cursor("c").subscribe("SELECT * FROM t", ALL, again)) {
      again.awaitReady();
      assertThat(again.events().get(0)).isInstanceOf(ChangeEvent.Reset.class);
      assertThat(names(again.rows().get(0))).containsExactly("id", "n", "note", "c", "d");
      assertThat(live.isOpen()).isTrue();
    }
  }
}
