package org.kalamdb.suite;

import static org.assertj.core.api.Assertions.assertThat;
import static org.kalamdb.suite.Sql.refused;
import static org.kalamdb.suite.Sql.rows;

import java.io.IOException;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.kalamdb.KalamDB;
import org.kalamdb.Session;
import org.kalamdb.test.TemporaryDatabase;
import org.kalamdb.test.TestDatabase;

/** Users with ids meant to break out of their partition, and what a user's session may not do. */
@ExtendWith(TemporaryDatabase.class)
class HostileUserTest {
  private static final List<String> IDS =
      List.of(
          "../x",
          "..",
          ".",
          "x",
          "a/b",
          "a",
          "a\\b",
          "/etc/passwd",
          "C:\\",
          "a\0b",
          "\0",
          "a\0",
          "CON",
          "con",
          "nul",
          "Alice",
          "alice",
          "ALICE",
          "ALICE ",
          " ",
          "%2e%2e",
          "%",
          "{userId}",
          "😀",
          "é",
          "e\u0301",
          "ı",
          "İ",
          "ß",
          "SS",
          "K",
          "\u212A",
          "~",
          "a~",
          "' OR '1'='1",
          "\n",
          "*",
          "z".repeat(256),
          "z".repeat(255),
          "Z".repeat(256),
          "é".repeat(128),
          "\u0001",
          "\uFFFF");

  @BeforeEach
  void create(KalamDB db) {
    db.execute("CREATE NAMESPACE app");
    db.execute("CREATE USER TABLE app.notes (id BIGINT PRIMARY KEY, owner TEXT)");
    db.execute("CREATE STREAM TABLE app.events (id BIGINT, owner TEXT) WITH (TTL_SECONDS = 600)");
    db.execute(
        "CREATE SHARED TABLE app.news (id BIGINT PRIMARY KEY, text TEXT) WITH (ACCESS_LEVEL = 'PUBLIC')");
    db.execute(
        "CREATE SHARED TABLE app.secret (id BIGINT PRIMARY KEY, text TEXT) WITH (ACCESS_LEVEL = 'PRIVATE')");
    db.execute(
        "INSERT INTO app.news VALUES (1, 'hello'); INSERT INTO app.secret VALUES (1, 'hidden')");
  }

  @Test
  void ids_ofAnyText_seeOnlyTheirOwnRows(TestDatabase database) throws IOException {
    // Written in two halves, so that each user has rows in both tiers.
    write(database.db(), 1);
    check(database.db(), 1);
    database.db().execute("STORAGE FLUSH TABLE app.notes");
    check(database.db(), 1);
    write(database.db(), 2);
    check(database.db(), 2);
    check(database.reopen(), 2);
    deleteOfFirst(database.db());
    database.db().execute("STORAGE FLUSH TABLE app.notes");
    check(database.reopen(), 2, IDS.subList(1, IDS.size()));
    checkDirectories(database);
  }

  private static void write(KalamDB db, long id) {
    for (String user : IDS) {
      try (Session s = db.session(user)) {
        s.execute("INSERT INTO app.notes VALUES (?, ?)", id, printable(user));
        if (id == 1) {
          s.execute("INSERT INTO app.events VALUES (?, ?)", id, printable(user));
        }
      }
    }
  }

  /** The id as a text that tables take: they refuse NUL. */
  private static String printable(String user) {
    return user.replace("\0", "<NUL>");
  }

  private static void check(KalamDB db, int rows) {
    check(db, rows, IDS);
  }

  private static void check(KalamDB db, int count, List<String> users) {
    for (String user : users) {
      try (Session s = db.session(user)) {
        assertThat(s.query("SELECT owner FROM app.notes").list())
            .as("notes of %s", user)
            .hasSize(count)
            .allSatisfy(row -> assertThat(row.get(0)).isEqualTo(printable(user)));
        assertThat(Sql.value(s, "SELECT owner FROM app.notes WHERE id = 1"))
            .isEqualTo(printable(user));
        assertThat(Sql.count(s, "app.notes")).isEqualTo(count);
        assertThat(Sql.count(s, "app.notes AS a JOIN app.notes AS b ON true"))
            .isEqualTo(count * (long) count);
        assertThat(Sql.value(s, "SELECT owner FROM app.events")).isEqualTo(printable(user));
      }
    }
  }

