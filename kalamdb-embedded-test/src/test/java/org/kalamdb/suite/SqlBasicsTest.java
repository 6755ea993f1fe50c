package org.kalamdb.suite;

import static org.assertj.core.api.Assertions.assertThat;
import static org.kalamdb.suite.Sql.refused;
import static org.kalamdb.suite.Sql.rows;
import static org.kalamdb.suite.Sql.value;

import java.math.BigDecimal;
import java.time.LocalDate;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.kalamdb.KalamDB;
import org.kalamdb.Session;
import org.kalamdb.query.PreparedQuery;
import org.kalamdb.query.Result;
import org.kalamdb.query.ResultBatch;
import org.kalamdb.test.TemporaryDatabase;

/** Queries, writes and transactions over a few rows, some of them hot and some cold. */
@ExtendWith(TemporaryDatabase.class)
class SqlBasicsTest {
  private Session s;

  @BeforeEach
  void open(KalamDB db) {
    s = db.session();
    s.execute(
        "CREATE TABLE person (id BIGINT PRIMARY KEY, name TEXT NOT NULL, city TEXT, age INT);"
            + "CREATE TABLE purchase (id BIGINT PRIMARY KEY, person BIGINT, amount DECIMAL(10,2), day DATE)");
    s.execute(
        "INSERT INTO person VALUES (1, 'Ann', 'Rome', 30), (2, 'Bob', 'Oslo', NULL), (3, 'Cy', NULL, 25)");
    s.execute("STORAGE FLUSH TABLE person");
    s.execute("INSERT INTO person VALUES (4, 'Dee', 'Rome', 41)");
    s.execute(
        "INSERT INTO purchase VALUES (10, 1, 5.50, '2026-01-31'), (11, 1, 4.50, '2026-02-28'),"
            + " (12, 4, 100, '2026-02-01'), (13, NULL, 1, '2025-12-31')");
  }

  @AfterEach
  void close() {
    s.close();
  }

  @Test
  void nextBatch_ofScansAndOfOneRowByKey_lendsVectors() {
    for (String where : List.of("id < 3 AND age IS NOT NULL", "id = 1")) {
      try (Result result = s.query("SELECT name, age FROM person WHERE " + where)) {
        ResultBatch batch = result.nextBatch();
        assertThat(batch).isNotNull();
        assertThat(batch.rowCount()).isEqualTo(1);
        assertThat(batch.column(0).getObject(0)).hasToString("Ann");
        assertThat(batch.column(1).getObject(0)).isEqualTo(30);
        assertThat(result.nextBatch()).isNull();
      }
    }
  }

  @Test
  void expressions_followPostgresTypes() {
    assertThat(value(s, "SELECT 7 / 2")).isEqualTo(3);
    assertThat(value(s, "SELECT -7 % 3")).isEqualTo(-1);
    assertThat((BigDecimal) value(s, "SELECT 7.0 / 2")).isEqualByComparingTo("3.5");
    assertThat(value(s, "SELECT 2 + 3 * 4")).isEqualTo(14);
    assertThat(value(s, "SELECT 'a' || 'b' || NULL")).isNull();
    assertThat(value(s, "SELECT NULL = NULL")).isNull();
    assertThat(value(s, "SELECT NULL IS NOT DISTINCT FROM NULL")).isEqualTo(true);
    assertThat(value(s, "SELECT true OR NULL")).isEqualTo(true);
    assertThat(value(s, "SELECT false AND NULL")).isEqualTo(false);
    assertThat(value(s, "SELECT CAST('12' AS BIGINT) + '3'::int")).isEqualTo(15L);
    assertThat(value(s, "SELECT COALESCE(NULL, NULLIF(1, 1), 5)")).isEqualTo(5);
    assertThat(value(s, "SELECT GREATEST(1, NULL, 3) - LEAST(4, 2)")).isEqualTo(1);
    assertThat(value(s, "SELECT upper('aé') || length('😀')")).isEqualTo("AÉ1");
    assertThat(value(s, "SELECT round(2.5)").toString()).isEqualTo("3");
  }

