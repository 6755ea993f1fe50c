package org.kalamdb.suite;

import static org.assertj.core.api.Assertions.assertThat;
import static org.kalamdb.suite.Sql.refused;
import static org.kalamdb.suite.Sql.rows;
import static org.kalamdb.suite.Sql.value;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.kalamdb.Durability;
import org.kalamdb.KalamOptions;
import org.kalamdb.Session;
import org.kalamdb.test.TestDatabase;

/** Many columns, big values, long keys: hot, cold, compacted, reopened, exported; and refusals. */
class LimitsTest {
  private static final int MANY = 1_000;
  private static final int BIG = 16 << 20;
  private static final List<String> TYPES =
      List.of(
          "INT",
          "TEXT",
          "BIGINT",
          "DOUBLE PRECISION",
          "BOOLEAN",
          "DECIMAL(30,5)",
          "TIMESTAMP",
          "BYTES",
          "UUID",
          "SMALLINT");

  private TestDatabase database;
  private Session s;

  @BeforeEach
  void open() {
    database =
        TestDatabase.create(
            KalamOptions.builder()
                .durability(Durability.NONE)
                .transactionMemoryBytes(1L << 30)
                .build());
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

  // ---- columns

  private static String columns(int count) {
    return IntStream.range(0, count)
        .mapToObj(i -> "c" + i + " " + TYPES.get(i % TYPES.size()))
        .collect(Collectors.joining(", "));
  }

  private static String literal(int column, int row) {
    int n = column * 31 + row;
    if (n % 7 == 0) {
      return "NULL";
    }
    return switch (TYPES.get(column % TYPES.size())) {
      case "INT", "SMALLINT" -> String.valueOf(n % 30_000);
      case "TEXT" -> "'t" + n + "'";
      case "BIGINT" -> String.valueOf(n * 10_000_000_000L);
      case "DOUBLE PRECISION" -> n + ".5e0";
      case "BOOLEAN" -> n % 2 == 0 ? "true" : "false";
      case "DECIMAL(30,5)" -> n + ".12345";
      case "TIMESTAMP" -> "TIMESTAMP '2026-01-01 00:00:00' + INTERVAL '1 minute' * " + n;
      case "BYTES" -> "'\\x" + String.format("%08x", n) + "'";
      case "UUID" -> "'00000000-0000-0000-0000-" + String.format("%012d", n) + "'";
      default -> throw new IllegalStateException();
    };
  }

  @Test
  void table_ofAThousandColumns_isReadHotColdCompactedAndExported() {
    s.execute("CREATE TABLE t (id INT PRIMARY KEY, " + columns(MANY - 1) + ")");
    for (int row = 0; row < 6; row++) {
      int at = row;
      s.execute(
          "INSERT INTO t VALUES ("
              + row
              + ", "
              + IntStream.range(0, MANY - 1)
                  .mapToObj(c -> at == 5 ? "NULL" : literal(c, at))
                  .collect(Collectors.joining(", "))
              + ")");
      if (row % 2 == 1) {
        assertSameAfterFlush(row + 1);
      }
    }
    List<String> all = rows(s, "SELECT * FROM t ORDER BY id");
    s.execute("UPDATE t SET c990 = 7, c0 = 8 WHERE id = 2; DELETE FROM t WHERE id = 3");
    List<String> changed = rows(s, "SELECT * FROM t ORDER BY id");
    assertThat(changed).hasSize(5).containsAll(List.of(all.get(0), all.get(5)));
    s.execute("STORAGE FLUSH TABLE t; STORAGE COMPACT TABLE t");
    assertThat(rows(s, "SELECT * FROM t ORDER BY id")).isEqualTo(changed);
    reopen();
    assertThat(rows(s, "SELECT * FROM t ORDER BY id")).isEqualTo(changed);
    assertThat(rows(s, "SELECT id FROM t WHERE c990 = 7")).containsExactly("2");
    for (String format : List.of("parquet", "csv", "json")) {
      Path file = database.scratch().resolve("t." + format);
      s.execute("COPY t TO '" + file + "'");
      s.execute("CREATE TABLE c AS SELECT * FROM t WITH NO DATA; COPY c FROM '" + file + "'");
      assertThat(rows(s, "SELECT * FROM c ORDER BY id")).as(format).isEqualTo(changed);
      s.execute("DROP TABLE c");
    }
  }

  private void assertSameAfterFlush(int count) {
    List<String> hot = rows(s, "SELECT * FROM t ORDER BY id");
    assertThat(hot).hasSize(count);
    s.execute("STORAGE FLUSH TABLE t");
    assertThat(rows(s, "SELECT * FROM t ORDER BY id")).isEqualTo(hot);
    assertThat(rows(s, "SELECT c500, c7, c998 FROM t ORDER BY id")).hasSize(count);
  }

  @Test
  void columns_moreThanTheMost_areRefused() {
    s.execute("CREATE TABLE t (" + columns(1600) + ")");
    refused("54011", () -> s.execute("ALTER TABLE t ADD one INT"));
    refused("54011", () -> s.execute("CREATE TABLE u (" + columns(1601) + ")"));
    refused("54011", () -> s.execute("CREATE TABLE v AS SELECT t.*, 1 AS one FROM t"));
    s.execute("INSERT INTO t (c0, c1599) VALUES (1, 2); STORAGE FLUSH TABLE t");
    assertThat(rows(s, "SELECT c0, c1, c1599 FROM t")).containsExactly("1|null|2");
    s.execute("ALTER TABLE t DROP c1; ALTER TABLE t ADD one INT DEFAULT 9");
    assertThat(rows(s, "SELECT c0, c1599, one FROM t WHERE one = 9")).containsExactly("1|2|9");
  }

  // ---- values

  @Test
  void values_of16MiB_areReadHotColdCompactedAndExported() {
    String text = "ä" + "text ".repeat(BIG / 5);
    byte[] bytes = new byte[BIG];
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = (byte) (i * 31 + (i >> 11));
    }
    String json = "{\"v\": \"" + "j".repeat(BIG) + "\"}";
    s.execute("CREATE TABLE t (id INT PRIMARY KEY, a TEXT, b BYTES, c JSON, d INT)");
    s.execute("INSERT INTO t VALUES (1, ?, NULL, NULL, 1), (2, NULL, ?, NULL, 2)", text, bytes);
    s.execute("INSERT INTO t VALUES (3, NULL, NULL, ?, 3), (4, 'small', '\\x00', '[]', 4)", json);
    assertBig(text, bytes, json);
    s.execute("STORAGE FLUSH TABLE t");
    assertBig(text, bytes, json);
    s.execute("UPDATE t SET d = d + 0 WHERE id < 3; STORAGE FLUSH TABLE t");
    s.execute("STORAGE COMPACT TABLE t");
    reopen();
    assertBig(text, bytes, json);
    Path file = database.scratch().resolve("t.parquet");
    s.execute("COPY t TO '" + file + "'; CREATE TABLE u AS SELECT * FROM t WITH NO DATA");
    s.execute("COPY u FROM '" + file + "'; DROP TABLE t; ALTER TABLE u RENAME TO t");
    assertBig(text, bytes, json);
  }

