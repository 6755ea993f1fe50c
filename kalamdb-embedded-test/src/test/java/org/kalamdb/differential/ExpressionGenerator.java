package org.kalamdb.differential;

import static org.kalamdb.differential.SqlType.BIGINT;
import static org.kalamdb.differential.SqlType.BOOLEAN;
import static org.kalamdb.differential.SqlType.DATE;
import static org.kalamdb.differential.SqlType.DECIMAL;
import static org.kalamdb.differential.SqlType.INTEGER;
import static org.kalamdb.differential.SqlType.TEXT;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/**
 * Random expressions that mean the same everywhere and never fail: divisors are NULLIF(x, 0), and
 * numbers are widened before arithmetic, which is never deeper than their extremes allow.
 */
final class ExpressionGenerator {
  private static final SqlType[] NUMBERS = {INTEGER, BIGINT, DECIMAL};
  private static final String[] COMPARISONS = {"=", "=", "<>", "<", "<=", ">", ">="};

  private final Random random;
  private final QueryGenerator queries;

  ExpressionGenerator(Random random, QueryGenerator queries) {
    this.random = random;
    this.queries = queries;
  }

  Expr value(SqlType type, int depth, Scope scope) {
    if (depth <= 0 || random.nextInt(3) == 0) {
      return leaf(type, scope);
    }
    if (type != BOOLEAN && random.nextInt(4) == 0) {
      return choice(type, depth, scope);
    }
    return switch (type) {
      case INTEGER -> integer(depth, scope);
      case BIGINT -> bigint(depth, scope);
      case DECIMAL -> decimal(depth, scope);
      case TEXT -> text(depth, scope);
      case DATE -> date(depth, scope);
      case BOOLEAN -> predicate(depth, scope);
    };
  }

  Expr leaf(SqlType type, Scope scope) {
    Expr column = random.nextInt(4) == 0 ? null : scope.column(type, random);
    if (column != null) {
      return column;
    }
    return random.nextInt(10) == 0
        ? Expr.nothing(type)
        : Expr.leaf(type, "CAST(" + type.literal(random) + " AS " + type.sql() + ")");
  }

  private Expr choice(SqlType type, int depth, Scope scope) {
    Expr first = value(type, depth - 1, scope);
    Expr second = value(type, depth - 1, scope);
    return switch (random.nextInt(5)) {
      case 0 -> Expr.of(type, "COALESCE({0}, {1})", first, second);
      case 1 -> Expr.of(type, "NULLIF({0}, {1})", first, second);
      case 2 -> Expr.of(type, "CASE WHEN {0} THEN {1} END", predicate(depth - 1, scope), first);
      case 3 -> {
        SqlType other = SqlType.any(random);
        yield Expr.of(
            type,
            "CASE {0} WHEN {1} THEN {2} ELSE {3} END",
            value(other, depth - 1, scope),
            leaf(other, scope),
            first,
            second);
      }
      default ->
          Expr.of(
              type,
              "CASE WHEN {0} THEN {1} ELSE {2} END",
              predicate(depth - 1, scope),
              first,
              second);
    };
  }

  private Expr integer(int depth, Scope scope) {
    return switch (random.nextInt(6)) {
      case 0 -> Expr.of(INTEGER, "LENGTH({0})", value(TEXT, depth - 1, scope));
      case 1 ->
          Expr.of(
              INTEGER, "CAST(EXTRACT(YEAR FROM {0}) AS INTEGER)", value(DATE, depth - 1, scope));
      case 2 ->
          Expr.of(
              INTEGER,
              "({0} - {1})¦CAST(DATEDIFF(DAY, {1}, {0}) AS INTEGER)¦CAST({0} - {1} AS INTEGER)",
              value(DATE, depth - 1, scope),
              leaf(DATE, scope));
      case 3 -> Expr.of(INTEGER, "ABS({0})", leaf(INTEGER, scope));
      case 4 -> Expr.of(INTEGER, "CAST({0} AS INTEGER)", predicate(depth - 1, scope));
      default -> leaf(INTEGER, scope);
    };
  }

  private Expr bigint(int depth, Scope scope) {
    Expr left = leaf(INTEGER, scope);
    Expr right = leaf(INTEGER, scope);
    return switch (random.nextInt(7)) {
      case 0 -> Expr.of(BIGINT, "(CAST({0} AS BIGINT) + {1})", left, right);
      case 1 -> Expr.of(BIGINT, "(CAST({0} AS BIGINT) - {1})", left, right);
      case 2 -> Expr.of(BIGINT, "(CAST({0} AS BIGINT) * {1})", left, right);
      case 3 ->
          Expr.of(
              BIGINT,
              "(CAST({0} AS BIGINT) / NULLIF({1}, 0))¦(CAST({0} AS BIGINT) / NULLIF({1}, 0))¦(CAST({0} AS BIGINT) // NULLIF({1}, 0))",
              left,
              right);
      case 4 -> Expr.of(BIGINT, "(CAST({0} AS BIGINT) % NULLIF({1}, 0))", left, right);
      case 5 -> Expr.of(BIGINT, "CAST({0} AS BIGINT)", value(INTEGER, depth - 1, scope));
      default -> queries.scalar(BIGINT, scope, depth - 1);
    };
  }

