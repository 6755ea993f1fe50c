package org.kalamdb.suite;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.kalamdb.KalamDB;
import org.kalamdb.Session;
import org.kalamdb.error.KalamException;
import org.kalamdb.live.ChangeEvent;
import org.kalamdb.live.SubscriptionOptions;
import org.kalamdb.query.Result;
import org.kalamdb.query.Row;
import org.kalamdb.schema.Role;
import org.kalamdb.schema.SeqId;
import org.kalamdb.schema.UserId;
import org.kalamdb.test.TemporaryDatabase;
import org.kalamdb.test.TestDatabase;

/**
 * Two users with recognisable values run statements made at random, good ones and bad ones, side by
 * side; all that either is told is searched for what is the other's.
 */
@ExtendWith(TemporaryDatabase.class)
class TwoUsersTest {
  private static final long SEED = 20_261_122;
  private static final int STATEMENTS = 1_500;

  /** A user, what no one else writes, and all that the user was told. */
  private static final class Tenant {
    private final String id;
    private final String mark;
    private final int number;
    private final Session session;
    private final List<String> told = new ArrayList<>();

    Tenant(KalamDB db, String id, String mark, int number) {
      this.id = id;
      this.mark = mark;
      this.number = number;
      this.session = db.session(id);
    }

    synchronized void tell(String what, Object seen) {
      told.add(what + " -> " + seen);
    }

    void tellEvent(ChangeEvent event) {
      tell("live", event);
    }
  }

  private static void make(KalamDB db) {
    db.execute("CREATE NAMESPACE n");
    db.execute(
        "CREATE USER TABLE n.notes (id INT PRIMARY KEY, k INT UNIQUE, body TEXT NOT NULL,"
            + " amount DECIMAL(12, 2), CHECK (k > -1), INDEX by_body (body))");
    db.execute(
        "CREATE USER TABLE n.parts (id INT PRIMARY KEY, note INT REFERENCES n.notes (id),"
            + " body TEXT)");
    db.execute("CREATE STREAM TABLE n.events (body TEXT) WITH (TTL_SECONDS = 1000)");
    db.execute(
        "CREATE TABLE n.words (id INT PRIMARY KEY, word TEXT) WITH (ACCESS_LEVEL = 'PUBLIC')");
    db.execute("INSERT INTO n.words VALUES (1, 'one'), (2, 'two')");
    db.execute("CREATE VIEW n.bodies AS SELECT body, amount FROM n.notes");
  }

  @Test
  void statements_ofTwoUsers_showNeitherTheOthersValues(TestDatabase database) throws Exception {
    System.out.println("TwoUsersTest: seed " + SEED);
    Random random = new Random(SEED);
    KalamDB db = database.db();
    make(db);
    Tenant alice = new Tenant(db, "aliceZQX", "aliceZQXvalue", 1_735_119_000);
    Tenant bob = new Tenant(db, "bobWVJ", "bobWVJvalue", 1_946_228_000);
    for (Tenant tenant : List.of(alice, bob)) {
      for (String live :
          List.of(
              "SELECT * FROM n.notes",
              "SELECT count(*), max(body), max(k) FROM n.notes",
              "SELECT n.body, w.word, CURRENT_USER FROM n.notes n LEFT JOIN n.words w USING (id)",
              "SELECT *, CURRENT_USER AS me FROM n.words",
              "SELECT body FROM n.notes ORDER BY body DESC LIMIT 3",
              "SELECT * FROM n.events")) {
        tenant.session.subscribe(live, SubscriptionOptions.defaults(), tenant::tellEvent);
      }
    }
    for (int i = 0; i < STATEMENTS; i++) {
      Tenant tenant = random.nextBoolean() ? alice : bob;
      run(tenant, statement(random, tenant, tenant == alice ? bob : alice));
      if (random.nextInt(100) == 0) {
        db.execute(random.nextBoolean() ? "STORAGE FLUSH ALL" : "STORAGE COMPACT ALL");
      }
      if (random.nextInt(150) == 0) {
        SeqId from = tenant.session.lastCommit();
        tenant.tell("since", tenant.session.changesSince(SeqId.ZERO, "SELECT * FROM n.notes"));
        tenant.tell("since", tenant.session.changesSince(from, "SELECT body FROM n.notes"));
      }
    }
    // An export of each by who may write files.
    for (Tenant tenant : List.of(alice, bob)) {
      try (Session own = db.session(new UserId(tenant.id), Role.DBA)) {
        for (String format : List.of("csv", "json")) {
          Path file = database.scratch().resolve(tenant.mark.hashCode() + "." + format);
          own.execute("COPY n.notes TO '" + file + "'");
          tenant.tell("copy", Files.readString(file));
        }
      }
      tenant.session.close();
    }
    check(alice, bob);
    check(bob, alice);
  }

