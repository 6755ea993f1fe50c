package org.kalamdb.differential;

import static org.kalamdb.differential.SqlType.BOOLEAN;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.kalamdb.differential.From.Derived;
import org.kalamdb.differential.From.Joined;
import org.kalamdb.differential.From.TableRef;
import org.kalamdb.differential.Query.Ordered;
import org.kalamdb.differential.Query.Select;
import org.kalamdb.differential.Query.SetOperation;
import org.kalamdb.differential.Query.With;

/** Random queries over a world's tables. */
final class QueryGenerator {
  private final Random random;
  private final World world;
  private final ExpressionGenerator expressions;
  private final WindowGenerator windows;
  private final List<Relation> common = new ArrayList<>();
  private int aliases;

  QueryGenerator(Random random, World world) {
    this.random = random;
    this.world = world;
    this.expressions = new ExpressionGenerator(random, this);
    this.windows = new WindowGenerator(random, expressions);
  }

  /** A name in FROM with its columns. */
  private record Relation(String name, boolean keyed, List<World.Column> columns) {}

  Query query() {
    common.clear();
    aliases = 0;
    if (random.nextInt(12) == 0) {
      return recursive();
    }
    Query definition = null;
    if (random.nextInt(6) == 0) {
      definition = select(2, List.of(), types(2));
      List<World.Column> columns = new ArrayList<>();
      for (SqlType type : definition.types()) {
        columns.add(new World.Column("x" + columns.size(), type));
      }
      common.add(new Relation("w", false, columns));
    }
    Query body = body();
    body = arranged(body);
    return definition == null ? body : new With("w", definition, body);
  }

  private Query arranged(Query body) {
    return switch (random.nextInt(12)) {
      case 0, 1, 2, 3 -> ordered(body);
      case 4 -> new Query.DistinctOn(body, 1 + random.nextInt(body.types().size()));
      default -> body;
    };
  }

  private Query recursive() {
    SqlType type = SqlType.any(random);
    Query base = select(1, List.of(), List.of(type));
    World.Table table = world.tables().get(random.nextInt(world.tables().size()));
    List<Scope.Column> columns = new ArrayList<>();
    columns.add(new Scope.Column("r", "x0", SqlType.INTEGER));
    columns.add(new Scope.Column("r", "x1", type));
    for (World.Column column : table.columns()) {
      columns.add(new Scope.Column("j", column.name(), column.type()));
    }
    Expr step = expressions.value(type, 1, new Scope(columns, null, List.of()));
    common.add(
        new Relation(
            "w",
            false,
            List.of(new World.Column("x0", SqlType.INTEGER), new World.Column("x1", type))));
    boolean grows = !table.keyed() || type == SqlType.DECIMAL || type == SqlType.TEXT;
    return new Query.Recursive(
        grows || random.nextBoolean() ? "UNION" : "UNION ALL",
        base,
        new TableRef(table.name(), "j"),
        Expr.of(type, "CAST({0} AS " + type.wideSql() + ")", step),
        arranged(select(2, List.of(), types(1 + random.nextInt(3)))));
  }

  /** Rows of a FROM, and a condition over them that splits them in three. */
  record Partition(Select all, Expr condition) {}

  Partition partition() {
    common.clear();
    aliases = 0;
    Source source = source(2);
    Scope scope = new Scope(source.columns(), source.keys(), List.of());
    List<Expr> items = new ArrayList<>();
    for (SqlType type : types(1 + random.nextInt(3))) {
      items.add(expressions.value(type, 1, scope));
    }
    return new Partition(
        new Select(false, items, source.from(), null, null, "", null),
        expressions.predicate(3, scope));
  }

  private Query body() {
    List<SqlType> types = types(1 + random.nextInt(4));
    Query query = select(3, List.of(), types);
    if (random.nextInt(5) == 0) {
      String[] operators = {
        "UNION", "UNION ALL", "INTERSECT", "EXCEPT", "INTERSECT ALL", "EXCEPT ALL"
      };
      query =
          new SetOperation(
              operators[random.nextInt(operators.length)], query, select(2, List.of(), types));
    }
    return query;
  }

