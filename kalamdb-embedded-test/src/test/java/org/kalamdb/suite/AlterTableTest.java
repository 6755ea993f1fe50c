package org.kalamdb.suite;

import static org.assertj.core.api.Assertions.assertThat;
import static org.kalamdb.suite.Sql.refused;
import static org.kalamdb.suite.Sql.rows;

import java.time.Instant;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.kalamdb.Session;
import org.kalamdb.live.Subscription;
import org.kalamdb.live.SubscriptionOptions;
import org.kalamdb.query.PreparedQuery;
import org.kalamdb.query.Row;
import org.kalamdb.schema.SeqId;
import org.kalamdb.test.RecordingListener;
import org.kalamdb.test.TestDatabase;

/** ALTER TABLE over hot and cold rows. */
class AlterTableTest {
  private TestDatabase database;
  private Session s;

  @BeforeEach
  void open() {
    database = TestDatabase.create();
    s = database.db().session();
  }

  @AfterEach
  void close() {
    s.close();
    database.close();
  }

  private void flush() {
    s.execute("STORAGE FLUSH ALL");
  }

  private void reopen() {
    s.close();
    s = database.reopen().session();
  }

  @Test
  void addColumn_withDefault_givesItToRowsThatAreThere() {
    s.execute("CREATE TABLE t (id INT PRIMARY KEY, a TEXT); INSERT INTO t VALUES (1, 'cold')");
    flush();
    s.execute("INSERT INTO t VALUES (2, 'hot')");
    s.execute(
        "ALTER TABLE t ADD COLUMN n INT NOT NULL DEFAULT 3 + 4, ADD d DECIMAL(6,2) DEFAULT 1.5 CHECK (d > 0)");
    s.execute("ALTER TABLE t ADD COLUMN IF NOT EXISTS n TEXT");
    s.execute("ALTER TABLE t ADD x TEXT; ALTER TABLE t ALTER n SET DEFAULT 9");
    s.execute("INSERT INTO t (id) VALUES (3)");
    for (int i = 0; i < 2; i++) {
      assertThat(rows(s, "SELECT * FROM t ORDER BY id"))
          .containsExactly("1|cold|7|1.50|null", "2|hot|7|1.50|null", "3|null|9|1.50|null");
      assertThat(rows(s, "SELECT id FROM t WHERE n = 7 AND d = 1.5 ORDER BY id"))
          .containsExactly("1", "2");
      assertThat(rows(s, "SELECT n FROM t WHERE id = 1")).containsExactly("7");
      flush();
      reopen();
    }
    s.execute("UPDATE t SET n = n + 1 WHERE n = 7; DELETE FROM t WHERE id = 2");
    assertThat(rows(s, "SELECT id, n FROM t ORDER BY id")).containsExactly("1|8", "3|9");
    refused("42701", () -> s.execute("ALTER TABLE t ADD n INT"));
    refused("23502", () -> s.execute("ALTER TABLE t ADD m INT NOT NULL"));
    refused("23514", () -> s.execute("ALTER TABLE t ADD m INT DEFAULT 0 CHECK (m > 0)"));
    s.execute("ALTER TABLE t ADD m BIGINT DEFAULT snowflake_id()");
    assertThat(rows(s, "SELECT count(DISTINCT m), count(*) FROM t")).containsExactly("2|2");
    refused("42P01", () -> s.execute("ALTER TABLE nope ADD m INT"));
    s.execute("ALTER TABLE IF EXISTS nope ADD m INT");
  }

  @Test
  void dropColumn_andAddAgain_isAnotherColumn() {
    s.execute(
        "CREATE TABLE t (id INT PRIMARY KEY, a INT, b TEXT, c INT CHECK (c > 0), CHECK (a <> c), INDEX (a, b))");
    s.execute("INSERT INTO t VALUES (1, 5, 'x', 1)");
    flush();
    s.execute("INSERT INTO t VALUES (2, 6, 'y', 2)");
    s.execute("ALTER TABLE t DROP COLUMN a, DROP COLUMN IF EXISTS nope");
    assertThat(rows(s, "SELECT * FROM t ORDER BY id")).containsExactly("1|x|1", "2|y|2");
    assertThat(rows(s, "SHOW INDEXES FROM t")).hasSize(1);
    s.execute("ALTER TABLE t ADD a INT");
    assertThat(rows(s, "SELECT a FROM t WHERE a IS NULL")).hasSize(2);
    s.execute("UPDATE t SET a = 1 WHERE id = 1");
    reopen();
    assertThat(rows(s, "SELECT * FROM t ORDER BY id")).containsExactly("1|x|1|1", "2|y|2|null");
    refused("0A000", () -> s.execute("ALTER TABLE t DROP id"));
    refused("42703", () -> s.execute("ALTER TABLE t DROP nope"));
    refused("23514", () -> s.execute("UPDATE t SET c = 0"));
  }

