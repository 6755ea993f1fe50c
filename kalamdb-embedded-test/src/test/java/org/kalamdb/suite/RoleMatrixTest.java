package org.kalamdb.suite;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.kalamdb.schema.Role.ANONYMOUS;
import static org.kalamdb.schema.Role.DBA;
import static org.kalamdb.schema.Role.SERVICE;
import static org.kalamdb.schema.Role.SYSTEM;
import static org.kalamdb.schema.Role.USER;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.kalamdb.KalamDB;
import org.kalamdb.Session;
import org.kalamdb.error.KalamException;
import org.kalamdb.live.SubscriptionOptions;
import org.kalamdb.query.Result;
import org.kalamdb.schema.Role;
import org.kalamdb.schema.SeqId;
import org.kalamdb.schema.UserId;
import org.kalamdb.test.TestDatabase;

/** Every role with every action: what it may do, and how it is refused the rest. */
class RoleMatrixTest {
  /** Refused before anything is looked up. */
  private static final String DENIED = "42501";

  /** What may not be seen is not there. */
  private static final String HIDDEN = "42P01";

  private static final Map<String, String> OUTCOMES = new TreeMap<>();

  private static TestDatabase database;

  /**
   * Something to do.
   *
   * @param setup what a system session does before
   * @param least the least role that may
   * @param denied how the other roles are refused, from ANONYMOUS on; the last one counts for the
   *     rest
   */
  private record Action(
      String name, List<String> setup, Consumer<Session> run, Role least, List<String> denied) {
    @Override
    public String toString() {
      return name;
    }

    String deniedTo(Role role) {
      return denied.get(Math.min(role.ordinal(), denied.size() - 1));
    }
  }

  private static final List<Action> ACTIONS = new ArrayList<>();

  private static void sql(Role least, String sql, String denied, String... setup) {
    sql(least, sql, List.of(denied), setup);
  }

  private static void sql(Role least, String sql, List<String> denied, String... setup) {
    ACTIONS.add(
        new Action(sql, List.of(setup), session -> drain(session.query(sql)), least, denied));
  }

  private static void api(Role least, String name, String denied, Consumer<Session> run) {
    ACTIONS.add(new Action(name, List.of(), run, least, List.of(denied)));
  }

  private static void drain(Result result) {
    try (result) {
      result.list();
    }
  }

  /** Reads, and every way there is to look at a table. */
  private static void reads(Role least, String table, String denied) {
    sql(least, "SELECT * FROM " + table, denied);
    sql(least, "SELECT count(*) FROM " + table + " WHERE id = 1", denied);
    sql(least, "EXPLAIN SELECT * FROM " + table, denied);
    sql(least, "EXPLAIN ANALYZE SELECT * FROM " + table, denied);
    sql(least, "EXPLAIN SUBSCRIBE TO " + table, denied);
    sql(least, "DESCRIBE " + table, denied);
    sql(least, "DESCRIBE TABLE " + table + " HISTORY", denied);
    sql(least, "SHOW COLUMNS FROM " + table, denied);
    sql(least, "SHOW INDEXES FROM " + table, denied);
    sql(least, "SHOW CREATE TABLE " + table, denied);
    String select = "SELECT id FROM " + table;
    api(least, "prepare " + select, denied, session -> session.prepare(select).close());
    api(
        least,
        "subscribe " + select,
        denied,
        session -> session.subscribe(select, SubscriptionOptions.defaults(), event -> {}).close());
    api(
        least,
        "events of " + select,
        denied,
        session -> session.events(select, SubscriptionOptions.defaults()).close());
    api(
        least,
        "live view of count(*) of " + table,
        denied,
        session ->
            session
                .liveView("SELECT count(*) FROM " + table, SubscriptionOptions.defaults())
                .close());
    api(
        least,
        "changes since, of " + table,
        denied,
        session -> session.changesSince(SeqId.ZERO, select));
    api(
        least,
        "cursor of " + select,
        denied,
        session ->
            session
                .cursor("c")
                .subscribe(select, SubscriptionOptions.defaults(), event -> {})
                .close());
  }