  @Test
  void where_overHotAndCold_filters() {
    assertThat(rows(s, "SELECT id FROM person WHERE city = 'Rome' ORDER BY id"))
        .containsExactly("1", "4");
    assertThat(rows(s, "SELECT id FROM person WHERE age > 26 ORDER BY id"))
        .containsExactly("1", "4");
    assertThat(rows(s, "SELECT id FROM person WHERE NOT age > 26")).containsExactly("3");
    assertThat(rows(s, "SELECT id FROM person WHERE age IS NULL")).containsExactly("2");
    assertThat(rows(s, "SELECT id FROM person WHERE city IN ('Oslo', 'Bern') OR id = 3 ORDER BY 1"))
        .containsExactly("2", "3");
    assertThat(rows(s, "SELECT id FROM person WHERE city NOT IN ('Oslo', NULL)")).isEmpty();
    assertThat(rows(s, "SELECT id FROM person WHERE age BETWEEN 25 AND 30 ORDER BY id"))
        .containsExactly("1", "3");
    assertThat(rows(s, "SELECT id FROM person WHERE id = 2 AND name = 'Bob'")).containsExactly("2");
    assertThat(rows(s, "SELECT id FROM person WHERE id = 2 AND name = 'Ann'")).isEmpty();
    assertThat(rows(s, "SELECT id FROM person WHERE id IN (4, 1, 1, 9) ORDER BY id"))
        .containsExactly("1", "4");
  }

  @Test
  void like_percentUnderscoreAndEscape() {
    assertThat(rows(s, "SELECT name FROM person WHERE name LIKE '%e%' ORDER BY id"))
        .containsExactly("Dee");
    assertThat(rows(s, "SELECT name FROM person WHERE name LIKE '_o_'")).containsExactly("Bob");
    assertThat(rows(s, "SELECT name FROM person WHERE name ILIKE 'a%'")).containsExactly("Ann");
    assertThat(rows(s, "SELECT name FROM person WHERE name NOT LIKE '%n%' ORDER BY name DESC"))
        .containsExactly("Dee", "Cy", "Bob");
    assertThat(value(s, "SELECT '50%' LIKE '50!%' ESCAPE '!'")).isEqualTo(true);
    assertThat(value(s, "SELECT '501' LIKE '50\\%'")).isEqualTo(false);
  }

  @Test
  void joins_matchAndKeepOuterRows() {
    assertThat(
            rows(
                s,
                "SELECT p.name, b.amount FROM person p JOIN purchase b ON b.person = p.id ORDER BY b.id"))
        .containsExactly("Ann|5.50", "Ann|4.50", "Dee|100.00");
    assertThat(
            rows(
                s,
                "SELECT p.id, b.id FROM person p LEFT JOIN purchase b ON b.person = p.id AND b.amount > 5"
                    + " ORDER BY p.id, b.id"))
        .containsExactly("1|10", "2|null", "3|null", "4|12");
    assertThat(
            rows(
                s,
                "SELECT p.id, b.id FROM person p RIGHT JOIN purchase b ON b.person = p.id ORDER BY b.id"))
        .containsExactly("1|10", "1|11", "4|12", "null|13");
    assertThat(
            rows(
                s,
                "SELECT p.id, b.id FROM person p FULL JOIN purchase b ON b.person = p.id"
                    + " WHERE p.id IS NULL OR b.id IS NULL ORDER BY p.id, b.id"))
        .containsExactly("2|null", "3|null", "null|13");
    assertThat(value(s, "SELECT count(*) FROM person CROSS JOIN purchase")).isEqualTo(16L);
    assertThat(
            rows(
                s,
                "SELECT a.id, b.id FROM person a, person b WHERE a.city = b.city AND a.id < b.id"))
        .containsExactly("1|4");
  }

