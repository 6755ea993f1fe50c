package org.kalamdb.internal.sql.bind;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.kalamdb.error.ErrorCode;
import org.kalamdb.error.KalamException;
import org.kalamdb.internal.catalog.CatalogSnapshot;
import org.kalamdb.internal.expr.Expression;
import org.kalamdb.internal.expr.ExpressionTree;
import org.kalamdb.internal.expr.FunctionRegistry;
import org.kalamdb.internal.expr.TypeRules;
import org.kalamdb.internal.expr.TypeRules.CastContext;
import org.kalamdb.internal.sql.parse.DeleteStatement;
import org.kalamdb.internal.sql.parse.InsertStatement;
import org.kalamdb.internal.sql.parse.MergeStatement;
import org.kalamdb.internal.sql.parse.ParsedExpression;
import org.kalamdb.internal.sql.parse.Position;
import org.kalamdb.internal.sql.parse.Query;
import org.kalamdb.internal.sql.parse.SelectStatement;
import org.kalamdb.internal.sql.parse.SqlParser;
import org.kalamdb.internal.sql.parse.Statement;
import org.kalamdb.internal.sql.parse.SubscribeStatement;
import org.kalamdb.internal.sql.parse.UpdateStatement;
import org.kalamdb.internal.sql.plan.BoundStatement;
import org.kalamdb.internal.sql.plan.BoundStatement.BoundParts;
import org.kalamdb.internal.sql.plan.BoundStatement.BoundQuery;
import org.kalamdb.internal.sql.plan.BoundStatement.BoundSubscription;
import org.kalamdb.internal.sql.plan.LogicalPlan;
import org.kalamdb.internal.sql.plan.PlanColumn;
import org.kalamdb.schema.ColumnSchema;
import org.kalamdb.schema.DataType;
import org.kalamdb.schema.NamespaceId;
import org.kalamdb.schema.Role;
import org.kalamdb.schema.TableId;
import org.kalamdb.schema.TableSchema;

/**
 * Gives parsed statements their meaning: names become tables and columns of one catalog,
 * expressions get types. What PostgreSQL knows and the binder does not is refused with 0A000 and
 * its place. Thread-safe.
 */
public final class Binder {
  private final CatalogSnapshot catalog;
  private final FunctionRegistry functions;
  private final BindingContext context;

  public Binder(CatalogSnapshot catalog, FunctionRegistry functions, BindingContext context) {
    this.catalog = catalog;
    this.functions = functions;
    this.context = context;
  }

  private StatementBinding newBinding() {
    return new StatementBinding(catalog, functions, context);
  }

  /** A statement that reads or writes rows. */
  public BoundStatement bind(Statement statement) {
    if (statement instanceof SelectStatement select) {
      return WithClause.writes(select.query().with())
          ? bindParts(select.query())
          : bindQuery(select.query());
    }
    if (statement instanceof InsertStatement
        || statement instanceof UpdateStatement
        || statement instanceof DeleteStatement
        || statement instanceof MergeStatement) {
      return new WriteBinder(newBinding(), null).bindWhole(statement);
    }
    if (statement instanceof SubscribeStatement subscribe) {
      return bindQuery(subscribe.query());
    }
    String name = statement.getClass().getSimpleName().replace("Statement", "");
    throw statement
        .position()
        .error(
            ErrorCode.FEATURE_NOT_SUPPORTED,
            name.toUpperCase(java.util.Locale.ROOT) + " is not supported here");
  }

  /** A query whose WITH writes. */
  private BoundParts bindParts(Query query) {
    StatementBinding binding = newBinding();
    WithClause with = WithClause.bind(query.with(), query.recursive(), binding, null);
    LogicalPlan plan = new QueryBinder(binding, null, CommonTables.NONE).bind(query, with);
    List<DataType> types = binding.parameters().finish();
    return new BoundParts(with.parts(), new BoundQuery(plan, types), types);
  }