  private static void writes(Role least, String table, List<String> denied) {
    sql(least, "INSERT INTO " + table + " VALUES (2, 'x') ON CONFLICT DO NOTHING", denied);
    sql(least, "UPDATE " + table + " SET v = 'y' WHERE id = 2", denied);
    sql(least, "DELETE FROM " + table + " WHERE id = 2", denied);
    sql(
        least,
        "MERGE INTO "
            + table
            + " t USING (VALUES (3)) s (id) ON t.id = s.id"
            + " WHEN NOT MATCHED THEN INSERT VALUES (s.id, 'm')",
        denied);
    sql(least, "EXPLAIN ANALYZE DELETE FROM " + table + " WHERE id = 3", denied);
    ACTIONS.add(
        new Action(
            "batch into " + table,
            List.of(),
            session -> {
              try (var insert =
                  session.prepare(
                      "INSERT INTO " + table + " VALUES (?, 'b') ON CONFLICT DO NOTHING")) {
                insert.executeBatch(List.of(new Object[] {7}, new Object[] {8}));
              }
            },
            least,
            denied));
  }

  static {
    reads(USER, "n.own", HIDDEN);
    reads(ANONYMOUS, "n.public_t", HIDDEN);
    reads(SERVICE, "n.private_t", HIDDEN);
    reads(SERVICE, "n.restricted_t", HIDDEN);
    reads(DBA, "n.dba_t", HIDDEN);
    writes(USER, "n.own", List.of(DENIED, DENIED));
    writes(SERVICE, "n.public_t", List.of(DENIED, DENIED));
    writes(SERVICE, "n.private_t", List.of(DENIED, HIDDEN));
    writes(SERVICE, "n.restricted_t", List.of(DENIED, HIDDEN));
    writes(DBA, "n.dba_t", List.of(DENIED, HIDDEN));
    sql(USER, "TRUNCATE n.own", DENIED);
    sql(SERVICE, "TRUNCATE n.public_t", DENIED);
    sql(DBA, "TRUNCATE n.dba_t", List.of(DENIED, HIDDEN));

    sql(SERVICE, "EXECUTE AS USER 'bob' (SELECT * FROM n.own)", DENIED);
    sql(
        SERVICE,
        "EXECUTE AS USER 'bob' (INSERT INTO n.own VALUES (9, 'b') ON CONFLICT DO NOTHING)",
        DENIED);
    sql(SERVICE, "EXECUTE AS USER 'bob' (EXPLAIN SELECT * FROM n.own)", DENIED);
    sql(SERVICE, "INSERT INTO n.own AS USER 'bob' VALUES (9, 'b') ON CONFLICT DO NOTHING", DENIED);
    api(SERVICE, "asUser(bob)", DENIED, session -> session.asUser("bob").close());

    sql(SERVICE, "SELECT * FROM ALL USERS OF n.own", DENIED);
    sql(
        SERVICE,
        "EXPLAIN ANALYZE SELECT _user_id, count(*) FROM ALL USERS OF n.own GROUP BY 1",
        DENIED);
    sql(SERVICE, "EXPLAIN SUBSCRIBE TO SELECT * FROM ALL USERS OF n.own", DENIED);
    api(
        SERVICE,
        "subscribe to all users",
        DENIED,
        session ->
            session
                .subscribe(
                    "SUBSCRIBE TO SELECT id FROM ALL USERS OF n.own",
                    SubscriptionOptions.defaults(),
                    event -> {})
                .close());

    sql(USER, "SELECT * FROM system.transactions", DENIED);
    sql(USER, "SELECT * FROM system.live_queries", DENIED);
    for (String table : List.of("jobs", "users", "storages")) {
      sql(DBA, "SELECT * FROM system." + table, DENIED);
      sql(DBA, "EXPLAIN SELECT * FROM system." + table, DENIED);
    }

    sql(
        SERVICE,
        "CREATE SHARED TABLE n.made (id INT PRIMARY KEY)",
        DENIED,
        "DROP TABLE IF EXISTS n.made");
    sql(
        SERVICE,
        "CREATE USER TABLE n.made (id INT PRIMARY KEY)",
        DENIED,
        "DROP TABLE IF EXISTS n.made");
    sql(
        SERVICE,
        "CREATE STREAM TABLE n.made (id INT) WITH (TTL_SECONDS = 10)",
        DENIED,
        "DROP TABLE IF EXISTS n.made");
    sql(SERVICE, "CREATE TABLE n.made AS SELECT 1 AS id", DENIED, "DROP TABLE IF EXISTS n.made");
    sql(
        DBA,
        "CREATE TABLE n.made (id INT PRIMARY KEY) WITH (ACCESS_LEVEL = 'DBA')",
        DENIED,
        "DROP TABLE IF EXISTS n.made");
    sql(SERVICE, "CREATE VIEW n.v AS SELECT id FROM n.public_t", DENIED, "DROP VIEW IF EXISTS n.v");
    sql(SERVICE, "CREATE INDEX by_v ON n.private_t (v)", DENIED, "DROP INDEX IF EXISTS n.by_v");
    sql(
        SERVICE,
        "ALTER TABLE n.altered ADD COLUMN c INT",
        DENIED,
        "ALTER TABLE n.altered DROP COLUMN IF EXISTS c");
    sql(SERVICE, "ALTER TABLE n.altered SET ACCESS LEVEL public", DENIED);
    sql(SERVICE, "ALTER TABLE n.altered SET (ACCESS_LEVEL = 'private')", DENIED);
    sql(
        DBA,
        "ALTER TABLE n.altered SET ACCESS LEVEL dba",
        DENIED,
        "ALTER TABLE n.altered SET ACCESS LEVEL private");
    sql(
        DBA,
        "ALTER TABLE n.altered SET (ACCESS_LEVEL = 'dba')",
        DENIED,
        "ALTER TABLE n.altered SET ACCESS LEVEL private");
    sql(DBA, "ALTER TABLE n.dba_t SET ACCESS LEVEL dba", DENIED);
    sql(
        DBA,
        "ALTER TABLE n.dba_t SET (DELETED_RETENTION_HOURS = 100)",
        List.of(DENIED, DENIED, HIDDEN));
    sql(
        DBA,
        "CREATE INDEX by_dba ON n.dba_t (v)",
        List.of(DENIED, DENIED, HIDDEN),
        "DROP INDEX IF EXISTS n.by_dba");
    sql(DBA, "DROP TABLE n.made", DENIED, "CREATE TABLE IF NOT EXISTS n.made (id INT PRIMARY KEY)");
    sql(DBA, "DROP VIEW n.v", DENIED, "CREATE OR REPLACE VIEW n.v AS SELECT id FROM n.public_t");
    sql(DBA, "DROP INDEX n.by_v", DENIED, "CREATE INDEX IF NOT EXISTS by_v ON n.private_t (v)");

    sql(DBA, "CREATE NAMESPACE made", DENIED, "DROP NAMESPACE IF EXISTS made");
    sql(DBA, "DROP NAMESPACE made", DENIED, "CREATE NAMESPACE IF NOT EXISTS made");
    sql(DBA, "DROP STORAGE IF EXISTS nothing", DENIED);
    sql(DBA, "ALTER STORAGE local SET DESCRIPTION 'd'", DENIED);
    sql(DBA, "STORAGE CHECK local", DENIED);
    sql(DBA, "SHOW STORAGES", DENIED);
    sql(SERVICE, "CREATE USER carl", DENIED, "DROP USER IF EXISTS carl");
    sql(DBA, "CREATE USER carla ROLE service", DENIED, "DROP USER IF EXISTS carla");
    sql(DBA, "CREATE USER carlos ROLE dba", DENIED, "DROP USER IF EXISTS carlos");
    sql(SYSTEM, "CREATE USER carmen ROLE system", DENIED, "DROP USER IF EXISTS carmen");
    sql(DBA, "ALTER USER known SET ROLE service", DENIED, "CREATE USER IF NOT EXISTS known");
    sql(DBA, "ALTER USER known SET EMAIL 'e@example'", DENIED, "CREATE USER IF NOT EXISTS known");
    sql(
        SYSTEM,
        "ALTER USER known SET ROLE system",
        DENIED,
        "CREATE USER IF NOT EXISTS known",
        "ALTER USER known SET ROLE user");
    sql(
        SYSTEM,
        "ALTER USER great SET ROLE user",
        DENIED,
        "CREATE USER IF NOT EXISTS great",
        "ALTER USER great SET ROLE system");
    sql(
        SYSTEM,
        "DROP USER great",
        DENIED,
        "CREATE USER IF NOT EXISTS great",
        "ALTER USER great SET ROLE system");
    sql(
        DBA,
        "DROP USER known",
        DENIED,
        "CREATE USER IF NOT EXISTS known",
        "ALTER USER known SET ROLE user");
    sql(DBA, "ALTER USER known RESET STORAGE_ID", DENIED);
    sql(DBA, "SHOW USERS", DENIED);
    sql(DBA, "SHOW JOBS", DENIED);
    sql(DBA, "CHECK DATABASE", DENIED);

    sql(SERVICE, "STORAGE FLUSH TABLE n.private_t", DENIED);
    sql(SERVICE, "STORAGE FLUSH TABLE n.own FOR USER 'bob'", DENIED);
    sql(SERVICE, "STORAGE COMPACT TABLE n.private_t", DENIED);
    sql(SERVICE, "SHOW STATS FOR TABLE n.private_t", DENIED);

    sql(ANONYMOUS, "SHOW TABLES", DENIED);
    sql(ANONYMOUS, "SHOW NAMESPACES", DENIED);
    sql(ANONYMOUS, "SHOW LIVE QUERIES", DENIED);
    sql(ANONYMOUS, "SELECT CURRENT_ROLE", DENIED);
  }