  @Test
  void dropColumn_thatOthersNeed_needsCascade() {
    s.execute(
        "CREATE TABLE t (id INT PRIMARY KEY, a INT UNIQUE, g INT GENERATED ALWAYS AS (a + 1) STORED);"
            + "CREATE TABLE c (id INT PRIMARY KEY, a INT REFERENCES t (a))");
    refused("2BP01", () -> s.execute("ALTER TABLE t DROP a"));
    s.execute(
        "ALTER TABLE t DROP a CASCADE; INSERT INTO c VALUES (1, 1); INSERT INTO t VALUES (1)");
    assertThat(rows(s, "DESCRIBE t")).hasSize(1);
  }

  @Test
  void renameColumn_isFollowedByWhatNamesIt() {
    s.execute(
        "CREATE TABLE t (id INT PRIMARY KEY, a INT CHECK (a > 0 AND a < 10),"
            + " g INT GENERATED ALWAYS AS (a * a) STORED, INDEX by_a (a))");
    s.execute("INSERT INTO t VALUES (1, 3)");
    flush();
    s.execute("ALTER TABLE t RENAME COLUMN a TO \"B\"");
    assertThat(rows(s, "SELECT \"B\", g FROM t WHERE \"B\" = 3")).containsExactly("3|9");
    s.execute("UPDATE t SET \"B\" = 4");
    reopen();
    assertThat(rows(s, "SELECT * FROM t")).containsExactly("1|4|16");
    refused("23514", () -> s.execute("UPDATE t SET \"B\" = 10"));
    refused("42701", () -> s.execute("ALTER TABLE t RENAME g TO id"));
  }

  @Test
  void renameTable_keepsRowsAndConstraints() {
    s.execute("CREATE TABLE t (id INT PRIMARY KEY, a INT UNIQUE); INSERT INTO t VALUES (1, 1)");
    s.execute("CREATE TABLE c (id INT PRIMARY KEY, t INT REFERENCES t)");
    s.execute("ALTER TABLE t RENAME TO moved");
    refused("42P01", () -> s.query("SELECT * FROM t"));
    assertThat(refused("23505", () -> s.execute("INSERT INTO moved VALUES (1, 2)")).reason())
        .contains("t_pkey");
    refused("23503", () -> s.execute("INSERT INTO c VALUES (1, 2)"));
    s.execute("CREATE TABLE t (id INT PRIMARY KEY)");
    refused("42P07", () -> s.execute("ALTER TABLE t RENAME TO c"));
    reopen();
    assertThat(rows(s, "SELECT * FROM moved")).containsExactly("1|1");
    flush();
    s.execute("ALTER TABLE moved RENAME TO again; INSERT INTO again VALUES (2, 2)");
    flush();
    s.execute("CREATE TABLE moved (id INT PRIMARY KEY); INSERT INTO moved VALUES (7)");
    flush();
    reopen();
    assertThat(rows(s, "SELECT * FROM again ORDER BY id")).containsExactly("1|1", "2|2");
    assertThat(rows(s, "SELECT * FROM moved")).containsExactly("7");
  }

  @Test
  void notNull_isHeldToRowsThatAreThere() {
    s.execute("CREATE TABLE t (id INT PRIMARY KEY, a INT); INSERT INTO t VALUES (1, NULL)");
    flush();
    assertThat(refused("23502", () -> s.execute("ALTER TABLE t ALTER a SET NOT NULL")).reason())
        .isEqualTo("column \"a\" of relation \"t\" contains null values");
    s.execute("UPDATE t SET a = 1; ALTER TABLE t ALTER a SET NOT NULL");
    refused("23502", () -> s.execute("INSERT INTO t VALUES (2, NULL)"));
    s.execute("ALTER TABLE t ALTER COLUMN a DROP NOT NULL; INSERT INTO t VALUES (2, NULL)");
    refused("42P16", () -> s.execute("ALTER TABLE t ALTER id DROP NOT NULL"));
    refused("42703", () -> s.execute("ALTER TABLE t ALTER nope SET NOT NULL"));
  }

