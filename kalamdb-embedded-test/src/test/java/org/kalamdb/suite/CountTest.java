package org.kalamdb.suite;

import static org.assertj.core.api.Assertions.assertThat;
import static org.kalamdb.suite.Sql.rows;

import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.kalamdb.Durability;
import org.kalamdb.KalamDB;
import org.kalamdb.KalamOptions;
import org.kalamdb.Session;
import org.kalamdb.test.TestDatabase;

/** COUNT(*) of segments is known without reading them; it is what counting the rows gives. */
class CountTest {
  /** More than several threads are asked for. */
  private static final int MANY = 150_000;

  private static TestDatabase database(int threads) {
    return TestDatabase.create(
        KalamOptions.builder()
            .durability(Durability.NONE)
            .backgroundCompaction(false)
            .queryThreads(threads)
            .build());
  }

  /** The count by other ways, each of which looks at the rows. */
  private static void checkCounts(Session s, String from, String where) {
    List<String> listed =
        List.of(Integer.toString(rows(s, "SELECT id FROM " + from + where).size()));
    assertThat(rows(s, "SELECT count(*) FROM " + from + where)).as(from + where).isEqualTo(listed);
    assertThat(rows(s, "SELECT sum(CASE WHEN id IS NULL THEN 0 ELSE 1 END) FROM " + from + where))
        .isEqualTo(listed.equals(List.of("0")) ? List.of("null") : listed);
    assertThat(rows(s, "SELECT count(*), count(*) FROM " + from + where))
        .containsExactly(listed.get(0) + "|" + listed.get(0));
    assertThat(
            rows(
                s,
                "SELECT count(*), count(id), count(*) FILTER (WHERE id IS NOT NULL) FROM "
                    + from
                    + where))
        .containsExactly(listed.get(0) + "|" + listed.get(0) + "|" + listed.get(0));
    assertThat(rows(s, "SELECT 1 + (SELECT count(*) FROM " + from + where + ")"))
        .containsExactly(Long.toString(1 + Long.parseLong(listed.get(0))));
    assertThat(rows(s, "SELECT count(*) FROM (SELECT v FROM " + from + where + ") q"))
        .isEqualTo(listed);
  }

  private static void checkAll(Session s, String table) {
    checkCounts(s, table, "");
    checkCounts(s, table, " WHERE id BETWEEN 100 AND 4999");
    checkCounts(s, table, " WHERE id > 1000000");
    checkCounts(s, table, " WHERE id IN (3, 5000, 5000000)");
    checkCounts(s, table, " WHERE v = 7");
    checkCounts(s, table, " WHERE id < 3000 AND v < 50");
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2})
  void count_ofHotColdReplacedAndDeletedRows_isThatOfTheRows(int threads) {
    try (TestDatabase database = database(threads)) {
      KalamDB db = database.db();
      db.execute("CREATE TABLE t (id INT PRIMARY KEY, v INT)");
      try (Session s = db.session()) {
        checkAll(s, "t");
        s.execute("INSERT INTO t SELECT g, g % 100 FROM generate_series(1, ?) g", MANY);
        checkAll(s, "t");
        db.execute("STORAGE FLUSH TABLE t");
        checkAll(s, "t");
        s.execute("UPDATE t SET v = v + 1 WHERE id % 1000 = 7");
        s.execute("DELETE FROM t WHERE id % 1000 = 8");
        s.execute("INSERT INTO t SELECT g, 7 FROM generate_series(?, ?) g", MANY + 1, MANY + 500);
        checkAll(s, "t");
        // Tombstones are in a segment now.
        db.execute("STORAGE FLUSH TABLE t");
        checkAll(s, "t");
        s.execute("UPDATE t SET v = v + 1 WHERE id % 1000 = 9");
        db.execute("STORAGE COMPACT TABLE t");
        checkAll(s, "t");
        s.execute("BEGIN");
        s.execute("DELETE FROM t WHERE id BETWEEN 200 AND 299");
        s.execute("UPDATE t SET v = 7 WHERE id BETWEEN 300 AND 399");
        s.execute("INSERT INTO t VALUES (-1, 7), (-2, 8)");
        checkAll(s, "t");
        s.execute("ROLLBACK");
        checkAll(s, "t");
        s.execute("ALTER TABLE t ADD w INT DEFAULT 5");
        checkAll(s, "t");
      }
      try (Session s = database.reopen().session()) {
        checkAll(s, "t");
      }
    }
  }

  @Test
  void count_ofRandomHistories_isThatOfTheRows() {
    long seed = 11;
    Random random = new Random(seed);
    try (TestDatabase database = database(2)) {
      KalamDB db = database.db();
      db.execute("CREATE NAMESPACE n; CREATE USER TABLE n.t (id INT PRIMARY KEY, v INT)");
      for (int step = 0; step < 120; step++) {
        try (Session s = db.session("u" + random.nextInt(3))) {
          int from = random.nextInt(6000);
          int to = from + random.nextInt(random.nextInt(4) == 0 ? 2500 : 40);
          switch (random.nextInt(5)) {
            case 0 -> s.execute("DELETE FROM n.t WHERE id BETWEEN ? AND ?", from, to);
            case 1 -> s.execute("UPDATE n.t SET v = v + 1 WHERE id BETWEEN ? AND ?", from, to);
            case 2 -> db.execute("STORAGE " + (step % 3 == 0 ? "COMPACT" : "FLUSH") + " TABLE n.t");
            default ->
                s.execute(
                    "INSERT INTO n.t SELECT g, g % 100 FROM generate_series(?, ?) g"
                        + " ON CONFLICT (id) DO NOTHING",
                    from, to);
          }
          checkCounts(s, "n.t", random.nextBoolean() ? "" : " WHERE id < " + random.nextInt(6000));
        } catch (RuntimeException | AssertionError e) {
          throw new AssertionError("seed " + seed + ", step " + step, e);
        }
      }
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2})
  void count_ofSegmentsWithoutDeletedRows_readsNoPage(int threads) {
    try (TestDatabase database = database(threads)) {
      KalamDB db = database.db();
      db.execute("CREATE TABLE t (id INT PRIMARY KEY, v INT)");
      db.execute("INSERT INTO t SELECT g, g FROM generate_series(1, ?) g", MANY);
      db.execute("STORAGE FLUSH TABLE t; UPDATE t SET v = 0 WHERE id <= 10");
      try (Session s = db.session()) {
        String plan = String.join("\n", rows(s, "EXPLAIN ANALYZE SELECT count(*) FROM t"));
        assertThat(plan)
            .contains("rows: " + MANY + ", batches: 1,")
            .contains("hot rows: 10, cold rows: " + (MANY - 10) + ", superseded rows: 10")
            .contains("pages: 0 read")
            .doesNotContain("threads");
      }
    }
  }
}
