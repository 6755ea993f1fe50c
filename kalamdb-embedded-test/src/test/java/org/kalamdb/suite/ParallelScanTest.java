package org.kalamdb.suite;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.kalamdb.suite.Sql.rows;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.kalamdb.Durability;
import org.kalamdb.KalamDB;
import org.kalamdb.KalamOptions;
import org.kalamdb.Session;
import org.kalamdb.error.KalamException;
import org.kalamdb.query.Result;

/** A long table of many segments, hot rows and replaced ones: read by one thread and by four. */
@Timeout(300)
class ParallelScanTest {
  private static final int ROWS = 90_000;

  private static final List<String> QUERIES =
      List.of(
          "SELECT id, grp, note FROM m WHERE id % 1000 = 7 ORDER BY id",
          "SELECT count(*), sum(id), min(note), max(amount), avg(amount) FROM m",
          "SELECT grp, count(*), sum(amount) FROM m GROUP BY grp ORDER BY grp",
          "SELECT id % 50000 AS k, count(*) FROM m GROUP BY k HAVING count(*) > 2 ORDER BY k",
          "SELECT g.name, count(*), sum(m.amount) FROM m JOIN g ON g.id = m.grp GROUP BY g.name"
              + " ORDER BY 1",
          "SELECT g.id FROM g WHERE EXISTS (SELECT 1 FROM m WHERE m.grp = g.id AND m.id > 89000)"
              + " ORDER BY 1",
          "SELECT g.id, m.id FROM m RIGHT JOIN g ON g.id = m.grp AND m.id < 30 ORDER BY 1, 2",
          "SELECT note, id FROM m WHERE amount > 10 ORDER BY note DESC, id LIMIT 20",
          "SELECT count(*) FROM (SELECT DISTINCT note, grp FROM m) d");

  private static KalamDB open(Path directory, int threads) {
    return KalamDB.open(
        directory,
        KalamOptions.builder().durability(Durability.NONE).queryThreads(threads).build());
  }

  private static void fill(Session s) {
    s.execute(
        "CREATE TABLE m (id INT PRIMARY KEY, grp INT, note TEXT, amount DECIMAL(10, 2));"
            + "CREATE TABLE g (id INT PRIMARY KEY, name TEXT);"
            + "INSERT INTO g SELECT n, 'g' || n % 5 FROM generate_series(0, 29) AS t(n)");
    for (int part = 0; part < 3; part++) {
      s.execute(
          "INSERT INTO m SELECT n, CASE WHEN n % 11 <> 0 THEN n % 23 END, 'note ' || n % 700,"
              + " (n % 5000) / 4.0 FROM generate_series("
              + part * ROWS
              + ", "
              + (part * ROWS + ROWS - 1)
              + ") AS t(n)");
      s.execute("STORAGE FLUSH TABLE m");
    }
    s.execute("UPDATE m SET grp = 29 WHERE id % 997 = 0");
    s.execute("DELETE FROM m WHERE id % 1009 = 3");
  }

  @Test
  void query_oneThreadOrFour_givesTheSameRows(@TempDir Path directory) {
    List<List<String>> several = new ArrayList<>();
    try (KalamDB db = open(directory, 4);
        Session s = db.session()) {
      fill(s);
      for (String sql : QUERIES) {
        several.add(rows(s, sql));
      }
      String plan = String.join("\n", rows(s, "EXPLAIN ANALYZE " + QUERIES.get(2)));
      assertThat(plan).contains("threads: ");
      assertThat(plan).containsPattern("superseded rows: [1-9]");
    }
    try (KalamDB db = open(directory, 1);
        Session s = db.session()) {
      for (int i = 0; i < QUERIES.size(); i++) {
        assertThat(rows(s, QUERIES.get(i))).as(QUERIES.get(i)).isEqualTo(several.get(i));
      }
      String plan = String.join("\n", rows(s, "EXPLAIN ANALYZE " + QUERIES.get(2)));
      assertThat(plan).doesNotContain("threads: ");
    }
  }

  @Test
  void query_severalThreads_failsStopsAndIsLeftHalfRead(@TempDir Path directory) {
    try (KalamDB db = open(directory, 4);
        Session s = db.session()) {
      fill(s);
      assertThatThrownBy(() -> rows(s, "SELECT sum(1 / (id - 170000)) FROM m"))
          .isInstanceOfSatisfying(
              KalamException.class, e -> assertThat(e.sqlState()).isEqualTo("22012"));
      for (int i = 0; i < 20; i++) {
        try (Result result = s.query("SELECT id, note FROM m")) {
          assertThat(result.stream().limit(i * 10L).count()).isEqualTo(i * 10L);
        }
      }
      s.execute("SET statement_timeout = 1");
      assertThatThrownBy(
              () ->
                  rows(s, "SELECT a.id, count(*) FROM m a JOIN m b ON a.grp = b.grp GROUP BY a.id"))
          .isInstanceOfSatisfying(
              KalamException.class, e -> assertThat(e.sqlState()).isEqualTo("57014"));
    } // closing checks that no memory is held
  }
}
