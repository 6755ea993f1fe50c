package org.kalamdb.benchmarks.tpch;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.math.BigDecimal;
import java.math.MathContext;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/** The texts of TPC-H: its tables and its 22 queries with the parameters of the validation run. */
final class TpchQueries {
  static final int COUNT = 22;

  private TpchQueries() {}

  /** CREATE TABLE statements, smallest tables first. */
  static List<String> tables() {
    return Stream.of(resource("schema.sql").split(";", -1))
        .map(String::strip)
        .filter(text -> !text.isEmpty())
        .toList();
  }

  /**
   * Query number 1 to 22 for a scale: its eleventh asks for a share that shrinks as tables grow.
   */
  static String query(int number, double scale) {
    String fraction =
        new BigDecimal("0.0001")
            .divide(BigDecimal.valueOf(scale), MathContext.DECIMAL32)
            .toPlainString();
    return resource(String.format(Locale.ROOT, "q%02d.sql", number))
        .replace("${fraction}", fraction)
        .strip();
  }

  /** All queries in order. */
  static List<String> queries(double scale) {
    List<String> queries = new ArrayList<>();
    for (int number = 1; number <= COUNT; number++) {
      queries.add(query(number, scale));
    }
    return queries;
  }

  private static String resource(String name) {
    try (InputStream in = TpchQueries.class.getResourceAsStream(name)) {
      if (in == null) {
        throw new IllegalStateException("The resource " + name + " is missing");
      }
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
