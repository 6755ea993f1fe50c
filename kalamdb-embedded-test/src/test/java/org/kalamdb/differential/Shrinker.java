package org.kalamdb.differential;

import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import org.kalamdb.differential.Judge.Verdict;
import org.kalamdb.differential.Query.Select;

/** Makes a query that is disagreed about, and its data, as small as it gets in some tries. */
final class Shrinker {
  private static final int TRIES = 1_500;

  private World world;
  private Query query;
  private final boolean failed;
  private int tries;

  private Shrinker(World world, Query query, boolean failed) {
    this.world = world;
    this.query = query;
    this.failed = failed;
  }

  /**
   * The report of the smallest disagreement found.
   *
   * @param failed whether our answer is an error: another kind of disagreement is another defect
   */
  static String shrink(World world, Query query, boolean failed) throws SQLException {
    Shrinker shrinker = new Shrinker(world, query, failed);
    boolean smaller = true;
    while (smaller && shrinker.tries < TRIES) {
      smaller = shrinker.shrinkQuery();
      smaller |= shrinker.shrinkRows();
    }
    try (Judge judge = new Judge(shrinker.world)) {
      return String.join(";\n", shrinker.world.script())
          + ";\n"
          + judge.hear(shrinker.query).report();
    }
  }

  private boolean shrinkQuery() throws SQLException {
    boolean smaller = false;
    try (Judge judge = new Judge(world)) {
      boolean again = true;
      while (again && tries < TRIES) {
        again = false;
        for (Node candidate : smaller(query)) {
          if (candidate instanceof Query other && isDisagreement(judge, other)) {
            query = other;
            again = true;
            smaller = true;
            break;
          }
        }
      }
    }
    return smaller;
  }

  private boolean isDisagreement(Judge judge, Query candidate) {
    tries++;
    Judge.Hearing hearing = judge.hear(candidate);
    return hearing.verdict() == Verdict.DISAGREED && hearing.failed() == failed;
  }

  private boolean shrinkRows() throws SQLException {
    boolean smaller = false;
    for (int table = 0; table < world.tables().size(); table++) {
      int step = Math.max(1, world.tables().get(table).rows().size() / 2);
      while (step > 0 && tries < TRIES) {
        boolean found = false;
        List<List<String>> rows = world.tables().get(table).rows();
        for (int from = 0; from < rows.size() && !found; from += step) {
          List<List<String>> fewer = new ArrayList<>(rows.subList(0, from));
          fewer.addAll(rows.subList(Math.min(rows.size(), from + step), rows.size()));
          World other = world.with(table, fewer);
          try (Judge judge = new Judge(other)) {
            if (isDisagreement(judge, query)) {
              world = other;
              found = true;
              smaller = true;
            }
          }
        }
        step = found ? Math.min(step, world.tables().get(table).rows().size()) : step / 2;
      }
    }
    return smaller;
  }

  /** Nodes that are the given one with a part left out or put in place of its parent. */
  private static List<Node> smaller(Node node) {
    List<Node> candidates = new ArrayList<>(replacements(node));
    List<Node> children = node.children();
    for (int i = 0; i < children.size(); i++) {
      for (Node child : smaller(children.get(i))) {
        List<Node> others = new ArrayList<>(children);
        others.set(i, child);
        try {
          candidates.add(node.withChildren(others));
        } catch (ClassCastException unfit) {
          continue;
        }
      }
    }
    return candidates;
  }

  private static List<Node> replacements(Node node) {
    List<Node> others = new ArrayList<>();
    if (node instanceof Select select) {
      if (select.where() != null) {
        others.add(select.where(null));
      }
      for (int i = 0; select.items().size() > 1 && i < select.items().size(); i++) {
        List<Expr> fewer = new ArrayList<>(select.items());
        fewer.remove(i);
        others.add(select.items(fewer));
      }
      if (select.having() != null) {
        others.add(
            new Select(
                select.distinct(),
                select.items(),
                select.from(),
                select.where(),
                select.groups(),
                select.grouping(),
                null));
      }
      if (select.groups() != null) {
        for (int i = 0; i < select.groups().size(); i++) {
          List<Expr> fewer = new ArrayList<>(select.groups());
          fewer.remove(i);
          others.add(
              new Select(
                  select.distinct(),
                  select.items(),
                  select.from(),
                  select.where(),
                  fewer,
                  select.grouping(),
                  select.having()));
        }
      }
      if (select.distinct()) {
        others.add(
            new Select(
                false,
                select.items(),
                select.from(),
                select.where(),
                select.groups(),
                select.grouping(),
                select.having()));
      }
    } else if (node instanceof Query) {
      others.addAll(node.children());
    } else if (node instanceof From.Joined joined) {
      others.add(joined.left());
      others.add(joined.right());
    } else if (node instanceof Expr expr && !expr.children().isEmpty()) {
      for (Node child : expr.children()) {
        if (child instanceof Expr inner && inner.type() == expr.type()) {
          others.add(child);
        }
      }
      others.add(Expr.nothing(expr.type()));
      if (expr.type() == SqlType.BOOLEAN) {
        others.add(Expr.leaf(SqlType.BOOLEAN, "TRUE"));
        others.add(Expr.leaf(SqlType.BOOLEAN, "FALSE"));
      }
    }
    return others;
  }
}
