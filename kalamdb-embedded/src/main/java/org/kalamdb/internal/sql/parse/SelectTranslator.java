package org.kalamdb.internal.sql.parse;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import net.sf.jsqlparser.expression.AllValue;
import net.sf.jsqlparser.expression.Expression;
import net.sf.jsqlparser.expression.Function;
import net.sf.jsqlparser.expression.WindowDefinition;
import net.sf.jsqlparser.expression.operators.relational.ExpressionList;
import net.sf.jsqlparser.expression.operators.relational.ParenthesedExpressionList;
import net.sf.jsqlparser.schema.Column;
import net.sf.jsqlparser.statement.select.Distinct;
import net.sf.jsqlparser.statement.select.ExceptOp;
import net.sf.jsqlparser.statement.select.GroupByElement;
import net.sf.jsqlparser.statement.select.IntersectOp;
import net.sf.jsqlparser.statement.select.LateralSubSelect;
import net.sf.jsqlparser.statement.select.Limit;
import net.sf.jsqlparser.statement.select.ParenthesedSelect;
import net.sf.jsqlparser.statement.select.PlainSelect;
import net.sf.jsqlparser.statement.select.Select;
import net.sf.jsqlparser.statement.select.SelectItem;
import net.sf.jsqlparser.statement.select.SetOperation;
import net.sf.jsqlparser.statement.select.SetOperationList;
import net.sf.jsqlparser.statement.select.TableStatement;
import net.sf.jsqlparser.statement.select.UnionOp;
import net.sf.jsqlparser.statement.select.Values;
import net.sf.jsqlparser.statement.select.WithItem;
import org.jspecify.annotations.Nullable;
import org.kalamdb.error.ErrorCode;

/** JSqlParser's queries to ours. */
final class SelectTranslator {
  /** Query bodies that have a rule in {@link #body}; every other class is refused. */
  static final Set<Class<?>> TRANSLATED =
      Set.of(
          PlainSelect.class,
          SetOperationList.class,
          Values.class,
          ParenthesedSelect.class,
          TableStatement.class);

  /** Set operations that have a rule in {@link #operator}. */
  static final Set<Class<?>> TRANSLATED_OPERATIONS =
      Set.of(UnionOp.class, IntersectOp.class, ExceptOp.class);

  private final Tokens tokens;
  private final NodeReader nodes;
  private final ExpressionTranslator expressions;
  private final CallTranslator calls;
  private final FromTranslator sources;

  SelectTranslator(StatementShape shape) {
    this.tokens = shape.tokens();
    this.nodes = new NodeReader(shape);
    this.expressions = new ExpressionTranslator(shape, this);
    this.calls = new CallTranslator(shape, expressions);
    this.sources = new FromTranslator(shape, this, expressions);
  }

  Query query(Select e) {
    checkClauses(e);
    QueryBody body = body(e);
    List<Query.CommonTable> with = new ArrayList<>();
    boolean recursive = false;
    if (e.getWithItemsList() != null) {
      for (WithItem<?> item : e.getWithItemsList()) {
        recursive |= item.isRecursive();
        with.add(commonTable(item));
      }
    }
    ParsedExpression limit = limit(e);
    ParsedExpression offset =
        e.getOffset() == null ? null : expressions.translate(e.getOffset().getOffset());
    boolean withTies =
        e.getFetch() != null && e.getFetch().getFetchParameters().contains("WITH TIES");
    List<Query.OrderItem> orderBy = calls.orderItems(e.getOrderByElements());
    boolean bare = with.isEmpty() && orderBy.isEmpty() && limit == null && offset == null;
    if (bare && body instanceof QueryBody.Nested nested) {
      return nested.query();
    }
    Position position = with.isEmpty() ? body.position() : with.get(0).name().position();
    return new Query(with, recursive, body, orderBy, limit, offset, withTies, position);
  }

