package org.kalamdb.internal.exec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.kalamdb.error.ErrorCode;
import org.kalamdb.error.KalamException;
import org.kalamdb.internal.catalog.TableDefinition;
import org.kalamdb.schema.DataType;

/**
 * Queries over ten times the memory they may hold: the same rows as with enough of it, and nothing
 * left. Closing the test bed checks memory and temporary files.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class SpillTest {
  private static final int ROWS = 100_000;
  private static final long BUDGET = 1 << 20;

  private final TestBed bed = new TestBed(7);

  @BeforeAll
  void fill() {
    TableDefinition big =
        bed.shared(
            "big",
            List.of(0),
            "id",
            DataType.INTEGER,
            "few",
            DataType.INTEGER,
            "many",
            DataType.BIGINT,
            "text",
            DataType.TEXT,
            "flag",
            DataType.BOOLEAN,
            "price",
            DataType.decimal(12, 2));
    TableDefinition small =
        bed.shared("small", List.of(0), "id", DataType.INTEGER, "zero", DataType.INTEGER);
    for (int i = 0; i < 40; i++) {
      bed.reader().insert(small, null, i * 7, i % 5 == 4 ? null : 0);
    }
    Random random = new Random(11);
    for (int i = 0; i < ROWS; i++) {
      long many = random.nextInt(ROWS / 2);
      bed.reader()
          .insert(
              big,
              null,
              i,
              random.nextInt(10) == 0 ? null : random.nextInt(100),
              random.nextInt(50) == 0 ? null : many,
              "a text of some length that ends in " + many,
              random.nextInt(3) == 0 ? null : random.nextBoolean(),
              new java.math.BigDecimal(random.nextInt(1_000_000)).movePointLeft(2));
    }
  }

  @AfterAll
  void closeChecksLeaks() {
    bed.close();
  }

  @AfterEach
  void assertNothingLeft() {
    bed.spillFiles().failAfterWriting(Long.MAX_VALUE / 2);
    bed.spillFiles().failAfterReading(Long.MAX_VALUE / 2);
    assertThat(bed.spillFiles().list("")).isEmpty();
    assertThat(bed.spillFiles().openHandles()).isZero();
    assertThat(bed.allocator().getAllocatedMemory()).isZero();
  }

  /** Runs with enough memory and with too little; the latter must have spilled. */
  private void assertSpilledRunAgrees(String sql, boolean ordered) {
    bed.memoryLimit(512 << 20);
    List<List<@Nullable Object>> expected = bed.query(sql);
    long before = bed.spillFiles().writtenBytes();
    bed.memoryLimit(BUDGET);
    List<List<@Nullable Object>> rows = bed.query(sql);
    assertThat(bed.spillFiles().writtenBytes()).isGreaterThan(before);
    boolean same = ordered ? rows.equals(expected) : counts(rows).equals(counts(expected));
    assertThat(same).as("%s gives the same rows", sql).isTrue();
  }

  private static Map<List<@Nullable Object>, Long> counts(List<List<@Nullable Object>> rows) {
    Map<List<@Nullable Object>, Long> counts = new HashMap<>();
    rows.forEach(row -> counts.merge(row, 1L, Long::sum));
    return counts;
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "SELECT * FROM big ORDER BY text, id",
        "SELECT * FROM big ORDER BY few DESC NULLS LAST, flag, price, id",
        "SELECT id FROM big ORDER BY few, id",
        "SELECT * FROM big ORDER BY text DESC, id LIMIT 50000",
        "SELECT * FROM big ORDER BY many, id LIMIT 100 OFFSET 80000",
        "SELECT id FROM big ORDER BY text || 'x', id OFFSET 99000"
      })
  void sort_tenTimesTheBudget_spillsAndAgrees(String sql) {
    assertSpilledRunAgrees(sql, true);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "SELECT text, count(*), sum(price), min(id), max(text) FROM big GROUP BY text",
        "SELECT many, count(few), avg(price), bool_or(flag) FROM big GROUP BY many",
        "SELECT many, few, flag, count(*) FILTER (WHERE flag) FROM big GROUP BY many, few, flag",
        "SELECT text, count(DISTINCT few), string_agg(text, ',') FROM big GROUP BY text",
        "SELECT count(DISTINCT text), sum(DISTINCT id), count(*) FROM big",
        "SELECT few, count(DISTINCT text), count(DISTINCT price) FROM big GROUP BY few",
        "SELECT DISTINCT text FROM big",
        "SELECT DISTINCT many, id / 2 FROM big",
        "SELECT DISTINCT few, text, flag FROM big",
        "SELECT count(*) FROM (SELECT DISTINCT many, text FROM big) d"
      })
  void hashAggregate_tenTimesTheBudget_spillsAndAgrees(String sql) {
    assertSpilledRunAgrees(sql, false);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "SELECT a.id, b.text FROM big a JOIN big b ON a.id = b.id",
        "SELECT id, text FROM big a WHERE few < 60 AND EXISTS (SELECT 1 FROM big b WHERE b.many = a.many)",
        "SELECT id, text FROM big a WHERE few < 60 AND NOT EXISTS"
            + " (SELECT 1 FROM big b WHERE b.many = a.many AND b.few > a.few)",
        "SELECT a.id, b.id, b.text FROM big a JOIN big b ON a.many = b.many AND a.few < b.few",
        "SELECT a.id, b.id, b.price FROM big a LEFT JOIN big b ON a.id = b.many AND b.flag",
        "SELECT a.id, b.id, b.text FROM big a RIGHT JOIN big b ON a.many = b.id",
        "SELECT a.id, b.id, a.text, b.text FROM big a FULL JOIN big b ON a.many = b.id - 50000",
        "SELECT id FROM big WHERE text IN (SELECT text FROM big WHERE id % 3 = 0)",
        "SELECT id FROM big WHERE text NOT IN (SELECT text FROM big WHERE flag)",
        "SELECT id, id IN (SELECT many + id % 7 FROM big) FROM big",
        "SELECT id, id % 2 = 0 OR text NOT IN (SELECT text FROM big WHERE id % 5 = 0) FROM big"
      })
  void hashJoin_tenTimesTheBudget_spillsAndAgrees(String sql) {
    bed.without("UseMergeJoin");
    try {
      assertSpilledRunAgrees(sql, false);
    } finally {
      bed.withOptimizer();
    }
  }

  @Test
  void mergeJoin_tenTimesTheBudget_agreesWithoutSpilling() {
    String sql = "SELECT a.id, b.text FROM big a JOIN big b ON a.id = b.id";
    bed.memoryLimit(512 << 20);
    List<List<@Nullable Object>> expected = bed.query(sql);
    long before = bed.spillFiles().writtenBytes();
    bed.memoryLimit(BUDGET);

    List<List<@Nullable Object>> rows = bed.query(sql);

    assertThat(counts(rows).equals(counts(expected))).isTrue();
    assertThat(bed.spillFiles().writtenBytes()).isEqualTo(before);
  }

  /** One key has all rows, or there is none: the larger side comes in blocks. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "SELECT s.id, b.id, b.text FROM small s LEFT JOIN big b ON b.id - b.id = s.zero"
            + " AND b.many = s.id",
        "SELECT s.id, b.id, b.text FROM small s LEFT JOIN big b ON b.id < s.id",
        "SELECT s.id, b.id, b.text FROM small s RIGHT JOIN big b ON b.id - b.id = s.zero"
            + " AND b.id + b.few < s.id",
        "SELECT s.id, b.id, b.text FROM small s FULL JOIN big b ON b.id - b.id = s.zero"
            + " AND b.many = s.id"
      })
  void join_partingDoesNotHelp_takesBlocksAndAgrees(String sql) {
    assertSpilledRunAgrees(sql, false);
  }

  /** Read twice, so that it is kept; and what a recursion keeps from round to round. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "WITH w AS MATERIALIZED (SELECT id, text, few FROM big)"
            + " SELECT a.id, a.text FROM w a WHERE a.few = 3 UNION ALL SELECT id, text FROM w",
        "WITH w AS MATERIALIZED (SELECT id, text FROM big)"
            + " SELECT count(*), max(text) FROM w UNION ALL SELECT sum(id), min(text) FROM w",
        "WITH RECURSIVE r(n, id, text) AS (SELECT 0, id, text FROM big UNION ALL"
            + " SELECT n + 1, id, text FROM r WHERE n < 2) SELECT n, count(*), max(text) FROM r"
            + " GROUP BY n",
        "SELECT id, (SELECT max(s.id) FROM small s WHERE s.id < b.id % 280 + b.few) FROM big b"
      })
  void commonTable_tenTimesTheBudget_spillsAndAgrees(String sql) {
    assertSpilledRunAgrees(sql, false);
  }

  /** Partitions that fit, one that does not among such that do, and no partitions. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "SELECT id, text, row_number() OVER (ORDER BY text, id) FROM big",
        "SELECT id, row_number() OVER u, rank() OVER w, dense_rank() OVER w, ntile(7) OVER u,"
            + " percent_rank() OVER w, cume_dist() OVER w FROM big"
            + " WINDOW w AS (ORDER BY few), u AS (ORDER BY few, id)",
        "SELECT id, sum(price) OVER (ORDER BY id), count(*) OVER (), max(text) OVER (ORDER BY id),"
            + " min(many) OVER (ORDER BY id ROWS UNBOUNDED PRECEDING) FROM big",
        "SELECT id, sum(many) OVER w, avg(price) OVER w, max(many) OVER w, count(few) OVER w,"
            + " min(text) OVER w FROM big WINDOW w AS (ORDER BY id ROWS BETWEEN 3 PRECEDING AND 2"
            + " FOLLOWING)",
        "SELECT id, max(many) OVER w, sum(id) FILTER (WHERE flag) OVER w FROM big"
            + " WINDOW w AS (ORDER BY id ROWS BETWEEN 700 FOLLOWING AND 2000 FOLLOWING)",
        "SELECT id, max(many) OVER (ORDER BY id ROWS BETWEEN 5000 PRECEDING AND 4000 PRECEDING),"
            + " sum(many) OVER (ORDER BY id ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING)"
            + " FROM big",
        "SELECT id, lag(text) OVER w, lead(many, 3, 0) OVER w, lag(id, few) OVER w,"
            + " first_value(text) OVER w, last_value(many) OVER w, nth_value(id, 2) OVER w"
            + " FROM big WINDOW w AS (ORDER BY many, id)",
        "SELECT id, sum(id) OVER w, last_value(id) OVER w, min(id) OVER w FROM big"
            + " WINDOW w AS (ORDER BY id RANGE BETWEEN 10 PRECEDING AND 4 FOLLOWING)",
        "SELECT id, count(*) OVER w, first_value(few) OVER w FROM big"
            + " WINDOW w AS (ORDER BY few DESC NULLS LAST RANGE BETWEEN 2 PRECEDING AND 1 PRECEDING)",
        "SELECT id, count(*) OVER (ORDER BY few GROUPS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING)"
            + " FROM big",
        "SELECT id, p, count(*) OVER (PARTITION BY p), row_number() OVER (PARTITION BY p ORDER BY"
            + " id DESC) FROM (SELECT *, CASE WHEN id < 300 THEN id / 10 WHEN id < 80000 THEN 50"
            + " WHEN id < 80010 THEN id ELSE id / 1000 END AS p FROM big) b",
        "SELECT few, id, sum(price) OVER (PARTITION BY few ORDER BY id) FROM big"
      })
  void window_tenTimesTheBudget_spillsAndAgrees(String sql) {
    assertSpilledRunAgrees(sql, false);
  }

  /** What has to see a frame in any order keeps its partition in memory. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "SELECT max(text) OVER (ORDER BY id ROWS BETWEEN 3 PRECEDING AND 3 FOLLOWING EXCLUDE CURRENT"
            + " ROW) FROM big",
        "SELECT sum(id) OVER (ORDER BY text GROUPS BETWEEN 1 PRECEDING AND 1 FOLLOWING) FROM big",
        "SELECT string_agg(text, ',') OVER (ORDER BY id) FROM big"
      })
  void window_frameThatCannotBeSpooled_is53200AndLeavesNothing(String sql) {
    bed.memoryLimit(BUDGET);
    assertThatThrownBy(() -> bed.query(sql))
        .isInstanceOfSatisfying(
            KalamException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.OUT_OF_MEMORY));
  }

  private static final String FAILING =
      "SELECT a.text, count(*) FROM big a JOIN big b ON a.text = b.text GROUP BY a.text ORDER BY 1";

  @ParameterizedTest
  @ValueSource(longs = {0, 10_000, 1_000_000})
  void next_diskFullWhileSpilling_is53100AndLeavesNothing(long bytes) {
    bed.memoryLimit(BUDGET);
    bed.spillFiles().failAfterWriting(bytes);
    assertThatThrownBy(() -> bed.query(FAILING))
        .isInstanceOfSatisfying(
            KalamException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.DISK_FULL));
  }

  @ParameterizedTest
  @ValueSource(longs = {0, 10_000, 1_000_000})
  void next_readOfSpilledRowsFails_is58030AndLeavesNothing(long bytes) {
    bed.memoryLimit(BUDGET);
    bed.spillFiles().failAfterReading(bytes);
    assertThatThrownBy(() -> bed.query(FAILING))
        .isInstanceOfSatisfying(
            KalamException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.IO_ERROR));
  }
}
