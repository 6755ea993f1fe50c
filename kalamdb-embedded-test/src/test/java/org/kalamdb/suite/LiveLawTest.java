package org.kalamdb.suite;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.kalamdb.Durability;
import org.kalamdb.KalamDB;
import org.kalamdb.KalamOptions;
import org.kalamdb.Session;
import org.kalamdb.Transaction;
import org.kalamdb.test.LiveQueryChecker;

/**
 * The law of live queries over random histories: after every commit, the snapshot and the changes
 * told since are what the query gives. System properties: {@code kalamdb.live.seed}, {@code
 * kalamdb.live.histories}.
 */
class LiveLawTest {
  private static final long SEED = Long.getLong("kalamdb.live.seed", 1L);
  private static final int HISTORIES =
      Integer.getInteger(
          "kalamdb.live.histories", Boolean.getBoolean("kalamdb.slow") ? 200_000 : 5_000);

  /** Histories in one database, each of a user of its own: compactions look at all of them. */
  private static final int TOGETHER = 5_000;

  private static KalamDB db;

  @BeforeAll
  static void open() {
    db = KalamDB.openInMemory(KalamOptions.builder().durability(Durability.NONE).build());
    db.execute("CREATE NAMESPACE l");
    db.execute(
        "CREATE USER TABLE l.t (id INT PRIMARY KEY, g INT, v INT, s TEXT, d DOUBLE, a DECIMAL(10,2), b BOOLEAN)");
    db.execute("CREATE USER TABLE l.u (g INT, k TEXT, w BIGINT, PRIMARY KEY (g, k))");
    db.execute(
        "CREATE SHARED TABLE l.r (id INT PRIMARY KEY, g INT, name TEXT) WITH (ACCESS_LEVEL = 'PUBLIC')");
  }

  @AfterAll
  static void close() {
    db.close();
  }

  /** Queries of every kind; {@code $} stands for a small number. */
  private static final List<String> QUERIES =
      List.of(
          "SELECT * FROM l.t WHERE g = $ AND v > $",
          "SELECT id, v + 1 FROM l.t ORDER BY v, id",
          "SELECT s FROM l.t ORDER BY v DESC NULLS LAST, id LIMIT 3",
          "SELECT id, s FROM l.t WHERE g < $ ORDER BY s, id DESC LIMIT 4",
          "SELECT id FROM l.t ORDER BY id LIMIT 3 OFFSET 2",
          "SELECT v FROM l.t ORDER BY id DESC OFFSET 3",
          "SELECT count(*), count(g), sum(v), avg(v), min(v), max(s) FROM l.t",
          "SELECT g, count(*) FROM l.t GROUP BY g",
          "SELECT g, sum(d), avg(d), sum(a), avg(a), min(a), max(d) FROM l.t GROUP BY g",
          "SELECT g, count(DISTINCT v), sum(DISTINCT v) FROM l.t WHERE id > $ GROUP BY g",
          "SELECT g, count(*) FILTER (WHERE b), bool_and(b), bool_or(b) FROM l.t GROUP BY g HAVING count(*) > 1",
          "SELECT g, s, max(v) FROM l.t GROUP BY g, s ORDER BY max(v) DESC NULLS LAST, g, s LIMIT 3",
          "SELECT DISTINCT g FROM l.t",
          "SELECT DISTINCT g, b FROM l.t WHERE v IS NOT NULL ORDER BY g, b",
          "SELECT t.id, r.name FROM l.t t JOIN l.r r ON r.g = t.g",
          "SELECT t.id, r.name FROM l.t t JOIN l.r r ON r.g = t.g AND r.id > t.v",
          "SELECT t.id, t.s, r.name FROM l.t t LEFT JOIN l.r r ON r.g = t.g",
          "SELECT t.id, r.id FROM l.t t LEFT JOIN l.r r ON r.g = t.g AND r.id <> t.v WHERE t.id > $",
          "SELECT r.name, count(*), sum(t.v) FROM l.t t JOIN l.r r ON r.g = t.g GROUP BY r.name",
          "SELECT t.id, u.k FROM l.t t JOIN l.u u ON u.g = t.g JOIN l.r r ON r.g = u.g ORDER BY t.id, u.k, r.id LIMIT 5",
          "SELECT a.id, b.id FROM l.t a JOIN l.t b ON a.g = b.g AND a.id < b.id",
          "SELECT * FROM l.t WHERE EXISTS (SELECT 1 FROM l.r WHERE r.g = t.g)",
          "SELECT id FROM l.t WHERE g IN (SELECT g FROM l.r WHERE id > $)",
          "SELECT id FROM l.t WHERE NOT EXISTS (SELECT 1 FROM l.u WHERE u.g = t.g)",
          "SELECT id FROM l.t t WHERE EXISTS (SELECT 1 FROM l.r r WHERE r.g = t.g AND r.id > t.v)",
          "SELECT g FROM l.t UNION ALL SELECT g FROM l.r",
          "SELECT g, 'u' FROM l.u UNION SELECT g, 'r' FROM l.r",
          "SELECT x.g, x.n FROM (SELECT g, count(*) AS n FROM l.t GROUP BY g) x JOIN l.r r ON r.g = x.g WHERE x.n > 1",
          // Run again:
          "SELECT id, row_number() OVER (ORDER BY v, id) FROM l.t",
          "SELECT g, string_agg(s, ',' ORDER BY id) FROM l.t GROUP BY g",
          "SELECT id FROM l.t WHERE g NOT IN (SELECT g FROM l.r WHERE g IS NOT NULL)",
          "SELECT id, (SELECT count(*) FROM l.r WHERE r.g = t.g) FROM l.t t",
          "SELECT g, count(*) FROM l.t GROUP BY ROLLUP (g)",
          "WITH x AS (SELECT g, max(v) AS m FROM l.t GROUP BY g) SELECT a.g, b.m FROM x a JOIN x b ON a.g = b.g",
          "SELECT * FROM l.t FULL JOIN l.u ON t.g = u.g");