  private static void deleteOfFirst(KalamDB db) {
    try (Session s = db.session(IDS.get(0))) {
      assertThat(s.execute("DELETE FROM app.notes")).isEqualTo(2);
      assertThat(s.execute("UPDATE app.notes SET owner = 'mine'")).isZero();
      assertThat(Sql.count(s, "app.notes")).isZero();
    }
  }

  private static void checkDirectories(TestDatabase database) throws IOException {
    Path root = database.directory().toRealPath();
    Set<String> directories = new HashSet<>();
    for (Path file : database.filesEndingWith(".parquet")) {
      assertThat(file.toRealPath().startsWith(root)).as(file.toString()).isTrue();
      directories.add(file.getParent().toString());
    }
    assertThat(directories).hasSize(IDS.size());
    Set<String> folded = new HashSet<>();
    directories.forEach(d -> folded.add(d.toLowerCase(Locale.ROOT).toUpperCase(Locale.ROOT)));
    assertThat(folded).as("directories that differ in more than case").hasSameSizeAs(directories);
    for (String directory : directories) {
      for (Path part : root.relativize(Path.of(directory))) {
        assertThat(part.toString()).matches("[a-z0-9_%A-F~-]+").hasSizeLessThanOrEqualTo(255);
      }
    }
    // Nothing was written beside the database.
    assertThat(database.scratch().toFile().list())
        .containsExactly(database.directory().getFileName().toString());
  }

  @Test
  void sameStatements_ofTwoUsers_giveEachTheirRows(KalamDB db) {
    try (Session alice = db.session("alice");
        Session bob = db.session("bob")) {
      for (int i = 1; i <= 3; i++) {
        alice.execute("INSERT INTO app.notes VALUES (?, 'a' || ?)", i, String.valueOf(i));
        bob.execute("INSERT INTO app.notes VALUES (?, 'b' || ?)", i, String.valueOf(i));
      }
      for (int round = 0; round < 2; round++) {
        for (String sql :
            List.of(
                "SELECT owner FROM app.notes ORDER BY id",
                "SELECT owner FROM app.notes WHERE id = 2",
                "SELECT max(owner) FROM app.notes",
                "SELECT owner FROM app.notes WHERE id IN (SELECT id FROM app.notes) ORDER BY id DESC LIMIT 1",
                "WITH n AS (SELECT * FROM app.notes) SELECT owner FROM n ORDER BY owner")) {
          assertThat(rows(alice, sql)).as(sql).isNotEmpty().allMatch(row -> row.startsWith("a"));
          assertThat(rows(bob, sql)).as(sql).isNotEmpty().allMatch(row -> row.startsWith("b"));
        }
        db.execute("STORAGE FLUSH TABLE app.notes FOR USER 'alice'");
      }
      assertThat(alice.execute("UPDATE app.notes SET owner = 'a-changed'")).isEqualTo(3);
      assertThat(bob.execute("DELETE FROM app.notes WHERE owner LIKE 'a%'")).isZero();
      assertThat(bob.execute("DELETE FROM app.notes WHERE id = 1")).isEqualTo(1);
      assertThat(Sql.count(alice, "app.notes")).isEqualTo(3);
      assertThat(Sql.value(alice, "SELECT CURRENT_USER")).isEqualTo("alice");
    }
  }

  @Test
  void duplicateKey_isPerUser_andTellsNothingOfOthers(KalamDB db) {
    try (Session alice = db.session("alice");
        Session bob = db.session("bob")) {
      alice.execute("INSERT INTO app.notes VALUES (1, 'treasure')");
      bob.execute("INSERT INTO app.notes VALUES (1, 'b')");
      assertThat(refused("23505", () -> bob.execute("INSERT INTO app.notes VALUES (1, 'b')")))
          .message()
          .doesNotContain("treasure")
          .doesNotContain("alice");
    }
  }