  static Stream<Arguments> pairs() {
    return ACTIONS.stream()
        .flatMap(action -> Stream.of(Role.values()).map(role -> Arguments.of(role, action)));
  }

  private static Session open(Role role) {
    KalamDB db = database.db();
    return role == ANONYMOUS
        ? db.session(role)
        : db.session(new UserId("a_" + role.sqlName()), role);
  }

  @BeforeAll
  static void make() {
    database = TestDatabase.create();
    KalamDB db = database.db();
    db.execute("CREATE NAMESPACE n");
    db.execute("CREATE USER TABLE n.own (id INT PRIMARY KEY, v TEXT)");
    for (String level : List.of("public", "private", "restricted", "dba")) {
      db.execute(
          "CREATE TABLE n."
              + level
              + "_t (id INT PRIMARY KEY, v TEXT) WITH (ACCESS_LEVEL = '"
              + level
              + "')");
      db.execute("INSERT INTO n." + level + "_t VALUES (1, 'secret')");
    }
    db.execute("CREATE TABLE n.altered (id INT PRIMARY KEY)");
  }

  @AfterAll
  static void tell() {
    database.close();
    OUTCOMES.forEach((pair, outcome) -> System.out.println("role matrix: " + pair + " " + outcome));
  }

  @ParameterizedTest(name = "{0}: {1}")
  @MethodSource("pairs")
  void role_action_asTheMatrixSays(Role role, Action action) {
    try (Session system = database.db().session(SYSTEM)) {
      action.setup().forEach(system::execute);
    }
    Throwable thrown;
    try (Session session = open(role)) {
      thrown = catchThrowable(() -> action.run().accept(session));
    }
    String pair = String.format("%-100s %-9s", action.name(), role.sqlName());
    OUTCOMES.put(pair, thrown == null ? "yes" : ((KalamException) thrown).sqlState());
    if (role.includes(action.least())) {
      assertThat(thrown).as(pair).isNull();
    } else {
      assertThat(thrown).as(pair).isInstanceOf(KalamException.class);
      assertThat(((KalamException) thrown).sqlState()).as(pair).isEqualTo(action.deniedTo(role));
      assertThat(thrown.getMessage()).as(pair).doesNotContain("secret");
    }
  }

  /** COPY reads and writes files of the machine. */
  @ParameterizedTest(name = "{0}: COPY")
  @MethodSource("roles")
  void role_copy_asTheMatrixSays(Role role) throws Exception {
    Path file = database.scratch().resolve(role + ".csv");
    Files.deleteIfExists(file);
    try (Session session = open(role)) {
      Throwable to =
          catchThrowable(
              () -> session.execute("COPY (SELECT * FROM n.public_t) TO '" + file + "'"));
      Throwable from =
          catchThrowable(() -> session.execute("COPY n.private_t FROM '" + file + "'"));
      if (!role.includes(DBA)) {
        assertThat(((KalamException) to).sqlState()).isEqualTo(DENIED);
        assertThat(((KalamException) from).sqlState()).isEqualTo(DENIED);
        assertThat(file).doesNotExist();
      } else {
        assertThat(to).isNull();
        assertThat(file).exists();
      }
    }
  }

  static Stream<Role> roles() {
    return Stream.of(Role.values());
  }
}
