package org.kalamdb.suite;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.extension.ExtendWith;
import org.kalamdb.KalamDB;
import org.kalamdb.Session;
import org.kalamdb.query.PreparedQuery;
import org.kalamdb.query.Result;
import org.kalamdb.test.TemporaryDatabase;

/**
 * The plans of the queries in {@code plans/shop.txt}, word for word, over tables of known sizes:
 * 1,000 customers, 200 products, 10,000 orders and 30,000 items in segments, 5 regions hot. {@code
 * -Dplans.write=true} writes the file anew; read the difference before you keep it.
 */
@ExtendWith(TemporaryDatabase.class)
class GoldenPlansTest {
  private static final String FILE = "/plans/shop.txt";
  private static final String SEPARATOR = "----";

  private Session s;

  /** One query with its comment and what EXPLAIN says of it. */
  private record Golden(String comment, String sql, String plan) {
    String render() {
      return comment + "\n" + sql + "\n" + SEPARATOR + "\n" + plan + "\n";
    }
  }

  @BeforeEach
  void open(KalamDB db) {
    s = db.session();
    s.execute(
        "CREATE TABLE region (id INT PRIMARY KEY, name TEXT);"
            + "CREATE TABLE customer (id INT PRIMARY KEY, region INT, name TEXT, balance DECIMAL(10,2));"
            + "CREATE TABLE product (id INT PRIMARY KEY, name TEXT, price DECIMAL(10,2), kind TEXT);"
            + "CREATE TABLE orders (id INT PRIMARY KEY, customer INT, day DATE, status TEXT);"
            + "CREATE TABLE item (order_id INT, line INT, product INT, quantity INT, note TEXT,"
            + " PRIMARY KEY (order_id, line))");
    fill("region", 5, i -> new Object[] {i, "region " + i});
    fill(
        "customer",
        1_000,
        i ->
            new Object[] {i, i % 5, i % 10 == 0 ? null : "customer " + i, (i * 37 % 1000) + ".25"});
    fill("product", 200, i -> new Object[] {i, "product " + i, i + ".99", "kind " + i % 8});
    fill(
        "orders",
        10_000,
        i ->
            new Object[] {
              i,
              i * 7919 % 1000,
              LocalDate.of(2020, 1, 1).plusDays(i % 1000),
              i % 3 == 0 ? "open" : "shipped"
            });
    fill("item", 30_000, i -> new Object[] {i / 3, i % 3, i * 31 % 200, 1 + i % 50, "note " + i});
    for (String table : List.of("customer", "product", "orders", "item")) {
      s.execute("STORAGE FLUSH TABLE " + table);
    }
  }

  @AfterEach
  void close() {
    s.close();
  }

  /** The values of row number {@code i}. */
  private interface RowOf {
    Object[] values(int i);
  }

  private void fill(String table, int rows, RowOf row) {
    String marks =
        IntStream.range(0, row.values(0).length)
            .mapToObj(i -> "?")
            .collect(Collectors.joining(", "));
    try (PreparedQuery insert = s.prepare("INSERT INTO " + table + " VALUES (" + marks + ")")) {
      List<Object[]> batch = new ArrayList<>();
      for (int i = 0; i < rows; i++) {
        batch.add(row.values(i));
      }
      insert.executeBatch(batch);
    }
  }

  @TestFactory
  List<DynamicTest> plans() throws IOException, URISyntaxException {
    URL resource = Objects.requireNonNull(getClass().getResource(FILE));
    List<Golden> goldens = read(Files.readString(Path.of(resource.toURI()), UTF_8));
    if (Boolean.getBoolean("plans.write")) {
      String rewritten =
          goldens.stream()
              .map(g -> new Golden(g.comment(), g.sql(), explain(g.sql())).render())
              .collect(Collectors.joining("\n"));
      Files.writeString(Path.of("src/test/resources" + FILE), rewritten, UTF_8);
      return List.of();
    }
    assertThat(goldens).hasSizeGreaterThanOrEqualTo(40);
    // Explained here: the database is gone when dynamic tests run.
    List<DynamicTest> tests = new ArrayList<>();
    for (Golden golden : goldens) {
      String plan = explain(golden.sql());
      tests.add(
          DynamicTest.dynamicTest(
              golden.comment().substring(2),
              () -> assertThat(plan).as(golden.sql()).isEqualTo(golden.plan())));
    }
    return tests;
  }

  private String explain(String sql) {
    try (Result plan = s.query("EXPLAIN " + sql)) {
      return plan.stream().map(row -> row.getString(0)).collect(Collectors.joining("\n"));
    }
  }

  private static List<Golden> read(String text) {
    List<Golden> goldens = new ArrayList<>();
    for (String block : text.strip().split("\n\n")) {
      String[] lines = block.split("\n", 2);
      String[] parts = (lines[1] + "\n").split("\n?" + SEPARATOR + "\n", 2);
      goldens.add(
          new Golden(lines[0], parts[0].strip(), parts.length < 2 ? "" : parts[1].stripTrailing()));
    }
    return goldens;
  }
}