  private Expr decimal(int depth, Scope scope) {
    Expr left = leaf(DECIMAL, scope);
    Expr right = leaf(DECIMAL, scope);
    return switch (random.nextInt(6)) {
      case 0 -> Expr.of(DECIMAL, "({0} + {1})", left, right);
      case 1 -> Expr.of(DECIMAL, "({0} - {1})", left, right);
      case 2 -> Expr.of(DECIMAL, "({0} * {1})", left, right);
      case 3 -> Expr.of(DECIMAL, "CAST({0} AS DECIMAL(14,2))", leaf(INTEGER, scope));
      case 4 -> Expr.of(DECIMAL, "ROUND({0}, 1)", left);
      default -> queries.scalar(DECIMAL, scope, depth - 1);
    };
  }

  private Expr text(int depth, Scope scope) {
    Expr text = value(TEXT, depth - 1, scope);
    return switch (random.nextInt(8)) {
      case 0 -> Expr.of(TEXT, "UPPER({0})", text);
      case 1 -> Expr.of(TEXT, "LOWER({0})", text);
      case 2 -> Expr.of(TEXT, "({0} || {1})", text, leaf(TEXT, scope));
      case 3 -> Expr.of(TEXT, "SUBSTRING({0} FROM " + (1 + random.nextInt(3)) + " FOR 2)", text);
      case 4 -> Expr.of(TEXT, "TRIM({0})", text);
      case 5 -> Expr.of(TEXT, "REPLACE({0}, 'a', 'xy')", text);
      case 6 -> Expr.of(TEXT, "CAST({0} AS VARCHAR(40))", leaf(INTEGER, scope));
      default -> queries.scalar(TEXT, scope, depth - 1);
    };
  }

  private Expr date(int depth, Scope scope) {
    Expr date = value(DATE, depth - 1, scope);
    return switch (random.nextInt(4)) {
      case 0 -> Expr.of(DATE, "CAST({0} + INTERVAL '1' MONTH AS DATE)", date);
      case 1 -> Expr.of(DATE, "CAST({0} - INTERVAL '10' DAY AS DATE)", date);
      case 2 -> queries.scalar(DATE, scope, depth - 1);
      default -> date;
    };
  }

  Expr predicate(int depth, Scope scope) {
    if (depth <= 0) {
      return simplePredicate(0, scope);
    }
    return switch (random.nextInt(9)) {
      case 0, 1 ->
          Expr.of(
              BOOLEAN, "({0} AND {1})", predicate(depth - 1, scope), predicate(depth - 1, scope));
      case 2, 3 ->
          Expr.of(
              BOOLEAN, "({0} OR {1})", predicate(depth - 1, scope), predicate(depth - 1, scope));
      case 4 -> Expr.of(BOOLEAN, "(NOT {0})", predicate(depth - 1, scope));
      case 5 ->
          Expr.of(
              BOOLEAN,
              random.nextBoolean() ? "({0} IS TRUE)" : "({0} IS NOT FALSE)",
              predicate(depth - 1, scope));
      case 6 -> queries.subqueryPredicate(scope, depth - 1);
      default -> simplePredicate(depth, scope);
    };
  }

  private Expr simplePredicate(int depth, Scope scope) {
    SqlType type = SqlType.any(random);
    Expr left = value(type, depth - 1, scope);
    return switch (random.nextInt(9)) {
      case 0 -> Expr.of(BOOLEAN, "({0} IS NULL)", left);
      case 1 -> Expr.of(BOOLEAN, "({0} IS NOT NULL)", left);
      case 2 ->
          Expr.of(
              BOOLEAN,
              random.nextBoolean() ? "({0} BETWEEN {1} AND {2})" : "({0} NOT BETWEEN {1} AND {2})",
              left,
              value(type, depth - 1, scope),
              leaf(type, scope));
      case 3 -> inList(type, left, scope);
      case 4 ->
          Expr.of(
              BOOLEAN,
              random.nextBoolean()
                  ? "({0} IS DISTINCT FROM {1})"
                  : "({0} IS NOT DISTINCT FROM {1})",
              left,
              value(type, depth - 1, scope));
      case 5 -> {
        String[] patterns = {"'a%'", "'%b'", "'_'", "'%a%'", "'x_y'", "'%'", "''"};
        yield Expr.of(
            BOOLEAN,
            "({0} "
                + (random.nextInt(3) == 0 ? "NOT LIKE " : "LIKE ")
                + patterns[random.nextInt(patterns.length)]
                + ")",
            value(TEXT, depth - 1, scope));
      }
      case 6 -> mixedComparison(depth, scope);
      default ->
          Expr.of(
              BOOLEAN,
              "({0} " + COMPARISONS[random.nextInt(COMPARISONS.length)] + " {1})",
              left,
              value(type, depth - 1, scope));
    };
  }

