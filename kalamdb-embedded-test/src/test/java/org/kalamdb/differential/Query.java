package org.kalamdb.differential;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Rows. */
sealed interface Query extends Node {
  /** Types of its columns, which are named x0, x1, ... */
  List<SqlType> types();

  /**
   * @param groups null without GROUP BY
   * @param grouping {@code GROUP BY {}} or {@code GROUP BY ROLLUP ({})} and the like
   */
  record Select(
      boolean distinct,
      List<Expr> items,
      From from,
      @Nullable Expr where,
      @Nullable List<Expr> groups,
      String grouping,
      @Nullable Expr having)
      implements Query {
    @Override
    public List<SqlType> types() {
      return items.stream().map(Expr::type).toList();
    }

    Select where(@Nullable Expr other) {
      return new Select(distinct, items, from, other, groups, grouping, having);
    }

    Select items(List<Expr> others) {
      return new Select(distinct, others, from, where, groups, grouping, having);
    }

    @Override
    public List<Node> children() {
      List<Node> children = new ArrayList<>(items);
      children.add(from);
      if (where != null) {
        children.add(where);
      }
      if (groups != null) {
        children.addAll(groups);
      }
      if (having != null) {
        children.add(having);
      }
      return children;
    }

    @Override
    public Node withChildren(List<Node> children) {
      int next = 0;
      List<Expr> newItems = new ArrayList<>();
      for (; next < items.size(); next++) {
        newItems.add((Expr) children.get(next));
      }
      From newFrom = (From) children.get(next++);
      Expr newWhere = where == null ? null : (Expr) children.get(next++);
      List<Expr> newGroups = null;
      if (groups != null) {
        newGroups = new ArrayList<>();
        for (int i = 0; i < groups.size(); i++) {
          newGroups.add((Expr) children.get(next++));
        }
      }
      Expr newHaving = having == null ? null : (Expr) children.get(next);
      return new Select(distinct, newItems, newFrom, newWhere, newGroups, grouping, newHaving);
    }

    @Override
    public void render(Dialect dialect, StringBuilder out) {
      out.append(distinct ? "SELECT DISTINCT " : "SELECT ");
      for (int i = 0; i < items.size(); i++) {
        out.append(i == 0 ? "" : ", ");
        items.get(i).render(dialect, out);
        out.append(" AS x").append(i);
      }
      out.append(" FROM ");
      from.render(dialect, out);
      if (where != null) {
        out.append(" WHERE ");
        where.render(dialect, out);
      }
      if (groups != null && !groups.isEmpty()) {
        StringBuilder list = new StringBuilder();
        for (Expr group : groups) {
          list.append(list.isEmpty() ? "" : ", ");
          group.render(dialect, list);
        }
        out.append(' ').append(grouping.replace("{}", list));
      }
      if (having != null) {
        out.append(" HAVING ");
        having.render(dialect, out);
      }
    }
  }

  /**
   * @param operator {@code UNION}, {@code EXCEPT ALL}, ...
   */
  record SetOperation(String operator, Query left, Query right) implements Query {
    @Override
    public List<SqlType> types() {
      return left.types();
    }

    @Override
    public List<Node> children() {
      return List.of(left, right);
    }

    @Override
    public Node withChildren(List<Node> children) {
      return new SetOperation(operator, (Query) children.get(0), (Query) children.get(1));
    }

    @Override
    public void render(Dialect dialect, StringBuilder out) {
      out.append('(');
      left.render(dialect, out);
      out.append(") ").append(operator).append(" (");
      right.render(dialect, out);
      out.append(')');
    }
  }

  /** A common table expression and the query that may name it. */
  record With(String name, Query definition, Query query) implements Query {
    @Override
    public List<SqlType> types() {
      return query.types();
    }

    @Override
    public List<Node> children() {
      return List.of(definition, query);
    }

    @Override
    public Node withChildren(List<Node> children) {
      return new With(name, (Query) children.get(0), (Query) children.get(1));
    }

