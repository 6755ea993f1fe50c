package org.kalamdb.internal.storage.cold;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.kalamdb.internal.catalog.TableDefinition;
import org.kalamdb.internal.expr.Expression.ComparisonOperator;
import org.kalamdb.internal.storage.ColumnPredicate;
import org.kalamdb.internal.storage.KeyRange;
import org.kalamdb.internal.storage.ScanRequest;
import org.kalamdb.internal.storage.manifest.SegmentEntry;
import org.kalamdb.schema.DataType;

class SegmentPruningTest {
  private static final int ROWS = 20_000;
  private static final TableDefinition TABLE =
      ColdFixture.table(
          List.of(0, 1),
          ColdFixture.column(1, "conversation", DataType.TEXT),
          ColdFixture.column(2, "id", DataType.BIGINT),
          ColdFixture.column(3, "n", DataType.INTEGER));

  @TempDir Path directory;
  private ColdFixture cold;
  private SegmentEntry entry;

  /** Ten conversations of 2,000 rows; n is twice the row number. */
  @BeforeEach
  void write() {
    cold = new ColdFixture(directory);
    List<@Nullable Object[]> rows = new ArrayList<>();
    for (int i = 0; i < ROWS; i++) {
      rows.add(new @Nullable Object[] {"c" + i / 2000, (long) i, 2 * i});
    }
    entry = cold.write(TABLE, 1, rows);
  }

  @AfterEach
  void close() {
    cold.close();
  }

  private List<Long> ids(
      List<KeyRange> ranges, List<ColumnPredicate> predicates, ScanRequest.Order order) {
    List<Long> ids = new ArrayList<>();
    cold.read(ColdFixture.request(TABLE, ranges, predicates, order), entry, null)
        .forEach(row -> ids.add((Long) row.get(1)));
    return ids;
  }

  private static KeyRange range(
      @Nullable Object lower,
      boolean lowerIn,
      @Nullable Object upper,
      boolean upperIn,
      Object... prefix) {
    return new KeyRange(
        List.of(prefix),
        lower == null ? null : new KeyRange.Bound(lower, lowerIn),
        upper == null ? null : new KeyRange.Bound(upper, upperIn));
  }

  @Test
  void scan_keyRange_givesExactlyItsRowsAndSkipsOtherPages() {
    List<Long> ids =
        ids(List.of(range(4100L, true, 4110L, false, "c2")), List.of(), ScanRequest.Order.ANY);
    assertThat(ids)
        .containsExactly(4100L, 4101L, 4102L, 4103L, 4104L, 4105L, 4106L, 4107L, 4108L, 4109L);
    assertThat(cold.statistics.segmentsRead).isEqualTo(1);
    assertThat(cold.statistics.rowGroupsRead).isEqualTo(1);
    // Five columns of 10 pages, of which one each is needed.
    assertThat(cold.statistics.pagesSkipped).isEqualTo(5 * 9);
    // Five pages of rows, and those of keys on both sides of "c2" that bounds cannot tell apart.
    assertThat(cold.statistics.pagesRead).isBetween(5L, 13L);
    assertThat(cold.statistics.coldRows).isEqualTo(10);
  }

  @Test
  void scan_manyRanges_downAndUp_agreeWithAFilter() {
    Random random = new Random(5);
    for (int round = 0; round < 60; round++) {
      List<KeyRange> ranges = new ArrayList<>();
      List<Long> want = new ArrayList<>();
      long at = random.nextInt(500);
      while (at < ROWS && ranges.size() < 5) {
        long conversation = at / 2000;
        long end = Math.min((conversation + 1) * 2000, at + 1 + random.nextInt(2500));
        boolean lowerIn = random.nextBoolean();
        boolean upperIn = random.nextBoolean();
        ranges.add(range(at, lowerIn, end, upperIn, "c" + conversation));
        for (long id = at; id <= Math.min(end, conversation * 2000 + 1999); id++) {
          if ((id > at || lowerIn) && (id < end || upperIn)) {
            want.add(id);
          }
        }
        at = end + 1 + random.nextInt(4000);
      }
      assertThat(ids(ranges, List.of(), ScanRequest.Order.ASCENDING)).isEqualTo(want);
      java.util.Collections.reverse(want);
      assertThat(ids(ranges, List.of(), ScanRequest.Order.DESCENDING)).isEqualTo(want);
    }
  }

  @Test
  void scan_boundsOnTheFirstColumn_areExact() {
    assertThat(ids(List.of(range("c1", false, "c3", false)), List.of(), ScanRequest.Order.ANY))
        .hasSize(2000);
    assertThat(ids(List.of(range("c1", true, "c3", true)), List.of(), ScanRequest.Order.ANY))
        .hasSize(6000);
    assertThat(ids(List.of(range(null, true, "c0", true)), List.of(), ScanRequest.Order.ANY))
        .hasSize(2000);
    assertThat(ids(List.of(range("c9", false, null, true)), List.of(), ScanRequest.Order.ANY))
        .isEmpty();
    assertThat(ids(List.of(range("c5", false, "c1", false)), List.of(), ScanRequest.Order.ANY))
        .isEmpty();
  }

  @Test
  void scan_predicateOutsideTheManifest_leavesTheFileClosed() {
    cold.files.delete(entry.file());
    assertThat(
            ids(
                List.of(KeyRange.ALL),
                List.of(predicate(2, ComparisonOperator.GREATER, 2 * ROWS)),
                ScanRequest.Order.ANY))
        .isEmpty();
    assertThat(ids(List.of(range("d", true, null, true)), List.of(), ScanRequest.Order.ANY))
        .isEmpty();
    assertThat(cold.statistics.segmentsSkipped).isEqualTo(2);
    assertThat(cold.statistics.segmentsRead).isZero();
  }

  @Test
  void scan_keyThatOnlyTheBloomFilterKnowsToBeAbsent_readsNoPage() {
    assertThat(ids(List.of(range(null, true, null, true, "c2x")), List.of(), ScanRequest.Order.ANY))
        .isEmpty();
    assertThat(cold.statistics.segmentsRead).isEqualTo(1);
    assertThat(cold.statistics.rowGroupsSkipped).isEqualTo(1);
    assertThat(cold.statistics.pagesRead).isZero();
  }

  @Test
  void scan_predicateOnAnotherColumn_readsThePagesThatCanMatch() {
    List<Long> ids =
        ids(
            List.of(KeyRange.ALL),
            List.of(predicate(2, ComparisonOperator.EQUAL, 20_000)),
            ScanRequest.Order.ANY);
    assertThat(ids).contains(10_000L).hasSize(2048);
    assertThat(cold.statistics.pagesSkipped).isEqualTo(5 * 9);
    assertThat(
            ids(
                List.of(KeyRange.ALL),
                List.of(new ColumnPredicate(2, ComparisonOperator.EQUAL, List.of(0, 39_998))),
                ScanRequest.Order.ANY))
        .hasSize(2048 + ROWS - 9 * 2048);
    assertThat(
            ids(
                List.of(KeyRange.ALL),
                List.of(predicate(2, ComparisonOperator.NOT_EQUAL, 20_000)),
                ScanRequest.Order.ANY))
        .hasSize(ROWS);
  }

  private static ColumnPredicate predicate(int column, ComparisonOperator operator, Object value) {
    return new ColumnPredicate(column, operator, List.of(value));
  }
}
