package org.kalamdb.internal.exec;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigDecimal;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.lifecycle.AfterContainer;
import net.jqwik.api.lifecycle.BeforeContainer;
import org.jspecify.annotations.Nullable;
import org.kalamdb.internal.catalog.TableDefinition;
import org.kalamdb.internal.sql.optimize.Optimizer;
import org.kalamdb.schema.DataType;

/**
 * Random queries over random tables: the rows are those of DuckDB, and stay the same whichever pass
 * of the optimizer is switched off.
 */
class QueryProperties {
  private static @Nullable Connection duckDb;

  @BeforeContainer
  static void openDuckDb() throws SQLException {
    duckDb = DriverManager.getConnection("jdbc:duckdb:");
  }

  @AfterContainer
  static void closeDuckDb() throws SQLException {
    if (duckDb != null) {
      duckDb.close();
    }
  }

  @Property(tries = 40)
  void query_random_agreesWithDuckDb(@ForAll long seed) throws SQLException {
    Random random = new Random(seed);
    try (TestBed bed = new TestBed(seed)) {
      load(bed, "a", random);
      load(bed, "b", random);
      for (int i = 0; i < 4; i++) {
        String sql = new QueryGenerator(random).query();
        List<String> expected = askDuckDb(sql);
        assertThat(canonical(bed.withOptimizer().query(sql)))
            .as(sql + "\n" + bed.explain(sql))
            .containsExactlyInAnyOrderElementsOf(expected);
        assertThat(canonical(bed.withoutOptimizer().query(sql)))
            .as("as bound: " + sql)
            .containsExactlyInAnyOrderElementsOf(expected);
        List<String> passes = Optimizer.standard(bed.allocator()).passNames();
        String off = passes.get(random.nextInt(passes.size()));
        assertThat(canonical(bed.without(off).query(sql)))
            .as("without " + off + ": " + sql)
            .containsExactlyInAnyOrderElementsOf(expected);
      }
    }
  }

  private static List<String> canonical(List<List<@Nullable Object>> rows) {
    return rows.stream().map(QueryProperties::canonicalRow).toList();
  }

  private static String canonicalRow(List<@Nullable Object> row) {
    List<String> values = new ArrayList<>();
    for (Object value : row) {
      values.add(
          value instanceof Number
              ? new BigDecimal(value.toString()).stripTrailingZeros().toPlainString()
              : String.valueOf(value));
    }
    return String.join("|", values);
  }

  private static List<String> askDuckDb(String sql) throws SQLException {
    List<String> rows = new ArrayList<>();
    try (Statement statement = java.util.Objects.requireNonNull(duckDb).createStatement();
        ResultSet result = statement.executeQuery(sql)) {
      while (result.next()) {
        List<@Nullable Object> row = new ArrayList<>();
        for (int i = 1; i <= result.getMetaData().getColumnCount(); i++) {
          row.add(result.getObject(i));
        }
        rows.add(canonicalRow(row));
      }
    }
    return rows;
  }

  private static void load(TestBed bed, String name, Random random) throws SQLException {
    TableDefinition table =
        bed.shared(
            name,
            List.of(0, 1),
            "k",
            DataType.INTEGER,
            "id",
            DataType.BIGINT,
            "n",
            DataType.INTEGER,
            "t",
            DataType.TEXT,
            "d",
            DataType.decimal(10, 2));
    Connection duck = java.util.Objects.requireNonNull(duckDb);
    try (Statement create = duck.createStatement()) {
      create.execute(
          "CREATE OR REPLACE TABLE "
              + name
              + " (k INTEGER, id BIGINT, n INTEGER, t VARCHAR, d DECIMAL(10,2))");
    }
    try (PreparedStatement insert =
        duck.prepareStatement("INSERT INTO " + name + " VALUES (?,?,?,?,?)")) {
      int rows = random.nextInt(40);
      for (int i = 0; i < rows; i++) {
        @Nullable Object[] row = {
          random.nextInt(4),
          (long) i,
          random.nextInt(5) == 0 ? null : random.nextInt(6) - 1,
          random.nextInt(5) == 0 ? null : "t" + random.nextInt(4),
          random.nextInt(5) == 0 ? null : BigDecimal.valueOf(random.nextInt(600) - 100, 2)
        };
        bed.reader().insert(table, null, row);
        for (int c = 0; c < row.length; c++) {
          insert.setObject(c + 1, row[c]);
        }
        insert.addBatch();
      }
      insert.executeBatch();
    }
  }

  /** Writes SELECTs that mean the same to both databases. */
  private record QueryGenerator(Random random) {
    private static final List<String> COLUMNS = List.of("k", "id", "n", "t", "d");

    String query() {
      return switch (random.nextInt(5)) {
        case 0 -> simple();
        case 1 -> join();
        case 2 -> grouped();
        case 3 -> withSubquery();
        default -> setOperation();
      };
    }

    private <T> T pick(List<T> items) {
      return items.get(random.nextInt(items.size()));
    }

