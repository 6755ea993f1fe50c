package org.kalamdb.suite;

import static org.assertj.core.api.Assertions.assertThat;
import static org.kalamdb.suite.Sql.refused;
import static org.kalamdb.suite.Sql.rows;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.kalamdb.Durability;
import org.kalamdb.KalamDB;
import org.kalamdb.KalamOptions;
import org.kalamdb.Session;
import org.kalamdb.test.TestDatabase;

/**
 * Tables altered many versions deep with rows of every version, hot and in segments: values at the
 * limits of all types, and what hangs on the columns.
 */
class SchemaEvolutionTest {
  private static final KalamOptions BY_HAND =
      KalamOptions.builder().durability(Durability.NONE).backgroundCompaction(false).build();

  /** Types and literals of them that are the DEFAULT of a column that is added. */
  private static final List<List<String>> DEFAULTS =
      List.of(
          List.of("BOOLEAN", "true"),
          List.of("SMALLINT", "-32768"),
          List.of("INT", "2147483647"),
          List.of("BIGINT", "-9223372036854775808"),
          List.of("REAL", "'-Infinity'"),
          List.of("REAL", "1.4e-45"),
          List.of("DOUBLE PRECISION", "'NaN'"),
          List.of("DOUBLE PRECISION", "-1.7976931348623157e308"),
          List.of("DECIMAL(9,2)", "-0.01"),
          List.of("DECIMAL(38,38)", "0." + "9".repeat(38)),
          List.of("DECIMAL(76,10)", "-" + "9".repeat(66) + "." + "9".repeat(10)),
          List.of("TEXT", "''"),
          List.of("TEXT", "'it''s ünï\n😀'"),
          List.of("VARCHAR(3)", "'abc'"),
          List.of("CHAR(5)", "'ab'"),
          List.of("BYTES", "'\\x00ff00'"),
          List.of("BYTES", "'\\x'"),
          List.of("DATE", "'infinity'"),
          List.of("DATE", "'0044-03-15 BC'"),
          List.of("TIME", "'23:59:59.999999'"),
          List.of("TIMESTAMP", "'-infinity'"),
          List.of("TIMESTAMP", "'1969-12-31 23:59:59.999999'"),
          List.of("TIMESTAMPTZ", "'infinity'"),
          List.of("TIMESTAMPTZ", "'2026-05-01 10:00:00.000001+05:30'"),
          List.of("ZONED_TIMESTAMP", "'2026-05-01 10:00:00+02:00[Europe/Berlin]'"),
          List.of("UUID", "'ffffffff-ffff-ffff-ffff-ffffffffffff'"),
          List.of("JSON", "'{\"a\": [1, null, \"x\"]}'"),
          List.of("EMBEDDING(3)", "'[1.5, -2, 0]'"),
          List.of("INTERVAL", "'-1 year 2 days 00:00:00.000003'"));

  private TestDatabase database;
  private Session s;

  @BeforeEach
  void open() {
    database = TestDatabase.create(BY_HAND);
    s = database.db().session();
  }

  @AfterEach
  void close() {
    s.close();
    database.close();
  }

  private void reopen() {
    s.close();
    s = database.reopen().session();
  }

  @Test
  void addedColumns_ofAllTypes_haveTheirDefaultInOldRows() {
    s.execute("CREATE TABLE t (id INT PRIMARY KEY, v INT)");
    s.execute("INSERT INTO t VALUES (1, 1), (2, 2); STORAGE FLUSH TABLE t");
    s.execute("UPDATE t SET v = 3 WHERE id = 2; INSERT INTO t VALUES (3, 3)");
    for (int i = 0; i < DEFAULTS.size(); i++) {
      List<String> of = DEFAULTS.get(i);
      s.execute("ALTER TABLE t ADD c" + i + " " + of.get(0) + " NOT NULL DEFAULT " + of.get(1));
      s.execute("INSERT INTO t (id, v) VALUES (" + (10 + i) + ", 0)");
      if (i % 5 == 0) {
        s.execute("STORAGE FLUSH TABLE t");
      }
    }
    // What an INSERT writes is what rows from before have.
    s.execute("INSERT INTO t (id, v) VALUES (1000, 0)");
    String columns =
        IntStream.range(0, DEFAULTS.size())
            .mapToObj(i -> "c" + i)
            .collect(Collectors.joining(", "));
    String written = rows(s, "SELECT " + columns + " FROM t WHERE id = 1000").get(0);
    int count = 4 + DEFAULTS.size();
    for (String step :
        List.of(
            "SELECT 1", "STORAGE FLUSH TABLE t", "STORAGE COMPACT TABLE t", "UPDATE t SET v = v")) {
      s.execute(step);
      reopen();
      assertThat(rows(s, "SELECT " + columns + " FROM t"))
          .as(step)
          .hasSize(count)
          .allMatch(written::equals);
      assertThat(rows(s, "SELECT " + columns + " FROM t WHERE id = 2")).containsExactly(written);
      for (int i = 0; i < DEFAULTS.size(); i++) {
        String type = DEFAULTS.get(i).get(0);
        if (!type.equals("JSON") && !type.startsWith("EMBEDDING")) {
          assertThat(
                  rows(
                      s,
                      "SELECT count(*) FROM t WHERE c"
                          + i
                          + " = CAST("
                          + DEFAULTS.get(i).get(1)
                          + " AS "
                          + type
                          + ")"))
              .as("%s after %s", DEFAULTS.get(i), step)
              .containsExactly(String.valueOf(count));
        }
      }
    }
  }