  private @Nullable ParsedExpression limit(Select e) {
    if (e.getFetch() != null) {
      if (e.getLimit() != null) {
        throw tokens.syntaxError(first(e), "either LIMIT or FETCH");
      }
      return e.getFetch().getExpression() == null
          ? new ParsedExpression.NumberLiteral("1", nodes.position(first(e)))
          : notNull(expressions.translate(e.getFetch().getExpression()));
    }
    Limit limit = e.getLimit();
    if (limit == null || limit.getRowCount() == null || limit.getRowCount() instanceof AllValue) {
      return null;
    }
    if (limit.getOffset() != null || limit.getByExpressions() != null) {
      throw nodes
          .position(nodes.firstToken(limit))
          .error(ErrorCode.SYNTAX_ERROR, "LIMIT #,# syntax is not supported")
          .withHint("Use separate LIMIT and OFFSET clauses.");
    }
    return notNull(expressions.translate(limit.getRowCount()));
  }

  private static @Nullable ParsedExpression notNull(ParsedExpression limit) {
    return limit instanceof ParsedExpression.NullLiteral ? null : limit;
  }

  private int first(Select e) {
    return Math.max(0, nodes.firstToken(e));
  }

  private QueryBody body(Select e) {
    if (e instanceof PlainSelect select) {
      return select(select);
    } else if (e instanceof SetOperationList list) {
      return setOperations(list);
    } else if (e instanceof Values values) {
      return values(values);
    } else if (e.getClass() == ParenthesedSelect.class && e instanceof ParenthesedSelect inner) {
      refuse(
          inner.getAlias() != null
              || inner.getPivot() != null
              || inner.getUnPivot() != null
              || inner.getSampleClause() != null,
          e);
      return new QueryBody.Nested(query(inner.getSelect()), nodes.position(first(e)));
    } else if (e instanceof TableStatement table) {
      return table(table);
    }
    throw tokens.unsupported(first(e), "this form of query");
  }

  private QueryBody table(TableStatement e) {
    refuse(e.getSampleClause() != null, e);
    Position position = nodes.position(first(e));
    List<QueryBody.SelectItem> all =
        List.of(new QueryBody.SelectItem(new ParsedExpression.Star(List.of(), position), null));
    return new QueryBody.Select(
        false,
        List.of(),
        all,
        List.of(sources.item(e.getTable())),
        null,
        null,
        null,
        List.of(),
        null,
        position);
  }

  private QueryBody select(PlainSelect e) {
    Distinct distinct = e.getDistinct();
    refuse(distinct != null && (distinct.isUseUnique() || distinct.isUseDistinctRow()), e);
    List<ParsedExpression> distinctOn = new ArrayList<>();
    if (distinct != null && distinct.getOnSelectItems() != null) {
      for (SelectItem<?> item : distinct.getOnSelectItems()) {
        distinctOn.add(expressions.translate(item.getExpression()));
      }
    }
    List<QueryBody.NamedWindow> windows = new ArrayList<>();
    if (e.getWindowDefinitions() != null) {
      for (WindowDefinition window : e.getWindowDefinitions()) {
        int name = nodes.nameToken(window.getWindowName(), first(e));
        windows.add(new QueryBody.NamedWindow(tokens.identifier(name), calls.window(window, name)));
      }
    }
    return new QueryBody.Select(
        distinct != null,
        distinctOn,
        items(e.getSelectItems()),
        e.getFromItem() == null ? List.of() : sources.items(e.getFromItem(), e.getJoins()),
        expressions.translateNullable(e.getWhere()),
        e.getGroupBy() == null ? null : groupBy(e.getGroupBy(), e),
        expressions.translateNullable(e.getHaving()),
        windows,
        expressions.translateNullable(e.getQualify()),
        nodes.position(first(e)));
  }

  List<QueryBody.SelectItem> items(List<SelectItem<?>> items) {
    List<QueryBody.SelectItem> all = new ArrayList<>();
    for (SelectItem<?> item : items) {
      int near = Math.max(0, nodes.firstToken(item));
      all.add(
          new QueryBody.SelectItem(
              expressions.translate(item.getExpression()), nodes.alias(item.getAlias(), near)));
    }
    return all;
  }