  @Test
  void type_isWidened() {
    s.execute(
        "CREATE TABLE t (id INT PRIMARY KEY, a SMALLINT, b VARCHAR(3) DEFAULT 'q', c REAL, d DECIMAL(4,1))");
    s.execute("INSERT INTO t VALUES (1, 7, 'abc', 1.5, 2.5)");
    flush();
    s.execute("INSERT INTO t VALUES (2, 8, 'def', 2.5, 3.5)");
    s.execute(
        "ALTER TABLE t ALTER a TYPE INT, ALTER b SET DATA TYPE TEXT, ALTER c TYPE DOUBLE PRECISION, MODIFY COLUMN d DECIMAL(10,3)");
    s.execute("INSERT INTO t VALUES (3, 100000, 'long enough', 3.5, 1234567.891)");
    assertThat(rows(s, "SELECT * FROM t WHERE a >= 7 AND a < 100001 ORDER BY id"))
        .containsExactly(
            "1|7|abc|1.5|2.500", "2|8|def|2.5|3.500", "3|100000|long enough|3.5|1234567.891");
    s.execute("ALTER TABLE t ALTER a TYPE BIGINT; ALTER TABLE t ALTER a TYPE DECIMAL(30,2)");
    flush();
    reopen();
    assertThat(rows(s, "SELECT id, a FROM t WHERE a = 7 OR a > 99999 OR d = 3.5 ORDER BY id"))
        .containsExactly("1|7.00", "2|8.00", "3|100000.00");
    refused("42804", () -> s.execute("ALTER TABLE t ALTER b TYPE INT"));
    refused("22003", () -> s.execute("ALTER TABLE t ALTER d TYPE DECIMAL(5,3)"));
    s.execute("ALTER TABLE t ALTER id TYPE BIGINT");
    reopen();
    assertThat(rows(s, "SELECT id, a FROM t WHERE id = 3")).containsExactly("3|100000.00");
  }

  @Test
  void constraints_areAddedOverRowsAndDropped() {
    s.execute(
        "CREATE TABLE p (id INT PRIMARY KEY); CREATE TABLE t (id INT PRIMARY KEY, a INT, p INT)");
    s.execute("INSERT INTO p VALUES (1); INSERT INTO t VALUES (1, 1, 1), (2, 2, 2)");
    flush();
    s.execute("INSERT INTO t VALUES (3, 1, NULL)");
    refused("23514", () -> s.execute("ALTER TABLE t ADD CONSTRAINT low CHECK (a < 2)"));
    refused("23505", () -> s.execute("ALTER TABLE t ADD UNIQUE (a)"));
    refused("23503", () -> s.execute("ALTER TABLE t ADD FOREIGN KEY (p) REFERENCES p"));
    assertThat(rows(s, "SHOW INDEXES FROM t")).hasSize(1);
    s.execute(
        "UPDATE t SET a = 0, p = 1 WHERE id = 2; INSERT INTO p VALUES (2); UPDATE t SET a = -1 WHERE id = 3");
    s.execute("ALTER TABLE t ADD CONSTRAINT low CHECK (a < 2); ALTER TABLE t ADD UNIQUE (a)");
    s.execute(
        "ALTER TABLE t ADD CONSTRAINT parent FOREIGN KEY (p) REFERENCES p; ALTER TABLE t ADD INDEX (p, a)");
    reopen();
    refused("23514", () -> s.execute("UPDATE t SET a = 2"));
    refused("23505", () -> s.execute("UPDATE t SET a = 1 WHERE id = 2"));
    refused("23503", () -> s.execute("UPDATE t SET p = 3"));
    refused("23503", () -> s.execute("DELETE FROM p WHERE id = 1"));
    refused("42710", () -> s.execute("ALTER TABLE t ADD CONSTRAINT low CHECK (a < 2)"));
    s.execute("ALTER TABLE t DROP CONSTRAINT low, DROP CONSTRAINT t_a_key, DROP CONSTRAINT parent");
    s.execute("ALTER TABLE t DROP CONSTRAINT IF EXISTS parent; UPDATE t SET a = 2; DELETE FROM p");
    refused("42704", () -> s.execute("ALTER TABLE t DROP CONSTRAINT parent"));
    refused("42P16", () -> s.execute("ALTER TABLE t ADD PRIMARY KEY (a)"));
    s.execute("ALTER TABLE t DROP CONSTRAINT t_pkey; INSERT INTO t (id, a) VALUES (1, 1)");
    refused("23505", () -> s.execute("ALTER TABLE t ADD PRIMARY KEY (id)"));
    s.execute("UPDATE t SET id = id + 10 WHERE a = 1; ALTER TABLE t ADD PRIMARY KEY (id)");
    reopen();
    refused("23505", () -> s.execute("INSERT INTO t (id) VALUES (11)"));
    assertThat(rows(s, "SELECT id FROM t ORDER BY id")).containsExactly("1", "2", "3", "11");
  }