  @Test
  void groupByAndHaving_aggregate() {
    assertThat(
            rows(
                s,
                "SELECT city, count(*), count(age), sum(age), min(name), max(age) FROM person"
                    + " GROUP BY city ORDER BY city"))
        .containsExactly("Oslo|1|0|null|Bob|null", "Rome|2|2|71|Ann|41", "null|1|1|25|Cy|25");
    assertThat(
            rows(s, "SELECT person, sum(amount) FROM purchase GROUP BY person HAVING count(*) > 1"))
        .containsExactly("1|10.00");
    assertThat(rows(s, "SELECT count(*), sum(age), avg(age) FROM person WHERE id > 100"))
        .containsExactly("0|null|null");
    assertThat(rows(s, "SELECT count(DISTINCT city) FROM person")).containsExactly("2");
    assertThat(((BigDecimal) value(s, "SELECT avg(age) FROM person"))).isEqualByComparingTo("32");
    assertThat(rows(s, "SELECT city FROM person WHERE id > 100 GROUP BY city")).isEmpty();
    refused("42803", () -> rows(s, "SELECT city, name FROM person GROUP BY city"));
  }

  @Test
  void orderBy_nullsLimitOffset() {
    assertThat(rows(s, "SELECT id FROM person ORDER BY age")).containsExactly("3", "1", "4", "2");
    assertThat(rows(s, "SELECT id FROM person ORDER BY age DESC"))
        .containsExactly("2", "4", "1", "3");
    assertThat(rows(s, "SELECT id FROM person ORDER BY age NULLS FIRST"))
        .containsExactly("2", "3", "1", "4");
    assertThat(rows(s, "SELECT id FROM person ORDER BY age DESC NULLS LAST LIMIT 2"))
        .containsExactly("4", "1");
    assertThat(rows(s, "SELECT id FROM person ORDER BY id LIMIT 2 OFFSET 1"))
        .containsExactly("2", "3");
    assertThat(rows(s, "SELECT id FROM person ORDER BY id DESC LIMIT 1")).containsExactly("4");
    assertThat(rows(s, "SELECT id FROM person ORDER BY id LIMIT 0")).isEmpty();
    assertThat(rows(s, "SELECT id FROM person ORDER BY id OFFSET 3")).containsExactly("4");
    assertThat(rows(s, "SELECT id FROM person ORDER BY id FETCH FIRST 2 ROWS ONLY"))
        .containsExactly("1", "2");
    assertThat(rows(s, "SELECT id FROM person ORDER BY city, 1 DESC"))
        .containsExactly("2", "4", "1", "3");
    assertThat(
            rows(s, "SELECT id, age + 1 AS older FROM person WHERE age IS NOT NULL ORDER BY older"))
        .containsExactly("3|26", "1|31", "4|42");
  }

  @Test
  void distinctAndCase() {
    assertThat(rows(s, "SELECT DISTINCT city FROM person ORDER BY city"))
        .containsExactly("Oslo", "Rome", "null");
    assertThat(
            rows(
                s,
                "SELECT CASE WHEN age > 40 THEN 'old' WHEN age IS NULL THEN '?' ELSE 'young' END"
                    + " FROM person ORDER BY id"))
        .containsExactly("young", "?", "young", "old");
    assertThat(rows(s, "SELECT CASE city WHEN 'Rome' THEN 1 END FROM person ORDER BY id"))
        .containsExactly("1", "null", "null", "1");
  }

  @Test
  void dates_computeAndCompare() {
    assertThat(rows(s, "SELECT id FROM purchase WHERE day >= DATE '2026-02-01' ORDER BY id"))
        .containsExactly("11", "12");
    assertThat(rows(s, "SELECT id FROM purchase WHERE day < '2026-01-01'")).containsExactly("13");
    assertThat(value(s, "SELECT DATE '2026-01-31' + 1")).isEqualTo(LocalDate.of(2026, 2, 1));
    assertThat(value(s, "SELECT DATE '2026-03-01' - DATE '2026-02-01'")).isEqualTo(28);
    assertThat(value(s, "SELECT TIMESTAMP '2026-01-31 10:00:00' + INTERVAL '1 month'").toString())
        .isEqualTo("2026-02-28T10:00");
    assertThat(value(s, "SELECT EXTRACT(YEAR FROM day) FROM purchase WHERE id = 13").toString())
        .isEqualTo("2025");
    assertThat(value(s, "SELECT date_trunc('month', TIMESTAMP '2026-02-17 10:00:00')").toString())
        .isEqualTo("2026-02-01T00:00");
  }

