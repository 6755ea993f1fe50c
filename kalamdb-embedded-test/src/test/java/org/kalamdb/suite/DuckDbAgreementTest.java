package org.kalamdb.suite;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.Statement;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.util.ArrayList;
import java.util.List;
import java.util.StringJoiner;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.kalamdb.KalamDB;
import org.kalamdb.KalamOptions;
import org.kalamdb.Session;
import org.kalamdb.query.Row;

/**
 * Another reader, knowing nothing but the files and manifest.json, sees the current rows: DuckDB
 * reads the Parquet files of one user without the row numbers the manifest calls superseded and
 * without deleted rows.
 */
class DuckDbAgreementTest {
  private static final String COLUMNS =
      "id, flag, small, whole, big, single, twice, exact, words, raw, day, clock, stamp, moment, ident, doc";

  @TempDir Path directory;

  @Test
  void currentRowsPerManifest_readByDuckDb_areOurs() throws Exception {
    List<String> ours = new ArrayList<>();
    KalamOptions options = KalamOptions.builder().backgroundCompaction(false).build();
    try (KalamDB db = KalamDB.open(directory.resolve("data"), options)) {
      db.execute("CREATE NAMESPACE duck");
      db.execute(
          """
          CREATE USER TABLE duck.t (words TEXT, id BIGINT PRIMARY KEY, flag BOOLEAN, small SMALLINT,
            whole INT, big BIGINT, single REAL, twice DOUBLE PRECISION, exact DECIMAL(20,5), raw BYTES, day DATE,
            clock TIME, stamp TIMESTAMP, moment TIMESTAMPTZ, ident UUID, doc JSON)""");
      try (Session alice = db.session("alice");
          Session bob = db.session("bob")) {
        for (int i = 0; i < 200; i++) {
          insert(alice, i);
          insert(bob, 1000 + i);
        }
        db.execute("STORAGE FLUSH TABLE duck.t");
        alice.execute("UPDATE duck.t SET words = 'new' WHERE id BETWEEN 10 AND 30");
        alice.execute("DELETE FROM duck.t WHERE id >= 150");
        insert(alice, 160);
        db.execute("STORAGE FLUSH TABLE duck.t");
        alice.execute("UPDATE duck.t SET id = 500, exact = 1.5 WHERE id = 20");
        alice.execute("DELETE FROM duck.t WHERE id = 21");
        db.execute("STORAGE FLUSH TABLE duck.t");
        for (Row row : alice.query("SELECT " + COLUMNS + " FROM duck.t ORDER BY id").list()) {
          ours.add(text(row.toArray()));
        }
      }
    }
    assertThat(ours).hasSize(150);
    assertThat(duckDbRows()).isEqualTo(ours);
  }

  private static void insert(Session session, int i) {
    session.execute(
        "INSERT INTO duck.t (" + COLUMNS + ") VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
        i,
        i % 3 == 0 ? null : i % 2 == 0,
        i % 7 == 0 ? null : (short) (i - 100),
        i * 1_000_003,
        i * 1_000_000_000_003L,
        i / 8f,
        i % 11 == 0 ? null : i / 3.0,
        i % 5 == 0 ? null : new BigDecimal(i).movePointLeft(3),
        i % 13 == 0 ? null : "wörds " + i + "\n\"x\"",
        i % 17 == 0 ? null : new byte[] {(byte) i, 0, -1},
        LocalDate.of(1969, 12, 1).plusDays(i),
        LocalTime.ofSecondOfDay(i * 60L).plusNanos(i * 1000L),
        LocalDateTime.of(1969, 12, 31, 23, 0).plusMinutes(i).plusNanos(i * 1000L),
        Instant.ofEpochSecond(1_700_000_000L + i, i * 1000L),
        new UUID(i, -i),
        "{\"n\": " + i + "}");
  }

  /** The user's current cold rows, from the files alone. */
  private List<String> duckDbRows() throws Exception {
    Path home;
    try (Stream<Path> files = Files.walk(directory)) {
      home =
          files
              .filter(f -> f.endsWith("manifest.json") && f.getParent().endsWith("alice"))
              .findFirst()
              .orElseThrow()
              .getParent();
    }
    JsonNode manifest = new ObjectMapper().readTree(home.resolve("manifest.json").toFile());
    StringJoiner union = new StringJoiner(" UNION ALL ");
    int superseded = 0;
    for (JsonNode segment : manifest.get("segments")) {
      StringJoiner gone = new StringJoiner(", ", "(", ")").setEmptyValue("(-1)");
      for (JsonNode row : segment.get("superseded_rows")) {
        gone.add(row.asText());
        superseded++;
      }
      union.add(
          "SELECT * FROM read_parquet('"
              + home.resolve(segment.get("file").asText())
              + "', file_row_number = true) WHERE NOT _deleted AND file_row_number NOT IN "
              + gone);
    }
    assertThat(manifest.get("segments")).hasSize(3);
    assertThat(superseded).isGreaterThan(50);
    List<String> rows = new ArrayList<>();
    try (Connection connection = DriverManager.getConnection("jdbc:duckdb:");
        Statement statement = connection.createStatement()) {
      statement.execute("SET TimeZone = 'UTC'");
      try (ResultSet result =
          statement.executeQuery("SELECT " + COLUMNS + " FROM (" + union + ") ORDER BY id")) {
        while (result.next()) {
          Object[] values = new Object[16];
          for (int i = 0; i < values.length; i++) {
            values[i] = ourValue(result, i + 1);
          }
          rows.add(text(values));
        }
      }
    }
    return rows;
  }

  /** DuckDB's value in the class ours has. */
  private static Object ourValue(ResultSet result, int column) throws Exception {
    Object value = result.getObject(column);
    if (value == null) {
      return null;
    }
    return switch (column) {
      case 10 -> result.getBytes(column);
      case 11 -> result.getObject(column, LocalDate.class);
      case 12 -> result.getObject(column, LocalTime.class);
      case 13 -> result.getObject(column, LocalDateTime.class);
      case 14 -> result.getObject(column, java.time.OffsetDateTime.class).toInstant();
      default -> value;
    };
  }

  private static String text(Object[] values) {
    StringJoiner text = new StringJoiner(" | ");
    for (Object value : values) {
      text.add(
          value instanceof byte[] bytes
              ? java.util.HexFormat.of().formatHex(bytes)
              : String.valueOf(value));
    }
    return text.toString();
  }
}
