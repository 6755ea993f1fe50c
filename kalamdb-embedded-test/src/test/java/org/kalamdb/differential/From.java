package org.kalamdb.differential;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What rows come from. */
sealed interface From extends Node {
  record TableRef(String table, String alias) implements From {
    @Override
    public List<Node> children() {
      return List.of();
    }

    @Override
    public Node withChildren(List<Node> children) {
      return this;
    }

    @Override
    public void render(Dialect dialect, StringBuilder out) {
      out.append(table).append(" AS ").append(alias);
    }
  }

  record Derived(Query query, String alias, boolean lateral) implements From {
    @Override
    public List<Node> children() {
      return List.of(query);
    }

    @Override
    public Node withChildren(List<Node> children) {
      return new Derived((Query) children.get(0), alias, lateral);
    }

    @Override
    public void render(Dialect dialect, StringBuilder out) {
      out.append(lateral ? "LATERAL (" : "(");
      query.render(dialect, out);
      out.append(") AS ").append(alias);
    }
  }

  /**
   * @param kind {@code JOIN}, {@code LEFT JOIN}, {@code CROSS JOIN}, {@code NATURAL JOIN}, ...
   * @param using {@code USING (k)} or nothing
   */
  record Joined(String kind, From left, From right, @Nullable Expr on, String using)
      implements From {
    Joined(String kind, From left, From right, @Nullable Expr on) {
      this(kind, left, right, on, "");
    }

    @Override
    public List<Node> children() {
      List<Node> children = new ArrayList<>(List.of(left, right));
      if (on != null) {
        children.add(on);
      }
      return children;
    }

    @Override
    public Node withChildren(List<Node> children) {
      return new Joined(
          kind,
          (From) children.get(0),
          (From) children.get(1),
          on == null ? null : (Expr) children.get(2),
          using);
    }

    @Override
    public void render(Dialect dialect, StringBuilder out) {
      left.render(dialect, out);
      out.append(' ').append(kind).append(' ');
      right.render(dialect, out);
      if (on != null) {
        out.append(" ON ");
        on.render(dialect, out);
      }
      out.append(using);
    }
  }
}
