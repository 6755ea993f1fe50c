package org.kalamdb.suite;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.kalamdb.suite.Sql.refused;
import static org.kalamdb.suite.Sql.rows;
import static org.kalamdb.suite.Sql.value;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.kalamdb.KalamDB;
import org.kalamdb.Session;
import org.kalamdb.query.PreparedQuery;
import org.kalamdb.schema.Role;
import org.kalamdb.schema.UserId;
import org.kalamdb.test.TemporaryDatabase;
import org.kalamdb.test.TestDatabase;

/** Users who were created, sessions of roles, and acting as a user. */
@ExtendWith(TemporaryDatabase.class)
class RolesTest {
  private static final String SECRET = "correct horse battery";
  private static final UserId ALICE = new UserId("alice");

  private static void makeTables(KalamDB db) {
    db.execute("CREATE NAMESPACE n");
    db.execute("CREATE USER TABLE n.own (id INT PRIMARY KEY, v TEXT)");
    db.execute("CREATE TABLE n.hidden (id INT PRIMARY KEY, v TEXT)");
    db.execute("CREATE TABLE n.shown (id INT PRIMARY KEY, v TEXT) WITH (ACCESS_LEVEL = 'PUBLIC')");
  }

  // ---- sessions

  @Test
  void session_ofRole_knowsIt(KalamDB db) {
    try (Session anonymous = db.session(Role.ANONYMOUS);
        Session service = db.session(Role.SERVICE);
        Session dba = db.session(ALICE, Role.DBA)) {
      assertThat(anonymous.role()).isEqualTo(Role.ANONYMOUS);
      assertThat(anonymous.userId()).isNull();
      assertThat(value(anonymous, "SELECT CURRENT_ROLE")).isEqualTo("anonymous");
      assertThat(value(service, "SELECT CURRENT_ROLE")).isEqualTo("service");
      assertThat(value(dba, "SELECT CURRENT_USER || CURRENT_ROLE")).isEqualTo("alicedba");
    }
    assertThat(db.session().role()).isEqualTo(Role.DBA);
    assertThat(db.session("u").role()).isEqualTo(Role.USER);
  }

  @Test
  void session_roleWithoutWhoItNeeds_isMisuse(KalamDB db) {
    assertThatThrownBy(() -> db.session(Role.USER)).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> db.session(ALICE, Role.ANONYMOUS))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void session_moreThanTheUsersRole_isRefused(KalamDB db) {
    db.execute("CREATE USER alice ROLE service");
    db.session(ALICE, Role.SERVICE).close();
    db.session("alice").close();
    assertThat(refused("42501", () -> db.session(ALICE, Role.DBA)).getMessage())
        .startsWith("user \"alice\" has role service, which does not include dba");
    db.session(new UserId("nobody"), Role.DBA).close();
  }

  @Test
  void session_roleTakenAwayMeanwhile_endsWithTheNextStatement(KalamDB db) {
    makeTables(db);
    db.execute("CREATE USER alice ROLE dba");
    try (Session alice = db.session(ALICE, Role.DBA);
        Session plain = db.session(ALICE)) {
      alice.execute("INSERT INTO n.hidden VALUES (1, 'a')");
      alice.execute("BEGIN; INSERT INTO n.hidden VALUES (2, 'b')");
      db.execute("ALTER USER alice SET ROLE service");
      refused("42501", () -> alice.execute("INSERT INTO n.hidden VALUES (3, 'c')"));
      refused("42501", () -> alice.execute("COMMIT"));
      alice.execute("ROLLBACK");
      refused("42501", () -> alice.query("SELECT 1"));
      assertThat(rows(plain, "SELECT id FROM n.own")).isEmpty();
      db.execute("DROP USER alice");
      assertThat(refused("42501", () -> plain.query("SELECT 1")).getMessage())
          .startsWith("user \"alice\" was dropped");
      refused("42501", () -> db.session("alice"));
      db.execute("CREATE USER alice");
      assertThat(rows(plain, "SELECT id FROM n.own")).isEmpty();
    }
    assertThat(value(db.session(), "SELECT count(*) FROM n.hidden")).isEqualTo(1L);
  }