  private void assertBig(String text, byte[] bytes, String json) {
    assertThat(rows(s, "SELECT id, length(a), length(b), length(c::text), d FROM t ORDER BY id"))
        .containsExactly(
            "1|" + text.length() + "|null|null|1",
            "2|null|" + BIG + "|null|2",
            "3|null|null|" + json.length() + "|3",
            "4|5|1|2|4");
    assertThat(text.equals(value(s, "SELECT a FROM t WHERE id = 1"))).as("text").isTrue();
    assertThat(Arrays.equals(bytes, (byte[]) value(s, "SELECT b FROM t WHERE id = 2")))
        .as("bytes")
        .isTrue();
    assertThat(json.equals(value(s, "SELECT c FROM t WHERE id = 3"))).as("json").isTrue();
    assertThat(rows(s, "SELECT id FROM t WHERE a = ?", text)).containsExactly("1");
    assertThat(rows(s, "SELECT id FROM t WHERE a < ? ORDER BY id", text)).containsExactly("4");
    assertThat(rows(s, "SELECT id FROM t WHERE b >= ? ORDER BY id", bytes)).containsExactly("2");
  }

  @Test
  void row_longerThanTheMost_isRefused() {
    List<String> names = IntStream.range(0, 17).mapToObj(i -> "c" + i + " BYTES").toList();
    s.execute("CREATE TABLE t (id INT PRIMARY KEY, " + String.join(", ", names) + ")");
    Object[] values = new Object[18];
    Arrays.fill(values, new byte[BIG]);
    values[0] = 1;
    String insert =
        "INSERT INTO t VALUES (" + String.join(", ", Collections.nCopies(18, "?")) + ")";
    refused("54000", () -> s.execute(insert, values));
    values[17] = new byte[1];
    refused("54000", () -> s.execute(insert, values));
    assertThat(rows(s, "SELECT count(*) FROM t")).containsExactly("0");
    Arrays.fill(values, 3, 18, new byte[1]);
    s.execute(insert, values);
    s.execute("STORAGE FLUSH TABLE t");
    assertThat(rows(s, "SELECT length(c0), length(c1), length(c2) FROM t"))
        .containsExactly(BIG + "|" + BIG + "|1");
  }

