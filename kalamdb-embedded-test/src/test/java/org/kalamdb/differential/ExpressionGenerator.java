package org.kalamdb.differential;

import static org.kalamdb.differential.SqlType.BIGINT;
import static org.kalamdb.differential.SqlType.BOOLEAN;
import static org.kalamdb.differential.SqlType.DATE;
import static org.kalamdb.differential.SqlType.DECIMAL;
import static org.kalamdb.differential.SqlType.INTEGER;
import static org.kalamdb.differential.SqlType.TEXT;
import static org.kalamdb.differential.SqlType.TIMESTAMP;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/**
 * Random expressions that mean the same everywhere and never fail: divisors are NULLIF(x, 0), and
 * numbers are widened before arithmetic, which is never deeper than their extremes allow. Decimals
 * have two digits behind the point: of sums of different scales DuckDB's set operations keep the
 * smaller one.
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
      case TIMESTAMP -> timestamp(depth, scope);
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

  @SafeVarargs
  private <T> T pick(T... choices) {
    return choices[random.nextInt(choices.length)];
  }

  private Expr choice(SqlType type, int depth, Scope scope) {
    Expr first = value(type, depth - 1, scope);
    Expr second = value(type, depth - 1, scope);
    return switch (random.nextInt(6)) {
      case 5 ->
          Expr.of(
              type,
              pick("GREATEST", "LEAST") + "({0}, {1}, {2})" + Features.NOT_H2,
              first,
              second,
              leaf(type, scope));
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
    return switch (random.nextInt(9)) {
      case 6 ->
          Expr.of(
              INTEGER,
              "CAST(EXTRACT("
                  + pick("HOUR", "MINUTE", "MONTH", "DAY", "DOY")
                  + " FROM {0}) AS INTEGER)",
              value(TIMESTAMP, depth - 1, scope));
      case 7 ->
          Expr.of(
              INTEGER,
              "CAST(POSITION({0} IN {1}) AS INTEGER)",
              leaf(TEXT, scope),
              value(TEXT, depth - 1, scope));
      case 8 -> Expr.of(INTEGER, "CAST(SIGN({0}) AS INTEGER)", leaf(pick(NUMBERS), scope));
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
    return switch (random.nextInt(9)) {
      case 5 ->
          Expr.of(
              DECIMAL, "CAST(" + pick("FLOOR", "CEIL", "ABS") + "({0}) AS DECIMAL(12,2))", left);
      case 6 -> Expr.of(DECIMAL, "({0} % NULLIF({1}, 0))", left, right);
      case 7 -> Expr.of(DECIMAL, "CAST(CAST({0} AS DECIMAL(12,1)) AS DECIMAL(12,2))", left);
      case 0 -> Expr.of(DECIMAL, "({0} + {1})", left, right);
      case 1 -> Expr.of(DECIMAL, "({0} - {1})", left, right);
      case 2 -> Expr.of(DECIMAL, "CAST({0} * {1} AS DECIMAL(20,2))", left, right);
      case 3 -> Expr.of(DECIMAL, "CAST({0} AS DECIMAL(14,2))", leaf(INTEGER, scope));
      case 4 -> Expr.of(DECIMAL, "CAST(ROUND({0}, 1) AS DECIMAL(12,2))", left);
      default -> queries.scalar(DECIMAL, scope, depth - 1);
    };
  }

  private Expr text(int depth, Scope scope) {
    Expr text = value(TEXT, depth - 1, scope);
    return switch (random.nextInt(17)) {
      case 7 -> Expr.of(TEXT, pick("LEFT", "RIGHT") + "({0}, " + random.nextInt(4) + ")", text);
      case 8 -> Expr.of(TEXT, pick("LPAD", "RPAD") + "({0}, 4, '*')", text);
      case 9 -> Expr.of(TEXT, "REPEAT({0}, " + random.nextInt(3) + ")", text);
      case 10 -> Expr.of(TEXT, "CONCAT({0}, {1}, 'z')", text, leaf(TEXT, scope));
      case 11 -> Expr.of(TEXT, "CONCAT_WS('-', {0}, {1})", text, leaf(TEXT, scope));
      case 12 -> Expr.of(TEXT, "REVERSE({0})" + Features.NOT_H2, text);
      case 13 -> Expr.of(TEXT, "SPLIT_PART({0}, ' ', 2)" + Features.NOT_H2, text);
      case 14 -> Expr.of(TEXT, pick("LTRIM", "RTRIM") + "({0})", text);
      case 15 -> json(depth, scope);
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

  /** A field of an object or an array that is written out. */
  private Expr json(int depth, Scope scope) {
    String[] values = {
      "{\"a\": 1, \"b\": null}",
      "{\"a\": \"x\", \"c\": [1, 2]}",
      "{\"e\": {\"d\": true}}",
      "[]",
      "{}"
    };
    String[] paths = {"->> 'a'", "->> 'b'", "-> 'c' ->> 1", "-> 'e' ->> 'd'"};
    return Expr.of(
        TEXT,
        "(CASE WHEN {0} THEN CAST('"
            + pick(values)
            + "' AS JSON) ELSE CAST('"
            + pick(values)
            + "' AS JSON) END "
            + pick(paths)
            + ")"
            + Features.NOT_H2,
        predicate(depth - 1, scope));
  }

  private Expr timestamp(int depth, Scope scope) {
    Expr value = value(TIMESTAMP, depth - 1, scope);
    return switch (random.nextInt(8)) {
      case 0 -> Expr.of(TIMESTAMP, "({0} + INTERVAL '3' HOUR)", value);
      case 1 -> Expr.of(TIMESTAMP, "({0} - INTERVAL '1' MONTH)", value);
      case 2 -> Expr.of(TIMESTAMP, "CAST({0} AS TIMESTAMP)", value(DATE, depth - 1, scope));
      case 3 ->
          Expr.of(
              TIMESTAMP,
              "DATE_TRUNC('" + pick("month", "hour", "year", "day", "minute") + "', {0})",
              value);
      case 4 ->
          Expr.of(
              TIMESTAMP,
              "(({0} AT TIME ZONE '"
                  + pick("Europe/Berlin", "America/New_York", "Asia/Kolkata")
                  + "') AT TIME ZONE '"
                  + pick("UTC", "Europe/Berlin")
                  + "')"
                  + Features.NOT_H2,
              value);
      case 5 ->
          Expr.of(
              TIMESTAMP,
              "({0} + ({1} - {2}))" + Features.NOT_H2,
              value,
              leaf(TIMESTAMP, scope),
              leaf(TIMESTAMP, scope));
      case 6 -> queries.scalar(TIMESTAMP, scope, depth - 1);
      default -> value;
    };
  }

  private Expr date(int depth, Scope scope) {
    Expr date = value(DATE, depth - 1, scope);
    return switch (random.nextInt(5)) {
      case 3 -> Expr.of(DATE, "CAST({0} AS DATE)", value(TIMESTAMP, depth - 1, scope));
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
    return switch (random.nextInt(12)) {
      case 9 -> rowComparison(depth, scope);
      case 10 -> symmetric(type, left, scope);
      case 11 -> keyComparison(scope);
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

  /** Rivals are asked for what it means: DuckDB does not know it, H2 gets its negation wrong. */
  private Expr symmetric(SqlType type, Expr left, Scope scope) {
    String not = random.nextBoolean() ? "NOT " : "";
    String ours = "({0} " + not + "BETWEEN SYMMETRIC {1} AND {2})";
    String meaning = "(" + not + "({0} BETWEEN {1} AND {2} OR {0} BETWEEN {2} AND {1}))";
    return Expr.of(
        BOOLEAN,
        String.join("¦", ours, meaning, meaning),
        left,
        leaf(type, scope),
        leaf(type, scope));
  }

  /** A column of integers, which may be a key or indexed, against what it often has. */
  private Expr keyComparison(Scope scope) {
    Expr column = scope.column(INTEGER, random);
    Expr left = column == null ? leaf(INTEGER, scope) : column;
    int low = random.nextInt(20);
    return switch (random.nextInt(4)) {
      case 0 -> Expr.of(BOOLEAN, "({0} = CAST(" + low + " AS INTEGER))", left);
      case 1 -> Expr.of(BOOLEAN, "({0} IN (CAST(" + low + " AS INTEGER), 3, 5, 1000))", left);
      case 2 ->
          Expr.of(
              BOOLEAN,
              "({0} BETWEEN CAST(" + low + " AS INTEGER) AND CAST(" + (low + 4) + " AS INTEGER))",
              left);
      default ->
          Expr.of(BOOLEAN, "({0} " + pick("<", ">=") + " CAST(" + low + " AS INTEGER))", left);
    };
  }

  /** Rivals are asked for what it means: they take NULL in a row for a value, or for unknown. */
  private Expr rowComparison(int depth, Scope scope) {
    SqlType one = SqlType.any(random);
    SqlType other = SqlType.any(random);
    Expr first = value(one, depth - 1, scope);
    Expr second = value(other, depth - 1, scope);
    if (random.nextInt(3) == 0) {
      String not = random.nextBoolean() ? "NOT " : "";
      String equal = "(" + not + "(({0} = {2} AND {1} = {3}) OR ({0} = {4} AND {1} = {5})))";
      return Expr.of(
          BOOLEAN,
          String.join("¦", "(({0}, {1}) " + not + "IN (({2}, {3}), ({4}, {5})))", equal, equal),
          first,
          second,
          leaf(one, scope),
          leaf(other, scope),
          leaf(one, scope),
          leaf(other, scope));
    }
    String operator = pick(COMPARISONS);
    String meaning =
        switch (operator) {
          case "=" -> "({0} = {2} AND {1} = {3})";
          case "<>" -> "({0} <> {2} OR {1} <> {3})";
          default ->
              "({0} " + operator.charAt(0) + " {2} OR ({0} = {2} AND {1} " + operator + " {3}))";
        };
    return Expr.of(
        BOOLEAN,
        String.join("¦", "(({0}, {1}) " + operator + " ({2}, {3}))", meaning, meaning),
        first,
        second,
        leaf(one, scope),
        leaf(other, scope));
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
              // DuckDB's average is a double.
              random.nextBoolean()
                  ? "SUM({0})" + filter
                  : "CAST(FLOOR(AVG({0})" + filter + " * 10 + 0.001) AS DECIMAL(18,2))",
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
}