  // ---- what is hidden

  @Test
  void hiddenTable_forUsers_isAsIfItWereNotThere(KalamDB db) {
    makeTables(db);
    db.execute("CREATE VIEW n.over AS SELECT * FROM n.hidden");
    db.execute("CREATE VIEW n.over2 AS SELECT count(*) AS c FROM n.over");
    db.execute("CREATE VIEW n.jobs AS SELECT id FROM system.jobs");
    List<String> statements =
        List.of(
            "SELECT * FROM n.%s",
            "SELECT x FROM n.%s",
            "INSERT INTO n.%s VALUES (1)",
            "UPDATE n.%s SET v = 'x'",
            "DELETE FROM n.%s",
            "EXPLAIN ANALYZE SELECT * FROM n.%s",
            "EXPLAIN SUBSCRIBE TO n.%s",
            "DESCRIBE n.%s",
            "SHOW CREATE TABLE n.%s",
            "SHOW INDEXES FROM n.%s",
            "TRUNCATE n.%s",
            "SELECT * FROM n.shown JOIN n.%s USING (id)",
            "SELECT 1 FROM n.shown WHERE EXISTS (SELECT 1 FROM n.%s)");
    for (String sql : statements) {
      for (String there : List.of("hidden", "over", "over2", "jobs")) {
        for (Role role : List.of(Role.ANONYMOUS, Role.USER)) {
          try (Session session =
              role == Role.USER ? db.session("bob") : db.session(Role.ANONYMOUS)) {
            String missing = "m" + there.substring(1);
            Throwable of = refusal(session, String.format(sql, there));
            Throwable none = refusal(session, String.format(sql, missing));
            assertThat(of.toString().replace(there, missing)).isEqualTo(none.toString());
          }
        }
      }
    }
    try (Session bob = db.session("bob");
        Session anonymous = db.session(Role.ANONYMOUS)) {
      assertThat(rows(bob, "SHOW TABLES IN n").toString()).doesNotContain("hidden", "over");
      assertThat(rows(anonymous, "SHOW TABLES IN n").toString())
          .contains("shown")
          .doesNotContain("hidden", "over", "|own|");
      db.execute("CREATE NAMESPACE quiet; CREATE USER TABLE quiet.t (id INT PRIMARY KEY)");
      assertThat(rows(anonymous, "SHOW NAMESPACES").toString()).doesNotContain("quiet");
      assertThat(refusal(anonymous, "USE quiet").getMessage().replace("quiet", "other"))
          .isEqualTo(refusal(anonymous, "USE other").getMessage());
    }
  }

  private static Throwable refusal(Session session, String sql) {
    try {
      session.query(sql).close();
    } catch (RuntimeException e) {
      return e;
    }
    throw new AssertionError("not refused: " + sql);
  }

  // ---- users