  private Query ordered(Query query) {
    String[] keys = {"NULLS FIRST", "NULLS LAST", "DESC NULLS FIRST", "DESC NULLS LAST"};
    List<String> chosen = new ArrayList<>();
    for (int i = 0; i < query.types().size(); i++) {
      chosen.add(keys[random.nextInt(keys.length)]);
    }
    String limit =
        switch (random.nextInt(3)) {
          case 0 -> " LIMIT " + random.nextInt(8);
          case 1 -> " LIMIT " + random.nextInt(8) + " OFFSET " + random.nextInt(5);
          default -> "";
        };
    return new Ordered(query, chosen, limit);
  }

  private List<SqlType> types(int count) {
    List<SqlType> types = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      types.add(SqlType.any(random));
    }
    return types;
  }

  private Select select(int depth, List<Scope.Column> outer, List<SqlType> types) {
    Source source = source(depth);
    Scope scope = new Scope(source.columns(), source.keys(), outer);
    Expr where = random.nextInt(3) > 0 ? expressions.predicate(depth - 1, scope) : null;
    int kind = random.nextInt(10);
    if (kind < 3) {
      return grouped(source.from(), where, scope, types);
    }
    List<Expr> items = new ArrayList<>();
    for (SqlType type : types) {
      boolean window = type == SqlType.BIGINT && outer.isEmpty() && kind < 6;
      items.add(window ? windows.window(scope) : expressions.value(type, depth - 1, scope));
    }
    return new Select(random.nextInt(6) == 0, items, source.from(), where, null, "", null);
  }

  private Select grouped(From from, @Nullable Expr where, Scope scope, List<SqlType> types) {
    List<Expr> groups = new ArrayList<>();
    int count = random.nextInt(4);
    for (int i = 0; i < count; i++) {
      groups.add(scope.columns().get(random.nextInt(scope.columns().size())).expr());
    }
    List<Expr> items = new ArrayList<>();
    for (SqlType type : types) {
      Expr group = groups.stream().filter(expr -> expr.type() == type).findAny().orElse(null);
      items.add(
          group != null && random.nextInt(4) > 0 ? group : expressions.aggregate(type, scope));
    }
    String[] groupings = {
      "GROUP BY {}",
      "GROUP BY {}",
      "GROUP BY {}",
      "GROUP BY ROLLUP ({})",
      "GROUP BY CUBE ({})",
      "GROUP BY GROUPING SETS (({}), ())"
    };
    Expr having =
        random.nextInt(4) == 0
            ? Expr.of(
                BOOLEAN,
                "({0} > {1})",
                expressions.aggregate(SqlType.BIGINT, scope),
                Expr.leaf(SqlType.BIGINT, String.valueOf(random.nextInt(3))))
            : null;
    // A lateral DISTINCT of aggregates over nothing is a row, but not in DuckDB.
    boolean distinct = random.nextInt(8) == 0 && scope.outer().isEmpty();
    return new Select(
        distinct, items, from, where, groups, groupings[random.nextInt(groupings.length)], having);
  }

  /** A FROM, its columns, and what tells its rows apart. */
  private record Source(From from, List<Scope.Column> columns, @Nullable List<Expr> keys) {}

  private Source source(int depth) {
    Source source = relation(depth, List.of());
    int joins = random.nextInt(10) < 5 ? 0 : 1 + random.nextInt(2);
    for (int i = 0; i < joins; i++) {
      source = joined(source, depth);
    }
    return source;
  }

  private Source joined(Source left, int depth) {
    String[] kinds = {
      "JOIN", "JOIN", "LEFT JOIN", "LEFT JOIN", "RIGHT JOIN", "FULL JOIN", "CROSS JOIN"
    };
    String kind = kinds[random.nextInt(kinds.length)];
    boolean mayBeLateral = !kind.equals("RIGHT JOIN") && !kind.equals("FULL JOIN");
    Source right =
        relation(depth, mayBeLateral && random.nextInt(8) == 0 ? left.columns() : List.of());
    List<Scope.Column> columns = new ArrayList<>(left.columns());
    columns.addAll(right.columns());
    List<Expr> keys = null;
    if (left.keys() != null && right.keys() != null) {
      keys = new ArrayList<>(left.keys());
      keys.addAll(right.keys());
    }
    if (random.nextInt(6) == 0
        && left.from() instanceof TableRef
        && right.from() instanceof TableRef
        && !kind.equals("CROSS JOIN")
        && has(left, "k")
        && has(right, "k")) {
      return merged(kind, left, right, columns, keys);
    }
    Expr on = kind.equals("CROSS JOIN") ? null : joinCondition(left, right, columns, kind);
    return new Source(new Joined(kind, left.from(), right.from(), on), columns, keys);
  }

  private static boolean has(Source source, String name) {
    return source.columns().stream().anyMatch(column -> column.name().equals(name));
  }

  /** Joined by the column {@code k} of both, or by all columns of the same name. */
  private Source merged(
      String kind,
      Source left,
      Source right,
      List<Scope.Column> columns,
      @Nullable List<Expr> keys) {
    boolean sameTypes =
        left.columns().stream()
            .allMatch(
                one ->
                    right.columns().stream()
                        .noneMatch(
                            other ->
                                one.name().equals(other.name()) && one.type() != other.type()));
    if (sameTypes && random.nextInt(3) == 0) {
      return new Source(
          new Joined("NATURAL " + kind, left.from(), right.from(), null), columns, keys);
    }
    return new Source(
        new Joined(kind, left.from(), right.from(), null, " USING (k)"), columns, keys);
  }

  private Expr joinCondition(Source left, Source right, List<Scope.Column> columns, String kind) {
    List<Expr> equal = new ArrayList<>();
    for (Scope.Column one : left.columns()) {
      for (Scope.Column other : right.columns()) {
        if (one.type() == other.type() && one.type() != BOOLEAN) {
          equal.add(Expr.of(BOOLEAN, "({0} = {1})", one.expr(), other.expr()));
        }
      }
    }
    Scope scope = new Scope(columns, null, List.of());
    if (equal.isEmpty() || (!kind.equals("FULL JOIN") && random.nextInt(6) == 0)) {
      return expressions.predicate(1, scope);
    }
    Expr condition = equal.get(random.nextInt(equal.size()));
    return kind.equals("FULL JOIN") || random.nextInt(3) > 0
        ? condition
        : Expr.of(BOOLEAN, "({0} AND {1})", condition, expressions.predicate(0, scope));
  }

  /**
   * @param lateral columns to its left that it may name; empty if it may not
   */
  private Source relation(int depth, List<Scope.Column> lateral) {
    String alias = "a" + aliases++;
    if (!lateral.isEmpty() || (depth > 1 && random.nextInt(6) == 0)) {
      Select select = select(depth - 2, lateral, types(1 + random.nextInt(3)));
      List<Scope.Column> columns = new ArrayList<>();
      for (SqlType type : select.types()) {
        columns.add(new Scope.Column(alias, "x" + columns.size(), type));
      }
      return new Source(new Derived(select, alias, !lateral.isEmpty()), columns, null);
    }
    Relation relation;
    if (!common.isEmpty() && random.nextInt(3) == 0) {
      relation = common.get(0);
    } else {
      World.Table table = world.tables().get(random.nextInt(world.tables().size()));
      relation = new Relation(table.name(), table.keyed(), table.columns());
    }
    List<Scope.Column> columns =
        relation.columns().stream()
            .map(column -> new Scope.Column(alias, column.name(), column.type()))
            .toList();
    return new Source(
        new TableRef(relation.name(), alias),
        columns,
        relation.keyed() ? List.of(columns.get(0).expr()) : null);
  }

  /** A subquery of one row and one value, correlated more often than not. */
  Expr scalar(SqlType type, Scope scope, int depth) {
    Source source = relation(0, List.of());
    Scope inner = new Scope(source.columns(), source.keys(), scope.all());
    Select select =
        new Select(
            false,
            List.of(expressions.aggregate(type, inner)),
            source.from(),
            random.nextInt(4) > 0 ? correlation(inner, depth) : null,
            null,
            "",
            null);
    return Expr.of(type, "({0})", select);
  }

  Expr subqueryPredicate(Scope scope, int depth) {
    SqlType type = SqlType.any(random);
    Source source = relation(0, List.of());
    Scope inner = new Scope(source.columns(), source.keys(), scope.all());
    Select select =
        new Select(
            false,
            List.of(expressions.value(type, 0, inner.own())),
            source.from(),
            random.nextInt(3) > 0 ? correlation(inner, depth) : null,
            null,
            "",
            null);
    Expr left = expressions.value(type, depth - 1, scope);
    if (random.nextInt(5) == 0) {
      return rowsIn(inner, scope, source, depth);
    }
    return switch (random.nextInt(7)) {
      case 6 ->
          Expr.of(
              BOOLEAN,
              random.nextBoolean() ? "EXISTS ({0})" : "(NOT EXISTS ({0}))",
              select.where(nested(inner)));
      case 0, 1 -> Expr.of(BOOLEAN, "EXISTS ({0})", select);
      case 2 -> Expr.of(BOOLEAN, "(NOT EXISTS ({0}))", select);
      case 3 -> Expr.of(BOOLEAN, "({0} IN ({1}))", left, select);
      case 4 -> Expr.of(BOOLEAN, "({0} NOT IN ({1}))", left, select);
      default ->
          Expr.of(
              BOOLEAN,
              random.nextBoolean() ? "({0} > ALL ({1}))" : "({0} <= ANY ({1}))",
              left,
              select);
    };
  }

  /** A condition with a subquery that names columns of the query two levels up. */
  private Expr nested(Scope inner) {
    Source source = relation(0, List.of());
    Scope innermost = new Scope(source.columns(), source.keys(), inner.all());
    Scope far = new Scope(source.columns(), null, inner.outer());
    Select select =
        new Select(
            false,
            List.of(source.columns().get(0).expr()),
            source.from(),
            Expr.of(BOOLEAN, "({0} AND {1})", correlation(far, 0), correlation(innermost, 0)),
            null,
            "",
            null);
    return Expr.of(BOOLEAN, random.nextBoolean() ? "EXISTS ({0})" : "(NOT EXISTS ({0}))", select);
  }

  /** Two values at once; of DuckDB, which takes NULL in a row for a value, what it means. */
  private Expr rowsIn(Scope inner, Scope scope, Source source, int depth) {
    SqlType one = SqlType.any(random);
    SqlType other = SqlType.any(random);
    Select select =
        new Select(
            false,
            List.of(
                expressions.value(one, 0, inner.own()), expressions.value(other, 0, inner.own())),
            source.from(),
            random.nextInt(3) == 0 ? correlation(inner, depth) : null,
            null,
            "",
            null);
    String not = random.nextBoolean() ? "NOT " : "";
    String ours = "(({0}, {1}) " + not + "IN ({2}))";
    String meaning =
        "("
            + not
            + "(SELECT CASE WHEN COUNT(*) FILTER (WHERE {0} = s.x0 AND {1} = s.x1) > 0 THEN TRUE"
            + " WHEN COUNT(*) FILTER (WHERE ({0} = s.x0 AND {1} = s.x1) IS NULL) > 0 THEN NULL"
            + " ELSE FALSE END FROM ({2}) AS s))";
    return Expr.of(
        BOOLEAN,
        String.join("¦", ours, ours + Features.NOT_H2, meaning),
        expressions.value(one, 0, scope),
        expressions.value(other, 0, scope),
        select);
  }

  private Expr correlation(Scope inner, int depth) {
    List<Expr> equal = new ArrayList<>();
    for (Scope.Column own : inner.columns()) {
      for (Scope.Column outer : inner.outer()) {
        if (own.type() == outer.type()) {
          equal.add(Expr.of(BOOLEAN, "({0} = {1})", own.expr(), outer.expr()));
        }
      }
    }
    if (equal.isEmpty() || random.nextInt(4) == 0) {
      return expressions.predicate(Math.min(depth, 1), inner);
    }
    Expr condition = equal.get(random.nextInt(equal.size()));
    return random.nextInt(3) == 0
        ? Expr.of(BOOLEAN, "({0} AND {1})", condition, expressions.predicate(0, inner))
        : condition;
  }
}