  @Test
  void subqueriesAndCommonTables() {
    assertThat(
            rows(
                s, "SELECT name FROM person WHERE id IN (SELECT person FROM purchase) ORDER BY id"))
        .containsExactly("Ann", "Dee");
    assertThat(
            rows(
                s,
                "WITH spent AS (SELECT person, sum(amount) AS total FROM purchase GROUP BY person)"
                    + " SELECT p.name, s.total FROM person p JOIN spent s ON s.person = p.id ORDER BY s.total"))
        .containsExactly("Ann|10.00", "Dee|100.00");
    assertThat(
            rows(
                s,
                "SELECT n FROM (SELECT name AS n FROM person WHERE id < 3) AS t ORDER BY n DESC"))
        .containsExactly("Bob", "Ann");
    assertThat(rows(s, "SELECT name FROM person WHERE age = (SELECT max(age) FROM person)"))
        .containsExactly("Dee");
  }

  @Test
  void setOperationsAndValues() {
    assertThat(rows(s, "SELECT 1 UNION SELECT 1 UNION ALL SELECT 2 ORDER BY 1"))
        .containsExactly("1", "2");
    assertThat(rows(s, "VALUES (2, 'b'), (1, 'a') ORDER BY 1")).containsExactly("1|a", "2|b");
  }

  @Test
  void insertSelect_copiesRows() {
    s.execute("CREATE TABLE copy (id BIGINT PRIMARY KEY, label TEXT DEFAULT 'none')");
    assertThat(s.execute("INSERT INTO copy SELECT id, name FROM person WHERE city = 'Rome'"))
        .isEqualTo(2);
    assertThat(s.execute("INSERT INTO copy (id) SELECT id + 100 FROM copy")).isEqualTo(2);
    assertThat(rows(s, "SELECT * FROM copy ORDER BY id"))
        .containsExactly("1|Ann", "4|Dee", "101|none", "104|none");
  }

  @Test
  void onConflict_nothingAndUpdate() {
    assertThat(s.execute("INSERT INTO person VALUES (1, 'X'), (5, 'Eve') ON CONFLICT DO NOTHING"))
        .isEqualTo(1);
    assertThat(
            s.execute(
                "INSERT INTO person (id, name, age) VALUES (1, 'Anna', 31), (6, 'Flo', 1)"
                    + " ON CONFLICT (id) DO UPDATE SET name = EXCLUDED.name, age = person.age + 100"))
        .isEqualTo(2);
    assertThat(rows(s, "SELECT * FROM person WHERE id IN (1, 5, 6) ORDER BY id"))
        .containsExactly("1|Anna|Rome|130", "5|Eve|null|null", "6|Flo|null|1");
  }

  @Test
  void returning_givesNewAndDeletedRows() {
    assertThat(
            rows(
                s,
                "INSERT INTO person (id, name) VALUES (7, 'Gus'), (8, 'Hal') RETURNING id, name || '!' AS n"))
        .containsExactlyInAnyOrder("7|Gus!", "8|Hal!");
    assertThat(rows(s, "UPDATE person SET age = 1 WHERE id = 7 RETURNING *"))
        .containsExactly("7|Gus|null|1");
    assertThat(rows(s, "DELETE FROM person WHERE id = 1 RETURNING name")).containsExactly("Ann");
    assertThat(rows(s, "SELECT id FROM person ORDER BY id"))
        .containsExactly("2", "3", "4", "7", "8");
  }

  @Test
  void counts_areExactOverHotAndCold() {
    assertThat(s.execute("UPDATE person SET age = 50 WHERE city = 'Rome'")).isEqualTo(2);
    assertThat(s.execute("UPDATE person SET age = 50 WHERE id = 99")).isZero();
    assertThat(s.execute("DELETE FROM person WHERE age = 50")).isEqualTo(2);
    assertThat(s.execute("DELETE FROM person")).isEqualTo(2);
    assertThat(s.execute("DELETE FROM person")).isZero();
    assertThat(rows(s, "SELECT * FROM person")).isEmpty();
  }

