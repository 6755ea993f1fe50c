package org.kalamdb.internal.sql.parse;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Set;
import net.sf.jsqlparser.expression.Expression;
import net.sf.jsqlparser.parser.ASTNodeAccess;
import net.sf.jsqlparser.schema.Column;
import net.sf.jsqlparser.schema.Table;
import net.sf.jsqlparser.statement.select.Join;
import net.sf.jsqlparser.statement.select.LateralSubSelect;
import net.sf.jsqlparser.statement.select.ParenthesedFromItem;
import net.sf.jsqlparser.statement.select.ParenthesedSelect;
import net.sf.jsqlparser.statement.select.TableFunction;
import net.sf.jsqlparser.statement.select.Values;
import org.jspecify.annotations.Nullable;

/** JSqlParser's FROM items and joins to ours. */
final class FromTranslator {
  /** Classes that have a rule in {@link #item}; every other one is refused. */
  static final Set<Class<?>> TRANSLATED =
      Set.of(
          Table.class,
          ParenthesedSelect.class,
          LateralSubSelect.class,
          TableFunction.class,
          ParenthesedFromItem.class);

  private final Tokens tokens;
  private final StatementShape shape;
  private final NodeReader nodes;
  private final SelectTranslator selects;
  private final ExpressionTranslator expressions;

  FromTranslator(StatementShape shape, SelectTranslator selects, ExpressionTranslator expressions) {
    this.tokens = shape.tokens();
    this.shape = shape;
    this.nodes = new NodeReader(shape);
    this.selects = selects;
    this.expressions = expressions;
  }

  /** Items parted by commas; joins are folded into trees. */
  List<FromItem> items(
      net.sf.jsqlparser.statement.select.FromItem first, @Nullable List<Join> joins) {
    List<FromItem> items = new ArrayList<>();
    Deque<FromItem> operands = new ArrayDeque<>();
    Deque<Join> open = new ArrayDeque<>();
    operands.push(item(first));
    if (joins != null) {
      if (joins.size() > ParserLimits.MAX_CHAIN) {
        throw JSqlParserDoor.tooComplex(nodes.position(near(joins.get(0))));
      }
      for (Join join : joins) {
        checkJoin(join);
        if (join.isSimple()) {
          requireClosed(open);
          items.add(operands.pop());
          operands.push(item(join.getFromItem()));
        } else {
          operands.push(item(join.getFromItem()));
          open.push(join);
          close(join, operands, open);
        }
      }
    }
    requireClosed(open);
    items.add(operands.pop());
    return items;
  }

  /** {@code a JOIN b JOIN c ON x ON y}: each condition closes the innermost join still open. */
  private void close(Join join, Deque<FromItem> operands, Deque<Join> open) {
    boolean using = join.getUsingColumns() != null && !join.getUsingColumns().isEmpty();
    if (join.isNatural() || join.isCross() || using) {
      List<Identifier> columns = new ArrayList<>();
      if (using) {
        for (Column column : join.getUsingColumns()) {
          columns.add(nodes.columnIdentifier(column));
        }
      }
      if ((join.isNatural() || join.isCross() ? 1 : 0) + (using ? 1 : 0) > 1
          || !join.getOnExpressions().isEmpty()) {
        throw tokens.syntaxError(near(join));
      }
      combine(operands, open, null, columns);
    }
    for (Expression condition : join.getOnExpressions()) {
      if (open.isEmpty()) {
        throw tokens.syntaxError(Math.max(0, expressions.firstToken(condition) - 1));
      }
      combine(operands, open, expressions.translate(condition), List.of());
    }
  }

  private void combine(
      Deque<FromItem> operands,
      Deque<Join> open,
      @Nullable ParsedExpression on,
      List<Identifier> using) {
    FromItem right = operands.pop();
    FromItem left = operands.pop();
    Join join = open.pop();
    operands.push(
        new FromItem.Join(
            type(join), join.isNatural(), left, right, on, using, null, left.position()));
  }

  private void requireClosed(Deque<Join> open) {
    if (!open.isEmpty()) {
      throw tokens.syntaxError(near(open.element()), "ON or USING after JOIN");
    }
  }

  private static FromItem.JoinType type(Join join) {
    if (join.isCross()) {
      return FromItem.JoinType.CROSS;
    } else if (join.isLeft()) {
      return FromItem.JoinType.LEFT;
    } else if (join.isRight()) {
      return FromItem.JoinType.RIGHT;
    }
    return join.isFull() ? FromItem.JoinType.FULL : FromItem.JoinType.INNER;
  }