  @Test
  void createUser_all_isKeptAndShown(TestDatabase database) {
    KalamDB db = database.db();
    db.execute("CREATE USER alice WITH PASSWORD '" + SECRET + "' ROLE service EMAIL 'a@b.c'");
    db.execute("CREATE USER IF NOT EXISTS alice ROLE dba");
    db.execute("CREATE USER 'Zoë/../x'");
    db.execute("CREATE USER gone; DROP USER gone; DROP USER IF EXISTS gone");
    String shown =
        "SELECT user_id, role, email, has_password, created IS NOT NULL, dropped IS NOT NULL"
            + " FROM system.users ORDER BY user_id";
    String[] expected = {
      "Zoë/../x|user|null|false|true|false",
      "alice|service|a@b.c|true|true|false",
      "gone|user|null|false|true|true"
    };
    assertThat(rows(db.session(), shown)).containsExactly(expected);
    KalamDB reopened = database.reopen();
    assertThat(rows(reopened.session(), shown)).containsExactly(expected);
    assertThat(reopened.isPassword(ALICE, SECRET)).isTrue();
    assertThat(reopened.isPassword(ALICE, SECRET + " ")).isFalse();
    assertThat(reopened.isPassword(new UserId("nobody"), SECRET)).isFalse();
    reopened.execute("ALTER USER alice SET PASSWORD 'another one'");
    reopened.execute("ALTER USER alice SET EMAIL 'x@y.z'; ALTER USER alice SET ROLE user");
    assertThat(reopened.isPassword(ALICE, SECRET)).isFalse();
    assertThat(reopened.isPassword(ALICE, "another one")).isTrue();
    assertThat(rows(reopened.session(), shown)).contains("alice|user|x@y.z|true|true|false");
    reopened.execute("DROP USER alice");
    assertThat(reopened.isPassword(ALICE, "another one")).isFalse();
    refused("42501", () -> reopened.session("alice"));
  }

  @Test
  void createUser_wrong_isRefused(KalamDB db) {
    db.execute("CREATE USER alice");
    refused("42710", () -> db.execute("CREATE USER alice"));
    refused("22023", () -> db.execute("CREATE USER ''"));
    refused("42601", () -> db.execute("CREATE USER bob ROLE anonymous"));
    refused("42601", () -> db.execute("CREATE USER bob ROLE nonsense"));
    refused("42704", () -> db.execute("ALTER USER bob SET ROLE user"));
    refused("42704", () -> db.execute("ALTER USER bob SET PASSWORD 'x'"));
    refused("42704", () -> db.execute("DROP USER bob"));
    refused("22023", () -> db.execute("ALTER USER alice SET PASSWORD ''"));
    refused("22023", () -> db.execute("ALTER USER alice SET PASSWORD '" + "x".repeat(73) + "'"));
    try (Session session = db.session()) {
      session.execute("BEGIN");
      refused("25001", () -> session.execute("CREATE USER carol"));
    }
    try (Session service = db.session(Role.SERVICE)) {
      service.execute("CREATE USER carol");
      db.execute("DROP USER carol");
      refused("42501", () -> service.execute("CREATE USER carol"));
    }
  }

  @Test
  void password_anywhere_isNotShown(TestDatabase database) throws Exception {
    KalamDB db = database.db();
    String word = "Xq7Secret9Zw";
    db.execute("CREATE USER alice WITH PASSWORD '" + word + "'");
    db.execute("ALTER USER alice SET PASSWORD '" + word + "'");
    for (String sql :
        List.of(
            "CREATE USER alice WITH PASSWORD '%s'",
            "CREATE USER bob WITH PASSWORD %s",
            "CREATE USER bob WITH '%s'",
            "CREATE USER bob WITH PASSWORD = '%s'",
            "CREATE USER bob PASSWORD '%s' '%1$s'",
            "CREATE USER bob PASSWORD '%s' PASSWORD '%1$s'",
            "CREATE USER bob PASSWORD '%s' ROLE '%1$s'",
            "CREATE USER bob PASSWORD '%s' ROLE user '%1$s",
            "ALTER USER bob SET PASSWORD '%s'",
            "ALTER USER alice SET PASSWORD %s",
            "ALTER USER alice SET PASSWORD '%s' '%1$s'",
            "EXPLAIN CREATE USER bob PASSWORD '%s'",
            "EXECUTE AS USER 'alice' (CREATE USER bob PASSWORD '%s')")) {
      String text = String.format(sql, word);
      Throwable error = refusal(db.session(), text);
      StringBuilder all = new StringBuilder();
      for (Throwable e = error; e != null; e = e.getCause()) {
        all.append(e);
      }
      assertThat(all.toString()).as(sql).doesNotContain(word);
    }
    for (String sql :
        List.of(
            "SHOW USERS",
            "SELECT * FROM system.users",
            "SELECT * FROM system.jobs",
            "SELECT * FROM system.transactions",
            "EXPLAIN ANALYZE SELECT * FROM system.users")) {
      assertThat(rows(db.session(), sql).toString()).doesNotContain(word).doesNotContain("$2");
    }
    database.closeDatabase();
    for (Path file : database.files()) {
      String bytes =
          new String(
              Files.readAllBytes(database.directory().resolve(file)), StandardCharsets.ISO_8859_1);
      assertThat(bytes.contains(word)).as(file.toString()).isFalse();
    }
  }