  public BoundQuery bindQuery(Query query) {
    StatementBinding binding = newBinding();
    LogicalPlan plan = new QueryBinder(binding, null, CommonTables.NONE).bind(query);
    return new BoundQuery(plan, binding.parameters().finish());
  }

  /**
   * What a query puts out and reads, for a view.
   *
   * @param reads tables and views that the query names itself
   */
  public record BoundView(List<PlanColumn> columns, List<TableId> reads) {}

  /** The query of a view, which takes no parameters. */
  public BoundView bindView(Query query) {
    StatementBinding binding = newBinding();
    LogicalPlan plan = new QueryBinder(binding, null, CommonTables.NONE).bind(query);
    if (!binding.parameters().finish().isEmpty()) {
      throw query
          .position()
          .error(ErrorCode.UNDEFINED_PARAMETER, "there is no parameter $1")
          .withHint("A view takes no parameters.");
    }
    return new BoundView(plan.columns(), binding.reads());
  }

  /**
   * A live query that is columns and a filter of one table; null if it is another one, which is
   * bound as {@link #bindQuery any query}.
   */
  public @Nullable BoundSubscription bindSubscription(Query query) {
    return new SubscriptionBinder(newBinding()).bind(query);
  }

  /** A binder for the expressions that tables keep: no tables, no session. */
  public static Binder ofStoredExpressions() {
    return new Binder(
        CatalogSnapshot.of(0, List.of()),
        FunctionRegistry.instance(),
        new BindingContext(new SearchPath(NamespaceId.DEFAULT, null), null, Role.DBA));
  }

  /**
   * The DEFAULT of a column, coerced to its type.
   *
   * @param sql the stored text
   * @throws KalamException 42883 for an unknown function, 42804 for a type that does not fit
   */
  public Expression bindDefault(String sql, ColumnSchema column) {
    return bindDefault(SqlParser.parseExpression(sql), column);
  }

  /** The same of a parsed text. */
  public Expression bindDefault(ParsedExpression parsed, ColumnSchema column) {
    return bindDefault(newBinding(), parsed, column);
  }

  static Expression bindDefault(
      StatementBinding binding, ParsedExpression parsed, ColumnSchema column) {
    Expression bound = new ExpressionBinder(binding, Scope.EMPTY, Clause.DEFAULT).bind(parsed);
    return assigned(bound, column, "default expression", parsed.position());
  }

  private static Expression assigned(
      Expression bound, ColumnSchema column, String what, Position position) {
    if (!TypeRules.canCast(bound.type().kind(), column.type().kind(), CastContext.ASSIGNMENT)) {
      throw position
          .error(
              ErrorCode.DATATYPE_MISMATCH,
              "column \""
                  + column.name()
                  + "\" is of type "
                  + TypeRules.sqlName(column.type())
                  + " but "
                  + what
                  + " is of type "
                  + TypeRules.sqlName(bound.type()))
          .withHint("You will need to rewrite or cast the expression.");
    }
    try {
      return TypeRules.coerce(bound, column.type(), CastContext.ASSIGNMENT);
    } catch (KalamException e) {
      if (bound.type().kind() == DataType.Kind.UNKNOWN || !e.sqlState().startsWith("22")) {
        throw e;
      }
      // A value that does not fit is an error of the row that takes it, not of the table.
      return new Expression.Cast(bound, column.type(), true);
    }
  }

  /**
   * A CHECK condition over the row layout: all columns in declared order, {@code _seq}, {@code
   * _deleted}. It may name the columns alone.
   */
  public Expression bindCheck(String sql, TableSchema schema) {
    return overRow(schema, Clause.CHECK).bindCondition(SqlParser.parseExpression(sql));
  }

  /** The same of a parsed text, which may name the columns with their table before them. */
  public Expression bindCheck(ParsedExpression parsed, TableSchema schema, TableId table) {
    Scope.Relation relation = new Scope.Relation(0, table.name(), table);
    return overRow(schema, Clause.CHECK, relation).bindCondition(parsed);
  }

