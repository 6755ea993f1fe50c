package org.kalamdb.internal.exec;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.function.BiPredicate;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.kalamdb.internal.catalog.TableDefinition;
import org.kalamdb.schema.DataType;

/** Window functions over partitions and frames of all sizes, against frames taken row by row. */
class WindowOperatorTest {
  private static final int ROWS = 5_000;

  private final TestBed bed = ChatTables.open();
  private final List<Sample> samples = new ArrayList<>();

  private record Sample(int id, int part, @Nullable Integer place, @Nullable Integer value) {}

  @AfterEach
  void closeChecksLeaks() {
    bed.close();
  }

  private void addSamples(int partitions) {
    TableDefinition table =
        bed.shared(
            "sample",
            List.of(0),
            "id",
            DataType.INTEGER,
            "part",
            DataType.INTEGER,
            "place",
            DataType.INTEGER,
            "value",
            DataType.INTEGER);
    Random random = new Random(partitions);
    for (int id = 0; id < ROWS; id++) {
      Integer place = random.nextInt(20) == 0 ? null : random.nextInt(ROWS / partitions + 2);
      Integer value = random.nextInt(10) == 0 ? null : random.nextInt(1_000);
      Sample sample = new Sample(id, random.nextInt(partitions), place, value);
      samples.add(sample);
      bed.reader().insert(table, null, id, sample.part, place, value);
    }
    samples.sort(
        Comparator.comparingInt(Sample::part)
            .thenComparing(Sample::place, Comparator.nullsLast(Comparator.naturalOrder()))
            .thenComparingInt(Sample::id));
  }

  @ParameterizedTest
  @CsvSource({"1,3,2", "1,900,-40", "7,0,0", "7,60,200", "4000,1,1", "1,-5,2500"})
  void evaluate_rowsFrame_isThatOfEachRow(int partitions, int preceding, int following) {
    addSamples(partitions);
    String frame = "ROWS BETWEEN " + bound(-preceding) + " AND " + bound(following);
    check(
        "PARTITION BY part ORDER BY place, id " + frame,
        (row, other) -> other >= row - preceding && other <= row + following);
    check(
        "PARTITION BY part ORDER BY place, id " + frame + " EXCLUDE CURRENT ROW",
        (row, other) -> !other.equals(row) && other >= row - preceding && other <= row + following);
  }

  @ParameterizedTest
  @CsvSource({"1,3,2", "1,900,-40", "9,60,200"})
  void evaluate_rangeFrame_isThatOfEachRow(int partitions, int preceding, int following) {
    addSamples(partitions);
    BiPredicate<Integer, Integer> inRange =
        (row, other) -> {
          Integer here = samples.get(row).place;
          Integer there = samples.get(other).place;
          return here == null || there == null
              ? here == null && there == null
              : there >= here - preceding && there <= here + following;
        };
    String frame =
        "PARTITION BY part ORDER BY place RANGE BETWEEN "
            + bound(-preceding)
            + " AND "
            + bound(following);
    check(frame, inRange);
    check(
        frame + " EXCLUDE TIES",
        (row, other) ->
            inRange.test(row, other)
                && (row.equals(other)
                    || !java.util.Objects.equals(
                        samples.get(row).place, samples.get(other).place)));
  }

  private static String bound(int offset) {
    return offset < 0
        ? -offset + " PRECEDING"
        : offset == 0 ? "CURRENT ROW" : offset + " FOLLOWING";
  }

  /** Sums can be removed from a frame, extremes and floats cannot. */
  private void check(String window, BiPredicate<Integer, Integer> inFrame) {
    List<List<@Nullable Object>> rows =
        bed.query(
            "SELECT id, sum(value) OVER w, max(value) OVER w, count(*) OVER w,"
                + " sum(value::double precision) OVER w, min(id) OVER w FROM sample WINDOW w AS ("
                + window
                + ")");
    assertThat(rows).hasSize(ROWS);
    List<Integer> places = new ArrayList<>();
    for (int i = 0; i < ROWS; i++) {
      places.add(0);
    }
    for (int i = 0; i < ROWS; i++) {
      places.set(samples.get(i).id, i);
    }
    for (int i = 0; i < ROWS; i += 13) {
      List<@Nullable Object> row = rows.get(i);
      int at = places.get((Integer) java.util.Objects.requireNonNull(row.get(0)));
      assertThat(row.subList(1, 6)).as(window + " row " + at).isEqualTo(expected(at, inFrame));
    }
  }

