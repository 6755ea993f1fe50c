package org.kalamdb.internal.storage.cold;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.Statement;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.ZonedDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.kalamdb.internal.catalog.TableDefinition;
import org.kalamdb.internal.catalog.TableOptions;
import org.kalamdb.schema.DataType;
import org.kalamdb.schema.Interval;

/** A foreign reader sees what was written. */
class SegmentDuckDbTest {
  @TempDir Path directory;

  private static TableDefinition compressed(TableDefinition table, String codec) {
    TableOptions o = TableOptions.DEFAULTS;
    return new TableDefinition(
        table.number(),
        table.id(),
        table.type(),
        table.schemas(),
        new TableOptions(
            o.flush(),
            0,
            0,
            false,
            codec,
            o.deletedRetentionHours(),
            o.accessLevel(),
            null,
            false,
            Map.of()));
  }

  @ParameterizedTest
  @ValueSource(strings = {"zstd", "snappy", "none"})
  void readParquet_everyType_agrees(String codec) throws Exception {
    TableDefinition table = compressed(ColdFixture.everyType(), codec);
    List<@Nullable Object[]> rows = ColdFixture.everyTypeRows(5000, 7);
    try (ColdFixture cold = new ColdFixture(directory)) {
      var entry = cold.write(table, 1, rows);
      assertThat(cold.read(ColdFixture.everything(table), entry, null)).hasSize(5000);
    }
    String file = directory.resolve("s/1.parquet").toString();
    try (Connection duck = DriverManager.getConnection("jdbc:duckdb:");
        Statement statement = duck.createStatement()) {
      statement.execute("SET TimeZone = 'UTC'");
      try (ResultSet result = statement.executeQuery(select(table, file))) {
        for (int i = 0; i < rows.size(); i++) {
          assertThat(result.next()).isTrue();
          for (int c = 0; c < 23; c++) {
            assertThat(value(result, c + 1, table.schema().column(c).type(), rows.get(i)[c]))
                .describedAs("row %d, column %s", i, table.schema().column(c))
                .isEqualTo(wanted(rows.get(i)[c]));
          }
          assertThat(result.getLong("_seq")).isEqualTo(100 + i / 10);
          assertThat(result.getBoolean("_deleted")).isFalse();
        }
        assertThat(result.next()).isFalse();
      }
    }
  }

  /** Types that JDBC has no class for come as text or numbers. */
  private static String select(TableDefinition table, String file) {
    List<String> columns = new ArrayList<>();
    table
        .schema()
        .columns()
        .forEach(
            column ->
                columns.add(
                    switch (column.type().kind()) {
                      case ZONED_TIMESTAMP ->
                          "CASE WHEN z IS NULL THEN NULL ELSE epoch_us(z.instant) || ' ' || z.zone END";
                      case INTERVAL ->
                          "CASE WHEN span IS NULL THEN NULL ELSE span.months || ' ' || span.days || ' ' || span.micros END";
                      case TIMESTAMP, TIMESTAMPTZ -> "epoch_us(" + column.name() + ")";
                      case TIME -> "epoch_us(tod)";
                      case EMBEDDING, BYTES -> "hex(" + column.name() + ")";
                      case UUID, JSON -> "CAST(" + column.name() + " AS VARCHAR)";
                      default -> column.name();
                    }));
    return "SELECT "
        + String.join(", ", columns)
        + ", _seq, _deleted FROM read_parquet('"
        + file
        + "') ORDER BY id";
  }

  private static @Nullable Object value(
      ResultSet result, int column, DataType type, @Nullable Object wanted) throws Exception {
    @Nullable Object value =
        switch (type.kind()) {
          case SMALLINT -> result.getShort(column);
          case REAL -> result.getFloat(column);
          case DATE -> result.getObject(column, LocalDate.class);
          default -> result.getObject(column);
        };
    return wanted == null && result.getObject(column) == null ? null : value;
  }

  private static @Nullable Object wanted(@Nullable Object value) {
    if (value instanceof ZonedDateTime zoned) {
      return micros(zoned.toInstant()) + " " + zoned.getZone().getId();
    } else if (value instanceof Interval interval) {
      return interval.months() + " " + interval.days() + " " + interval.micros();
    } else if (value instanceof LocalDateTime time) {
      return micros(time.toInstant(java.time.ZoneOffset.UTC));
    } else if (value instanceof Instant instant) {
      return micros(instant);
    } else if (value instanceof LocalTime time) {
      return time.toNanoOfDay() / 1000;
    } else if (value instanceof java.util.UUID uuid) {
      return uuid.toString();
    } else if (value instanceof byte[] bytes) {
      return hex(bytes);
    } else if (value instanceof float[] floats) {
      var bytes = java.nio.ByteBuffer.allocate(12).order(java.nio.ByteOrder.LITTLE_ENDIAN);
      bytes.asFloatBuffer().put(floats);
      return hex(bytes.array());
    }
    return value;
  }

