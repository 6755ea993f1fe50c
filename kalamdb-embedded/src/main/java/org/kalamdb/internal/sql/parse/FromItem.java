package org.kalamdb.internal.sql.parse;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** A source of rows in FROM, UPDATE ... FROM, DELETE ... USING or MERGE ... USING. */
public sealed interface FromItem {
  Position position();

  /** Calls the one method of {@code visitor} for this form. */
  <R> R accept(Visitor<R> visitor);

  /** One method per form. */
  interface Visitor<R> {
    R visitTable(Table item);

    R visitSubquery(Subquery item);

    R visitFunction(Function item);

    R visitJoin(Join item);
  }

  /**
   * What a source is called in the rest of the query.
   *
   * @param columns new column names, empty if none were written
   */
  record Alias(Identifier name, List<Identifier> columns) {
    public Alias {
      columns = List.copyOf(columns);
    }
  }

  /**
   * A table, view or common table.
   *
   * @param allUsers {@code ALL USERS OF t}: the rows of every user, for privileged sessions
   */
  record Table(ObjectName name, boolean allUsers, @Nullable Alias alias, Position position)
      implements FromItem {
    @Override
    public <R> R accept(Visitor<R> visitor) {
      return visitor.visitTable(this);
    }
  }

  /** {@code [LATERAL] (query) [alias]}; a VALUES list too. */
  record Subquery(Query query, boolean lateral, @Nullable Alias alias, Position position)
      implements FromItem {
    @Override
    public <R> R accept(Visitor<R> visitor) {
      return visitor.visitSubquery(this);
    }
  }

  /**
   * {@code [LATERAL] f(...) [WITH ORDINALITY] [alias]}.
   *
   * @param types of the columns in the alias, where it defines them: {@code AS t(a int, b text)};
   *     else empty
   */
  record Function(
      ParsedExpression.FunctionCall call,
      boolean lateral,
      boolean ordinality,
      @Nullable Alias alias,
      List<TypeName> types,
      Position position)
      implements FromItem {
    public Function {
      types = List.copyOf(types);
    }

    @Override
    public <R> R accept(Visitor<R> visitor) {
      return visitor.visitFunction(this);
    }
  }

  /**
   * {@code left JOIN right}.
   *
   * @param on condition, or null
   * @param using columns of USING, or empty
   * @param usingAlias name of these columns as a table: {@code USING (a) AS j}; or null
   * @param alias of a join in parentheses, or null
   */
  record Join(
      JoinType type,
      boolean natural,
      FromItem left,
      FromItem right,
      @Nullable ParsedExpression on,
      List<Identifier> using,
      @Nullable Identifier usingAlias,
      @Nullable Alias alias,
      Position position)
      implements FromItem {
    public Join {
      using = List.copyOf(using);
    }

    @Override
    public <R> R accept(Visitor<R> visitor) {
      return visitor.visitJoin(this);
    }
  }

  enum JoinType {
    INNER,
    LEFT,
    RIGHT,
    FULL,
    CROSS
  }
}