  // ---- acting as a user

  @Test
  void executeAsUser_readsAndWritesTheUsersRows(KalamDB db) {
    makeTables(db);
    try (Session service = db.session(new UserId("svc"), Role.SERVICE);
        Session alice = db.session("alice")) {
      alice.execute("INSERT INTO n.own VALUES (1, 'hers')");
      service.execute("INSERT INTO n.own VALUES (1, 'mine')");
      assertThat(rows(service, "EXECUTE AS USER 'alice' (SELECT * FROM n.own)"))
          .containsExactly("1|hers");
      assertThat(rows(service, "SELECT * FROM n.own")).containsExactly("1|mine");
      assertThat(
              service.execute("EXECUTE AS USER 'alice' (INSERT INTO n.own VALUES (?, ?))", 2, "b"))
          .isEqualTo(1);
      assertThat(service.execute("INSERT INTO n.own AS USER 'alice' VALUES (?, ?)", 3, "c"))
          .isEqualTo(1);
      assertThat(
              rows(
                  service,
                  "EXECUTE AS USER 'alice' (UPDATE n.own SET v = CURRENT_USER || CURRENT_ROLE"
                      + " WHERE id = 3 RETURNING v)"))
          .containsExactly("aliceuser");
      assertThat(rows(alice, "SELECT * FROM n.own ORDER BY id"))
          .containsExactly("1|hers", "2|b", "3|aliceuser");
      refused("42P01", () -> service.execute("EXECUTE AS USER 'alice' (SELECT * FROM n.hidden)"));
      refused(
          "42501",
          () -> service.execute("EXECUTE AS USER 'alice' (INSERT INTO n.shown VALUES (1, 'x'))"));
      refused("42501", () -> alice.execute("EXECUTE AS USER 'alice' (SELECT * FROM n.own)"));
      for (String inner :
          List.of(
              "CREATE TABLE n.t (id INT PRIMARY KEY)",
              "BEGIN",
              "COMMIT",
              "SET TIME ZONE 'UTC'",
              "SHOW TABLES",
              "TRUNCATE n.own",
              "INSERT INTO n.own AS USER 'bob' VALUES (1, 'x')")) {
        refused("0A000", () -> service.execute("EXECUTE AS USER 'alice' (" + inner + ")"));
      }
    }
  }

  @Test
  void executeAsUser_preparedAndInBatches_writesTheUsersRows(KalamDB db) {
    makeTables(db);
    try (Session service = db.session(Role.SERVICE);
        PreparedQuery insert =
            service.prepare("EXECUTE AS USER 'alice' (INSERT INTO n.own VALUES (?, ?))");
        PreparedQuery other = service.prepare("INSERT INTO n.own AS USER 'bob' VALUES (?, ?)")) {
      assertThat(insert.parameterTypes()).hasSize(2);
      insert.executeBatch(List.of(new Object[] {1, "a"}, new Object[] {2, "b"}));
      other.executeBatch(List.<Object[]>of(new Object[] {5, "e"}));
      other.execute(6, "f");
    }
    assertThat(rows(db.session("alice"), "SELECT id FROM n.own ORDER BY id"))
        .containsExactly("1", "2");
    assertThat(rows(db.session("bob"), "SELECT id FROM n.own ORDER BY id"))
        .containsExactly("5", "6");
  }