  /**
   * The expression of a generated column over the row layout, coerced to the column's type. It may
   * name columns that are not generated.
   *
   * @throws KalamException 42P17 if it names a generated one or may change by itself
   */
  public Expression bindGenerated(
      ParsedExpression parsed, ColumnSchema column, TableSchema schema) {
    ExpressionBinder binder = overRow(schema, Clause.GENERATED);
    Expression bound = binder.bind(parsed);
    for (Expression.Column used : columnsIn(bound)) {
      if (schema.column(used.index()).generatedSql() != null) {
        Position position = binder.positionOf(used);
        throw (position == null ? parsed.position() : position)
            .error(
                ErrorCode.INVALID_OBJECT_DEFINITION,
                "cannot use generated column \""
                    + used.name()
                    + "\" in column generation expression");
      }
    }
    Expression coerced = assigned(bound, column, "generation expression", parsed.position());
    if (!ExpressionTree.isImmutable(coerced)) {
      throw parsed
          .position()
          .error(ErrorCode.INVALID_OBJECT_DEFINITION, "generation expression is not immutable");
    }
    return coerced;
  }

  /**
   * What gives a column of a new type its values, over the row layout of before.
   *
   * @param parsed as written with USING; null: the old values, if they may be assigned
   * @throws KalamException 42804 if they are of a type that cannot be assigned
   */
  public Expression bindNewType(
      @Nullable ParsedExpression parsed, TableSchema before, ColumnSchema column, Position place) {
    if (parsed != null) {
      Expression bound = overRow(before, Clause.ALTER_TYPE).bind(parsed);
      return assigned(bound, column, "USING expression", parsed.position());
    }
    int position = before.positionOf(column.id());
    DataType from = before.column(position).type();
    if (!TypeRules.canCast(from.kind(), column.type().kind(), CastContext.ASSIGNMENT)) {
      throw place
          .error(
              ErrorCode.DATATYPE_MISMATCH,
              "column \""
                  + column.name()
                  + "\" cannot be cast automatically to type "
                  + TypeRules.sqlName(column.type()))
          .withHint("You might need to specify \"USING " + column.name() + "::type\".");
    }
    return TypeRules.coerce(
        new Expression.Column(position, from, column.name()),
        column.type(),
        CastContext.ASSIGNMENT);
  }

  /**
   * The text of a CHECK or generated column with another name for one of the columns.
   *
   * @param column position in the schema, which has the old name still
   */
  public String renamed(String sql, TableSchema schema, int column, String newName) {
    ExpressionBinder binder = overRow(schema, Clause.CHECK);
    List<Position> places = new ArrayList<>();
    for (Expression.Column used : columnsIn(binder.bind(SqlParser.parseExpression(sql)))) {
      Position place = used.index() == column ? binder.positionOf(used) : null;
      if (place != null && !places.contains(place)) {
        places.add(place);
      }
    }
    return SqlParser.replaceNames(sql, places, newName);
  }

  private ExpressionBinder overRow(TableSchema schema, Clause clause) {
    return overRow(schema, clause, null);
  }

  private ExpressionBinder overRow(
      TableSchema schema, Clause clause, Scope.@Nullable Relation relation) {
    List<Scope.Entry> entries = new ArrayList<>();
    for (ColumnSchema column : schema.columns()) {
      PlanColumn plan =
          new PlanColumn(column.name(), column.type(), null, column.name(), column.nullable());
      entries.add(new Scope.Entry(relation, column.name(), entries.size(), plan, true, true, true));
    }
    return new ExpressionBinder(newBinding(), new Scope(entries), clause);
  }

  private static List<Expression.Column> columnsIn(Expression expression) {
    List<Expression.Column> columns = new ArrayList<>();
    if (expression instanceof Expression.Column column) {
      columns.add(column);
    }
    for (Expression child : ExpressionTree.children(expression)) {
      columns.addAll(columnsIn(child));
    }
    return columns;
  }
}