  @Test
  void updateOfKeys_movesRows() {
    assertThat(s.execute("UPDATE person SET id = id + 10 WHERE id <= 2")).isEqualTo(2);
    assertThat(rows(s, "SELECT id, name FROM person ORDER BY id"))
        .containsExactly("3|Cy", "4|Dee", "11|Ann", "12|Bob");
    refused("23505", () -> s.execute("UPDATE person SET id = 3 WHERE id = 4"));
    assertThat(rows(s, "SELECT id FROM person ORDER BY id")).containsExactly("3", "4", "11", "12");
  }

  @Test
  void defaults_fillWhatIsNotGiven() {
    s.execute(
        "CREATE TABLE d (id BIGINT PRIMARY KEY DEFAULT SNOWFLAKE_ID(), n INT DEFAULT 7, t TEXT DEFAULT upper('x'),"
            + " at TIMESTAMP DEFAULT NOW())");
    s.execute("INSERT INTO d (n) VALUES (1), (DEFAULT)");
    s.execute("INSERT INTO d DEFAULT VALUES");
    assertThat(rows(s, "SELECT n, t FROM d ORDER BY id")).containsExactly("1|X", "7|X", "7|X");
    assertThat(value(s, "SELECT count(DISTINCT id) FROM d WHERE at IS NOT NULL")).isEqualTo(3L);
  }

  @Test
  void hiddenKey_keepsEqualRowsApart() {
    s.execute("CREATE TABLE log (line TEXT)");
    s.execute("INSERT INTO log VALUES ('a'), ('a'), ('b')");
    s.execute("STORAGE FLUSH TABLE log");
    s.execute("INSERT INTO log VALUES ('a')");
    assertThat(rows(s, "SELECT * FROM log ORDER BY line")).containsExactly("a", "a", "a", "b");
    assertThat(s.execute("DELETE FROM log WHERE line = 'a'")).isEqualTo(3);
    assertThat(rows(s, "SELECT * FROM log")).containsExactly("b");
  }

  @Test
  void systemColumns_showOnlyWhenNamed() {
    assertThat(s.query("SELECT * FROM person LIMIT 1").list().get(0).size()).isEqualTo(4);
    long before = (Long) value(s, "SELECT max(_seq) FROM person");
    s.execute("UPDATE person SET age = 1 WHERE id = 1");
    assertThat((Long) value(s, "SELECT _seq FROM person WHERE id = 1")).isGreaterThan(before);
    assertThat(value(s, "SELECT _deleted FROM person WHERE id = 1")).isEqualTo(false);
  }

  @Test
  void parameters_inBothSpellings() {
    assertThat(rows(s, "SELECT id FROM person WHERE city = ? AND age > ?", "Rome", 35))
        .containsExactly("4");
    assertThat(rows(s, "SELECT id FROM person WHERE city = $2 AND id = $1", 4, "Rome"))
        .containsExactly("4");
    assertThat(rows(s, "SELECT id FROM person WHERE id = ?", "2")).containsExactly("2");
    assertThat(rows(s, "SELECT id FROM person WHERE name = ?", "x' OR '1'='1")).isEmpty();
    assertThat(rows(s, "SELECT id FROM person WHERE age = ?", (Object) null)).isEmpty();
    assertThat(rows(s, "SELECT id FROM person ORDER BY id LIMIT ? OFFSET ?", 1, 2))
        .containsExactly("3");
    refused("42P02", () -> rows(s, "SELECT id FROM person WHERE id = ?"));
    refused("42P02", () -> rows(s, "SELECT id FROM person WHERE id = ?", 1, 2));
  }

