package org.kalamdb.internal.storage.cold;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.kalamdb.error.ErrorCode;
import org.kalamdb.error.KalamException;
import org.kalamdb.internal.catalog.TableDefinition;
import org.kalamdb.internal.storage.KeyRange;
import org.kalamdb.internal.storage.ScanRequest;
import org.kalamdb.internal.storage.manifest.SegmentEntry;
import org.kalamdb.schema.DataType;

/** Short reads take pages from memory: seen by taking the file away. */
class PageCacheTest {
  private static final int ROWS = 10_000;

  @TempDir Path directory;
  private ColdFixture cold;
  private TableDefinition table;
  private SegmentEntry entry;

  @BeforeEach
  void write() {
    cold = new ColdFixture(directory);
    table =
        ColdFixture.table(
            List.of(0),
            ColdFixture.column(1, "id", DataType.BIGINT),
            ColdFixture.column(2, "city", DataType.TEXT),
            ColdFixture.column(3, "note", DataType.TEXT));
    List<@Nullable Object[]> rows = new ArrayList<>();
    for (int i = 0; i < ROWS; i++) {
      rows.add(row(i));
    }
    entry = cold.write(table, 1, rows);
  }

  private static @Nullable Object[] row(int i) {
    return new @Nullable Object[] {(long) i, "city-" + i % 7, i % 3 == 0 ? null : "note " + i};
  }

  @AfterEach
  void close() {
    cold.close();
  }

  private void deleteFile() throws IOException {
    Files.delete(directory.resolve(entry.file()));
  }

  private @Nullable StoredRow find(long id) {
    try (PointLookup lookup = cold.store.lookup(table, entry)) {
      return lookup.find(List.of(id));
    }
  }

  @Test
  void find_everyKeyInTurn_givesItsOwnRow() {
    for (int i = 0; i < ROWS; i += 101) {
      int id = (int) (i * 7919L % ROWS);
      assertThat(Objects.requireNonNull(find(id)).values()).isEqualTo(row(id));
    }
  }

  @Test
  void find_pageReadBefore_needsNoFile() throws IOException {
    assertThat(find(10)).isNotNull();
    deleteFile();
    assertThat(Objects.requireNonNull(find(11)).values()).isEqualTo(row(11));
    assertThatThrownBy(() -> find(ROWS - 1))
        .isInstanceOfSatisfying(
            KalamException.class,
            e -> {
              assertThat(e.code()).isEqualTo(ErrorCode.DATA_CORRUPTED);
              assertThat(e).hasMessageContaining(entry.file());
            });
  }

  @Test
  void scan_withSmallLimit_takesPagesFromMemoryAndLongScansDoNot() throws IOException {
    ScanRequest everything = ColdFixture.everything(table);
    ScanRequest lastTen =
        new ScanRequest(
            table,
            null,
            everything.columns(),
            List.of(KeyRange.ALL),
            List.of(),
            ScanRequest.Order.DESCENDING,
            false,
            10);
    List<List<@Nullable Object>> first = cold.read(lastTen, entry, null);
    assertThat(first.get(0)).startsWith(row(ROWS - 1));
    deleteFile();
    assertThat(cold.read(lastTen, entry, null))
        .hasSizeGreaterThanOrEqualTo(10)
        .startsWith(first.get(0));
    assertThatThrownBy(() -> cold.read(everything, entry, null)).isInstanceOf(KalamException.class);
  }
}
