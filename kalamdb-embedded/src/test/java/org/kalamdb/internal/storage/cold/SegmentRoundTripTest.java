package org.kalamdb.internal.storage.cold;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.kalamdb.internal.catalog.TableDefinition;
import org.kalamdb.internal.storage.KeyRange;
import org.kalamdb.internal.storage.ScanRequest;
import org.kalamdb.internal.storage.manifest.SegmentEntry;
import org.kalamdb.schema.DataType;
import org.kalamdb.schema.TableSchema;
import org.roaringbitmap.RoaringBitmap;

class SegmentRoundTripTest {
  @TempDir Path directory;
  private ColdFixture cold;

  @BeforeEach
  void open() {
    cold = new ColdFixture(directory);
  }

  @AfterEach
  void close() {
    cold.close();
  }

  private static List<@Nullable Object> expected(@Nullable Object[] row, int number, long segment) {
    List<@Nullable Object> values = new ArrayList<>();
    for (Object value : row) {
      values.add(ColdFixture.comparable(value));
    }
    Collections.addAll(values, 100L + number / 10, false, segment, (long) number);
    return values;
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 3, 200, 5000})
  void scan_everyTypeWithNullsAndExtremes_givesBackWhatWasWritten(int count) {
    TableDefinition table = ColdFixture.everyType();
    List<@Nullable Object[]> rows = ColdFixture.everyTypeRows(count, 42);
    SegmentEntry entry = cold.write(table, 9, rows);
    List<List<@Nullable Object>> want = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      want.add(expected(rows.get(i), i, 9));
    }
    assertThat(cold.read(ColdFixture.everything(table), entry, null)).isEqualTo(want);

    Collections.reverse(want);
    ScanRequest down =
        ColdFixture.request(table, List.of(KeyRange.ALL), List.of(), ScanRequest.Order.DESCENDING);
    assertThat(cold.read(down, entry, null)).isEqualTo(want);
    assertThat(cold.files.list("")).containsExactly("s/9.parquet");
  }

  @Test
  void find_everyKey_givesItsRow() {
    TableDefinition table = ColdFixture.everyType();
    List<@Nullable Object[]> rows = ColdFixture.everyTypeRows(5000, 1);
    SegmentEntry entry = cold.write(table, 1, rows);
    try (PointLookup lookup = cold.store.lookup(table, entry)) {
      for (int i = 0; i < 5000; i += 37) {
        StoredRow row = lookup.find(List.of(3L * i));
        assertThat(row).isNotNull();
        assertThat(row.row()).isEqualTo(i);
        List<@Nullable Object> values = new ArrayList<>();
        for (Object value : row.values()) {
          values.add(ColdFixture.comparable(value));
        }
        assertThat(values).isEqualTo(expected(rows.get(i), i, 1).subList(0, 23));
        assertThat(lookup.findRow(List.of(3L * i + 1))).isEqualTo(-1);
      }
      assertThat(lookup.findRow(List.of(Long.MIN_VALUE))).isEqualTo(-1);
      assertThat(lookup.findRow(List.of(Long.MAX_VALUE))).isEqualTo(-1);
    }
  }

  @Test
  void scan_supersededAndDeletedRows_leavesThemOut() {
    TableDefinition table =
        ColdFixture.table(List.of(0), ColdFixture.column(1, "id", DataType.INTEGER));
    List<@Nullable Object[]> rows = new ArrayList<>();
    boolean[] deleted = new boolean[10_000];
    for (int i = 0; i < 10_000; i++) {
      rows.add(new @Nullable Object[] {i});
      deleted[i] = i % 7 == 0;
    }
    SegmentEntry entry = cold.write(table, 1, rows, deleted);
    assertThat(entry.tombstones()).isEqualTo(1429);
    RoaringBitmap superseded = RoaringBitmap.bitmapOf(1, 2, 5000);
    superseded.add(6000L, 9999L);
    for (ScanRequest.Order order : ScanRequest.Order.values()) {
      ScanRequest request = ColdFixture.request(table, List.of(KeyRange.ALL), List.of(), order);
      List<Object> ids = new ArrayList<>();
      cold.read(request, entry, superseded).forEach(row -> ids.add(row.get(0)));
      List<Object> want = new ArrayList<>();
      for (int i = 0; i < 10_000; i++) {
        if (!deleted[i] && !superseded.contains(i)) {
          want.add(i);
        }
      }
      if (order == ScanRequest.Order.DESCENDING) {
        Collections.reverse(want);
      }
      assertThat(ids).isEqualTo(want);
    }
  }

  @Test
  void scan_segmentOfAnOlderSchema_widensAndFillsIn() {
    TableSchema first =
        new TableSchema(
            1,
            List.of(
                ColdFixture.column(1, "id", DataType.INTEGER),
                ColdFixture.column(2, "n", DataType.SMALLINT),
                ColdFixture.column(3, "gone", DataType.TEXT),
                ColdFixture.column(4, "r", DataType.REAL),
                ColdFixture.column(5, "l", DataType.BIGINT)),
            List.of(0));
    SegmentEntry entry =
        cold.write(
            ColdFixture.table(first),
            1,
            List.of(
                new @Nullable Object[] {-5, (short) -3, "x", 0.1f, -7L},
                new @Nullable Object[] {5, null, "y", null, Long.MAX_VALUE}));
    TableSchema second =
        new TableSchema(
            2,
            List.of(
                ColdFixture.column(6, "added", DataType.INTEGER),
                ColdFixture.column(7, "empty", DataType.TEXT),
                ColdFixture.column(2, "renamed", DataType.BIGINT),
                ColdFixture.column(1, "id", DataType.BIGINT),
                ColdFixture.column(4, "r", DataType.DOUBLE),
                ColdFixture.column(5, "l", DataType.decimal(25, 2))),
            List.of(3));
    TableDefinition table = ColdFixture.table(first, second);
    List<List<@Nullable Object>> rows = cold.read(ColdFixture.everything(table), entry, null);
    assertThat(rows.get(0).subList(0, 6))
        .containsExactly(7, null, -3L, -5L, (double) 0.1f, new java.math.BigDecimal("-7.00"));
    assertThat(rows.get(1).subList(0, 6))
        .containsExactly(
            7, null, null, 5L, null, new java.math.BigDecimal("9223372036854775807.00"));
    try (PointLookup lookup = cold.store.lookup(table, entry)) {
      StoredRow row = lookup.find(List.of(5L));
      assertThat(row).isNotNull();
      assertThat(row.values()).containsExactly(rows.get(1).subList(0, 6).toArray());
    }
    ScanRequest range =
        ColdFixture.request(
            table,
            List.of(new KeyRange(List.of(), new KeyRange.Bound(-5L, false), null)),
            List.of(),
            ScanRequest.Order.ASCENDING);
    assertThat(cold.read(range, entry, null)).hasSize(1);
  }

  @Test
  void close_withoutFinish_leavesNothing() throws Exception {
    TableDefinition table = ColdFixture.everyType();
    try (SegmentWriter writer = cold.store.createWriter(table, null, "s/1.parquet")) {
      assertThat(cold.files.list("")).containsExactly("s/1.parquet.tmp");
      assertThatThrownBy(writer::finish).isInstanceOf(IllegalStateException.class);
    }
    assertThat(cold.files.list("")).isEmpty();
    assertThat(Files.isDirectory(directory.resolve("s"))).isTrue();
  }

  @Test
  void append_keysThatDoNotRise_isRefused() {
    TableDefinition table =
        ColdFixture.table(List.of(0), ColdFixture.column(1, "id", DataType.INTEGER));
    assertThatThrownBy(
            () ->
                cold.write(
                    table, 1, List.of(new @Nullable Object[] {2}, new @Nullable Object[] {1})))
        .hasMessageContaining("key order");
    assertThat(cold.files.list("")).isEmpty();
  }
}
