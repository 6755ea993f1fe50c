package org.kalamdb.internal.storage.cold;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.apache.parquet.column.values.bloomfilter.BlockSplitBloomFilter;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.kalamdb.internal.catalog.IndexDefinition;
import org.kalamdb.internal.catalog.IndexDefinition.BloomSize;
import org.kalamdb.internal.catalog.IndexDefinition.IndexColumn;
import org.kalamdb.internal.catalog.TableDefinition;
import org.kalamdb.internal.storage.cold.SegmentFooter.Chunk;
import org.kalamdb.internal.storage.cold.SegmentFooter.Pages;
import org.kalamdb.internal.storage.file.ReadableFile;
import org.kalamdb.internal.storage.manifest.SegmentEntry;
import org.kalamdb.schema.DataType;

/** What is in a segment besides its rows: filters, page index, compression, encodings. */
class SegmentFormatTest {
  private static final int ROWS = 20_000;
  private static final int KEY = 0;
  private static final int FEW = 1;
  private static final int MANY = 2;
  private static final int EXACT = 3;
  private static final int ROOMY = 4;
  private static final int PLAIN = 5;
  private static final int EMBEDDING = 6;

  @TempDir Path directory;

  /** Columns, of which FEW to ROOMY have a BLOOM index. */
  private static TableDefinition table() {
    TableDefinition table =
        ColdFixture.table(
            List.of(0),
            ColdFixture.column(1, "id", DataType.BIGINT),
            ColdFixture.column(2, "few", DataType.TEXT),
            ColdFixture.column(3, "many", DataType.TEXT),
            ColdFixture.column(4, "exact", DataType.TEXT),
            ColdFixture.column(5, "roomy", DataType.TEXT),
            ColdFixture.column(6, "plain", DataType.TEXT),
            ColdFixture.column(7, "e", DataType.embedding(8)));
    BloomSize[] sizes = {
      BloomSize.DEFAULT, BloomSize.DEFAULT, new BloomSize(1e-6, 0), new BloomSize(0.01, 500_000)
    };
    for (int i = 0; i < sizes.length; i++) {
      table =
          table.withConstraints(
              table
                  .constraints()
                  .plus(
                      new IndexDefinition(
                          i + 1,
                          "bloom" + i,
                          IndexDefinition.Kind.BLOOM,
                          false,
                          IndexDefinition.Origin.STATEMENT,
                          List.of(new IndexColumn(FEW + i + 1, false)),
                          false,
                          sizes[i],
                          true)));
    }
    return table;
  }

  private static @Nullable Object[] row(int i) {
    String many = "value " + i;
    return new @Nullable Object[] {
      (long) i, "few" + i % 10, many, many, many, "p" + i % 7, new float[8]
    };
  }

  @Test
  void finish_columnsWithAndWithoutIndexes_writesWhatEachNeeds() throws Exception {
    TableDefinition table = table();
    List<@Nullable Object[]> rows = new ArrayList<>();
    for (int i = 0; i < ROWS; i++) {
      rows.add(row(i));
    }
    try (ColdFixture cold = new ColdFixture(directory)) {
      SegmentEntry entry = cold.write(table, 1, rows);
      try (ReadableFile file = cold.files.open(entry.file())) {
        SegmentFooter footer = SegmentFooter.read(file, table, entry);
        checkFilters(footer);
        checkPageIndex(footer);
        Chunk embedding = footer.groups.get(0).chunks().get(EMBEDDING);
        assertThat(embedding.leaf.physical()).isEqualTo(PhysicalType.FIXED);
        assertThat(embedding.leaf.length()).isEqualTo(4 * 8);
        assertThat(footer.groups.get(0).chunks().get(FEW).isNumberedText()).isTrue();
        assertThat(footer.groups.get(0).chunks().get(MANY).isNumberedText()).isFalse();
      }
      checkCompression(directory.resolve(entry.file()));
    }
  }

  /** Filters have the size that their values and options ask for, and find the values. */
  private static void checkFilters(SegmentFooter footer) {
    List<Chunk> chunks = footer.groups.get(0).chunks();
    assertThat(bits(chunks.get(FEW))).isEqualTo(32);
    // Between 10 and 20 bits for each of 20,000 values at 1 %: sizes are powers of two.
    assertThat(bits(chunks.get(KEY))).isEqualTo(1 << 15);
    assertThat(bits(chunks.get(MANY))).isEqualTo(1 << 15);
    assertThat(bits(chunks.get(EXACT))).isGreaterThan(bits(chunks.get(MANY)));
    assertThat(bits(chunks.get(ROOMY))).isGreaterThan(bits(chunks.get(EXACT)));
    assertThat(chunks.get(PLAIN).bloom()).isNull();
    assertThat(chunks.get(EMBEDDING).bloom()).isNull();
    Chunk exact = chunks.get(EXACT);
    BlockSplitBloomFilter filter = Objects.requireNonNull(exact.bloom());
    int wrong = 0;
    for (int i = 0; i < ROWS; i++) {
      assertThat(
              SegmentPredicate.mayContain(
                  filter, exact.leaf, ("value " + i).getBytes(StandardCharsets.UTF_8)))
          .isTrue();
      wrong +=
          SegmentPredicate.mayContain(
                  filter, exact.leaf, ("absent " + i).getBytes(StandardCharsets.UTF_8))
              ? 1
              : 0;
    }
    assertThat(wrong).as("at one in a million").isLessThan(10);
  }

  private static int bits(Chunk chunk) {
    return Objects.requireNonNull(chunk.bloom()).getBitsetSize();
  }

  private static void checkPageIndex(SegmentFooter footer) {
    for (int column : List.of(KEY, FEW, MANY, PLAIN)) {
      Pages pages = footer.groups.get(0).chunks().get(column).pages();
      assertThat(pages.count).isEqualTo((ROWS + 2047) / 2048);
      assertThat((Object[]) pages.mins).isNotNull().doesNotContainNull();
      assertThat((Object[]) pages.maxs).isNotNull().doesNotContainNull();
    }
    assertThat(footer.groups.get(0).chunks().get(EMBEDDING).pages().mins).isNull();
  }

  private static void checkCompression(Path file) throws Exception {
    try (Connection duck = DriverManager.getConnection("jdbc:duckdb:");
        Statement statement = duck.createStatement();
        ResultSet chunks =
            statement.executeQuery(
                "SELECT compression, bloom_filter_length, path_in_schema FROM parquet_metadata('"
                    + file
                    + "')")) {
      int filters = 0;
      int count = 0;
      while (chunks.next()) {
        count++;
        assertThat(chunks.getString(1)).isEqualTo("ZSTD");
        filters += chunks.getLong(2) > 0 ? 1 : 0;
      }
      assertThat(count).isEqualTo(9);
      assertThat(filters).as("of the key and of four indexes").isEqualTo(5);
    }
  }
}
