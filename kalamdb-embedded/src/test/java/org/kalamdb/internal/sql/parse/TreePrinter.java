package org.kalamdb.internal.sql.parse;

import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Trees as one compact line: every operator in parentheses, every clause in brackets. */
final class TreePrinter
    implements ParsedExpressionVisitor<String>,
        QueryBody.Visitor<String>,
        FromItem.Visitor<String> {
  static String print(ParsedExpression expression) {
    return expression.accept(new TreePrinter());
  }

  static String print(Query query) {
    return new TreePrinter().query(query);
  }

  /** Statements with queries or expressions inside; others by their record's own text. */
  static String print(Statement statement) {
    TreePrinter p = new TreePrinter();
    if (statement instanceof SelectStatement s) {
      return p.query(s.query());
    } else if (statement instanceof InsertStatement s) {
      return p.with(s.with(), s.recursive())
          + "insert "
          + s.table()
          + clause("as", s.alias())
          + clause("as user", s.asUser())
          + list("cols", s.columns())
          + clause("overriding", s.overriding())
          + (s.source() == null ? " default values" : " " + p.query(s.source()))
          + (s.onConflict() == null ? "" : p.conflict(s.onConflict()))
          + p.returning(s.returning());
    } else if (statement instanceof UpdateStatement s) {
      return p.with(s.with(), s.recursive())
          + "update "
          + s.table()
          + clause("as", s.alias())
          + p.assignments(s.assignments())
          + p.from(s.from())
          + p.clause("where", s.where())
          + p.returning(s.returning());
    } else if (statement instanceof DeleteStatement s) {
      return p.with(s.with(), s.recursive())
          + "delete "
          + s.table()
          + clause("as", s.alias())
          + p.from(s.using())
          + p.clause("where", s.where())
          + p.returning(s.returning());
    } else if (statement instanceof MergeStatement s) {
      return p.with(s.with(), s.recursive())
          + "merge "
          + s.table()
          + clause("as", s.alias())
          + " using "
          + s.source().accept(p)
          + " on "
          + s.on().accept(p)
          + s.branches().stream().map(p::branch).collect(Collectors.joining());
    } else if (statement instanceof SubscribeStatement s) {
      return "subscribe " + p.query(s.query()) + " " + s.options();
    } else if (statement instanceof ExplainStatement s) {
      return "explain"
          + (s.analyze() ? " analyze" : "")
          + (s.json() ? " json " : " ")
          + print(s.statement());
    } else if (statement instanceof OperationStatement.ExecuteAsUser s) {
      return "as " + s.user() + " " + print(s.statement());
    } else if (statement instanceof CatalogStatement.CreateTable s) {
      return p.createTable(s);
    } else if (statement instanceof CatalogStatement.CreateView s) {
      return "create view "
          + s.name()
          + (s.orReplace() ? "!" : "")
          + list("cols", s.columns())
          + " as "
          + p.query(s.query())
          + " {"
          + s.sql()
          + "}";
    } else if (statement instanceof CopyToStatement s) {
      return "copy " + p.query(s.query()) + " to " + s.file() + " " + s.options();
    } else if (statement instanceof CatalogStatement.AlterTable s) {
      return "alter "
          + s.name()
          + " "
          + s.actions().stream().map(TreePrinter::record).collect(Collectors.joining("; "));
    }
    return record(statement);
  }

  private static String record(Object record) {
    return record.toString().replaceAll(",? ?position=\\d+:\\d+", "");
  }

  private String createTable(CatalogStatement.CreateTable s) {
    return "create "
        + s.type().name().toLowerCase(Locale.ROOT)
        + (s.typeWritten() ? "!" : "")
        + " "
        + s.name()
        + (s.ifNotExists() ? "?" : "")
        + s.columns().stream().map(this::column).collect(Collectors.joining(", ", " (", ")"))
        + s.constraints().stream().map(c -> " " + record(c)).collect(Collectors.joining())
        + s.indexes().stream().map(c -> " " + record(c)).collect(Collectors.joining())
        + (s.options().isEmpty() ? "" : " " + s.options())
        + (s.query() == null ? "" : " as " + query(s.query()));
  }

  private String column(ColumnDefinition c) {
    return c.name()
        + " "
        + c.type()
        + (c.notNull() ? " notnull" : "")
        + (c.primaryKey() != null ? " pk" : "")
        + (c.unique() != null ? " unique" : "")
        + (c.defaultValue() == null ? "" : " default{" + c.defaultValue() + "}")
        + c.checks().stream()
            .map(k -> " check{" + k.condition() + "}")
            .collect(Collectors.joining())
        + (c.autoIncrement() == null ? "" : " auto " + c.autoIncrement())
        + (c.identity() == null ? "" : " identity " + c.identity())
        + (c.generated() == null ? "" : " generated{" + c.generated() + "}")
        + (c.references() == null ? "" : " -> " + c.references().referenced())
        + clause("compression", c.compression());
  }

  private static String clause(String word, @Nullable Object value) {
    return value == null ? "" : " " + word + " " + value;
  }

  private static String list(String word, List<?> values) {
    return values.isEmpty() ? "" : " " + word + values;
  }

  private String clause(String word, @Nullable ParsedExpression value) {
    return value == null ? "" : " " + word + " " + value.accept(this);
  }

  private String conflict(OnConflict c) {
    return " conflict"
        + c.target()
        + (c.isDoNothing() ? " nothing" : assignments(c.assignments()))
        + clause("where", c.where());
  }

  private String branch(MergeBranch b) {
    return " when"
        + (b.match() == MergeBranch.Match.MATCHED ? "" : " not")
        + clause("and", b.condition())
        + " "
        + b.action()
        + list("cols", b.columns())
        + (b.values().isEmpty() ? "" : " values" + all(b.values()))
        + (b.assignments().isEmpty() ? "" : assignments(b.assignments()));
  }

  private String assignments(List<Assignment> assignments) {
    return " set "
        + assignments.stream()
            .map(
                a ->
                    (a.columns().size() == 1 ? a.columns().get(0) : a.columns())
                        + "="
                        + a.value().accept(this))
            .collect(Collectors.joining(", "));
  }

  private String returning(List<QueryBody.SelectItem> items) {
    return items.isEmpty() ? "" : " returning " + items(items);
  }

  private String items(List<QueryBody.SelectItem> items) {
    return items.stream()
        .map(i -> i.value().accept(this) + clause("as", i.alias()))
        .collect(Collectors.joining(", "));
  }

  private String from(List<FromItem> items) {
    return items.isEmpty()
        ? ""
        : " from " + items.stream().map(i -> i.accept(this)).collect(Collectors.joining(", "));
  }

  private String with(List<Query.CommonTable> tables, boolean recursive) {
    return tables.isEmpty()
        ? ""
        : "with"
            + (recursive ? "! " : " ")
            + tables.stream()
                .map(
                    t ->
                        t.name()
                            + (t.columns().isEmpty() ? "" : t.columns().toString())
                            + (t.materialized() == null ? "" : " mat=" + t.materialized())
                            + " {"
                            + query(t.query())
                            + "}")
                .collect(Collectors.joining(", "))
            + " ";
  }

  private String query(Query q) {
    return with(q.with(), q.recursive())
        + q.body().accept(this)
        + (q.orderBy().isEmpty() ? "" : " order " + order(q.orderBy()))
        + clause("limit", q.limit())
        + (q.withTies() ? " ties" : "")
        + clause("offset", q.offset());
  }

  private String order(List<Query.OrderItem> items) {
    return items.stream()
        .map(
            i ->
                i.value().accept(this)
                    + (i.descending() ? " desc" : "")
                    + (i.nullsFirst() == null
                        ? ""
                        : i.nullsFirst() ? " nulls first" : " nulls last"))
        .collect(Collectors.joining(", "));
  }

  private String all(List<ParsedExpression> expressions) {
    return expressions.stream()
        .map(e -> e.accept(this))
        .collect(Collectors.joining(", ", "(", ")"));
  }

  private static String alias(FromItem.@Nullable Alias alias) {
    return alias == null
        ? ""
        : " as " + alias.name() + (alias.columns().isEmpty() ? "" : alias.columns());
  }

  @Override
  public String visitSelect(QueryBody.Select s) {
    return "select"
        + (s.distinct() ? " distinct" : "")
        + (s.distinctOn().isEmpty() ? "" : all(s.distinctOn()))
        + (s.items().isEmpty() ? "" : " " + items(s.items()))
        + from(s.from())
        + clause("where", s.where())
        + (s.groupBy() == null
            ? ""
            : (s.groupBy().distinct() ? " group distinct " : " group ")
                + s.groupBy().elements().stream()
                    .map(this::element)
                    .collect(Collectors.joining(", ")))
        + clause("having", s.having())
        + s.windows().stream()
            .map(w -> " window " + w.name() + window(w.window()))
            .collect(Collectors.joining())
        + clause("qualify", s.qualify());
  }

  private String element(QueryBody.GroupingElement e) {
    if (e instanceof QueryBody.GroupingElement.Simple s) {
      return s.expressions().size() == 1
          ? s.expressions().get(0).accept(this)
          : all(s.expressions());
    } else if (e instanceof QueryBody.GroupingElement.Rollup r) {
      return "rollup" + elements(r.sets());
    } else if (e instanceof QueryBody.GroupingElement.Cube c) {
      return "cube" + elements(c.sets());
    }
    return "sets" + elements(((QueryBody.GroupingElement.GroupingSets) e).sets());
  }

  private String elements(List<? extends QueryBody.GroupingElement> sets) {
    return sets.stream().map(this::element).collect(Collectors.joining(", ", "[", "]"));
  }

  @Override
  public String visitSetOperation(QueryBody.SetOperation s) {
    return "{"
        + query(s.left())
        + "} "
        + s.operator().name().toLowerCase(Locale.ROOT)
        + (s.all() ? " all" : "")
        + " {"
        + query(s.right())
        + "}";
  }

  @Override
  public String visitValues(QueryBody.Values v) {
    return "values" + v.rows().stream().map(this::all).collect(Collectors.joining(","));
  }

  @Override
  public String visitWrite(QueryBody.Write w) {
    return print(w.statement());
  }

  @Override
  public String visitNested(QueryBody.Nested n) {
    return "{" + query(n.query()) + "}";
  }

  @Override
  public String visitTable(FromItem.Table t) {
    return (t.allUsers() ? "all-users " : "") + t.name() + alias(t.alias());
  }

  @Override
  public String visitSubquery(FromItem.Subquery s) {
    return (s.lateral() ? "lateral " : "") + "{" + query(s.query()) + "}" + alias(s.alias());
  }

  @Override
  public String visitFunction(FromItem.Function f) {
    return (f.lateral() ? "lateral " : "")
        + f.call().accept(this)
        + (f.ordinality() ? " ordinality" : "")
        + alias(f.alias())
        + (f.types().isEmpty() ? "" : f.types());
  }

  @Override
  public String visitJoin(FromItem.Join j) {
    return "("
        + j.left().accept(this)
        + (j.natural() ? " natural " : " ")
        + j.type().name().toLowerCase(Locale.ROOT)
        + " "
        + j.right().accept(this)
        + clause("on", j.on())
        + list("using", j.using())
        + clause("as", j.usingAlias())
        + ")"
        + alias(j.alias());
  }

  private String window(WindowSpecification w) {
    String frame = "";
    if (w.frame() != null) {
      frame =
          " "
              + w.frame().units().name().toLowerCase(Locale.ROOT)
              + " "
              + bound(w.frame().start())
              + ".."
              + bound(w.frame().end())
              + (w.frame().exclusion() == WindowSpecification.FrameExclusion.NO_OTHERS
                  ? ""
                  : " exclude " + w.frame().exclusion());
    }
    return w.reference()
        ? " " + w.base()
        : "["
            + (w.base() == null ? "" : w.base())
            + (w.partitionBy().isEmpty() ? "" : " by " + all(w.partitionBy()))
            + (w.orderBy().isEmpty() ? "" : " order " + order(w.orderBy()))
            + frame
            + "]";
  }

  private String bound(WindowSpecification.FrameBound b) {
    return (b.offset() == null ? "" : b.offset().accept(this) + " ")
        + b.kind().name().toLowerCase(Locale.ROOT).replace("offset_", "").replace('_', ' ');
  }

  @Override
  public String visitNullLiteral(ParsedExpression.NullLiteral e) {
    return "NULL";
  }

  @Override
  public String visitBooleanLiteral(ParsedExpression.BooleanLiteral e) {
    return e.value() ? "TRUE" : "FALSE";
  }

  @Override
  public String visitNumberLiteral(ParsedExpression.NumberLiteral e) {
    return e.text();
  }

  @Override
  public String visitStringLiteral(ParsedExpression.StringLiteral e) {
    return "'" + e.value() + "'";
  }

  @Override
  public String visitTypedLiteral(ParsedExpression.TypedLiteral e) {
    return "<" + e.type() + " '" + e.value() + "'>";
  }

  @Override
  public String visitCollate(ParsedExpression.Collate e) {
    return "(" + e.value().accept(this) + " collate)";
  }

  @Override
  public String visitIntervalLiteral(ParsedExpression.IntervalLiteral e) {
    return "<interval '"
        + e.value()
        + "'"
        + (e.fields() == null ? "" : " " + e.fields())
        + (e.precision() == null ? "" : "(" + e.precision() + ")")
        + ">";
  }

  @Override
  public String visitParameter(ParsedExpression.Parameter e) {
    return "?" + e.index();
  }

  @Override
  public String visitDefaultValue(ParsedExpression.DefaultValue e) {
    return "DEFAULT";
  }

  @Override
  public String visitColumnReference(ParsedExpression.ColumnReference e) {
    return String.join(".", e.parts());
  }

  @Override
  public String visitStar(ParsedExpression.Star e) {
    return e.qualifier().isEmpty() ? "*" : String.join(".", e.qualifier()) + ".*";
  }

  @Override
  public String visitFunctionCall(ParsedExpression.FunctionCall e) {
    return e.name()
        + (e.distinct() ? "!" : "")
        + all(e.arguments())
        + (e.orderBy().isEmpty() ? "" : "[order " + order(e.orderBy()) + "]")
        + (e.withinGroup().isEmpty() ? "" : "[within " + order(e.withinGroup()) + "]")
        + (e.filter() == null ? "" : "[filter " + e.filter().accept(this) + "]")
        + (e.over() == null ? "" : " over" + window(e.over()));
  }

  @Override
  public String visitUnary(ParsedExpression.Unary e) {
    return "(" + e.operator() + e.operand().accept(this) + ")";
  }

  @Override
  public String visitBinary(ParsedExpression.Binary e) {
    return "(" + e.left().accept(this) + " " + e.operator() + " " + e.right().accept(this) + ")";
  }

  @Override
  public String visitComparison(ParsedExpression.Comparison e) {
    return "("
        + e.left().accept(this)
        + " "
        + e.operator().sql()
        + " "
        + e.right().accept(this)
        + ")";
  }

  @Override
  public String visitAnd(ParsedExpression.And e) {
    return "and" + all(e.operands());
  }

  @Override
  public String visitOr(ParsedExpression.Or e) {
    return "or" + all(e.operands());
  }

  @Override
  public String visitNot(ParsedExpression.Not e) {
    return "not " + e.operand().accept(this);
  }

  @Override
  public String visitBetween(ParsedExpression.Between e) {
    return "("
        + e.value().accept(this)
        + not(e.negated())
        + (e.symmetric() ? " between symmetric " : " between ")
        + e.low().accept(this)
        + ".."
        + e.high().accept(this)
        + ")";
  }

  private static String not(boolean negated) {
    return negated ? " not" : "";
  }

  @Override
  public String visitInList(ParsedExpression.InList e) {
    return "(" + e.value().accept(this) + not(e.negated()) + " in " + all(e.items()) + ")";
  }

  @Override
  public String visitInSubquery(ParsedExpression.InSubquery e) {
    return "(" + e.value().accept(this) + not(e.negated()) + " in {" + query(e.query()) + "})";
  }

  @Override
  public String visitPatternMatch(ParsedExpression.PatternMatch e) {
    return "("
        + e.value().accept(this)
        + not(e.negated())
        + " "
        + e.kind().sql()
        + " "
        + e.pattern().accept(this)
        + clause("escape", e.escape())
        + ")";
  }

  @Override
  public String visitIsNull(ParsedExpression.IsNull e) {
    return "(" + e.value().accept(this) + " is" + not(e.negated()) + " null)";
  }

  @Override
  public String visitIsTruth(ParsedExpression.IsTruth e) {
    return "("
        + e.value().accept(this)
        + " is"
        + not(e.negated())
        + " "
        + (e.truth() == null ? "unknown" : e.truth())
        + ")";
  }

  @Override
  public String visitIsDistinctFrom(ParsedExpression.IsDistinctFrom e) {
    return "("
        + e.left().accept(this)
        + " is"
        + not(e.negated())
        + " distinct "
        + e.right().accept(this)
        + ")";
  }

  @Override
  public String visitCase(ParsedExpression.Case e) {
    return "case"
        + (e.operand() == null ? "" : " " + e.operand().accept(this))
        + e.whens().stream()
            .map(w -> " when " + w.condition().accept(this) + " then " + w.result().accept(this))
            .collect(Collectors.joining())
        + clause("else", e.otherwise())
        + " end";
  }

  @Override
  public String visitCast(ParsedExpression.Cast e) {
    return e.value().accept(this) + "::" + e.type();
  }

  @Override
  public String visitExtract(ParsedExpression.Extract e) {
    return "extract(" + e.field() + ", " + e.value().accept(this) + ")";
  }

  @Override
  public String visitExists(ParsedExpression.Exists e) {
    return "exists{" + query(e.query()) + "}";
  }

  @Override
  public String visitScalarSubquery(ParsedExpression.ScalarSubquery e) {
    return "{" + query(e.query()) + "}";
  }

  @Override
  public String visitQuantifiedComparison(ParsedExpression.QuantifiedComparison e) {
    return "("
        + e.left().accept(this)
        + " "
        + e.operator().sql()
        + (e.all() ? " all{" : " any{")
        + query(e.query())
        + "})";
  }

  @Override
  public String visitRowValue(ParsedExpression.RowValue e) {
    return "row" + all(e.items());
  }
}