  @Test
  void options_areChanged() {
    s.execute("CREATE TABLE t (id INT PRIMARY KEY)");
    s.execute("ALTER TABLE t SET ACCESS LEVEL public; ALTER TABLE t SET (COMPRESSION = 'snappy')");
    try (Session alice = database.db().session("alice")) {
      assertThat(rows(alice, "SELECT * FROM t")).isEmpty();
    }
    assertThat((String) s.query("SHOW CREATE TABLE t").single().get(1))
        .contains("COMPRESSION = 'snappy', ACCESS_LEVEL = 'PUBLIC'");
    refused("42P16", () -> s.execute("ALTER TABLE t SET (TTL_SECONDS = 5)"));
  }

  @Test
  void hiddenKey_staysLast() {
    s.execute("CREATE TABLE t (a INT); INSERT INTO t VALUES (1), (1)");
    s.execute("ALTER TABLE t ADD b INT DEFAULT 5; INSERT INTO t VALUES (2, 6)");
    flush();
    s.execute("UPDATE t SET b = b + 1 WHERE a = 1; DELETE FROM t WHERE a = 2");
    assertThat(rows(s, "SELECT * FROM t")).containsExactly("1|6", "1|6");
  }

  @Test
  void preparedAndOpenTransactions_meetTheNewColumns() {
    s.execute("CREATE TABLE t (id INT PRIMARY KEY, a INT); INSERT INTO t VALUES (1, 1)");
    try (PreparedQuery select = s.prepare("SELECT * FROM t");
        Session other = database.db().session()) {
      other.execute("BEGIN; INSERT INTO t VALUES (2, 2)");
      s.execute("ALTER TABLE t ADD b INT DEFAULT 3");
      assertThat(select.query().single().size()).isEqualTo(3);
      assertThat(rows(other, "SELECT * FROM t WHERE id = 1")).containsExactly("1|1");
      refused("40001", () -> other.execute("COMMIT"));
    }
  }

  @Test
  void liveQuery_ofAlteredTable_goesOnWithItsColumns() {
    s.execute("CREATE TABLE t (id INT PRIMARY KEY, a INT); INSERT INTO t VALUES (1, 1)");
    RecordingListener listener = new RecordingListener();
    try (Subscription live =
        s.subscribe("SELECT * FROM t", SubscriptionOptions.defaults(), listener)) {
      refused("55006", () -> s.execute("ALTER TABLE t DROP a"));
      refused("55006", () -> s.execute("ALTER TABLE t ALTER a TYPE BIGINT"));
      listener.awaitReady();
      s.execute("ALTER TABLE t ADD b INT DEFAULT 3; INSERT INTO t VALUES (2, 2, 2)");
      listener.awaitChanges(1);
      assertThat(Sql.text(listener.rowChanges().get(0).newRow())).isEqualTo("2|2");
      assertThat(live).isNotNull();
    }
    s.execute("ALTER TABLE t DROP a");
  }

