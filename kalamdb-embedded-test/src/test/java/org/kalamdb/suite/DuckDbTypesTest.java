package org.kalamdb.suite;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.Statement;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.OffsetDateTime;
import java.time.ZoneId;
import java.time.ZonedDateTime;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.kalamdb.KalamOptions;
import org.kalamdb.Session;
import org.kalamdb.query.Row;
import org.kalamdb.test.TemporaryDatabase;
import org.kalamdb.test.TestDatabase;

/**
 * DuckDB reads the values of every type, extremes and NULL, from a user's Parquet files and their
 * manifest as we do, after rows have been changed, deleted and left hot.
 */
@ExtendWith(TemporaryDatabase.class)
class DuckDbTypesTest {
  static Stream<TypesTest.Type> types() {
    return TypesTest.types();
  }

  @ParameterizedTest
  @MethodSource("types")
  void coldRows_readByDuckDb_areOurs(TypesTest.Type type) throws Exception {
    // A compaction would delete files under DuckDB's hands.
    try (TestDatabase database =
        TestDatabase.create(KalamOptions.builder().backgroundCompaction(false).build())) {
      checkColdRows(database, type);
    }
  }

  private static void checkColdRows(TestDatabase database, TypesTest.Type type) throws Exception {
    database.db().execute("CREATE NAMESPACE duck");
    database.db().execute("CREATE USER TABLE duck.t (v " + type.sql() + ", id BIGINT PRIMARY KEY)");
    List<Object> values = new ArrayList<>(type.values());
    values.add(null);
    List<String> cold;
    try (Session alice = database.db().session("alice");
        Session bob = database.db().session("bob")) {
      for (int i = 0; i < values.size(); i++) {
        alice.execute("INSERT INTO duck.t VALUES (?, ?)", values.get(i), i);
        alice.execute("INSERT INTO duck.t VALUES (?, ?)", values.get(i), i + 100);
        bob.execute("INSERT INTO duck.t VALUES (?, ?)", values.get(i), i + 1000);
      }
      database.db().execute("STORAGE FLUSH TABLE duck.t");
      alice.execute("DELETE FROM duck.t WHERE id = 100");
      alice.execute("UPDATE duck.t SET v = NULL WHERE id = 101");
      alice.execute("UPDATE duck.t SET id = 200 WHERE id = 0");
      database.db().execute("STORAGE FLUSH TABLE duck.t");
      cold = texts(alice.query("SELECT id, v FROM duck.t ORDER BY id").list());
      assertThat(duckDb(database, type)).isEqualTo(cold);
    }
  }

  private static List<String> texts(List<Row> rows) {
    return rows.stream().map(row -> Arrays.deepToString(row.toArray())).toList();
  }

  private static List<String> duckDb(TestDatabase database, TypesTest.Type type) throws Exception {
    Path manifest =
        database.filesEndingWith("manifest.json").stream()
            .filter(file -> file.getParent().endsWith("alice"))
            .findFirst()
            .orElseThrow();
    List<String> scans = new ArrayList<>();
    for (JsonNode segment : new ObjectMapper().readTree(manifest.toFile()).get("segments")) {
      List<String> gone = new ArrayList<>(List.of("-1"));
      segment.get("superseded_rows").forEach(row -> gone.add(row.asText()));
      scans.add(
          "SELECT id, v FROM read_parquet('"
              + manifest.resolveSibling(segment.get("file").asText())
              + "', file_row_number = true) WHERE NOT _deleted AND file_row_number NOT IN ("
              + String.join(", ", gone)
              + ")");
    }
    assertThat(scans).hasSize(2);
    String value =
        switch (type.sql()) {
          case "ZONED_TIMESTAMP" -> "v.instant, v.zone";
          // The driver's own dates follow the Julian calendar before 1582.
          case "DATE" -> "v::VARCHAR, NULL";
          default -> "v, NULL";
        };
    List<String> rows = new ArrayList<>();
    try (Connection connection = DriverManager.getConnection("jdbc:duckdb:");
        Statement statement = connection.createStatement()) {
      statement.execute("SET TimeZone = 'UTC'");
      try (ResultSet result =
          statement.executeQuery(
              "SELECT id, "
                  + value
                  + " FROM ("
                  + String.join(" UNION ALL ", scans)
                  + ") ORDER BY id")) {
        while (result.next()) {
          Object[] row = {result.getLong(1), ours(result, type)};
          rows.add(Arrays.deepToString(row));
        }
      }
    }
    return rows;
  }

  /** DuckDB's value in the class that ours has. */
  private static Object ours(ResultSet result, TypesTest.Type type) throws Exception {
    if (result.getObject(2) == null) {
      return null;
    }
    String name = type.sql().replaceFirst("\\(.*", "");
    return switch (name) {
      case "BYTES" -> result.getBytes(2);
      case "DATE" -> LocalDate.parse(result.getString(2));
      case "TIME" -> result.getObject(2, LocalTime.class);
      case "TIMESTAMP" -> result.getObject(2, LocalDateTime.class);
      case "TIMESTAMPTZ" -> instant(result);
      case "ZONED_TIMESTAMP" ->
          ZonedDateTime.ofInstant(instant(result), ZoneId.of(result.getString(3)));
      case "JSON" -> result.getString(2);
      case "EMBEDDING" -> floats(result.getBytes(2));
      default -> result.getObject(2);
    };
  }

  private static Instant instant(ResultSet result) throws Exception {
    return result.getObject(2, OffsetDateTime.class).toInstant();
  }

  private static float[] floats(byte[] bytes) {
    float[] floats = new float[bytes.length / Float.BYTES];
    ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer().get(floats);
    return floats;
  }
}