  @Test
  void defaultOfNow_isThatOfTheStatement_andVolatileOnesDiffer() {
    s.execute("CREATE TABLE t (id INT PRIMARY KEY); INSERT INTO t VALUES (1), (2)");
    s.execute("STORAGE FLUSH TABLE t; INSERT INTO t VALUES (3)");
    s.execute(
        "ALTER TABLE t ADD at TIMESTAMPTZ DEFAULT now(), ADD u UUID DEFAULT gen_random_uuid()");
    List<String> once = rows(s, "SELECT DISTINCT at FROM t");
    assertThat(once).hasSize(1);
    List<String> all = rows(s, "SELECT id, u FROM t ORDER BY id");
    assertThat(rows(s, "SELECT count(DISTINCT u) FROM t")).containsExactly("3");
    reopen();
    assertThat(rows(s, "SELECT DISTINCT at FROM t")).isEqualTo(once);
    assertThat(rows(s, "SELECT id, u FROM t ORDER BY id")).isEqualTo(all);
  }

  @Test
  void types_throughTheWholeMatrix_keepValuesAtTheirLimits() {
    List<List<String>> paths =
        List.of(
            List.of(
                "SMALLINT", "INT", "BIGINT", "DECIMAL(19,0)", "DECIMAL(38,10)", "DECIMAL(76,20)"),
            List.of("SMALLINT", "DECIMAL(5,0)", "DECIMAL(9,2)", "DECIMAL(18,4)", "DECIMAL(20,5)"),
            List.of("REAL", "DOUBLE PRECISION"),
            List.of("VARCHAR(2)", "VARCHAR(4)", "VARCHAR", "TEXT"));
    List<List<List<String>>> values =
        List.of(
            List.of(
                List.of("-32768", "32767"),
                List.of("-2147483648", "2147483647"),
                List.of("-9223372036854775808", "9223372036854775807"),
                List.of("9999999999999999999"),
                List.of("9999999999999999999999999999.9999999999"),
                List.of("-0.00000000000000000001")),
            List.of(
                List.of("-32768", "32767"),
                List.of("99999", "-99999"),
                List.of("9999999.99"),
                List.of("0.0001"),
                List.of("0.00001")),
            List.of(List.of("'NaN'", "'Infinity'", "0.1", "3.4028235e38"), List.of("1e300", "0.1")),
            List.of(
                List.of("''", "'zz'"),
                List.of("'zzzz'"),
                List.of("'z'"),
                List.of("repeat('z', 90)")));
    for (int p = 0; p < paths.size(); p++) {
      List<String> types = paths.get(p);
      s.execute(
          "CREATE TABLE t (n INT PRIMARY KEY, c " + types.get(0) + ", INDEX (c) USING BLOOM)");
      int n = 0;
      List<String> literals = new ArrayList<>();
      for (int i = 0; i < types.size(); i++) {
        if (i > 0) {
          s.execute("ALTER TABLE t ALTER c TYPE " + types.get(i));
        }
        for (String literal : values.get(p).get(i)) {
          s.execute(
              "INSERT INTO t VALUES (" + n++ + ", CAST(" + literal + " AS " + types.get(i) + "))");
          literals.add(
              "CAST(CAST("
                  + literal
                  + " AS "
                  + types.get(i)
                  + ") AS "
                  + types.get(types.size() - 1)
                  + ")");
        }
        if (i % 2 == 0) {
          s.execute("STORAGE FLUSH TABLE t");
        }
      }
      assertThat(s.query("DESCRIBE t HISTORY").list()).hasSize(types.size());
      for (String step : List.of("SELECT 1", "STORAGE FLUSH TABLE t", "STORAGE COMPACT TABLE t")) {
        s.execute(step);
        reopen();
        for (int i = 0; i < n; i++) {
          String equal = "SELECT n FROM t WHERE c = " + literals.get(i) + " AND n = " + i;
          assertThat(rows(s, equal)).as(equal).containsExactly(String.valueOf(i));
          String below = "SELECT count(*) FROM t WHERE c < " + literals.get(i);
          String counted =
              "SELECT count(*) FROM (SELECT c FROM t) u WHERE coalesce(c < "
                  + literals.get(i)
                  + ", false)";
          assertThat(rows(s, below)).as(below).isEqualTo(rows(s, counted));
        }
        assertThat(rows(s, "SELECT min(c), max(c) FROM t"))
            .isEqualTo(
                rows(
                    s,
                    "SELECT (SELECT c FROM t ORDER BY c LIMIT 1), (SELECT c FROM t ORDER BY c DESC LIMIT 1)"));
      }
      s.execute("DROP TABLE t");
    }
  }