  private static long micros(Instant instant) {
    return Math.addExact(
        Math.multiplyExact(instant.getEpochSecond(), 1_000_000L), instant.getNano() / 1000);
  }

  private static String hex(byte[] bytes) {
    return java.util.HexFormat.of().withUpperCase().formatHex(bytes);
  }

  @Test
  void describe_everyType_hasTheTypesAForeignReaderExpects() throws Exception {
    try (ColdFixture cold = new ColdFixture(directory)) {
      cold.write(ColdFixture.everyType(), 1, ColdFixture.everyTypeRows(10, 7));
    }
    String file = directory.resolve("s/1.parquet").toString();
    List<String> types = new ArrayList<>();
    try (Connection duck = DriverManager.getConnection("jdbc:duckdb:");
        Statement statement = duck.createStatement()) {
      try (ResultSet result =
          statement.executeQuery("DESCRIBE SELECT * FROM read_parquet('" + file + "')")) {
        while (result.next()) {
          types.add(result.getString(2));
        }
      }
      try (ResultSet result =
          statement.executeQuery(
              "SELECT decode(key), decode(value) FROM parquet_kv_metadata('"
                  + file
                  + "') ORDER BY 1")) {
        List<Map.Entry<String, String>> metadata = new ArrayList<>();
        while (result.next()) {
          metadata.add(Map.entry(result.getString(1), result.getString(2)));
        }
        assertThat(metadata)
            .contains(
                Map.entry("kalamdb.table", "messages"),
                Map.entry("kalamdb.namespace", "chat"),
                Map.entry("kalamdb.max_seq", "100"));
      }
      try (ResultSet result =
          statement.executeQuery(
              "SELECT field_id FROM parquet_schema('" + file + "') WHERE name = 'd38'")) {
        assertThat(result.next()).isTrue();
        assertThat(result.getInt(1)).isEqualTo(10);
      }
    }
    assertThat(types)
        .containsExactly(
            "BIGINT",
            "BOOLEAN",
            "SMALLINT",
            "INTEGER",
            "BIGINT",
            "FLOAT",
            "DOUBLE",
            "DECIMAL(9,2)",
            "DECIMAL(18,4)",
            "DECIMAL(38,10)",
            "VARCHAR",
            "VARCHAR",
            "VARCHAR",
            "BLOB",
            "DATE",
            "TIME",
            "TIMESTAMP",
            "TIMESTAMP WITH TIME ZONE",
            "STRUCT(instant TIMESTAMP WITH TIME ZONE, \"zone\" VARCHAR)",
            "STRUCT(\"months\" INTEGER, \"days\" INTEGER, micros BIGINT)",
            "UUID",
            "JSON",
            "BLOB",
            "BIGINT",
            "BOOLEAN");
  }

  @Test
  void filters_onStatisticsAndBloom_findWhatIsThere() throws Exception {
    TableDefinition table =
        ColdFixture.table(
            List.of(0),
            ColdFixture.column(1, "k", DataType.TEXT),
            ColdFixture.column(2, "d", DataType.DOUBLE));
    List<@Nullable Object[]> rows = new ArrayList<>();
    for (int i = 0; i < 9000; i++) {
      rows.add(
          new @Nullable Object[] {
            "\u00e4".repeat(70) + String.format("%06d", i),
            i == 77 ? Double.NaN : i == 78 ? -0.0 : (double) i
          });
    }
    try (ColdFixture cold = new ColdFixture(directory)) {
      cold.write(table, 1, rows);
    }
    String file = directory.resolve("s/1.parquet").toString();
    try (Connection duck = DriverManager.getConnection("jdbc:duckdb:");
        Statement statement = duck.createStatement()) {
      assertThat(count(statement, file, "k = '" + rows.get(4500)[0] + "'")).isEqualTo(1);
      assertThat(count(statement, file, "k > '" + rows.get(4500)[0] + "'")).isEqualTo(4499);
      assertThat(count(statement, file, "isnan(d)")).isEqualTo(1);
      assertThat(count(statement, file, "d > 8998")).isEqualTo(2);
      assertThat(count(statement, file, "d = 0")).isEqualTo(2);
    }
  }

  private static long count(Statement statement, String file, String condition) throws Exception {
    try (ResultSet result =
        statement.executeQuery(
            "SELECT count(*) FROM read_parquet('" + file + "') WHERE " + condition)) {
      result.next();
      return result.getLong(1);
    }
  }
}
