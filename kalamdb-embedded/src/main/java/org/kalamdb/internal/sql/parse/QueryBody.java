package org.kalamdb.internal.sql.parse;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** What produces the rows of a {@link Query}. */
public sealed interface QueryBody {
  Position position();

  /** Calls the one method of {@code visitor} for this form. */
  <R> R accept(Visitor<R> visitor);

  /** One method per form. */
  interface Visitor<R> {
    R visitSelect(Select body);

    R visitSetOperation(SetOperation body);

    R visitValues(Values body);

    R visitNested(Nested body);

    R visitWrite(Write body);
  }

  /**
   * SELECT.
   *
   * @param distinct DISTINCT or DISTINCT ON
   * @param distinctOn expressions of DISTINCT ON, else empty
   * @param items select list; empty for {@code SELECT FROM t}
   * @param from comma-separated items, each perhaps a tree of joins; empty without FROM
   * @param groupBy null without GROUP BY
   * @param windows named windows in written order
   * @param qualify condition on window results, or null
   */
  record Select(
      boolean distinct,
      List<ParsedExpression> distinctOn,
      List<SelectItem> items,
      List<FromItem> from,
      @Nullable ParsedExpression where,
      @Nullable GroupBy groupBy,
      @Nullable ParsedExpression having,
      List<NamedWindow> windows,
      @Nullable ParsedExpression qualify,
      Position position)
      implements QueryBody {
    public Select {
      distinctOn = List.copyOf(distinctOn);
      items = List.copyOf(items);
      from = List.copyOf(from);
      windows = List.copyOf(windows);
    }

    @Override
    public <R> R accept(Visitor<R> visitor) {
      return visitor.visitSelect(this);
    }
  }

  /**
   * {@code left UNION|INTERSECT|EXCEPT [ALL] right}; INTERSECT binds tighter, already in the tree.
   */
  record SetOperation(SetOperator operator, boolean all, Query left, Query right, Position position)
      implements QueryBody {
    @Override
    public <R> R accept(Visitor<R> visitor) {
      return visitor.visitSetOperation(this);
    }
  }

  enum SetOperator {
    UNION,
    INTERSECT,
    EXCEPT
  }

  /** VALUES; all rows have the same number of items. */
  record Values(List<List<ParsedExpression>> rows, Position position) implements QueryBody {
    public Values {
      rows = List.copyOf(rows);
    }

    @Override
    public <R> R accept(Visitor<R> visitor) {
      return visitor.visitValues(this);
    }
  }

  /** A whole query in parentheses, with an ORDER BY or LIMIT of its own. */
  record Nested(Query query, Position position) implements QueryBody {
    @Override
    public <R> R accept(Visitor<R> visitor) {
      return visitor.visitNested(this);
    }
  }

  /** INSERT, UPDATE, DELETE or MERGE in a WITH list; its rows are those of its RETURNING. */
  record Write(Statement statement, Position position) implements QueryBody {
    @Override
    public <R> R accept(Visitor<R> visitor) {
      return visitor.visitWrite(this);
    }
  }

  /**
   * One item of a select list or of RETURNING.
   *
   * @param value may be a {@link ParsedExpression.Star}
   * @param alias output name as written, or null
   */
  record SelectItem(ParsedExpression value, @Nullable Identifier alias) {}

  /** {@code WINDOW name AS (...)}. */
  record NamedWindow(Identifier name, WindowSpecification window) {}

  /** GROUP BY; the cross product of its elements. A whole number literal is an ordinal. */
  record GroupBy(boolean distinct, List<GroupingElement> elements, Position position) {
    public GroupBy {
      elements = List.copyOf(elements);
    }
  }

  /** One element of a GROUP BY. */
  sealed interface GroupingElement {
    /** A set of expressions grouped together: {@code a}, {@code (a, b)} or {@code ()}. */
    record Simple(List<ParsedExpression> expressions) implements GroupingElement {
      public Simple {
        expressions = List.copyOf(expressions);
      }
    }

    record Rollup(List<Simple> sets) implements GroupingElement {
      public Rollup {
        sets = List.copyOf(sets);
      }
    }

    record Cube(List<Simple> sets) implements GroupingElement {
      public Cube {
        sets = List.copyOf(sets);
      }
    }

    record GroupingSets(List<GroupingElement> sets) implements GroupingElement {
      public GroupingSets {
        sets = List.copyOf(sets);
      }
    }
  }
}