  private static void check(Tenant tenant, Tenant other) {
    List<String> told;
    synchronized (tenant) {
      told = List.copyOf(tenant.told);
    }
    String own = tenant.id.substring(tenant.id.length() - 3);
    String others = other.id.substring(other.id.length() - 3);
    String ownNumbers = String.valueOf(tenant.number / 1000);
    String othersNumbers = String.valueOf(other.number / 1000);
    // It finds something at all.
    assertThat(told).filteredOn(text -> seen(text).contains(own)).hasSizeGreaterThan(100);
    assertThat(told).filteredOn(text -> seen(text).contains(ownNumbers)).hasSizeGreaterThan(100);
    for (String text : told) {
      assertThat(seen(text)).as(text).doesNotContain(others).doesNotContain(othersNumbers);
    }
  }

  /** What came back, without numbers of commits, in which anything may stand. */
  private static String seen(String told) {
    return told.substring(told.indexOf(" -> ")).replaceAll("[0-9]{15,}", "");
  }

  private static void run(Tenant tenant, String sql) {
    try (Result result = tenant.session.query(sql)) {
      List<String> rows = new ArrayList<>();
      for (Row row : result.list()) {
        rows.add(Sql.text(row));
      }
      tenant.tell(sql, rows);
    } catch (KalamException e) {
      StringBuilder all = new StringBuilder();
      for (Throwable t = e; t != null; t = t.getCause()) {
        all.append(t).append(' ');
      }
      tenant.tell(sql, all + " " + e.hint());
    }
  }

  /** A statement of a user, who does not know what the other's values are but may guess at ids. */
  private static String statement(Random random, Tenant tenant, Tenant other) {
    int id = random.nextInt(30);
    int k = tenant.number + random.nextInt(40);
    String body = "'" + tenant.mark + "#" + random.nextInt(20) + "'";
    String amount = tenant.number + "." + (10 + random.nextInt(80));
    String table = List.of("n.notes", "n.bodies", "n.parts", "n.events").get(random.nextInt(4));
    return switch (random.nextInt(30)) {
      case 0, 1, 2, 3 ->
          "INSERT INTO n.notes VALUES ("
              + id
              + ", "
              + k
              + ", "
              + body
              + ", "
              + amount
              + ") ON CONFLICT (id) DO UPDATE SET body = excluded.body RETURNING *";
      case 4 -> "INSERT INTO n.notes VALUES (" + id + ", " + k + ", " + body + ", 1)";
      case 5 -> "INSERT INTO n.notes VALUES (" + id + ", " + k + ", NULL, 1)";
      case 6 -> "INSERT INTO n.notes VALUES (" + id + ", -5, " + body + ", " + amount + ")";
      case 7 -> "INSERT INTO n.parts VALUES (" + id + ", " + random.nextInt(60) + ", " + body + ")";
      case 8 -> "INSERT INTO n.events VALUES (" + body + ")";
      case 9 -> "UPDATE n.notes SET body = body || '!' WHERE id = " + id + " RETURNING *";
      case 10 -> "UPDATE n.notes SET k = " + k;
      case 11 -> "DELETE FROM n.notes WHERE id = " + id + " RETURNING body";
      case 12 -> "SELECT * FROM " + table;
      case 13 -> "SELECT max(body), min(body), count(*), count(DISTINCT body) FROM " + table;
      case 14 -> "EXPLAIN ANALYZE SELECT * FROM n.notes WHERE body > 'a' AND k > 0";
      case 15 -> "EXPLAIN SELECT * FROM n.notes a JOIN n.notes b ON a.k = b.k WHERE a.body > 'b'";
      case 16 -> "EXPLAIN ANALYZE SUBSCRIBE TO SELECT max(body) FROM n.notes";
      case 17 -> "SELECT * FROM n.notes WHERE id = " + id;
      case 18 -> "SELECT CAST(body AS INT) FROM n.notes";
      case 19 -> "SELECT 1 / (id - id) FROM n.notes";
      case 20 -> "SELECT * FROM system.live_queries";
      case 21 -> "SELECT * FROM system.transactions";
      case 22 -> "SHOW LIVE QUERIES";
      case 23 ->
          List.of(
                  "SELECT * FROM system.jobs",
                  "SELECT * FROM system.users",
                  "SHOW STATS FOR TABLE n.notes",
                  "SHOW JOBS",
                  "SHOW USERS",
                  "CHECK DATABASE",
                  "DESCRIBE n.notes",
                  "SHOW CREATE TABLE n.notes",
                  "SHOW INDEXES FROM n.notes",
                  "SHOW TABLES",
                  "SELECT CURRENT_USER")
              .get(random.nextInt(11));
      case 24 -> "SELECT * FROM ALL USERS OF n.notes";
      case 25 -> "EXECUTE AS USER '" + other.id + "' (SELECT * FROM n.notes)";
      case 26 -> "INSERT INTO n.notes AS USER '" + other.id + "' VALUES (1, 1, 'x', 1)";
      case 27 -> "SELECT * FROM n.words w JOIN n.notes USING (id) ORDER BY body";
      case 28 -> "KILL LIVE QUERY 'live-" + random.nextInt(14) + "'";
      default ->
          "SELECT body, rank() OVER (ORDER BY k), lag(body) OVER (ORDER BY id) FROM n.notes"
              + " UNION ALL SELECT word, 1, CURRENT_USER FROM n.words";
    };
  }
}
