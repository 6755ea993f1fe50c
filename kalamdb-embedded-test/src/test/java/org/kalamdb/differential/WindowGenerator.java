package org.kalamdb.differential;

import static org.kalamdb.differential.SqlType.BIGINT;
import static org.kalamdb.differential.SqlType.INTEGER;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** Random window functions whose results do not hang on the order of equal rows. */
final class WindowGenerator {
  private static final String[] ROW_FRAMES = {
    "",
    " ROWS BETWEEN 1 PRECEDING AND 1 FOLLOWING",
    " ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW",
    " ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING",
    " ROWS BETWEEN 3 PRECEDING AND 1 PRECEDING",
    " ROWS BETWEEN 2 FOLLOWING AND 5 FOLLOWING",
    " ROWS BETWEEN UNBOUNDED PRECEDING AND 2 PRECEDING",
    " ROWS BETWEEN 2 PRECEDING AND 3 FOLLOWING EXCLUDE CURRENT ROW",
    " GROUPS BETWEEN 1 PRECEDING AND 1 FOLLOWING",
    " GROUPS BETWEEN UNBOUNDED PRECEDING AND 1 FOLLOWING EXCLUDE GROUP"
  };

  private static final String[] PEER_FRAMES = {
    "",
    "",
    " RANGE BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW",
    " RANGE BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING",
    " RANGE BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING",
    " GROUPS BETWEEN 2 PRECEDING AND 1 PRECEDING",
    " GROUPS BETWEEN CURRENT ROW AND 1 FOLLOWING",
    " GROUPS BETWEEN 1 PRECEDING AND UNBOUNDED FOLLOWING EXCLUDE GROUP"
  };

  private static final String[] RANGE_FRAMES = {
    " RANGE BETWEEN 2 PRECEDING AND 2 FOLLOWING",
    " RANGE BETWEEN 1 PRECEDING AND CURRENT ROW",
    " RANGE BETWEEN CURRENT ROW AND 100 FOLLOWING",
    " RANGE BETWEEN 1 FOLLOWING AND UNBOUNDED FOLLOWING",
    " RANGE BETWEEN 3 PRECEDING AND 1 PRECEDING",
    " RANGE BETWEEN 2 PRECEDING AND 1 FOLLOWING EXCLUDE GROUP"
  };

  private final Random random;
  private final ExpressionGenerator expressions;

  WindowGenerator(Random random, ExpressionGenerator expressions) {
    this.random = random;
    this.expressions = expressions;
  }

  /** A BIGINT. */
  Expr window(Scope scope) {
    boolean unique = scope.keys() != null && random.nextInt(3) > 0;
    return unique ? overRows(scope) : overPeers(scope);
  }

  /** Equal rows have equal results. */
  private Expr overPeers(Scope scope) {
    boolean range = random.nextInt(3) == 0;
    Expr argument =
        expressions.value(range ? INTEGER : SqlType.any(random), range ? 0 : 1, scope.own());
    Expr number = expressions.value(INTEGER, 0, scope.own());
    String[] calls = {
      "RANK()",
      "DENSE_RANK()",
      "COUNT({2})",
      "SUM({2})",
      "MIN({2})",
      "MAX({2})",
      "COUNT(*)",
      "CAST(FLOOR(PERCENT_RANK()¤ * 1000 + 0.25) AS INTEGER)",
      "CAST(FLOOR(CUME_DIST()¤ * 1000 + 0.25) AS INTEGER)",
      "COUNT({2}) FILTER (WHERE {2} > 1)"
    };
    String call = calls[random.nextInt(calls.length)];
    boolean rank = call.contains("RANK") || call.contains("CUME");
    String order = rank || range || random.nextBoolean() ? order("{1}") : "";
    String frame = "";
    if (!rank && !order.isEmpty()) {
      frame = pick(range ? RANGE_FRAMES : PEER_FRAMES);
    }
    if (range && argument.children().isEmpty() && !argument.template().contains(".")) {
      frame += Features.NOT_H2; // which drops constant keys
    } else if (range && frame.contains("EXCLUDE")) {
      frame += Features.NOT_H2;
    }
    // Near the ends of INTEGER, H2 counts NULLs into frames and DuckDB refuses.
    Expr key = range ? Expr.of(BIGINT, "CAST({0} AS BIGINT)", argument) : argument;
    return Expr.of(
        BIGINT, over(call, partition() + order + frame), partitionKey(scope), key, number);
  }

  private Expr overRows(Scope scope) {
    List<Node> children = new ArrayList<>(List.of(partitionKey(scope)));
    children.add(expressions.value(SqlType.any(random), 1, scope.own()));
    children.add(expressions.value(INTEGER, 0, scope.own()));
    StringBuilder order = new StringBuilder(order("{1}"));
    List<Expr> keys = scope.keys();
    for (Expr key : keys == null ? List.<Expr>of() : keys) {
      order.append(", {").append(children.size()).append("} NULLS FIRST");
      children.add(key);
    }
    String[] calls = {
      "ROW_NUMBER()",
      "NTILE(3)",
      "LAG({2})",
      "LEAD({2}, 2)",
      "LAG({2}, 1, 77)",
      "SUM({2})",
      "COUNT({2})",
      "MIN({2})",
      "MAX({2})",
      "FIRST_VALUE({2})",
      "LAST_VALUE({2})",
      "NTH_VALUE({2}, 2)"
    };
    int call = random.nextInt(calls.length);
    String frame = call < 5 ? "" : pick(ROW_FRAMES);
    return new Expr(BIGINT, over(calls[call], partition() + order + frame), children);
  }

  private static String over(String call, String window) {
    String over = " OVER (" + window + ")";
    return call.contains("¤") ? call.replace("¤", over) : call + over;
  }

  private Expr partitionKey(Scope scope) {
    return expressions.value(SqlType.any(random), 0, scope.own());
  }

  private String partition() {
    return random.nextInt(3) == 0 ? "" : "PARTITION BY {0} ";
  }

  private String order(String key) {
    return "ORDER BY " + key + (random.nextBoolean() ? " NULLS FIRST" : " DESC NULLS LAST");
  }

  private String pick(String... choices) {
    return choices[random.nextInt(choices.length)];
  }
}
