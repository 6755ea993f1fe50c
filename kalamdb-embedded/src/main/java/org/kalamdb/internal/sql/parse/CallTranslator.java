package org.kalamdb.internal.sql.parse;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import net.sf.jsqlparser.expression.AnalyticExpression;
import net.sf.jsqlparser.expression.AnalyticType;
import net.sf.jsqlparser.expression.Expression;
import net.sf.jsqlparser.expression.Function;
import net.sf.jsqlparser.expression.WindowDefinition;
import net.sf.jsqlparser.expression.WindowElement;
import net.sf.jsqlparser.expression.WindowOffset;
import net.sf.jsqlparser.statement.select.OrderByElement;
import org.jspecify.annotations.Nullable;
import org.kalamdb.internal.sql.parse.WindowSpecification.Frame;
import org.kalamdb.internal.sql.parse.WindowSpecification.FrameBound;
import org.kalamdb.internal.sql.parse.WindowSpecification.FrameBoundKind;
import org.kalamdb.internal.sql.parse.WindowSpecification.FrameExclusion;
import org.kalamdb.internal.sql.parse.WindowSpecification.FrameUnits;

/** JSqlParser's calls, aggregates and windows to ours. */
final class CallTranslator {
  private final Tokens tokens;
  private final StatementShape shape;
  private final NodeReader nodes;
  private final ExpressionTranslator expressions;

  CallTranslator(StatementShape shape, ExpressionTranslator expressions) {
    this.tokens = shape.tokens();
    this.shape = shape;
    this.nodes = new NodeReader(shape);
    this.expressions = expressions;
  }

  ParsedExpression call(Function e) {
    List<Integer> name = new ArrayList<>();
    for (String part : e.getMultipartName()) {
      name.add(nodes.nameToken(part, nodes.firstToken(e)));
    }
    int token = name.get(0);
    expressions.refuse(
        e.isUnique()
            || e.isIgnoreNulls()
            || e.isIgnoreNullsOutside()
            || e.isEscaped()
            || e.getNullHandling() != null
            || e.getLimit() != null
            || e.getHavingClause() != null
            || e.getKeep() != null
            || e.getAttribute() != null
            || e.getOnOverflowTruncate() != null
            || e.getNamedParameters() != null
            || notEmpty(e.getKeywordArguments())
            || notEmpty(e.getChainedParameters())
            || e.getExtraKeyword() != null,
        token,
        "this clause of a function call");
    List<ParsedExpression> arguments =
        e.getParameters() == null ? List.of() : expressions.translateAll(e.getParameters());
    if (name.size() == 1) {
      ParsedExpression special = special(token, arguments);
      if (special != null) {
        return special;
      }
    }
    return new ParsedExpression.FunctionCall(
        functionName(name),
        arguments,
        e.isDistinct(),
        orderItems(e.getOrderByElements()),
        List.of(),
        null,
        null,
        tokens.position(token));
  }

  private static boolean notEmpty(@Nullable List<?> list) {
    return list != null && !list.isEmpty();
  }

  private String functionName(List<Integer> name) {
    if (name.size() > 2) {
      throw tokens.unsupported(name.get(0), "a function name of more than two parts");
    }
    return name.stream().map(tokens::name).collect(Collectors.joining("."));
  }

  /** ROW(...), and calls with words between their arguments. */
  private @Nullable ParsedExpression special(int token, List<ParsedExpression> arguments) {
    Position position = tokens.position(token);
    if (tokens.isWord(token, "row")) {
      return new ParsedExpression.RowValue(arguments, position);
    }
    String name = shape.callName(token);
    if (name == null) {
      return null;
    }
    if (name.equals("extract")) {
      int field = token + 2;
      if (arguments.size() != 2) {
        throw tokens.syntaxError(token, "EXTRACT(field FROM value)");
      }
      String text = tokens.kind(field).isString() ? tokens.stringValue(field) : tokens.name(field);
      return new ParsedExpression.Extract(
          text.toLowerCase(Locale.ROOT), arguments.get(1), position);
    }
    if (shape.isExchanged(token)) {
      if (arguments.size() != 2) {
        throw tokens.syntaxError(token);
      }
      arguments = List.of(arguments.get(1), arguments.get(0));
    }
    return ParsedExpression.FunctionCall.of(name, arguments, position);
  }