  private List<@Nullable Object> expected(int at, BiPredicate<Integer, Integer> inFrame) {
    int part = samples.get(at).part;
    Long sum = null;
    Integer max = null;
    long count = 0;
    Integer least = null;
    int from = at;
    while (from > 0 && samples.get(from - 1).part == part) {
      from--;
    }
    for (int other = from; other < ROWS && samples.get(other).part == part; other++) {
      if (!inFrame.test(at, other)) {
        continue;
      }
      count++;
      Integer value = samples.get(other).value;
      int id = samples.get(other).id;
      least = least == null ? Integer.valueOf(id) : Integer.valueOf(Math.min(least, id));
      if (value != null) {
        sum = (sum == null ? 0 : sum) + value;
        max = max == null ? value : Integer.valueOf(Math.max(max, value));
      }
    }
    return TestBed.row(sum, max, count, sum == null ? null : sum.doubleValue(), least);
  }

  @Test
  void evaluate_stringAggOverSlidingFrame_keepsOrder() {
    addSamples(1);
    List<List<@Nullable Object>> rows =
        bed.query(
            "SELECT id, string_agg(id::text, ',') OVER (ORDER BY id ROWS BETWEEN 300 PRECEDING AND 20"
                + " FOLLOWING EXCLUDE CURRENT ROW) FROM sample ORDER BY id");
    StringBuilder expected = new StringBuilder();
    for (int i = 4_200; i <= 4_520; i++) {
      if (i != 4_500) {
        expected.append(expected.isEmpty() ? "" : ",").append(i);
      }
    }
    assertThat(rows.get(4_500).get(1)).isEqualTo(expected.toString());
  }

  @Test
  void explain_windowsOfOneOrder_shareASort() {
    assertThat(
            bed.explain(
                "SELECT row_number() OVER (PARTITION BY conversation ORDER BY content), sum(id) OVER (PARTITION BY"
                    + " conversation) FROM messages"))
        .containsOnlyOnce("Sort by");
  }

  @Test
  void explain_windowInKeyOrder_needsNoSort() {
    assertThat(bed.explain("SELECT id, lag(id) OVER (ORDER BY id) FROM users"))
        .isEqualTo(
            """
            Window in order of id
                computes: lag(id)
              Scan default.users, in key order
                  columns: id""");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "42P20 SELECT id FROM users WHERE row_number() OVER () = 1",
        "42P20 SELECT sum(rank() OVER ()) OVER () FROM users",
        "42803 SELECT sum(rank() OVER ()) FROM users",
        "42P20 SELECT count(*) FROM users GROUP BY 1 + rank() OVER ()",
        "42704 SELECT rank() OVER w FROM users",
        "42P20 SELECT rank() OVER (w ORDER BY id) FROM users WINDOW w AS (ORDER BY id)",
        "42P20 SELECT sum(id) OVER (RANGE 1 PRECEDING) FROM users",
        "42P20 SELECT sum(id) OVER (GROUPS 1 PRECEDING) FROM users",
        "0A000 SELECT sum(id) OVER (ORDER BY name RANGE 1 PRECEDING) FROM users",
        "22014 SELECT ntile(0) OVER () FROM users",
        "22016 SELECT nth_value(id, 0) OVER () FROM users",
        "42809 SELECT rank() FROM users",
        "42809 SELECT lower(name) OVER () FROM users",
        "0A000 SELECT count(DISTINCT id) OVER () FROM users",
        "0A000 SELECT rank() FILTER (WHERE TRUE) OVER () FROM users",
        "42883 SELECT rank(id) OVER () FROM users"
      })
  void query_windowErrors_havePostgresCodes(String codeAndSql) {
    assertThat(bed.error(codeAndSql.substring(6))).startsWith(codeAndSql.substring(0, 5));
  }

  @Test
  void query_offsetParameter_isTheNumberOfRows() {
    addSamples(1);
    assertThat(
            bed.query(
                "SELECT count(*) OVER (ORDER BY id ROWS ? PRECEDING) FROM sample ORDER BY id LIMIT 1"
                    + " OFFSET 5",
                3))
        .containsExactly(TestBed.row(4L));
    for (Integer wrong : Arrays.asList(-1, null)) {
      assertThat(
              bed.error("SELECT count(*) OVER (ORDER BY id ROWS ? PRECEDING) FROM sample", wrong))
          .startsWith("22013");
      assertThat(
              bed.error("SELECT count(*) OVER (ORDER BY id RANGE ? PRECEDING) FROM sample", wrong))
          .startsWith("22013");
    }
  }
}