  @Test
  void types_thatNarrow_areRefusedWithTheReason_orWrittenAnew() {
    s.execute(
        "CREATE TABLE t (id INT PRIMARY KEY, i INT, d DECIMAL(10,3), r DOUBLE PRECISION, w TEXT, b BOOLEAN)");
    s.execute("INSERT INTO t VALUES (1, 40000, 1.255, 0.1, '12', true); STORAGE FLUSH TABLE t");
    refused("22003", () -> s.execute("ALTER TABLE t ALTER i TYPE SMALLINT"));
    refused("22003", () -> s.execute("ALTER TABLE t ALTER d TYPE DECIMAL(2,2)"));
    refused("22001", () -> s.execute("ALTER TABLE t ALTER w TYPE VARCHAR(1)"));
    refused("42804", () -> s.execute("ALTER TABLE t ALTER w TYPE INT"));
    refused("42804", () -> s.execute("ALTER TABLE t ALTER b TYPE DATE"));
    refused("42704", () -> s.execute("ALTER TABLE t ALTER b TYPE NOPE"));
    assertThat(rows(s, "SELECT * FROM t")).containsExactly("1|40000|1.255|0.1|12|true");
    s.execute(
        "ALTER TABLE t ALTER d TYPE DECIMAL(10,2), ALTER w TYPE INT USING w::INT * 2, ALTER r TYPE REAL");
    s.execute(
        "ALTER TABLE t ALTER i TYPE TEXT, ALTER b TYPE INT USING CASE WHEN b THEN 1 ELSE 0 END");
    reopen();
    assertThat(rows(s, "SELECT * FROM t")).containsExactly("1|40000|1.26|0.1|24|1");
  }

  @Test
  void whatHangsOnAColumn_followsOrRefuses() {
    s.execute(
        "CREATE TABLE p (id INT PRIMARY KEY, k INT UNIQUE, w VARCHAR(3));"
            + "CREATE TABLE t (id INT PRIMARY KEY, p INT REFERENCES p (k), a SMALLINT CHECK (a < 100),"
            + " g INT GENERATED ALWAYS AS (a + 1) STORED, w VARCHAR(3), UNIQUE (w));"
            + "CREATE VIEW v AS SELECT id, w FROM t");
    s.execute(
        "INSERT INTO p VALUES (1, 10, 'x'); INSERT INTO t (id, p, a, w) VALUES (1, 10, 5, 'a')");
    s.execute("STORAGE FLUSH ALL; INSERT INTO t (id, p, a, w) VALUES (2, NULL, 6, 'b')");
    refused("0A000", () -> s.execute("ALTER TABLE t ALTER p TYPE BIGINT"));
    refused("0A000", () -> s.execute("ALTER TABLE p ALTER k TYPE BIGINT"));
    refused("0A000", () -> s.execute("ALTER TABLE t ALTER a TYPE BIGINT"));
    refused("0A000", () -> s.execute("ALTER TABLE t ALTER g TYPE BIGINT"));
    refused("2BP01", () -> s.execute("ALTER TABLE p DROP k"));
    refused("2BP01", () -> s.execute("ALTER TABLE t DROP a"));
    refused("2BP01", () -> s.execute("ALTER TABLE t DROP w"));
    refused("0A000", () -> s.execute("ALTER TABLE t DROP id"));
    refused("42703", () -> s.execute("ALTER TABLE t DROP nope"));
    refused("42701", () -> s.execute("ALTER TABLE t ADD w INT"));
    refused("42701", () -> s.execute("ALTER TABLE t RENAME w TO a"));
    refused("42601", () -> s.execute("ALTER TABLE t ALTER g SET DEFAULT 1"));
    refused("42804", () -> s.execute("ALTER TABLE t ADD n INT DEFAULT 'x' || 'y'"));
    refused("42804", () -> s.execute("ALTER TABLE t ALTER a SET DEFAULT TRUE"));
    s.execute("DROP VIEW v; ALTER TABLE t ALTER w TYPE TEXT; ALTER TABLE t RENAME w TO word");
    refused("23505", () -> s.execute("UPDATE t SET word = 'a' WHERE id = 2"));
    s.execute("UPDATE t SET word = 'much longer' WHERE id = 1; ALTER TABLE t RENAME a TO aa");
    refused("23514", () -> s.execute("UPDATE t SET aa = 100"));
    s.execute("UPDATE t SET aa = 50; STORAGE FLUSH ALL; STORAGE COMPACT ALL");
    reopen();
    assertThat(rows(s, "SELECT * FROM t ORDER BY id"))
        .containsExactly("1|10|50|51|much longer", "2|null|50|51|b");
    assertThat(rows(s, "SELECT id FROM t WHERE word = 'much longer'")).containsExactly("1");
    refused("23503", () -> s.execute("DELETE FROM p"));
    s.execute("ALTER TABLE t DROP aa CASCADE; ALTER TABLE p DROP k CASCADE; DELETE FROM p");
    assertThat(rows(s, "SELECT * FROM t ORDER BY id"))
        .containsExactly("1|10|much longer", "2|null|b");
  }