  @Test
  void segments_withoutTheColumn_areSkippedByWhatItsRowsHave() {
    s.execute("CREATE TABLE t (id INT PRIMARY KEY, a SMALLINT)");
    s.execute("INSERT INTO t SELECT g, g FROM generate_series(1, 1000) g");
    flush();
    s.execute("ALTER TABLE t ADD n INT DEFAULT 7, ADD x TEXT, ALTER a TYPE BIGINT");
    s.execute("INSERT INTO t SELECT g, g + 5000000000, g, 'x' FROM generate_series(2001, 3000) g");
    flush();
    assertSkipped("n = 7", 1, 1000);
    assertSkipped("n = 8", 2, 0);
    assertSkipped("n < 7", 2, 0);
    assertSkipped("n >= 7", 0, 2000);
    assertSkipped("n IN (6, 7)", 1, 1000);
    assertSkipped("n > 2000", 1, 1000);
    assertSkipped("x = 'x'", 1, 1000);
    assertSkipped("x IS NULL", 0, 1000);
    assertSkipped("a = 1000", 1, 1);
    assertSkipped("a = 40000", 2, 0);
    s.execute("ALTER TABLE t ALTER n TYPE DECIMAL(20,3)");
    assertSkipped("n = 7", 1, 1000);
    assertSkipped("n = 7.001", 1, 0);
    s.execute("STORAGE COMPACT TABLE t");
    assertThat(rows(s, "SELECT count(*), min(n), max(a), count(x) FROM t"))
        .containsExactly("2000|7.000|5000003000|1000");
    assertSkipped("n = 6", 1, 0);
  }

  private void assertSkipped(String condition, int segments, int rows) {
    assertThat(Sql.value(s, "SELECT count(*) FROM t WHERE " + condition))
        .as(condition)
        .isEqualTo((long) rows);
    String plan =
        String.join("\n", rows(s, "EXPLAIN ANALYZE SELECT count(*) FROM t WHERE " + condition));
    Matcher skipped = Pattern.compile("(\\d+) skipped").matcher(plan);
    int found = skipped.find() ? Integer.parseInt(skipped.group(1)) : 0;
    assertThat(found).as(plan).isEqualTo(segments);
  }

  @Test
  void liveQuery_thatDoesNotUseAColumn_staysWhenItGoesOrChanges() {
    s.execute(
        "CREATE TABLE t (x INT, id INT PRIMARY KEY, a INT, b INT, c SMALLINT); INSERT INTO t VALUES (0, 1, 1, 1, 1)");
    flush();
    RecordingListener early = new RecordingListener();
    RecordingListener late = new RecordingListener();
    try (Subscription first =
        s.subscribe(
            "SELECT id, a + 1 AS y FROM t WHERE b = 1", SubscriptionOptions.defaults(), early)) {
      early.awaitReady();
      refused("55006", () -> s.execute("ALTER TABLE t DROP a"));
      refused("55006", () -> s.execute("ALTER TABLE t DROP b"));
      refused("55006", () -> s.execute("ALTER TABLE t ALTER a TYPE BIGINT"));
      refused("55006", () -> s.execute("BEGIN; ALTER TABLE t DROP b"));
      s.execute("ROLLBACK");
      s.execute("ALTER TABLE t DROP x; ALTER TABLE t ALTER c TYPE BIGINT");
      s.execute("INSERT INTO t VALUES (2, 20, 1, 5000000000), (3, 30, 2, 3)");
      early.awaitChanges(1);
      assertThat(Sql.text(early.rowChanges().get(0).newRow())).isEqualTo("2|21");
      try (Subscription second =
          s.subscribe(
              "SELECT id, a + 1 AS y FROM t WHERE b = 1", SubscriptionOptions.defaults(), late)) {
        late.awaitReady();
        assertThat(late.rows()).extracting(Sql::text).containsExactlyInAnyOrder("1|2", "2|21");
        assertThat(second.isOpen()).isTrue();
      }
      assertThat(first.isOpen()).isTrue();
    }
    s.execute("ALTER TABLE t DROP a");
  }