    /** ORDER BY the whole key, so that a LIMIT is determined. */
    private String simple() {
      String direction = random.nextBoolean() ? "" : " DESC";
      String order =
          switch (random.nextInt(5)) {
            case 0 -> "";
            case 1 -> " ORDER BY k" + direction + ", id" + direction + limit();
            case 2 -> " ORDER BY " + pick(COLUMNS) + direction + " NULLS FIRST, k, id" + limit();
            case 3 -> " ORDER BY id" + direction + ", k" + limit();
            default -> " ORDER BY n + 1 NULLS LAST, id, k" + limit();
          };
      return "SELECT id, k, " + scalar("") + " FROM a" + where("") + order;
    }

    private String limit() {
      return random.nextBoolean()
          ? ""
          : " LIMIT "
              + random.nextInt(12)
              + (random.nextBoolean() ? "" : " OFFSET " + random.nextInt(5));
    }

    private String join() {
      String type = pick(List.of("JOIN", "LEFT JOIN", "RIGHT JOIN", "FULL JOIN"));
      String on =
          pick(
              List.of(
                  "a.k = b.k",
                  "a.k = b.k AND a.id = b.id",
                  "a.n = b.n AND a.t = b.t",
                  "a.id = b.id AND a.n < b.k",
                  "b.k = a.n AND b.d > 1"));
      String where =
          random.nextBoolean() ? "" : " WHERE " + condition(random.nextBoolean() ? "a." : "b.", 2);
      return "SELECT a.id, b.id, a.t, b.d FROM a " + type + " b ON " + on + where;
    }

    private String grouped() {
      String group = pick(List.of("k", "t", "n, t", "n % 3"));
      String having = random.nextBoolean() ? "" : " HAVING count(*) > 1 OR max(id) > 20";
      return "SELECT "
          + group
          + ", count(*), count(n), sum(n), min(t), max(d), sum(d), count(DISTINCT n)"
          + " FROM a"
          + where("")
          + " GROUP BY "
          + group
          + having;
    }

    private String withSubquery() {
      return switch (random.nextInt(4)) {
        case 0 ->
            "SELECT k, id FROM a WHERE "
                + pick(COLUMNS.subList(0, 3))
                + (random.nextBoolean() ? " IN " : " NOT IN ")
                + "(SELECT n FROM b"
                + where("")
                + ")"
                + (random.nextBoolean() ? "" : " AND " + condition("", 1));
        case 1 ->
            "SELECT k, id FROM a WHERE "
                + (random.nextBoolean() ? "" : "NOT ")
                + "EXISTS (SELECT 1 FROM b"
                + where("")
                + ")";
        case 2 -> "SELECT k, id, (SELECT max(n) FROM b" + where("") + ") FROM a" + where("");
        default ->
            "SELECT s.g, s.c, b.id FROM (SELECT n AS g, count(*) AS c FROM a GROUP BY n) s JOIN b ON b.n = s.g"
                + " WHERE "
                + condition("b.", 1)
                + " AND s.g >= 0";
      };
    }

    private String setOperation() {
      String operator = pick(List.of("UNION", "UNION ALL", "INTERSECT", "EXCEPT"));
      return "SELECT n, t FROM a" + where("") + " " + operator + " SELECT k, t FROM b" + where("");
    }

    private String where(String prefix) {
      return random.nextInt(4) == 0 ? "" : " WHERE " + condition(prefix, 2);
    }

    private String scalar(String prefix) {
      return pick(
          List.of(
              prefix + "n",
              prefix + "t",
              prefix + "d",
              prefix + "n + " + prefix + "k",
              "coalesce(" + prefix + "n, -7)",
              "CASE WHEN " + condition(prefix, 1) + " THEN 1 ELSE 0 END"));
    }

    private String condition(String prefix, int depth) {
      if (depth > 0 && random.nextInt(3) > 0) {
        String left = condition(prefix, depth - 1);
        String right = condition(prefix, depth - 1);
        return switch (random.nextInt(4)) {
          case 0 -> "(" + left + " OR " + right + ")";
          case 1 -> "NOT (" + left + ")";
          default -> "(" + left + " AND " + right + ")";
        };
      }
      String comparison = pick(List.of("=", "<>", "<", "<=", ">", ">="));
      return switch (random.nextInt(9)) {
        case 0 -> prefix + "k " + comparison + " " + random.nextInt(4);
        case 1 -> prefix + "id " + comparison + " " + random.nextInt(30);
        case 2 -> prefix + "n " + comparison + " " + (random.nextInt(6) - 1);
        case 3 -> prefix + "t " + comparison + " 't" + random.nextInt(4) + "'";
        case 4 -> prefix + "d " + comparison + " " + random.nextInt(4) + ".5";
        case 5 -> prefix + "k IN (" + random.nextInt(4) + ", " + random.nextInt(4) + ")";
        case 6 -> prefix + pick(COLUMNS) + (random.nextBoolean() ? " IS NULL" : " IS NOT NULL");
        case 7 -> prefix + "id BETWEEN " + random.nextInt(10) + " AND " + random.nextInt(40);
        default -> prefix + "n IS DISTINCT FROM " + random.nextInt(4);
      };
    }
  }
}