  @Test
  void applicationSession_hasNoPartition(KalamDB db) {
    try (Session alice = db.session("alice");
        Session application = db.session()) {
      alice.execute("INSERT INTO app.notes VALUES (1, 'a')");
      org.kalamdb.error.KalamException onRead =
          org.assertj.core.api.Assertions.catchThrowableOfType(
              org.kalamdb.error.KalamException.class,
              () -> assertThat(rows(application, "SELECT * FROM app.notes")).isEmpty());
      org.kalamdb.error.KalamException onWrite =
          org.assertj.core.api.Assertions.catchThrowableOfType(
              org.kalamdb.error.KalamException.class,
              () -> application.execute("INSERT INTO app.notes VALUES (2, 'nobody')"));
      // Reading gives nothing or is refused; writing rows that nobody could see is refused.
      assertThat(onRead == null || onRead.sqlState().startsWith("42")).isTrue();
      assertThat(onWrite).isNotNull();
      assertThat(Sql.count(alice, "app.notes")).isEqualTo(1);
    }
  }

  @Test
  void userSession_cannotWriteSharedTablesOrAdminister(KalamDB db) {
    try (Session alice = db.session("alice")) {
      assertThat(rows(alice, "SELECT text FROM app.news")).containsExactly("hello");
      for (String sql :
          List.of(
              "INSERT INTO app.news VALUES (2, 'x')",
              "INSERT INTO app.news VALUES (1, 'x') ON CONFLICT DO NOTHING",
              "UPDATE app.news SET text = 'x'",
              "DELETE FROM app.news",
              "DELETE FROM app.news WHERE id = 99",
              "CREATE NAMESPACE mine",
              "CREATE TABLE app.mine (id BIGINT PRIMARY KEY)",
              "CREATE USER TABLE app.mine (id BIGINT PRIMARY KEY)",
              "DROP TABLE app.notes",
              "DROP TABLE IF EXISTS app.nothing",
              "DROP NAMESPACE app CASCADE",
              "STORAGE FLUSH TABLE app.notes",
              "STORAGE FLUSH TABLE app.notes FOR USER 'bob'",
              "STORAGE FLUSH ALL")) {
        refused("42501", () -> alice.execute(sql));
      }
    }
    try (Session application = db.session()) {
      assertThat(rows(application, "SELECT * FROM app.news")).containsExactly("1|hello");
    }
  }

  @Test
  void userSession_cannotTellPrivateTablesFromNone(KalamDB db) {
    try (Session alice = db.session("alice")) {
      for (String sql :
          List.of(
              "SELECT * FROM %s",
              "SELECT 1 FROM app.news WHERE EXISTS (SELECT 1 FROM %s)",
              "INSERT INTO %s VALUES (1, 'x')",
              "UPDATE %s SET text = 'x'",
              "DELETE FROM %s",
              "DESCRIBE %s",
              "SHOW CREATE TABLE %s",
              "SELECT n.id FROM app.news AS n JOIN %s AS s ON s.id = n.id")) {
        String hidden =
            refused("42P01", () -> alice.query(String.format(sql, "app.secret")).list())
                .getMessage();
        String absent =
            refused("42P01", () -> alice.query(String.format(sql, "app.nosuch")).list())
                .getMessage();
        assertThat(hidden.replace("secret", "nosuch")).isEqualTo(absent);
      }
      assertThat(rows(alice, "SHOW TABLES IN app")).noneMatch(row -> row.contains("secret"));
      refused(
          "42P01",
          () ->
              alice.subscribe(
                  "SELECT * FROM app.secret",
                  org.kalamdb.live.SubscriptionOptions.defaults(),
                  event -> {}));
    }
    try (Session application = db.session()) {
      assertThat(rows(application, "SELECT * FROM app.secret")).containsExactly("1|hidden");
    }
  }

  @Test
  void dropTable_removesEveryUsersFiles(TestDatabase database) {
    write(database.db(), 1);
    database.db().execute("STORAGE FLUSH TABLE app.notes");
    assertThat(database.filesEndingWith(".parquet")).hasSize(IDS.size());
    database.db().execute("DROP TABLE app.notes");
    database.db().execute("CREATE USER TABLE app.notes (id BIGINT PRIMARY KEY, owner TEXT)");
    for (String user : IDS) {
      try (Session s = database.db().session(user)) {
        assertThat(Sql.count(s, "app.notes")).isZero();
      }
    }
    database.reopen();
    assertThat(database.filesEndingWith(".parquet")).isEmpty();
    assertThat(database.filesEndingWith("manifest.json")).isEmpty();
  }
}