  @Test
  void prepared_runsManyTimesAndSeesNewTables() {
    try (PreparedQuery insert = s.prepare("INSERT INTO person (id, name) VALUES (?, ?)");
        PreparedQuery read = s.prepare("SELECT name FROM person WHERE id = ?")) {
      for (long i = 20; i < 25; i++) {
        assertThat(insert.execute(i, "n" + i)).isEqualTo(1);
      }
      assertThat(
              insert.executeBatch(Arrays.asList(new Object[] {30L, "a"}, new Object[] {31L, "b"})))
          .containsExactly(1, 1);
      refused(
          "23505",
          () -> insert.executeBatch(List.of(new Object[] {40L, "a"}, new Object[] {30L, "b"})));
      assertThat(read.query(22).single().getString(0)).isEqualTo("n22");
      assertThat(read.query(40).list()).isEmpty();
      s.execute("DROP TABLE person");
      refused("42P01", () -> read.query(22));
      s.execute("CREATE TABLE person (name TEXT, id BIGINT PRIMARY KEY)");
      assertThat(insert.execute(22, "again")).isEqualTo(1);
      assertThat(read.query(22).single().getString(0)).isEqualTo("again");
    }
  }

  @Test
  void result_streamsOneSnapshotWhileRowsChange() {
    try (Result result = s.query("SELECT id FROM person ORDER BY id");
        Session other = otherSession()) {
      other.execute("DELETE FROM person");
      other.execute("STORAGE FLUSH TABLE person");
      assertThat(result.stream().map(row -> row.getLong(0))).containsExactly(1L, 2L, 3L, 4L);
    }
    assertThat(rows(s, "SELECT id FROM person")).isEmpty();
  }

  record Person(long id, String name, Integer age) {}

  @Test
  void list_mapsRecords() {
    assertThat(
            s.query("SELECT id, name, age FROM person WHERE id < 3 ORDER BY id").list(Person.class))
        .containsExactly(new Person(1, "Ann", 30), new Person(2, "Bob", null));
  }

  // ---- transactions

  private KalamDB database;

  @BeforeEach
  void keep(KalamDB db) {
    database = db;
  }

  private Session otherSession() {
    return database.session();
  }

  @Test
  void transaction_seesOwnWritesAndHidesThemUntilCommit() {
    try (Session other = otherSession()) {
      s.execute("BEGIN");
      assertThat(s.inTransaction()).isTrue();
      s.execute("INSERT INTO person (id, name) VALUES (9, 'Ida')");
      s.execute("UPDATE person SET age = 99 WHERE id = 1");
      s.execute("DELETE FROM person WHERE id = 2");
      s.execute("UPDATE person SET name = 'Idalia' WHERE id = 9");
      List<String> mine = List.of("1|Ann|99", "3|Cy|25", "4|Dee|41", "9|Idalia|null");
      assertThat(rows(s, "SELECT id, name, age FROM person ORDER BY id")).isEqualTo(mine);
      assertThat(rows(s, "SELECT name FROM person WHERE id = 9")).containsExactly("Idalia");
      assertThat(value(s, "SELECT count(*) FROM person WHERE age IS NULL")).isEqualTo(1L);
      assertThat(rows(other, "SELECT id, age FROM person ORDER BY id"))
          .containsExactly("1|30", "2|null", "3|25", "4|41");
      s.execute("COMMIT");
      assertThat(s.inTransaction()).isFalse();
      assertThat(rows(other, "SELECT id, name, age FROM person ORDER BY id")).isEqualTo(mine);
      assertThat(rows(other, "SELECT DISTINCT _seq FROM person WHERE id IN (1, 9)")).hasSize(1);
    }
  }

  @Test
  void rollback_leavesNothing() {
    s.execute("BEGIN");
    s.execute("DELETE FROM person");
    s.execute("INSERT INTO person (id, name) VALUES (1, 'New')");
    assertThat(rows(s, "SELECT name FROM person")).containsExactly("New");
    s.execute("ROLLBACK");
    assertThat(rows(s, "SELECT id FROM person ORDER BY id")).containsExactly("1", "2", "3", "4");
    refused("25P01", () -> s.execute("COMMIT"));
  }

  @Test
  void sessionClosed_rollsBack() {
    try (Session other = otherSession()) {
      other.execute("BEGIN");
      other.execute("DELETE FROM person");
    }
    assertThat(Sql.count(s, "person")).isEqualTo(4);
  }

