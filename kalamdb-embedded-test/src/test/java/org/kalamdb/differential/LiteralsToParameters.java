package org.kalamdb.differential;

import java.math.BigDecimal;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A query with its literals, {@code CAST(3 AS INTEGER)}, turned into parameters. */
record LiteralsToParameters(String sql, List<Object> values) {
  private static final Pattern LITERAL =
      Pattern.compile(
          "CAST\\((?:(-?[0-9.]+) AS (INTEGER|BIGINT|DECIMAL\\(10,2\\))"
              + "|'([^']*)' AS VARCHAR\\(40\\)|DATE '([^']*)' AS DATE)\\)");

  static LiteralsToParameters of(String query) {
    List<Object> values = new ArrayList<>();
    Matcher matcher = LITERAL.matcher(query);
    StringBuilder sql = new StringBuilder();
    while (matcher.find()) {
      String type = matcher.group(2);
      if (matcher.group(3) != null) {
        type = "VARCHAR(40)";
        values.add(matcher.group(3));
      } else if (matcher.group(4) != null) {
        type = "DATE";
        values.add(LocalDate.parse(matcher.group(4)));
      } else {
        values.add(number(matcher.group(1), type));
      }
      matcher.appendReplacement(sql, "CAST(? AS " + type + ")");
    }
    return new LiteralsToParameters(matcher.appendTail(sql).toString(), values);
  }

  private static Object number(String text, String type) {
    return switch (type) {
      case "INTEGER" -> Integer.valueOf(text);
      case "BIGINT" -> Long.valueOf(text);
      default -> new BigDecimal(text);
    };
  }
}