  private void checkJoin(Join join) {
    boolean outer = join.isLeft() || join.isRight() || join.isFull();
    if (join.isOuter() && (!outer || join.isSimple())) {
      throw tokens.syntaxError(near(join), "LEFT, RIGHT or FULL before OUTER");
    }
    expressions.refuse(
        join.isAsOf()
            || join.isStraight()
            || join.isApply()
            || join.isFetch()
            || join.isSemi()
            || join.isAny()
            || join.isAll()
            || join.isGlobal()
            || join.isArray()
            || join.isWindowJoin()
            || join.getJoinHint() != null,
        near(join),
        "this form of join");
  }

  private int near(ASTNodeAccess node) {
    return Math.max(0, nodes.firstToken(node));
  }

  FromItem item(net.sf.jsqlparser.statement.select.FromItem e) {
    int near = near(e);
    expressions.refuse(
        e.getPivot() != null || e.getUnPivot() != null || e.getSampleClause() != null,
        near,
        "this clause of FROM");
    if (e instanceof Table table) {
      return table(table);
    } else if (e instanceof LateralSubSelect lateral) {
      return new FromItem.Subquery(
          selects.lateralQuery(lateral),
          true,
          nodes.tableAlias(e.getAlias(), near),
          nodes.position(near));
    } else if (e instanceof ParenthesedSelect select) {
      return new FromItem.Subquery(
          selects.query(withoutAlias(select)),
          false,
          nodes.tableAlias(e.getAlias(), near),
          nodes.position(near));
    } else if (e instanceof TableFunction function) {
      return function(function, near);
    } else if (e instanceof ParenthesedFromItem parenthesed) {
      return parenthesed(parenthesed, near);
    }
    throw tokens.unsupported(near, "this form of FROM item");
  }

  /** The alias belongs to the FROM item, not to the query. */
  private static ParenthesedSelect withoutAlias(ParenthesedSelect select) {
    if (select.getAlias() == null) {
      return select;
    }
    ParenthesedSelect copy = new ParenthesedSelect();
    copy.setSelect(select.getSelect());
    copy.setASTNode(select.getASTNode());
    copy.setOrderByElements(select.getOrderByElements());
    copy.setLimit(select.getLimit());
    copy.setOffset(select.getOffset());
    copy.setFetch(select.getFetch());
    copy.setWithItemsList(select.getWithItemsList());
    return copy;
  }

  private FromItem table(Table e) {
    List<Integer> name = nodes.tableTokens(e);
    int first = name.get(0);
    expressions.refuse(
        e.getIndexHint() != null
            || e.getSqlServerHints() != null
            || e.getTimeTravel() != null
            || e.getTimeTravelStrAfterAlias() != null,
        first,
        "this clause of a table");
    return new FromItem.Table(
        nodes.objectName(name),
        shape.isAllUsers(first),
        nodes.tableAlias(e.getAlias(), first),
        nodes.position(first));
  }

  private FromItem function(TableFunction e, int near) {
    expressions.refuse(e.isRowsFrom(), near, "ROWS FROM");
    String with = e.getWithClause();
    expressions.refuse(with != null && !with.equalsIgnoreCase("ordinality"), near, "WITH " + with);
    if (!(expressions.translate(e.getFunction()) instanceof ParsedExpression.FunctionCall call)) {
      throw tokens.syntaxError(near, "a function");
    }
    return new FromItem.Function(
        call,
        e.getPrefix() != null,
        with != null,
        nodes.tableAlias(e.getAlias(), near),
        call.position());
  }

  private FromItem parenthesed(ParenthesedFromItem e, int near) {
    FromItem.Alias alias = nodes.tableAlias(e.getAlias(), near);
    List<Join> joins = e.getJoins();
    if (e.getFromItem() instanceof Values values) {
      if (joins != null && !joins.isEmpty()) {
        throw tokens.syntaxError(near);
      }
      return new FromItem.Subquery(selects.query(values), false, alias, nodes.position(near));
    }
    List<FromItem> items = items(e.getFromItem(), joins);
    if (items.size() != 1) {
      throw tokens.syntaxError(near);
    }
    if (alias == null) {
      return items.get(0);
    }
    if (!(items.get(0) instanceof FromItem.Join join) || join.alias() != null) {
      throw tokens.syntaxError(near);
    }
    return new FromItem.Join(
        join.type(),
        join.natural(),
        join.left(),
        join.right(),
        join.on(),
        join.using(),
        alias,
        nodes.position(near));
  }
}