  private QueryBody.GroupBy groupBy(GroupByElement e, PlainSelect select) {
    refuse(e.isMysqlWithRollup() || !e.getGroupingSets().isEmpty(), select);
    ExpressionList<?> list = e.getGroupByExpressionList();
    List<QueryBody.GroupingElement> elements = new ArrayList<>();
    if (list instanceof ParenthesedExpressionList<?>) {
      elements.add(new QueryBody.GroupingElement.Simple(expressions.translateAll(list)));
    } else {
      for (Expression element : list) {
        elements.add(groupingElement(element));
      }
    }
    return new QueryBody.GroupBy(false, elements, nodes.position(first(select)));
  }

  private QueryBody.GroupingElement groupingElement(Expression e) {
    if (e instanceof Function call && call.getMultipartName().size() == 1) {
      int token = nodes.nameToken(call.getMultipartName().get(0), nodes.firstToken(call));
      List<? extends Expression> arguments =
          call.getParameters() == null ? List.of() : call.getParameters();
      if (tokens.isWord(token, "rollup")) {
        return new QueryBody.GroupingElement.Rollup(sets(arguments));
      } else if (tokens.isWord(token, "cube")) {
        return new QueryBody.GroupingElement.Cube(sets(arguments));
      } else if (tokens.isWord(token, "grouping") && tokens.isWord(token + 1, "sets")) {
        return new QueryBody.GroupingElement.GroupingSets(
            arguments.stream().map(this::groupingElement).toList());
      }
    }
    return simpleSet(e);
  }

  private List<QueryBody.GroupingElement.Simple> sets(List<? extends Expression> arguments) {
    return arguments.stream().map(this::simpleSet).toList();
  }

  private QueryBody.GroupingElement.Simple simpleSet(Expression e) {
    return new QueryBody.GroupingElement.Simple(
        e instanceof ParenthesedExpressionList<?> list
            ? expressions.translateAll(list)
            : List.of(expressions.translate(e)));
  }

  private QueryBody values(Values e) {
    refuse(
        e.getAlias() != null
            || e.getPivot() != null
            || e.getUnPivot() != null
            || e.getSampleClause() != null,
        e);
    List<List<ParsedExpression>> rows = new ArrayList<>();
    if (e.getExpressions() instanceof ParenthesedExpressionList<?> row) {
      rows.add(expressions.translateAll(row));
    } else {
      for (Expression row : e.getExpressions()) {
        if (!(row instanceof ParenthesedExpressionList<?> list) || list.isEmpty()) {
          throw tokens.syntaxError(Math.max(0, expressions.firstToken(row)), "\"(\"");
        }
        rows.add(expressions.translateAll(list));
      }
    }
    Position position = nodes.position(first(e));
    checkLengths(rows, position);
    return new QueryBody.Values(rows, position);
  }

  static void checkLengths(List<List<ParsedExpression>> rows, Position position) {
    for (List<ParsedExpression> row : rows) {
      if (row.size() != rows.get(0).size() || row.isEmpty()) {
        throw (row.isEmpty() ? position : row.get(0).position())
            .error(ErrorCode.SYNTAX_ERROR, "VALUES lists must all be the same length");
      }
    }
  }

  /** INTERSECT before UNION and EXCEPT, which go from left to right. */
  private QueryBody setOperations(SetOperationList e) {
    refuse(e.getSampleClause() != null, e);
    List<SetOperation> operations = e.getOperations();
    if (operations.size() > ParserLimits.MAX_CHAIN) {
      throw JSqlParserDoor.tooComplex(nodes.position(first(e)));
    }
    List<Query> terms = new ArrayList<>();
    List<SetOperation> between = new ArrayList<>();
    terms.add(query(e.getSelect(0)));
    for (int i = 0; i < operations.size(); i++) {
      Query right = query(e.getSelect(i + 1));
      if (operations.get(i) instanceof IntersectOp) {
        Query left = terms.remove(terms.size() - 1);
        terms.add(Query.of(operation(operations.get(i), left, right)));
      } else {
        between.add(operations.get(i));
        terms.add(right);
      }
    }
    Query left = terms.get(0);
    for (int i = 0; i < between.size(); i++) {
      left = Query.of(operation(between.get(i), left, terms.get(i + 1)));
    }
    return left.body();
  }