  @Test
  void executeAsUser_inTransaction_isPartOfIt(KalamDB db) {
    makeTables(db);
    try (Session service = db.session(new UserId("svc"), Role.SERVICE)) {
      service.execute("BEGIN");
      service.execute("INSERT INTO n.hidden VALUES (1, 'shared')");
      service.execute("EXECUTE AS USER 'alice' (INSERT INTO n.own VALUES (1, 'a'))");
      service.execute("INSERT INTO n.own AS USER 'bob' VALUES (1, 'b')");
      service.execute("INSERT INTO n.own VALUES (1, 's')");
      assertThat(rows(service, "EXECUTE AS USER 'alice' (SELECT v FROM n.own)"))
          .containsExactly("a");
      assertThat(rows(service, "SELECT v FROM n.own")).containsExactly("s");
      assertThat(rows(db.session("alice"), "SELECT v FROM n.own")).isEmpty();
      service.execute("SAVEPOINT s; INSERT INTO n.own AS USER 'bob' VALUES (2, 'b')");
      service.execute("ROLLBACK TO s");
      service.execute("COMMIT");
      assertThat(rows(db.session("alice"), "SELECT v FROM n.own")).containsExactly("a");
      assertThat(rows(db.session("bob"), "SELECT v FROM n.own")).containsExactly("b");
      service.execute("BEGIN; EXECUTE AS USER 'alice' (DELETE FROM n.own); ROLLBACK");
      assertThat(rows(db.session("alice"), "SELECT v FROM n.own")).containsExactly("a");
      service.execute("BEGIN");
      refused(
          "23505",
          () -> service.execute("EXECUTE AS USER 'alice' (INSERT INTO n.own VALUES (1, 'x'))"));
      refused("25P02", () -> service.query("SELECT 1"));
      service.execute("ROLLBACK");
    }
  }

  @Test
  void actAsUser_greaterOrDropped_isRefused(KalamDB db) {
    makeTables(db);
    db.session(Role.SYSTEM).execute("CREATE USER root ROLE system");
    db.execute("CREATE USER gone; DROP USER gone");
    try (Session service = db.session(Role.SERVICE);
        Session dba = db.session();
        Session system = db.session(Role.SYSTEM)) {
      for (Session session : List.of(service, dba)) {
        refused("42501", () -> session.execute("EXECUTE AS USER 'root' (SELECT 1)"));
        refused("42501", () -> session.asUser("root"));
      }
      assertThat(rows(system, "EXECUTE AS USER 'root' (SELECT CURRENT_ROLE)"))
          .containsExactly("user");
      refused("42501", () -> system.execute("EXECUTE AS USER 'gone' (SELECT 1)"));
      refused("42501", () -> system.asUser("gone"));
      refused("22023", () -> system.execute("EXECUTE AS USER '' (SELECT 1)"));
    }
    try (Session user = db.session("u");
        Session anonymous = db.session(Role.ANONYMOUS)) {
      refused("42501", () -> user.asUser("u"));
      refused("42501", () -> anonymous.asUser("u"));
    }
  }

  @Test
  void asUser_session_isTheUsers(KalamDB db) {
    makeTables(db);
    try (Session service = db.session(Role.SERVICE)) {
      service.useNamespace("n");
      service.execute("SET TIME ZONE 'Asia/Tokyo'");
      try (Session alice = service.asUser("alice")) {
        assertThat(alice.role()).isEqualTo(Role.USER);
        assertThat(alice.userId()).isEqualTo(ALICE);
        assertThat(alice.namespace()).isEqualTo("n");
        assertThat(value(alice, "SHOW TIME ZONE")).isEqualTo("Asia/Tokyo");
        alice.inTransaction(own -> own.execute("INSERT INTO own VALUES (1, 'x')"));
        refused("42P01", () -> alice.query("SELECT * FROM hidden"));
      }
    }
    assertThat(rows(db.session("alice"), "SELECT v FROM n.own")).containsExactly("x");
  }
}
