package org.kalamdb.suite;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.function.LongPredicate;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.kalamdb.KalamDB;
import org.kalamdb.Session;
import org.kalamdb.test.TemporaryDatabase;

/**
 * Tables that flush themselves: when enough rows are hot, or when the first has waited long enough.
 */
@ExtendWith(TemporaryDatabase.class)
class FlushPolicyTest {
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  private static long hotRows(KalamDB db, String table) {
    return db.query("SHOW STATS FOR TABLE " + table).single().getLong("hot_rows");
  }

  private static void await(KalamDB db, String table, LongPredicate hotRows) throws Exception {
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    while (!hotRows.test(hotRows(db, table))) {
      assertThat(System.nanoTime()).as("hot rows: %d", hotRows(db, table)).isLessThan(deadline);
      Thread.sleep(5);
    }
  }

  @Test
  void rowsPolicy_whenEnoughAreHot_flushesByItself(KalamDB db) throws Exception {
    db.execute("CREATE NAMESPACE n");
    db.execute(
        "CREATE USER TABLE n.t (id INT PRIMARY KEY, v TEXT) WITH (FLUSH_POLICY = 'rows:100')");
    try (Session alice = db.session("alice")) {
      for (int i = 0; i < 99; i++) {
        alice.execute("INSERT INTO n.t VALUES (?, 'x')", i);
      }
      assertThat(hotRows(db, "n.t")).isEqualTo(99);
      alice.execute("INSERT INTO n.t VALUES (99, 'x')");
      await(db, "n.t", hot -> hot == 0);
      assertThat(alice.query("SELECT count(*) FROM n.t").single().getLong(0)).isEqualTo(100);
    }
  }

  @Test
  void intervalPolicy_whenTheFirstRowHasWaited_flushesByItself(KalamDB db) throws Exception {
    db.execute("CREATE NAMESPACE n");
    db.execute("CREATE TABLE n.t (id INT PRIMARY KEY) WITH (FLUSH_POLICY = 'interval:1')");
    db.execute("CREATE TABLE n.other (id INT PRIMARY KEY)");
    db.execute("INSERT INTO n.t VALUES (1), (2)");
    db.execute("INSERT INTO n.other VALUES (1)");
    await(db, "n.t", hot -> hot == 0);
    assertThat(hotRows(db, "n.other")).isEqualTo(1);
    assertThat(db.query("SELECT count(*) FROM n.t").single().getLong(0)).isEqualTo(2);
  }
}