  @Test
  void key_longerThanTheMost_isRefused() {
    s.execute("CREATE TABLE t (k TEXT PRIMARY KEY, v INT)");
    // Behind the text stand two bytes that end it.
    String longest = "k".repeat(65_533);
    s.execute("INSERT INTO t VALUES (?, 1), (?, 2)", longest, longest.substring(1));
    refused("54000", () -> s.execute("INSERT INTO t VALUES (?, 3)", longest + "k"));
    refused("54000", () -> s.execute("UPDATE t SET k = k || 'k' WHERE v = 1"));
    for (int i = 0; i < 3; i++) {
      assertThat(rows(s, "SELECT v FROM t WHERE k = ?", longest)).containsExactly("1");
      assertThat(rows(s, "SELECT v FROM t WHERE k = ?", longest + "k")).isEmpty();
      assertThat(rows(s, "SELECT v FROM t ORDER BY k")).containsExactly("2", "1");
      s.execute(i == 0 ? "STORAGE FLUSH TABLE t" : "STORAGE COMPACT TABLE t");
      reopen();
    }
    refused("23505", () -> s.execute("INSERT INTO t VALUES (?, 3)", longest));
    s.execute("CREATE TABLE u (id INT PRIMARY KEY, x TEXT, UNIQUE (x))");
    refused("54000", () -> s.execute("INSERT INTO u VALUES (1, ?)", longest + "kk"));
  }

  // ---- nothing

  @Test
  void table_withoutRows_isFlushedCompactedAndExported() {
    s.execute("CREATE TABLE t (id INT PRIMARY KEY, a TEXT)");
    for (int i = 0; i < 2; i++) {
      s.execute("STORAGE FLUSH TABLE t; STORAGE COMPACT TABLE t");
      assertThat(rows(s, "SELECT count(*), min(id), max(a) FROM t")).containsExactly("0|null|null");
      assertThat(rows(s, "SELECT * FROM t WHERE id = 1")).isEmpty();
      for (String format : List.of("parquet", "csv", "json")) {
        Path file = database.scratch().resolve("empty." + format);
        s.execute("COPY t TO '" + file + "'; COPY t FROM '" + file + "'");
      }
      reopen();
      s.execute("INSERT INTO t VALUES (1, 'x'); STORAGE FLUSH TABLE t; DELETE FROM t");
    }
  }

  @Test
  void column_ofNullsAlone_isPrunedAndRead() {
    s.execute("CREATE TABLE t (id INT PRIMARY KEY, a INT, b TEXT, c DOUBLE PRECISION)");
    s.execute("INSERT INTO t (id) SELECT g FROM generate_series(1, 3000) g");
    List<String> conditions =
        List.of("a IS NULL", "a IS NOT NULL", "a = 1", "b < 'x'", "c > 0", "a IS DISTINCT FROM 1");
    for (int i = 0; i < 3; i++) {
      List<String> counts = new ArrayList<>();
      conditions.forEach(c -> counts.addAll(rows(s, "SELECT count(*) FROM t WHERE " + c)));
      assertThat(counts).containsExactly("3000", "0", "0", "0", "0", "3000");
      assertThat(rows(s, "SELECT min(a), max(b), sum(c), count(a) FROM t"))
          .containsExactly("null|null|null|0");
      s.execute(i == 0 ? "STORAGE FLUSH TABLE t" : "STORAGE COMPACT TABLE t");
      reopen();
    }
  }
}
