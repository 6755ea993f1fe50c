package org.kalamdb.differential;

import java.util.List;

/**
 * A value: a text with places {@code {0}}, {@code {1}}, ... for its children.
 *
 * @param template for KalamDB and DuckDB, {@code ¦} before what H2 wants if that differs, and again
 *     before what DuckDB wants
 */
record Expr(SqlType type, String template, List<Node> children) implements Node {
  static Expr of(SqlType type, String template, Node... children) {
    return new Expr(type, template, List.of(children));
  }

  static Expr leaf(SqlType type, String text) {
    return new Expr(type, text, List.of());
  }

  static Expr nothing(SqlType type) {
    return leaf(type, "CAST(NULL AS " + type.sql() + ")");
  }

  @Override
  public Expr withChildren(List<Node> others) {
    return new Expr(type, template, others);
  }

  @Override
  public void render(Dialect dialect, StringBuilder out) {
    String[] forms = template.split("¦", -1);
    String text =
        switch (dialect) {
          case KALAMDB -> forms[0];
          case H2 -> forms[Math.min(1, forms.length - 1)];
          case DUCKDB -> forms.length > 2 ? forms[2] : forms[0];
        };
    int from = 0;
    for (int open = text.indexOf('{'); open >= 0; open = text.indexOf('{', open + 1)) {
      if (text.startsWith("}", open + 2) && Character.isDigit(text.charAt(open + 1))) {
        out.append(text, from, open);
        children.get(text.charAt(open + 1) - '0').render(dialect, out);
        from = open + 3;
      }
    }
    out.append(text, from, text.length());
  }
}