  @Test
  void transaction_readsItsSnapshot() {
    try (Session other = otherSession()) {
      s.execute("BEGIN");
      assertThat(Sql.count(s, "person")).isEqualTo(4);
      other.execute("INSERT INTO person (id, name) VALUES (5, 'E')");
      other.execute("DELETE FROM person WHERE id = 1");
      other.execute("STORAGE FLUSH TABLE person");
      assertThat(rows(s, "SELECT id FROM person ORDER BY id")).containsExactly("1", "2", "3", "4");
      assertThat(rows(s, "SELECT name FROM person WHERE id = 1")).containsExactly("Ann");
      s.execute("COMMIT");
      assertThat(rows(s, "SELECT id FROM person ORDER BY id")).containsExactly("2", "3", "4", "5");
    }
  }

  @Test
  void writeConflict_secondCommitFails() {
    try (Session other = otherSession()) {
      s.execute("BEGIN");
      s.execute("UPDATE person SET age = 1 WHERE id = 1");
      other.execute("UPDATE person SET age = 2 WHERE id = 1");
      refused("40001", () -> s.execute("COMMIT"));
      assertThat(s.inTransaction()).isFalse();
      assertThat(value(s, "SELECT age FROM person WHERE id = 1")).isEqualTo(2);
    }
  }

  @Test
  void writeConflict_overAFlush_isSeen() {
    try (Session other = otherSession()) {
      s.execute("BEGIN");
      s.execute("UPDATE person SET age = 1 WHERE id = 4");
      other.execute("UPDATE person SET age = 2 WHERE id = 4");
      other.execute("STORAGE FLUSH TABLE person");
      refused("40001", () -> s.execute("COMMIT"));
    }
  }

  @Test
  void concurrentInsertOfOneKey_secondCommitFails() {
    try (Session other = otherSession()) {
      s.execute("BEGIN");
      s.execute("INSERT INTO person (id, name) VALUES (50, 'mine')");
      other.execute("INSERT INTO person (id, name) VALUES (50, 'theirs')");
      assertThat(
              org.assertj.core.api.Assertions.catchThrowableOfType(
                      org.kalamdb.error.KalamException.class, () -> s.execute("COMMIT"))
                  .sqlState())
          .isIn("40001", "23505");
      assertThat(rows(s, "SELECT name FROM person WHERE id = 50")).containsExactly("theirs");
    }
  }

  @Test
  void flushDuringTransaction_isNoConflict() {
    try (Session other = otherSession()) {
      s.execute("BEGIN");
      s.execute("UPDATE person SET age = 1 WHERE id = 4");
      other.execute("STORAGE FLUSH TABLE person");
      s.execute("UPDATE person SET age = age + 1 WHERE id IN (1, 4)");
      s.execute("COMMIT");
      assertThat(rows(s, "SELECT id, age FROM person WHERE id IN (1, 4) ORDER BY id"))
          .containsExactly("1|31", "4|2");
      assertThat(Sql.count(s, "person")).isEqualTo(4);
    }
  }

  @Test
  void errorInTransaction_spoilsItUntilRollback() {
    s.execute("BEGIN");
    s.execute("DELETE FROM person WHERE id = 1");
    refused("23505", () -> s.execute("INSERT INTO person (id, name) VALUES (2, 'again')"));
    refused("25P02", () -> rows(s, "SELECT 1"));
    refused("25P02", () -> s.execute("COMMIT"));
    assertThat(s.inTransaction()).isFalse();
    assertThat(Sql.count(s, "person")).isEqualTo(4);
  }

  @Test
  void readOnlyTransaction_refusesWrites() {
    s.execute("BEGIN READ ONLY");
    refused("25006", () -> s.execute("DELETE FROM person"));
    s.execute("ROLLBACK");
    s.execute("BEGIN");
    refused("25001", () -> s.execute("CREATE NAMESPACE inside"));
    s.execute("ROLLBACK");
  }

  @Test
  void severalStatements_runInOrder() {
    assertThat(
            s.execute(
                "INSERT INTO person (id, name) VALUES (60, 'a;b'); -- a comment; with a semicolon\n"
                    + "UPDATE person SET age = 1 WHERE name = 'a;b'; DELETE FROM person WHERE id IN (60, 1)"))
        .isEqualTo(2);
  }
}