  ParsedExpression call(AnalyticExpression e) {
    List<Integer> name = nodes.nameTokens(e.getName(), nodes.firstToken(e));
    int token = name.get(0);
    AnalyticType type = e.getType();
    expressions.refuse(
        e.isUnique()
            || e.isIgnoreNulls()
            || e.isIgnoreNullsOutside()
            || e.getKeep() != null
            || e.getHavingClause() != null
            || e.getNullHandling() != null
            || e.getLimit() != null
            || notEmpty(e.getKeywordArguments())
            || e.getOnOverflowTruncate() != null
            || type == AnalyticType.WITHIN_GROUP_OVER,
        token,
        "this clause of a window function call");
    List<ParsedExpression> arguments = new ArrayList<>();
    if (e.isAllColumns()) {
      arguments.add(new ParsedExpression.Star(List.of(), tokens.position(token)));
    }
    for (Expression argument :
        new Expression[] {e.getExpression(), e.getOffset(), e.getDefaultValue()}) {
      if (argument != null) {
        arguments.add(expressions.translate(argument));
      }
    }
    return new ParsedExpression.FunctionCall(
        functionName(name),
        arguments,
        e.isDistinct(),
        orderItems(e.getFuncOrderBy()),
        type == AnalyticType.WITHIN_GROUP
            ? orderItems(e.getWindowDefinition().getOrderByElements())
            : List.of(),
        expressions.translateNullable(e.getFilterExpression()),
        type == AnalyticType.OVER ? window(e, token) : null,
        tokens.position(token));
  }

  private WindowSpecification window(AnalyticExpression e, int token) {
    if (e.getWindowName() != null) {
      Identifier name = nodes.identifier(e.getWindowName(), token);
      return new WindowSpecification(name, true, List.of(), List.of(), null, name.position());
    }
    return window(e.getWindowDefinition(), token);
  }

  /** A window; {@code owner} is the name of the call or of the named window. */
  WindowSpecification window(WindowDefinition e, int owner) {
    List<?> partition = e.getPartitionExpressionList();
    List<ParsedExpression> partitionBy = new ArrayList<>();
    if (partition != null) {
      for (Object expression : partition) {
        partitionBy.add(expressions.translate((Expression) expression));
      }
    }
    return new WindowSpecification(
        shape.windowBase(owner),
        false,
        partitionBy,
        orderItems(e.getOrderByElements()),
        e.getWindowElement() == null ? null : frame(e.getWindowElement(), owner),
        tokens.position(owner));
  }

  private Frame frame(WindowElement e, int owner) {
    FrameUnits units =
        switch (e.getType()) {
          case ROWS -> FrameUnits.ROWS;
          case RANGE -> FrameUnits.RANGE;
          case GROUPS -> FrameUnits.GROUPS;
        };
    FrameBound start = bound(e.getRange() != null ? e.getRange().getStart() : e.getOffset(), owner);
    FrameBound end =
        e.getRange() != null
            ? bound(e.getRange().getEnd(), owner)
            : new FrameBound(FrameBoundKind.CURRENT_ROW, null);
    if (start.kind() == FrameBoundKind.UNBOUNDED_FOLLOWING
        || end.kind() == FrameBoundKind.UNBOUNDED_PRECEDING
        || start.kind().compareTo(end.kind()) > 0) {
      throw tokens.syntaxError(owner, "a frame that starts before it ends");
    }
    FrameExclusion exclusion = FrameExclusion.NO_OTHERS;
    if (e.getExclusion() != null) {
      exclusion =
          switch (e.getExclusion()) {
            case CURRENT_ROW -> FrameExclusion.CURRENT_ROW;
            case GROUP -> FrameExclusion.GROUP;
            case TIES -> FrameExclusion.TIES;
            case NO_OTHERS -> FrameExclusion.NO_OTHERS;
          };
    }
    return new Frame(units, start, end, exclusion);
  }

  private FrameBound bound(WindowOffset e, int owner) {
    boolean offset = e.getExpression() != null;
    FrameBoundKind kind =
        switch (e.getType()) {
          case PRECEDING ->
              offset ? FrameBoundKind.OFFSET_PRECEDING : FrameBoundKind.UNBOUNDED_PRECEDING;
          case FOLLOWING ->
              offset ? FrameBoundKind.OFFSET_FOLLOWING : FrameBoundKind.UNBOUNDED_FOLLOWING;
          case CURRENT -> FrameBoundKind.CURRENT_ROW;
          case EXPR -> throw tokens.syntaxError(owner, "PRECEDING or FOLLOWING");
        };
    return new FrameBound(kind, expressions.translateNullable(e.getExpression()));
  }

  List<Query.OrderItem> orderItems(@Nullable List<OrderByElement> elements) {
    if (elements == null) {
      return List.of();
    }
    List<Query.OrderItem> items = new ArrayList<>();
    for (OrderByElement element : elements) {
      int token = expressions.firstToken(element.getExpression());
      expressions.refuse(
          element.getWithFill() != null || element.isMysqlWithRollup(),
          token,
          "this ORDER BY clause");
      Boolean nullsFirst = null;
      if (element.getNullOrdering() != null) {
        nullsFirst = element.getNullOrdering() == OrderByElement.NullOrdering.NULLS_FIRST;
      }
      items.add(
          new Query.OrderItem(
              expressions.translate(element.getExpression()), !element.isAsc(), nullsFirst));
    }
    return items;
  }
}