    @Override
    public void render(Dialect dialect, StringBuilder out) {
      out.append("WITH ").append(name).append(" AS (");
      definition.render(dialect, out);
      out.append(") ");
      query.render(dialect, out);
    }
  }

  /**
   * A recursive common table of a counter and a value, which a body reads.
   *
   * @param base one column, the value; the counter begins at 0
   * @param step the next value, over {@code r.x0}, {@code r.x1} and the table
   * @param table joined with the rows of the round before, by its key and the counter
   */
  record Recursive(String union, Query base, From table, Expr step, Query body) implements Query {
    @Override
    public List<SqlType> types() {
      return body.types();
    }

    @Override
    public List<Node> children() {
      return List.of(base, step, body);
    }

    @Override
    public Node withChildren(List<Node> children) {
      return new Recursive(
          union, (Query) children.get(0), table, (Expr) children.get(1), (Query) children.get(2));
    }

    @Override
    public void render(Dialect dialect, StringBuilder out) {
      out.append("WITH RECURSIVE w(x0, x1) AS (SELECT 0, CAST(b.x0 AS ");
      out.append(step.type().wideSql()).append(") FROM (");
      base.render(dialect, out);
      out.append(") AS b ").append(union).append(" SELECT r.x0 + 1, ");
      step.render(dialect, out);
      out.append(" FROM w AS r LEFT JOIN ");
      table.render(dialect, out);
      // H2's recursive tables, an experiment, give their rows but once where they are read twice.
      out.append(" ON j.k = r.x0 WHERE r.x0 < 3) ").append(Features.NOT_H2).append(' ');
      body.render(dialect, out);
    }
  }

  /**
   * The first row for each of the first columns' values, in the order of all columns.
   *
   * @param keys how many columns
   */
  record DistinctOn(Query query, int keys) implements Query {
    @Override
    public List<SqlType> types() {
      return query.types();
    }

    @Override
    public List<Node> children() {
      return List.of(query);
    }

    @Override
    public Node withChildren(List<Node> children) {
      return new DistinctOn((Query) children.get(0), keys);
    }

    @Override
    public void render(Dialect dialect, StringBuilder out) {
      out.append("SELECT DISTINCT ON (");
      for (int i = 0; i < keys; i++) {
        out.append(i == 0 ? "o.x" : ", o.x").append(i);
      }
      out.append(") * FROM (");
      query.render(dialect, out);
      out.append(") AS o ORDER BY ");
      for (int i = 0; i < query.types().size(); i++) {
        out.append(i == 0 ? "o.x" : ", o.x").append(i).append(" NULLS FIRST");
      }
    }
  }

  /**
   * Ordered by all of its columns, so that only equal rows could change places.
   *
   * @param keys text after each column: {@code DESC NULLS FIRST}
   * @param limit {@code LIMIT 3 OFFSET 1} or nothing
   */
  record Ordered(Query query, List<String> keys, String limit) implements Query {
    private static final Pattern LIMIT = Pattern.compile("LIMIT ([0-9]+)");

    /** The most rows that an answer has. */
    long mostRows() {
      Matcher found = LIMIT.matcher(limit);
      return found.find() ? Long.parseLong(found.group(1)) : Long.MAX_VALUE;
    }

    @Override
    public List<SqlType> types() {
      return query.types();
    }

    @Override
    public List<Node> children() {
      return List.of(query);
    }

    @Override
    public Node withChildren(List<Node> children) {
      return new Ordered((Query) children.get(0), keys, limit);
    }

    @Override
    public void render(Dialect dialect, StringBuilder out) {
      out.append("SELECT * FROM (");
      query.render(dialect, out);
      out.append(") AS o ORDER BY ");
      for (int i = 0; i < query.types().size(); i++) {
        out.append(i == 0 ? "x" : ", x").append(i).append(' ').append(keys.get(i));
      }
      out.append(limit);
    }
  }
}
