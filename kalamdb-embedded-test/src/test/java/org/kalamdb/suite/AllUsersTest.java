package org.kalamdb.suite;

import static org.assertj.core.api.Assertions.assertThat;
import static org.kalamdb.suite.Sql.refused;
import static org.kalamdb.suite.Sql.rows;
import static org.kalamdb.suite.Sql.value;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.kalamdb.KalamDB;
import org.kalamdb.Session;
import org.kalamdb.schema.Role;
import org.kalamdb.schema.UserId;
import org.kalamdb.test.TemporaryDatabase;
import org.kalamdb.test.TestDatabase;

/** {@code SELECT ... FROM ALL USERS OF t}. */
@ExtendWith(TemporaryDatabase.class)
class AllUsersTest {
  private static final List<String> USERS = List.of("alice", "bob", "Zoë/../x", "b", "😀");

  private static void makeTables(KalamDB db) {
    db.execute("CREATE NAMESPACE n");
    db.execute("CREATE USER TABLE n.t (id INT PRIMARY KEY, v INT, g TEXT)");
    db.execute("CREATE TABLE n.names (g TEXT PRIMARY KEY, name TEXT)");
    db.execute("INSERT INTO n.names VALUES ('a', 'Anna'), ('b', 'Berta')");
    db.execute("CREATE STREAM TABLE n.events (id INT) WITH (TTL_SECONDS = 100)");
  }

  private static Session service(KalamDB db) {
    return db.session(new UserId("svc"), Role.SERVICE);
  }

  @Test
  void select_readsEveryUsersRows(KalamDB db) {
    makeTables(db);
    db.session("bob").execute("INSERT INTO n.t VALUES (1, 10, 'b'), (2, 20, 'b')");
    db.session("alice").execute("INSERT INTO n.t VALUES (1, 100, 'a')");
    db.execute("STORAGE FLUSH TABLE n.t FOR USER 'bob'");
    db.session("bob").execute("INSERT INTO n.t VALUES (3, 30, 'b')");
    try (Session service = service(db)) {
      service.execute("INSERT INTO n.t VALUES (1, 1, 's')");
      assertThat(rows(service, "SELECT * FROM ALL USERS OF n.t ORDER BY _user_id, id"))
          .containsExactly("1|100|a|alice", "1|10|b|bob", "2|20|b|bob", "3|30|b|bob", "1|1|s|svc");
      assertThat(rows(service, "SELECT _user_id FROM ALL USERS OF n.t WHERE v > 20 ORDER BY 1"))
          .containsExactly("alice", "bob");
      assertThat(value(service, "SELECT count(*) FROM ALL USERS OF n.t")).isEqualTo(5L);
      assertThat(
              rows(
                  service,
                  "SELECT _user_id, count(*), sum(v) FROM ALL USERS OF n.t GROUP BY _user_id"
                      + " HAVING count(*) > 0 ORDER BY 2 DESC, 1"))
          .containsExactly("bob|3|60", "alice|1|100", "svc|1|1");
      assertThat(rows(service, "SELECT id, v FROM ALL USERS OF n.t WHERE _user_id = ?", "alice"))
          .containsExactly("1|100");
      assertThat(rows(service, "SELECT v FROM ALL USERS OF n.t WHERE _user_id = 'bob' AND id = 2"))
          .containsExactly("20");
      assertThat(rows(service, "SELECT v FROM ALL USERS OF n.t WHERE _user_id = ''")).isEmpty();
      assertThat(
              rows(service, "SELECT v FROM ALL USERS OF n.t WHERE _user_id = ?", "x".repeat(300)))
          .isEmpty();
      assertThat(
              rows(
                  service,
                  "SELECT a._user_id, n.name, own.v FROM ALL USERS OF n.t a JOIN n.names n USING (g)"
                      + " LEFT JOIN n.t own ON own.id = a.id ORDER BY a._user_id, a.id"))
          .containsExactly("alice|Anna|1", "bob|Berta|1", "bob|Berta|null", "bob|Berta|null");
      assertThat(
              rows(
                  service,
                  "SELECT _user_id, id FROM ALL USERS OF n.t ORDER BY _user_id DESC, id DESC"
                      + " LIMIT 2"))
          .containsExactly("svc|1", "bob|3");
      // The key alone does not tell rows of several users apart.
      assertThat(rows(service, "SELECT DISTINCT id FROM ALL USERS OF n.t ORDER BY id"))
          .containsExactly("1", "2", "3");
      refused("42803", () -> service.query("SELECT v FROM ALL USERS OF n.t GROUP BY id"));
      assertThat(rows(service, "SELECT id, v, _user_id FROM ALL USERS OF n.t x WHERE x._seq > 0"))
          .hasSize(5);
      assertThat(
              String.join(
                  "\n",
                  rows(service, "EXPLAIN SELECT * FROM ALL USERS OF n.t WHERE _user_id = 'bob'")))
          .contains("Scan all users of n.t");
      service.execute("CREATE TABLE n.kept AS SELECT * FROM ALL USERS OF n.t");
      assertThat(value(service, "SELECT count(*) FROM n.kept")).isEqualTo(5L);
    }
  }