  @Test
  void usersPartitions_readEachWithItsOwnVersions() {
    KalamDB db = database.db();
    db.execute(
        "CREATE NAMESPACE n; CREATE USER TABLE n.t (k TEXT, id INT, v SMALLINT, PRIMARY KEY (id, k))");
    List<String> users = List.of("ada", "bob", "eve");
    for (int round = 0; round < 3; round++) {
      for (String user : users.subList(round, 3)) {
        try (Session session = db.session(user)) {
          session.execute("INSERT INTO n.t (k, id, v) VALUES (?, ?, ?)", user, round, round);
        }
      }
      if (round < 2) {
        db.execute("STORAGE FLUSH TABLE n.t");
      }
      db.execute("ALTER TABLE n.t ADD c" + round + " INT DEFAULT " + (round + 5));
      db.execute(
          "ALTER TABLE n.t ALTER v TYPE " + List.of("INT", "BIGINT", "DECIMAL(20,1)").get(round));
    }
    for (String step :
        List.of("SELECT 1", "STORAGE FLUSH TABLE n.t", "STORAGE COMPACT TABLE n.t")) {
      db.execute(step);
      db = database.reopen();
      for (int u = 0; u < 3; u++) {
        List<String> expected = new ArrayList<>();
        for (int round = 0; round <= u; round++) {
          expected.add(users.get(u) + "|" + round + "|" + round + ".0|5|6|7");
        }
        try (Session session = db.session(users.get(u))) {
          assertThat(rows(session, "SELECT * FROM n.t ORDER BY id")).isEqualTo(expected);
          assertThat(rows(session, "SELECT count(*) FROM n.t WHERE c1 = 6 AND v < 10"))
              .containsExactly(String.valueOf(u + 1));
        }
      }
    }
  }

  @Test
  void streams_areAlteredToo() {
    KalamDB db = database.db();
    db.execute(
        "CREATE NAMESPACE n; CREATE STREAM TABLE n.e (what TEXT, n SMALLINT) WITH (TTL_SECONDS = 1000)");
    try (Session ada = db.session("ada")) {
      ada.execute("INSERT INTO n.e VALUES ('a', 1), ('b', 2)");
      db.execute(
          "ALTER TABLE n.e ADD x INT NOT NULL DEFAULT 7; ALTER TABLE n.e ALTER n TYPE BIGINT");
      ada.execute("INSERT INTO n.e VALUES ('c', 5000000000, 8)");
      db.execute("ALTER TABLE n.e RENAME what TO who; ALTER TABLE n.e ADD y TEXT");
      ada.execute("DELETE FROM n.e WHERE x = 7 AND n = 1");
      KalamDB application = db;
      refused("23502", () -> application.execute("ALTER TABLE n.e ALTER y SET NOT NULL"));
      refused("23514", () -> application.execute("ALTER TABLE n.e ADD CHECK (x > 7)"));
      db.execute("ALTER TABLE n.e ADD CHECK (x > 6)");
      refused("23514", () -> ada.execute("INSERT INTO n.e (who, x) VALUES ('d', 6)"));
    }
    db = database.reopen();
    try (Session ada = db.session("ada")) {
      assertThat(rows(ada, "SELECT * FROM n.e ORDER BY who"))
          .containsExactly("b|2|7|null", "c|5000000000|8|null");
    }
    db.execute("ALTER TABLE n.e ALTER x TYPE INT USING x * 10");
    try (Session ada = db.session("ada")) {
      assertThat(rows(ada, "SELECT * FROM n.e ORDER BY who"))
          .containsExactly("b|2|70|null", "c|5000000000|80|null");
    }
    db.execute("ALTER TABLE n.e DROP n");
    assertThat(db.query("DESCRIBE n.e HISTORY").list()).hasSize(7);
  }
}