  @Test
  void history_tellsEveryVersionWithWhatMadeIt() {
    s.execute("CREATE TABLE t (id INT PRIMARY KEY, a SMALLINT)");
    s.execute("INSERT INTO t VALUES (1, 1)");
    flush();
    s.execute("ALTER TABLE t ADD b TEXT NOT NULL DEFAULT 'x', RENAME a TO \"A\"");
    s.execute("ALTER TABLE t ALTER \"A\" TYPE INT; ALTER TABLE t ADD UNIQUE (b)");
    s.execute("ALTER TABLE t ALTER b DROP NOT NULL; ALTER TABLE t ALTER b SET NOT NULL");
    s.execute("ALTER TABLE t ALTER b DROP DEFAULT");
    s.execute("BEGIN; ALTER TABLE t DROP b; ROLLBACK");
    s.execute("ALTER TABLE t ALTER \"A\" TYPE TEXT USING 'a' || \"A\"");
    s.execute("TRUNCATE t");
    s.execute("ALTER TABLE t DROP CONSTRAINT t_pkey; ALTER TABLE t DROP id");
    String[] changes = {
      "10|DROP COLUMN id|\"A\" TEXT, b TEXT NOT NULL",
      "9|DROP PRIMARY KEY|id INTEGER NOT NULL, \"A\" TEXT, b TEXT NOT NULL",
      "8|ALTER COLUMN \"A\" TYPE TEXT|id INTEGER NOT NULL, \"A\" TEXT, b TEXT NOT NULL",
      "7|ALTER COLUMN b DROP DEFAULT|id INTEGER NOT NULL, \"A\" INTEGER, b TEXT NOT NULL",
      "6|ALTER COLUMN b SET NOT NULL|id INTEGER NOT NULL, \"A\" INTEGER, b TEXT NOT NULL",
      "5|ALTER COLUMN b DROP NOT NULL|id INTEGER NOT NULL, \"A\" INTEGER, b TEXT",
      "4|ALTER COLUMN \"A\" TYPE INTEGER|id INTEGER NOT NULL, \"A\" INTEGER, b TEXT NOT NULL",
      "3|RENAME COLUMN a TO \"A\"|id INTEGER NOT NULL, \"A\" SMALLINT, b TEXT NOT NULL",
      "2|ADD COLUMN b TEXT NOT NULL DEFAULT 'x'|id INTEGER NOT NULL, a SMALLINT, b TEXT NOT NULL",
      "1|CREATE TABLE|id INTEGER NOT NULL, a SMALLINT"
    };
    for (int i = 0; i < 2; i++) {
      assertThat(
              s.query("DESCRIBE t HISTORY").list().stream()
                  .map(row -> row.get(0) + "|" + row.get(3) + "|" + row.get(4)))
          .containsExactly(changes);
      List<Row> rows = s.query("DESC TABLE t HISTORY").list();
      for (int row = 0; row < rows.size(); row++) {
        long seq = rows.get(row).getLong("seq");
        assertThat(seq).isPositive();
        assertThat(rows.get(row).get("changed_at"))
            .isEqualTo(Instant.ofEpochMilli(new SeqId(seq).epochMillis()));
        // The two of one statement were made by one commit.
        if (row > 0 && row != 8) {
          assertThat(seq).isLessThan(rows.get(row - 1).getLong("seq"));
        }
      }
      reopen();
    }
    s.execute("DROP TABLE t; CREATE TABLE t (z INT)");
    assertThat(s.query("DESCRIBE t HISTORY").single().get("columns")).isEqualTo("z INTEGER");
    refused("42P01", () -> s.query("DESCRIBE nope HISTORY"));
    s.execute("CREATE VIEW v AS SELECT z FROM t");
    refused("42809", () -> s.query("DESCRIBE v HISTORY"));
  }

  @Test
  void view_overTheTable_isNotBroken() {
    s.execute(
        "CREATE TABLE t (id INT PRIMARY KEY, a INT, b INT); CREATE VIEW v AS SELECT id, a + 1 AS x FROM t");
    refused("2BP01", () -> s.execute("ALTER TABLE t DROP a"));
    refused("2BP01", () -> s.execute("ALTER TABLE t RENAME a TO c"));
    refused("2BP01", () -> s.execute("ALTER TABLE t ALTER a TYPE BIGINT"));
    refused("2BP01", () -> s.execute("ALTER TABLE t RENAME TO u"));
    s.execute("ALTER TABLE t DROP b, ADD c INT DEFAULT 1; INSERT INTO t VALUES (1, 1)");
    assertThat(rows(s, "SELECT * FROM v")).containsExactly("1|2");
  }
}