  private QueryBody operation(SetOperation e, Query left, Query right) {
    return new QueryBody.SetOperation(operator(e), e.isAll(), left, right, left.position());
  }

  private QueryBody.SetOperator operator(SetOperation e) {
    if (e instanceof UnionOp) {
      return QueryBody.SetOperator.UNION;
    } else if (e instanceof IntersectOp) {
      return QueryBody.SetOperator.INTERSECT;
    } else if (e instanceof ExceptOp) {
      return QueryBody.SetOperator.EXCEPT;
    }
    throw tokens.unsupported(Math.max(0, nodes.firstToken(e)), "this set operation");
  }

  private Query.CommonTable commonTable(WithItem<?> e) {
    int near = e.getStatement() instanceof Select query ? first(query) : 0;
    if (e.getAlias() == null || !(e.getStatement() instanceof ParenthesedSelect select)) {
      throw tokens.unsupported(near, "this form of WITH");
    }
    expressions.refuse(
        e.getSearchClause() != null
            || e.getCycleClause() != null
            || e.getWithFunctionDeclaration() != null,
        near,
        "this clause of WITH");
    List<Identifier> columns = new ArrayList<>();
    if (e.getWithItemList() != null) {
      for (SelectItem<?> item : e.getWithItemList()) {
        if (!(item.getExpression() instanceof Column column) || item.getAlias() != null) {
          throw tokens.syntaxError(Math.max(0, nodes.firstToken(item)));
        }
        columns.add(nodes.columnIdentifier(column));
      }
    }
    return new Query.CommonTable(
        nodes.identifier(e.getAlias().getName(), near),
        columns,
        e.isMaterialized() ? Boolean.valueOf(!e.isUsingNot()) : null,
        query(select));
  }

  private void refuse(boolean present, Select e) {
    expressions.refuse(present, first(e), "a clause of this query");
  }

  /** Clauses of other dialects; the shape lets none of them through, so this is a second lock. */
  private void checkClauses(Select e) {
    refuse(
        e.isOracleSiblings()
            || e.isNoWait()
            || e.getForClause() != null
            || e.getOption() != null
            || e.getInterpolate() != null
            || e.getLimitBy() != null
            || e.getIsolation() != null
            || e.getMySqlProcedureAnalyse() != null
            || e.getForMode() != null
            || e.getForUpdateTable() != null
            || e.getForUpdate() != null
            || e.getWait() != null
            || e.isSkipLocked(),
        e);
    if (e instanceof PlainSelect select) {
      refuse(hasForeignClause(select), e);
    }
  }

  private static boolean hasForeignClause(PlainSelect e) {
    return e.getIntoTables() != null
        || e.getMySqlSelectIntoClause() != null
        || e.getPreWhere() != null
        || e.getLateralViews() != null
        || e.isUsingFinal()
        || e.isUsingOnly()
        || e.isUseWithNoLog()
        || e.getIntoTempTable() != null
        || e.getSettings() != null
        || e.getSampleClause() != null
        || e.getOptimizeFor() != null
        || e.getTop() != null
        || e.getSkip() != null
        || e.getMySqlHintStraightJoin()
        || e.getFirst() != null
        || e.getBigQuerySelectQualifier() != null
        || e.getOracleHierarchical() != null
        || e.getPreferringClause() != null
        || e.getOracleHint() != null
        || e.getForXmlPath() != null
        || e.getKsqlWindow() != null
        || e.isEmitChanges()
        || e.getMySqlSqlCalcFoundRows()
        || e.getMySqlSqlCacheFlag() != null;
  }

  /** A query in FROM, LATERAL or not. */
  Query lateralQuery(LateralSubSelect e) {
    return query(e.getSelect());
  }
}
