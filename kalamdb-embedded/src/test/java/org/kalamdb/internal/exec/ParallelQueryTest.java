package org.kalamdb.internal.exec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.kalamdb.error.KalamException;
import org.kalamdb.internal.catalog.TableDefinition;
import org.kalamdb.internal.vector.RecordBatch;
import org.kalamdb.schema.DataType;

/**
 * Queries run by several threads over tiny parts: the rows one thread gives, in the same order but
 * for groups, errors and cancelling as with one, and nothing left.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Timeout(300)
class ParallelQueryTest {
  private static final int ROWS = 4_000;
  private static final int QUERIES = 150;
  private static final int HELPERS = 3;
  private static final int PART_ROWS = 60;

  private final long seed = Long.getLong("kalamdb.parallel.seed", 20_261_121L);
  private final TestBed bed = new TestBed(seed);
  private final Random random = new Random(seed);

  @BeforeAll
  void fill() {
    bed.reader().keepOrder();
    for (String name : List.of("a", "b")) {
      TableDefinition table =
          bed.shared(
              name,
              List.of(0),
              "id",
              DataType.INTEGER,
              "few",
              DataType.INTEGER,
              "many",
              DataType.BIGINT,
              "text",
              DataType.TEXT,
              "ratio",
              DataType.DOUBLE,
              "price",
              DataType.decimal(12, 2));
      int rows = name.equals("a") ? ROWS : ROWS / 3;
      for (int i = 0; i < rows; i++) {
        bed.reader()
            .insert(
                table,
                null,
                i,
                random.nextInt(9) == 0 ? null : random.nextInt(12),
                random.nextInt(20) == 0 ? null : (long) random.nextInt(rows),
                random.nextInt(15) == 0 ? null : "t" + random.nextInt(300),
                random.nextInt(30) == 0 ? null : random.nextDouble(),
                BigDecimal.valueOf(random.nextInt(100_000), 2));
      }
    }
  }

  @AfterAll
  void closeChecksLeaks() {
    bed.close();
  }

  @AfterEach
  void assertNothingLeft() {
    bed.reader().failAtBatch(-1);
    bed.memoryLimit(64 << 20);
    assertThat(bed.allocator().getAllocatedMemory()).isZero();
    assertThat(bed.reader().openSources()).isZero();
    assertThat(bed.spillFiles().list("")).isEmpty();
  }

  private String oneOf(String... choices) {
    return choices[random.nextInt(choices.length)];
  }

  private String condition(String of) {
    return oneOf(
            "true",
            "%s.few < 6",
            "%s.many % 3 = 1",
            "%s.text LIKE 't1%'",
            "%s.ratio > 0.5 OR %s.few IS NULL",
            "%s.price BETWEEN 100 AND 500.5",
            "%s.few IN (1, 3, 5)",
            "%s.id < 40")
        .replace("%s", of);
  }

  private String joined(String type) {
    String on =
        oneOf(
            "a.many = b.many",
            "a.text = b.text AND a.few = b.few",
            "a.id = b.many AND a.few < b.few",
            "a.few = b.few AND a.many = b.id");
    return "a " + type + " b ON " + on + " WHERE " + oneOf(condition("a"), "true");
  }

  private String restricted() {
    String on =
        oneOf(
            "x.many = a.many",
            "x.text = a.text AND x.few = a.few",
            "x.many = a.id AND x.few > a.few");
    return "a WHERE "
        + oneOf("", "NOT ")
        + "EXISTS (SELECT 1 FROM "
        + oneOf("a", "b")
        + " x WHERE "
        + on
        + " AND "
        + condition("x")
        + ") AND "
        + condition("a");
  }

  /** A query whose rows are the same in any order. */
  private String orderFreeQuery() {
    String join = oneOf("JOIN", "LEFT JOIN", "RIGHT JOIN", "FULL JOIN");
    String from = oneOf("a WHERE " + condition("a"), joined(join), joined(join), restricted());
    return switch (random.nextInt(5)) {
      case 0 -> "SELECT a.id, a.text, a.price * 2 FROM " + from;
      case 1 ->
          "SELECT a.few, count(*), sum(a.many), avg(a.price), min(a.text), max(a.ratio)"
              + " FROM "
              + from
              + " GROUP BY a.few";
      case 2 ->
          "SELECT a.many, a.text, count(a.few), sum(a.price), bool_or(a.few > 3) FROM "
              + from
              + " GROUP BY a.many, a.text";
      case 3 -> "SELECT DISTINCT a.few, a.text, a.many % 7 FROM " + from;
      default ->
          "WITH w AS (SELECT a.id, a.few, a.many FROM "
              + from
              + ") SELECT w.id, b.text FROM w JOIN b ON b.many = w.many"
              + " UNION ALL SELECT few, text FROM b";
    };
  }

  /** A query that shows in which order rows come where SQL leaves it open. */
  private String orderedQuery() {
    // Outer joins put unmatched rows at the end of a batch, wherever that is.
    String from = oneOf("a WHERE " + condition("a"), joined("JOIN"), restricted());
    return switch (random.nextInt(5)) {
      case 0 -> "SELECT a.id, a.text FROM " + from;
      case 1 -> "SELECT a.id, a.few + 1, a.text FROM " + from + " ORDER BY a.few DESC, a.text";
      case 2 -> "SELECT a.id, a.many FROM " + from + " ORDER BY a.many LIMIT 17 OFFSET 3";
      case 3 ->
          "SELECT a.few, sum(a.ratio), string_agg(a.text, ','), count(DISTINCT a.many)"
              + " FROM "
              + from
              + " GROUP BY a.few";
      default -> "SELECT count(*), sum(a.price), min(a.many), sum(a.ratio) FROM " + from;
    };
  }

  private List<List<@Nullable Object>> alone(String sql) {
    return bed.threads(0, 0).query(sql);
  }

  private List<List<@Nullable Object>> together(String sql) {
    return bed.threads(HELPERS, PART_ROWS).query(sql);
  }

  private static Map<List<@Nullable Object>, Long> counts(List<List<@Nullable Object>> rows) {
    Map<List<@Nullable Object>, Long> counts = new HashMap<>();
    rows.forEach(row -> counts.merge(row, 1L, Long::sum));
    return counts;
  }

  @Test
  void query_random_givesTheSameRows() {
    for (int i = 0; i < QUERIES; i++) {
      String sql = orderFreeQuery();
      boolean same = counts(together(sql)).equals(counts(alone(sql)));
      assertThat(same).as("seed %s: %s", seed, sql).isTrue();
    }
  }

  @Test
  void query_randomOfAnOrder_givesTheSameRowsInTheSameOrder() {
    for (int i = 0; i < QUERIES; i++) {
      String sql = orderedQuery();
      boolean same = together(sql).equals(alone(sql));
      assertThat(same).as("seed %s: %s", seed, sql).isTrue();
    }
  }

  @Test
  void query_randomWithLittleMemory_spillsAndGivesTheSameRows() {
    long before = bed.spillFiles().writtenBytes();
    for (int i = 0; i < QUERIES / 2; i++) {
      String sql = orderFreeQuery();
      List<List<@Nullable Object>> expected = alone(sql);
      bed.memoryLimit(8 << 20);
      List<List<@Nullable Object>> rows = together(sql);
      bed.memoryLimit(64 << 20);
      assertThat(counts(rows).equals(counts(expected))).as("seed %s: %s", seed, sql).isTrue();
    }
    assertThat(bed.spillFiles().writtenBytes()).isGreaterThan(before);
  }

  private static final List<String> SHAPES =
      List.of(
          "SELECT id, text FROM a WHERE few < 9",
          "SELECT few, count(*) FROM a GROUP BY few",
          "SELECT many, count(*) FROM a GROUP BY many",
          "SELECT a.id FROM a JOIN b ON a.many = b.many",
          "SELECT a.id FROM a FULL JOIN b ON a.many = b.many",
          "SELECT id FROM b WHERE NOT EXISTS (SELECT 1 FROM a WHERE a.many = b.many)",
          "SELECT * FROM a ORDER BY text, id");

  @Test
  void query_sourceFails_failsWithThatErrorAndStopsTheOthers() {
    for (String sql : SHAPES) {
      for (int batch : new int[] {0, 1}) {
        bed.reader().failAtBatch(batch);
        assertThatThrownBy(() -> together(sql)).as(sql).hasMessageContaining("on fire");
      }
    }
  }

  @Test
  void query_rowFails_failsWithItsSqlState() {
    for (String sql :
        List.of(
            "SELECT id, 1 / (id - 3900) FROM a",
            "SELECT few, sum(1 / (id - 3900)) FROM a GROUP BY few",
            "SELECT a.id FROM a JOIN b ON a.few = b.few AND 1 / (a.id % 100 - 50) < 5")) {
      assertThatThrownBy(() -> together(sql))
          .as(sql)
          .isInstanceOfSatisfying(
              KalamException.class, e -> assertThat(e.sqlState()).isEqualTo("22012"));
    }
  }

  @Test
  void query_cancelled_stopsWith57014() throws InterruptedException {
    for (String sql : SHAPES) {
      bed.threads(HELPERS, PART_ROWS);
      CancelToken cancel = CancelToken.create();
      CountDownLatch begun = new CountDownLatch(1);
      List<Throwable> thrown = new ArrayList<>();
      Thread runner =
          new Thread(
              () -> {
                begun.countDown();
                try {
                  while (true) {
                    bed.run(bed.optimized(sql).plan(), List.of(), cancel);
                  }
                } catch (KalamException e) {
                  thrown.add(e);
                }
              });
      runner.start();
      begun.await();
      cancel.cancel();
      runner.join();
      assertThat(thrown)
          .singleElement()
          .isInstanceOfSatisfying(
              KalamException.class, e -> assertThat(e.sqlState()).isEqualTo("57014"));
      assertThat(bed.allocator().getAllocatedMemory()).isZero();
    }
  }

  @Test
  void close_halfRead_releasesAll() {
    for (int round = 0; round < 60; round++) {
      String sql = SHAPES.get(round % SHAPES.size());
      bed.threads(HELPERS, PART_ROWS);
      try (ExecutionContext context = bed.context(List.of(), CancelToken.create());
          Operator operator = PhysicalPlanner.plan(bed.optimized(sql).plan(), context)) {
        for (int i = 0; i < round % 3; i++) {
          RecordBatch batch = operator.next();
          if (batch != null) {
            batch.close();
          }
        }
      }
      assertThat(bed.allocator().getAllocatedMemory()).as(sql).isZero();
      assertThat(bed.reader().openSources()).as(sql).isZero();
    }
  }

  @Test
  void query_poolClosed_isRunByItsOwnThread() {
    bed.threads(HELPERS, PART_ROWS);
    for (String sql : SHAPES) {
      bed.closeWorkers();
      List<List<@Nullable Object>> rows = bed.query(sql);
      assertThat(counts(rows)).as(sql).isEqualTo(counts(alone(sql)));
      bed.threads(HELPERS, PART_ROWS);
    }
  }

  @Test
  void explainAnalyze_severalThreads_saysSoWhereTheyWorked() {
    bed.threads(HELPERS, PART_ROWS);
    String sql = "SELECT few, count(*) FROM a GROUP BY few";
    try (ExecutionContext context = bed.context(List.of(), CancelToken.create())) {
      List<String> lines = Explain.analyze(bed.optimized(sql).plan(), context).text();
      assertThat(lines).anySatisfy(line -> assertThat(line).contains("rows: " + ROWS));
      assertThat(lines).anySatisfy(line -> assertThat(line).contains("threads: "));
    }
    bed.threads(0, 0);
    try (ExecutionContext context = bed.context(List.of(), CancelToken.create())) {
      List<String> lines = Explain.analyze(bed.optimized(sql).plan(), context).text();
      assertThat(lines).noneSatisfy(line -> assertThat(line).contains("threads: "));
    }
  }
}