  @Test
  void select_ofOneUser_opensThatPartitionOnly(KalamDB db) {
    makeTables(db);
    for (String user : USERS) {
      db.session(user).execute("INSERT INTO n.t SELECT i, i, 'x' FROM generate_series(1, 10) i");
    }
    db.execute("STORAGE FLUSH TABLE n.t");
    try (Session service = service(db)) {
      String all =
          String.join("\n", rows(service, "EXPLAIN ANALYZE SELECT * FROM ALL USERS OF n.t"));
      String one =
          String.join(
              "\n",
              rows(
                  service,
                  "EXPLAIN ANALYZE SELECT * FROM ALL USERS OF n.t WHERE _user_id IN ('b', 'no')"));
      assertThat(all).contains("segments: 5 read, 0 skipped");
      assertThat(one).contains("segments: 1 read, 0 skipped");
    }
  }

  @Test
  void select_inTransaction_seesOwnWritesAsUsers(KalamDB db) {
    makeTables(db);
    db.session("bob").execute("INSERT INTO n.t VALUES (1, 10, 'b')");
    try (Session service = service(db)) {
      service.execute("BEGIN");
      service.execute("EXECUTE AS USER 'new' (INSERT INTO n.t VALUES (7, 7, 'n'))");
      service.execute("EXECUTE AS USER 'bob' (UPDATE n.t SET v = 11)");
      String all = "SELECT _user_id, id, v FROM ALL USERS OF n.t ORDER BY _user_id";
      assertThat(rows(service, all)).containsExactly("bob|1|11", "new|7|7");
      assertThat(rows(service(db), all)).containsExactly("bob|1|10");
      service.execute("COMMIT");
      assertThat(rows(service(db), all)).containsExactly("bob|1|11", "new|7|7");
      // A serializable reader of all notices a user who comes meanwhile.
      service.execute("BEGIN ISOLATION LEVEL SERIALIZABLE");
      long seen = (Long) value(service, "SELECT count(*) FROM ALL USERS OF n.t");
      db.session("third").execute("INSERT INTO n.t VALUES (1, 1, 'x')");
      service.execute("INSERT INTO n.names VALUES ('n', '" + seen + "')");
      refused("40001", () -> service.execute("COMMIT"));
    }
  }

  @Test
  void allUsers_wrong_isRefused(KalamDB db) {
    makeTables(db);
    db.execute("CREATE USER TABLE n.own (id INT PRIMARY KEY, _user_id TEXT)");
    try (Session service = service(db);
        Session user = db.session("u")) {
      refused("42501", () -> user.query("SELECT * FROM ALL USERS OF n.t"));
      assertThat(refused("42501", () -> user.query("SELECT * FROM ALL USERS OF n.t")).getMessage())
          .isEqualTo(
              refused("42501", () -> user.query("SELECT * FROM ALL USERS OF n.none")).getMessage());
      refused("42501", () -> service.query("EXECUTE AS USER 'u' (SELECT * FROM ALL USERS OF n.t)"));
      refused("42P01", () -> service.query("SELECT * FROM ALL USERS OF n.none"));
      refused("42809", () -> service.query("SELECT * FROM ALL USERS OF n.names"));
      refused("0A000", () -> service.query("SELECT * FROM ALL USERS OF n.events"));
      refused("42701", () -> service.query("SELECT * FROM ALL USERS OF n.own"));
      refused("42601", () -> service.execute("DELETE FROM ALL USERS OF n.t"));
      service.execute("CREATE VIEW n.every AS SELECT _user_id, v FROM ALL USERS OF n.t");
      assertThat(rows(service, "SELECT * FROM n.every")).isEmpty();
      refused("42501", () -> user.query("SELECT * FROM n.every"));
    }
  }

