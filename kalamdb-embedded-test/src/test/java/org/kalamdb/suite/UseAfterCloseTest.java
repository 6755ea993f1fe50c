package org.kalamdb.suite;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.kalamdb.KalamDB;
import org.kalamdb.Session;
import org.kalamdb.Transaction;
import org.kalamdb.error.KalamException;
import org.kalamdb.live.Subscription;
import org.kalamdb.live.SubscriptionOptions;
import org.kalamdb.query.PreparedQuery;
import org.kalamdb.query.Result;
import org.kalamdb.query.ResultBatch;
import org.kalamdb.query.Row;
import org.kalamdb.test.TestDatabase;

/** Every public object after its own close, and after that of what it came from: refused. */
class UseAfterCloseTest {
  private TestDatabase database;
  private KalamDB db;
  private Session session;
  private Transaction transaction;
  private Subscription subscription;
  private PreparedQuery prepared;
  private Result rows;
  private Result batches;
  private Result point;
  private ResultBatch batch;
  private ResultBatch pointBatch;
  private Iterator<Row> iterator;

  @BeforeEach
  void open() {
    database = TestDatabase.create();
    db = database.db();
    db.execute("CREATE TABLE t (id INT PRIMARY KEY, v TEXT)");
    StringBuilder values = new StringBuilder("(0, 'x')");
    for (int i = 1; i < 6000; i++) {
      values.append(", (").append(i).append(", 'x')");
    }
    db.execute("INSERT INTO t VALUES " + values);
    session = db.session();
    subscription =
        session.subscribe("SELECT * FROM t", SubscriptionOptions.defaults(), event -> {});
    prepared = session.prepare("SELECT v FROM t WHERE id = ?");
    transaction = session.begin();
    rows = session.query("SELECT id, v FROM t WHERE id >= 0");
    iterator = rows.iterator();
    assertThat(iterator.next().size()).isEqualTo(2);
    batches = session.query("SELECT id, v FROM t WHERE id >= 0");
    batch = batches.nextBatch();
    point = session.query("SELECT v FROM t WHERE id = 3");
    pointBatch = point.nextBatch();
  }

  @AfterEach
  void close() {
    List.of(rows, batches, point).forEach(Result::close);
    database.close();
  }

  private static void refused(String what, ThrowingCallable call) {
    Throwable thrown = catchThrowable(call);
    assertThat(thrown).as(what).isInstanceOfAny(KalamException.class, IllegalStateException.class);
    if (thrown instanceof KalamException error) {
      assertThat(error.sqlState()).as(what).isIn("08003", "25P01");
    }
  }

  private Map<String, ThrowingCallable> ofResults() {
    Map<String, ThrowingCallable> calls = new LinkedHashMap<>();
    calls.put("rows of an iterator", () -> iterator.forEachRemaining(row -> row.get(0)));
    calls.put("list", rows::list);
    calls.put("single", rows::single);
    calls.put("stream", () -> rows.stream().toList());
    calls.put("nextBatch", batches::nextBatch);
    return calls;
  }

  private Map<String, ThrowingCallable> ofTheSession() {
    Map<String, ThrowingCallable> calls = new LinkedHashMap<>();
    calls.put("execute", () -> session.execute("INSERT INTO t VALUES (-1, 'y')"));
    calls.put("query", () -> session.query("SELECT 1"));
    calls.put("prepare", () -> session.prepare("SELECT 1"));
    calls.put("begin", () -> session.begin());
    calls.put("inTransaction", () -> session.inTransaction(s -> 1));
    calls.put("useNamespace", () -> session.useNamespace("default"));
    calls.put(
        "subscribe",
        () -> session.subscribe("SELECT * FROM t", SubscriptionOptions.defaults(), event -> {}));
    calls.put("prepared query", () -> prepared.query(1));
    calls.put("prepared batch", () -> prepared.executeBatch(List.<Object[]>of(new Object[] {1})));
    calls.put("commit", transaction::commit);
    calls.put("savepoint", () -> transaction.savepoint("s"));
    return calls;
  }

  private void closeAllTwice() throws Exception {
    List<AutoCloseable> all = new ArrayList<>();
    for (int i = 0; i < 2; i++) {
      all.addAll(List.of(rows, batches, point, prepared, transaction, subscription, session, db));
    }
    for (AutoCloseable each : all) {
      each.close();
    }
  }

  @Test
  void results_closed_refuse() throws Exception {
    rows.close();
    batches.close();
    point.close();
    ofResults().forEach(UseAfterCloseTest::refused);
    refused("batch", () -> batch.column(0));
    refused("batch of one row", () -> pointBatch.column(0));
    refused("next batch of one row", point::nextBatch);
    closeAllTwice();
  }

  @Test
  void batch_afterTheNext_isRefused() {
    assertThat(batch.column(0).getValueCount()).isEqualTo(batch.rowCount());
    batches.nextBatch();
    refused("batch", () -> batch.column(0));
  }

  @Test
  void session_closed_refuses_andItsResultsGoOn() throws Exception {
    session.close();
    ofTheSession().forEach(UseAfterCloseTest::refused);
    assertThat(rows.list()).hasSize(5999);
    closeAllTwice();
  }

  @Test
  void transaction_ended_refuses() throws Exception {
    transaction.rollback();
    refused("commit", transaction::commit);
    refused("rollback", transaction::rollback);
    refused("rollbackTo", () -> transaction.rollbackTo("s"));
    refused("release", () -> transaction.release("s"));
    transaction.close();
    assertThat(transaction.isOpen()).isFalse();
    closeAllTwice();
  }

  @Test
  void preparedQuery_closed_refuses() throws Exception {
    prepared.close();
    refused("query", () -> prepared.query(1));
    refused("execute", () -> prepared.execute(1));
    refused("batch", () -> prepared.executeBatch(List.of()));
    closeAllTwice();
  }

  @Test
  void database_closed_refusesThroughEveryObject() throws Exception {
    database.closeDatabase();
    ofTheSession().forEach(UseAfterCloseTest::refused);
    ofResults().forEach(UseAfterCloseTest::refused);
    refused("query", () -> db.query("SELECT 1"));
    refused("session", () -> db.session("ann"));
    refused("check", () -> db.check());
    refused("columns", () -> prepared.columns());
    session.cancel();
    closeAllTwice();
    assertThat(database.reopen().query("SELECT count(*) FROM t").single().getLong(0))
        .isEqualTo(6000);
  }
}
