package org.kalamdb.internal.sql.bind;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.kalamdb.error.ErrorCode;
import org.kalamdb.error.KalamException;
import org.kalamdb.internal.catalog.TableDefinition;
import org.kalamdb.internal.expr.Expression;
import org.kalamdb.internal.expr.Expression.Literal;
import org.kalamdb.internal.expr.TypeRules;
import org.kalamdb.internal.expr.TypeRules.CastContext;
import org.kalamdb.internal.sql.parse.Assignment;
import org.kalamdb.internal.sql.parse.Identifier;
import org.kalamdb.internal.sql.parse.Overriding;
import org.kalamdb.internal.sql.parse.ParsedExpression;
import org.kalamdb.internal.sql.parse.Position;
import org.kalamdb.internal.sql.parse.SqlParser;
import org.kalamdb.internal.storage.SystemColumn;
import org.kalamdb.schema.ColumnSchema;

/** Binds what a statement gives to columns of a table: which column, and the value in its type. */
final class ColumnAssignments {
  private final StatementBinding statement;
  private final TableDefinition table;

  ColumnAssignments(StatementBinding statement, TableDefinition table) {
    this.statement = statement;
    this.table = table;
  }

  /**
   * Assignments of SET.
   *
   * @param columns positions in the schema, no two alike
   * @param values for each column, coerced
   */
  record Bound(List<Integer> columns, List<Expression> values) {
    Bound {
      columns = List.copyOf(columns);
      values = List.copyOf(values);
    }
  }

  /** Position of a column that a statement may set. */
  int writable(Identifier name) {
    for (SystemColumn system : SystemColumn.values()) {
      if (system.columnName().equals(name.name())) {
        throw name.position()
            .error(
                ErrorCode.FEATURE_NOT_SUPPORTED,
                "cannot assign to system column \"" + name.name() + "\"");
      }
    }
    int column = table.schema().indexOf(name.name());
    if (column < 0 || column >= table.schema().visibleColumns()) {
      KalamException error =
          name.position()
              .error(
                  ErrorCode.UNDEFINED_COLUMN,
                  "column \""
                      + name.name()
                      + "\" of relation \""
                      + table.id().name()
                      + "\" does not exist");
      String near =
          Suggestions.nearest(
              name.name(),
              table.schema().columns().subList(0, table.schema().visibleColumns()).stream()
                  .map(ColumnSchema::name)
                  .toList());
      throw near == null ? error : error.withHint("Perhaps you meant the column \"" + near + "\".");
    }
    return column;
  }

  /** Positions of the named columns; all shown ones if none are named. */
  List<Integer> targets(List<Identifier> names) {
    List<Integer> targets = new ArrayList<>();
    if (names.isEmpty()) {
      for (int i = 0; i < table.schema().visibleColumns(); i++) {
        targets.add(i);
      }
      return targets;
    }
    for (Identifier name : names) {
      int column = writable(name);
      if (targets.contains(column)) {
        throw name.position()
            .error(
                ErrorCode.DUPLICATE_COLUMN,
                "column \"" + name.name() + "\" specified more than once");
      }
      targets.add(column);
    }
    return targets;
  }

  /**
   * The value of a column to insert; null if the column gets its own all the same.
   *
   * @throws KalamException 428C9 for a column that takes none
   */
  @Nullable Expression inserted(
      Expression value, int index, @Nullable Overriding overriding, Position position) {
    ColumnSchema column = table.schema().column(index);
    if (isLeftOut(index, overriding)) {
      return null;
    }
    boolean identity = column.identity() != ColumnSchema.Identity.NONE;
    if (!column.isWritable() && !(identity && overriding == Overriding.SYSTEM)) {
      KalamException error =
          position.error(
              ErrorCode.GENERATED_ALWAYS,
              "cannot insert a non-DEFAULT value into column \"" + column.name() + "\"");
      throw identity ? error.withHint("Use OVERRIDING SYSTEM VALUE to override.") : error;
    }
    return assigned(value, index, position);
  }