  @Test
  void law_randomHistories() {
    System.out.printf("LiveLawTest: seed %d, %,d histories%n", SEED, HISTORIES);
    for (int i = 0; i < HISTORIES; i++) {
      if (i > 0 && i % TOGETHER == 0) {
        System.out.printf("LiveLawTest: %,d histories hold%n", i);
        close();
        open();
      }
      long seed = SEED * 1_000_003 + i;
      try {
        new History(seed).run(QUERIES.get(i % QUERIES.size()));
      } catch (RuntimeException | AssertionError e) {
        throw new AssertionError("History of seed " + seed + " (number " + i + ")", e);
      }
    }
  }

  private static final class History {
    private final Random random;
    private final String user;
    private final List<String> done = new ArrayList<>();

    History(long seed) {
      random = new Random(seed);
      user = "u" + seed;
    }

    void run(String template) {
      StringBuilder sql = new StringBuilder();
      for (char c : template.toCharArray()) {
        sql.append(c == '$' ? String.valueOf(random.nextInt(5)) : String.valueOf(c));
      }
      db.execute("DELETE FROM l.r");
      try (Session session = db.session(user)) {
        int before = random.nextInt(15);
        for (int i = 0; i < before; i++) {
          step(session);
        }
        try (LiveQueryChecker checker = new LiveQueryChecker(session, sql.toString())) {
          checker.check();
          int steps = 5 + random.nextInt(15);
          for (int i = 0; i < steps; i++) {
            step(session);
            checker.check();
          }
        }
      } catch (RuntimeException | AssertionError e) {
        throw new AssertionError(sql + "\n" + String.join("\n", done), e);
      }
    }

    private void step(Session session) {
      int kind = random.nextInt(100);
      if (kind < 2) {
        run(db.session(), "STORAGE FLUSH TABLE l." + (random.nextBoolean() ? "t" : "r"));
      } else if (kind < 3) {
        run(db.session(), "STORAGE COMPACT TABLE l.t");
      } else if (kind < 15) {
        try (Transaction transaction = session.begin()) {
          int writes = 1 + random.nextInt(5);
          for (int i = 0; i < writes; i++) {
            write(session);
          }
          if (random.nextInt(6) == 0) {
            transaction.rollback();
          } else {
            transaction.commit();
          }
        }
      } else {
        write(session);
      }
    }

    private void write(Session session) {
      switch (random.nextInt(12)) {
        case 0, 1, 2 ->
            run(session, "INSERT INTO l.t VALUES " + row() + " ON CONFLICT (id) DO NOTHING");
        case 3 ->
            run(
                session,
                "INSERT INTO l.t VALUES "
                    + row()
                    + " ON CONFLICT (id) DO UPDATE SET v = EXCLUDED.v, g = EXCLUDED.g");
        case 4 -> run(session, "UPDATE l.t SET g = " + small() + " WHERE id = " + id());
        case 5 -> run(session, "UPDATE l.t SET v = v + 1, d = d * 2 WHERE g = " + small());
        case 6 -> run(session, "UPDATE l.t SET s = 'x' || id, b = NOT b WHERE id > " + id());
        case 7 -> run(session, "DELETE FROM l.t WHERE id = " + id());
        case 8 -> run(session, "DELETE FROM l.t WHERE g = " + small() + " AND id > " + id());
        case 9 ->
            run(
                session,
                "INSERT INTO l.u VALUES ("
                    + random.nextInt(4)
                    + ", '"
                    + (char) ('a' + random.nextInt(3))
                    + "', 1) ON CONFLICT (g, k) DO UPDATE SET w = u.w + 1");
        case 10 -> run(session, "DELETE FROM l.u WHERE g = " + random.nextInt(4));
        default -> shared();
      }
    }

    /** Only operators write shared tables, and not in the user's transaction. */
    private void shared() {
      if (random.nextInt(3) > 0) {
        run(
            db.session(),
            "INSERT INTO l.r VALUES ("
                + id()
                + ", "
                + small()
                + ", 'n"
                + random.nextInt(3)
                + "') ON CONFLICT (id) DO UPDATE SET g = EXCLUDED.g");
      } else {
        run(db.session(), "DELETE FROM l.r WHERE id = " + id());
      }
    }

    private void run(Session session, String sql) {
      done.add(sql);
      session.execute(sql);
    }

    private String row() {
      return "("
          + id()
          + ", "
          + small()
          + ", "
          + small()
          + ", "
          + (random.nextInt(8) == 0 ? "NULL" : "'s" + random.nextInt(6) + "'")
          + ", "
          + (random.nextInt(8) == 0 ? "NULL" : random.nextInt(100) / 10.0)
          + ", "
          + random.nextInt(1000) / 100.0
          + ", "
          + List.of("TRUE", "FALSE", "NULL").get(random.nextInt(3))
          + ")";
    }

    private int id() {
      return random.nextInt(12);
    }

    private String small() {
      return random.nextInt(8) == 0 ? "NULL" : String.valueOf(random.nextInt(4));
    }
  }
}