  private Expr mixedComparison(int depth, Scope scope) {
    return Expr.of(
        BOOLEAN,
        "({0} " + COMPARISONS[random.nextInt(COMPARISONS.length)] + " {1})",
        value(NUMBERS[random.nextInt(3)], depth - 1, scope),
        value(NUMBERS[random.nextInt(3)], depth - 1, scope));
  }

  private Expr inList(SqlType type, Expr left, Scope scope) {
    List<Node> children = new ArrayList<>(List.of(left));
    StringBuilder template =
        new StringBuilder(random.nextInt(3) == 0 ? "({0} NOT IN (" : "({0} IN (");
    int count = 1 + random.nextInt(3);
    for (int i = 1; i <= count; i++) {
      template.append(i == 1 ? "{" : ", {").append(i).append('}');
      children.add(leaf(type, scope));
    }
    return new Expr(BOOLEAN, template.append("))").toString(), children);
  }

  /** An aggregate over a FROM's own columns. */
  Expr aggregate(SqlType type, Scope scope) {
    Scope own = scope.own();
    String filter = random.nextInt(4) == 0 ? " FILTER (WHERE {1})" : "";
    Expr condition = predicate(0, own);
    return switch (type) {
      case BIGINT ->
          switch (random.nextInt(4)) {
            case 0 -> Expr.of(BIGINT, "COUNT(*)" + filter.replace("{1}", "{0}"), condition);
            case 1 ->
                Expr.of(
                    BIGINT,
                    "COUNT(DISTINCT {0})" + filter,
                    value(SqlType.any(random), 1, own),
                    condition);
            case 2 ->
                Expr.of(
                    BIGINT, "COUNT({0})" + filter, value(SqlType.any(random), 1, own), condition);
            default ->
                Expr.of(
                    BIGINT,
                    random.nextInt(3) == 0 ? "SUM(DISTINCT {0})" + filter : "SUM({0})" + filter,
                    value(INTEGER, 1, own),
                    condition);
          };
      case DECIMAL ->
          Expr.of(
              DECIMAL,
              (random.nextBoolean() ? "SUM({0})" : "AVG({0})") + filter,
              value(random.nextBoolean() ? DECIMAL : INTEGER, 1, own),
              condition);
      case BOOLEAN ->
          Expr.of(
              BOOLEAN,
              (random.nextBoolean() ? "BOOL_AND({0})" : "BOOL_OR({0})") + filter,
              predicate(1, own),
              condition);
      default ->
          Expr.of(
              type,
              (random.nextBoolean() ? "MIN({0})" : "MAX({0})") + filter,
              value(type, 1, own),
              condition);
    };
  }

  /** A window function whose result does not hang on the order of equal rows. */
  Expr window(Scope scope) {
    SqlType type = SqlType.any(random);
    Expr argument = value(type, 1, scope.own());
    Expr number = value(INTEGER, 0, scope.own());
    Expr partition = value(SqlType.any(random), 0, scope.own());
    String by = random.nextInt(3) == 0 ? "" : "PARTITION BY {0} ";
    String peers = "ORDER BY {1}" + (random.nextBoolean() ? " NULLS FIRST" : " DESC NULLS LAST");
    List<Expr> keys = scope.keys();
    if (keys == null || random.nextInt(3) == 0) {
      String[] calls = {
        "RANK()", "DENSE_RANK()", "COUNT({2})", "SUM({2})", "MIN({2})", "MAX({2})", "COUNT(*)"
      };
      String call = calls[random.nextInt(calls.length)];
      boolean ordered = call.contains("RANK") || random.nextBoolean();
      return Expr.of(
          call.startsWith("M") ? INTEGER : BIGINT,
          call + " OVER (" + by + (ordered ? peers : "") + ")",
          partition,
          argument,
          number);
    }
    StringBuilder order = new StringBuilder(peers);
    List<Node> children = new ArrayList<>(List.of(partition, argument, number));
    for (Expr key : keys) {
      order.append(", {").append(children.size()).append("} NULLS FIRST");
      children.add(key);
    }
    String[] frames = {
      "",
      " ROWS BETWEEN 1 PRECEDING AND 1 FOLLOWING",
      " ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW",
      " ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING",
      " ROWS BETWEEN 3 PRECEDING AND 1 PRECEDING"
    };
    String[] calls = {
      "ROW_NUMBER()",
      "NTILE(3)",
      "LAG({2})",
      "LEAD({2}, 2)",
      "SUM({2})",
      "COUNT({2})",
      "MIN({2})",
      "MAX({2})",
      "FIRST_VALUE({2})",
      "LAST_VALUE({2})",
      "NTH_VALUE({2}, 2)"
    };
    int call = random.nextInt(calls.length);
    String frame = call < 4 ? "" : frames[random.nextInt(frames.length)];
    return new Expr(BIGINT, calls[call] + " OVER (" + by + order + frame + ")", children);
  }
}