  /** Random writes of random users, flushes, compactions and reopens: the same rows as a map. */
  @Test
  void randomHistory_queries_giveWhatAModelHas(TestDatabase database) {
    long seed = 20_261_121;
    System.out.println("AllUsersTest: seed " + seed);
    Random random = new Random(seed);
    makeTables(database.db());
    Map<String, TreeMap<Integer, Integer>> model = new HashMap<>();
    for (int step = 0; step < 160; step++) {
      KalamDB db = database.db();
      String user = USERS.get(random.nextInt(USERS.size()));
      int id = random.nextInt(20);
      int v = random.nextInt(50);
      TreeMap<Integer, Integer> own = model.computeIfAbsent(user, u -> new TreeMap<>());
      try (Session session = db.session(user)) {
        if (random.nextInt(4) == 0) {
          session.execute("DELETE FROM n.t WHERE id = ?", id);
          own.remove(id);
        } else {
          session.execute(
              "INSERT INTO n.t VALUES (?, ?, 'x') ON CONFLICT (id) DO UPDATE SET v = excluded.v",
              id,
              v);
          own.put(id, v);
        }
      }
      switch (random.nextInt(20)) {
        case 0 -> db.execute("STORAGE FLUSH TABLE n.t");
        case 1 -> {
          try (Session session = db.session(Role.SERVICE)) {
            session.execute("STORAGE FLUSH TABLE n.t FOR USER ?".replace("?", quoted(user)));
          }
        }
        case 2 -> db.execute("STORAGE COMPACT TABLE n.t");
        case 3 -> database.reopen();
        default -> {}
      }
      if (step % 10 == 0) {
        check(database.db(), model, random);
      }
    }
  }

  private static String quoted(String text) {
    return "'" + text + "'";
  }

  private static void check(
      KalamDB db, Map<String, TreeMap<Integer, Integer>> model, Random random) {
    String one = USERS.get(random.nextInt(USERS.size()));
    int least = random.nextInt(50);
    List<String> all = new ArrayList<>();
    List<String> ofOne = new ArrayList<>();
    List<String> great = new ArrayList<>();
    new TreeMap<>(model)
        .forEach(
            (user, own) ->
                own.forEach(
                    (id, v) -> {
                      String row = user + "|" + id + "|" + v;
                      all.add(row);
                      if (user.equals(one)) {
                        ofOne.add(row);
                      }
                      if (v >= least) {
                        great.add(row);
                      }
                    }));
    try (Session service = db.session(Role.SERVICE)) {
      String select = "SELECT _user_id, id, v FROM ALL USERS OF n.t";
      assertThat(rows(service, select)).containsExactlyInAnyOrderElementsOf(all);
      // In key order, which is that of UTF-8: the one user beyond U+FFFF comes last in both.
      assertThat(rows(service, select + " ORDER BY _user_id, id")).containsExactlyElementsOf(all);
      assertThat(rows(service, select + " WHERE _user_id = ? ORDER BY id", one))
          .containsExactlyElementsOf(ofOne);
      assertThat(rows(service, select + " WHERE v >= ?", least))
          .containsExactlyInAnyOrderElementsOf(great);
      assertThat(rows(service, select + " WHERE _user_id >= 'b' AND _user_id < 'bob'"))
          .containsExactlyInAnyOrderElementsOf(
              all.stream().filter(row -> row.startsWith("b|")).toList());
      assertThat(value(service, "SELECT count(*) FROM ALL USERS OF n.t"))
          .isEqualTo((long) all.size());
    }
  }
}