  /** Whether values for the column are left out. */
  boolean isLeftOut(int index, @Nullable Overriding overriding) {
    return overriding == Overriding.USER
        && table.schema().column(index).identity() != ColumnSchema.Identity.NONE;
  }

  /** The value as one of the column, as assignment allows. */
  Expression assigned(Expression value, int index, Position position) {
    ColumnSchema column = table.schema().column(index);
    if (!TypeRules.canCast(value.type().kind(), column.type().kind(), CastContext.ASSIGNMENT)) {
      throw position
          .error(
              ErrorCode.DATATYPE_MISMATCH,
              "column \""
                  + column.name()
                  + "\" is of type "
                  + TypeRules.sqlName(column.type())
                  + " but expression is of type "
                  + TypeRules.sqlName(value.type()))
          .withHint("You will need to rewrite or cast the expression.");
    }
    try {
      Expression coerced = TypeRules.coerce(value, column.type(), CastContext.ASSIGNMENT);
      statement.parameters().note(coerced);
      return coerced;
    } catch (KalamException e) {
      throw e.at(position.line(), position.column());
    }
  }

  /** The assignments of a SET, their values over what {@code binder} binds names to. */
  Bound bind(List<Assignment> assignments, ExpressionBinder binder) {
    List<Integer> columns = new ArrayList<>();
    List<Expression> values = new ArrayList<>();
    Set<Integer> seen = new HashSet<>();
    for (Assignment assignment : assignments) {
      for (Identifier name : assignment.columns()) {
        int index = writable(name);
        if (!seen.add(index)) {
          throw name.position()
              .error(
                  ErrorCode.SYNTAX_ERROR,
                  "multiple assignments to same column \"" + name.name() + "\"");
        }
        columns.add(index);
      }
      addValues(assignment, columns, values, binder);
    }
    return new Bound(columns, values);
  }

  private void addValues(
      Assignment assignment,
      List<Integer> columns,
      List<Expression> values,
      ExpressionBinder binder) {
    int width = assignment.columns().size();
    int first = columns.size() - width;
    ParsedExpression value = assignment.value();
    if (width > 1 && value instanceof ParsedExpression.ScalarSubquery subquery) {
      for (Identifier name : assignment.columns()) {
        requireUpdatable(columns.get(first + assignment.columns().indexOf(name)), name);
      }
      for (Expression item : binder.bindRowSubquery(subquery, width)) {
        values.add(assigned(item, columns.get(values.size()), value.position()));
      }
      return;
    }
    for (ParsedExpression item : items(assignment)) {
      int column = columns.get(values.size());
      if (!(item instanceof ParsedExpression.DefaultValue)) {
        requireUpdatable(column, assignment.columns().get(values.size() - first));
      }
      values.add(
          item instanceof ParsedExpression.DefaultValue
              ? defaultOf(column)
              : assigned(binder.bind(item), column, item.position()));
    }
  }

  private void requireUpdatable(int index, Identifier name) {
    if (!table.schema().column(index).isWritable()) {
      throw name.position()
          .error(
              ErrorCode.GENERATED_ALWAYS,
              "column \"" + name.name() + "\" can only be updated to DEFAULT");
    }
  }

  private static List<ParsedExpression> items(Assignment assignment) {
    int width = assignment.columns().size();
    if (!(assignment.value() instanceof ParsedExpression.RowValue row)) {
      if (width == 1) {
        return List.of(assignment.value());
      }
      throw assignment
          .value()
          .position()
          .error(
              ErrorCode.FEATURE_NOT_SUPPORTED,
              "source for a multiple-column UPDATE item must be a sub-SELECT or ROW() expression");
    }
    if (row.items().size() != width) {
      throw row.position()
          .error(ErrorCode.SYNTAX_ERROR, "number of columns does not match number of values");
    }
    return row.items();
  }

  private Expression defaultOf(int index) {
    ColumnSchema column = table.schema().column(index);
    return column.defaultSql() == null
        ? new Literal(null, column.type())
        : Binder.bindDefault(statement, SqlParser.parseExpression(column.defaultSql()), column);
  }
}
