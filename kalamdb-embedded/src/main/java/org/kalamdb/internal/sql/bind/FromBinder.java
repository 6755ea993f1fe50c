package org.kalamdb.internal.sql.bind;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.kalamdb.error.ErrorCode;
import org.kalamdb.error.KalamException;
import org.kalamdb.internal.catalog.NameRules;
import org.kalamdb.internal.catalog.SystemTable;
import org.kalamdb.internal.catalog.TableDefinition;
import org.kalamdb.internal.catalog.ViewDefinition;
import org.kalamdb.internal.expr.Expression;
import org.kalamdb.internal.expr.Expression.Coalesce;
import org.kalamdb.internal.expr.Expression.Column;
import org.kalamdb.internal.expr.Expression.ComparisonOperator;
import org.kalamdb.internal.expr.TableFunctionRegistry;
import org.kalamdb.internal.expr.TypeRules;
import org.kalamdb.internal.expr.TypeRules.CastContext;
import org.kalamdb.internal.sql.bind.Scope.Entry;
import org.kalamdb.internal.sql.bind.Scope.Relation;
import org.kalamdb.internal.sql.parse.FromItem;
import org.kalamdb.internal.sql.parse.Identifier;
import org.kalamdb.internal.sql.parse.ObjectName;
import org.kalamdb.internal.sql.parse.ParsedExpression;
import org.kalamdb.internal.sql.parse.Position;
import org.kalamdb.internal.sql.plan.Expand;
import org.kalamdb.internal.sql.plan.Expressions;
import org.kalamdb.internal.sql.plan.JoinType;
import org.kalamdb.internal.sql.plan.LogicalPlan;
import org.kalamdb.internal.sql.plan.LogicalPlan.Project;
import org.kalamdb.internal.sql.plan.LogicalPlan.Values;
import org.kalamdb.internal.sql.plan.PlanColumn;
import org.kalamdb.internal.sql.plan.Scan;
import org.kalamdb.internal.storage.SystemColumn;
import org.kalamdb.schema.DataType;
import org.kalamdb.schema.NamespaceId;
import org.kalamdb.schema.Role;
import org.kalamdb.schema.TableId;
import org.kalamdb.schema.TableSchema;
import org.kalamdb.schema.TableType;

/**
 * Binds the items of FROM: tables, subqueries, functions and joins. An item that refers to those
 * left of it is bound to an {@link org.kalamdb.internal.sql.plan.Apply}.
 */
final class FromBinder implements FromItem.Visitor<FromBinder.Source> {
  private final StatementBinding statement;
  private final @Nullable OuterQuery outer;
  private final @Nullable OuterQuery neighbours;
  private final CommonTables commonTables;

  FromBinder(StatementBinding statement, @Nullable OuterQuery outer, CommonTables commonTables) {
    this(statement, outer, outer, commonTables);
  }

  /**
   * Binds one item beside others.
   *
   * @param outer what every subquery sees
   * @param neighbours what LATERAL subqueries and functions see
   */
  private FromBinder(
      StatementBinding statement,
      @Nullable OuterQuery outer,
      @Nullable OuterQuery neighbours,
      CommonTables commonTables) {
    this.statement = statement;
    this.outer = outer;
    this.neighbours = neighbours;
    this.commonTables = commonTables;
  }

  /** A bound item: its rows and what they are called. */
  record Source(LogicalPlan plan, Scope scope) {
    int width() {
      return plan.columns().size();
    }
  }

  /** The cross product of all items; one empty row without any. */
  Source bind(List<FromItem> items) {
    Source all = null;
    for (FromItem item : items) {
      if (all == null) {
        all = item.accept(this);
      } else {
        OuterQuery level = level(all, true);
        all = product(JoinType.INNER, all, item.accept(beside(level)), level, item.position());
      }
    }
    return all == null ? new Source(Values.oneEmptyRow(), Scope.EMPTY) : all;
  }

  /** What an item right of {@code left} can refer to besides what this one can. */
  private OuterQuery level(Source left, boolean allowed) {
    return OuterQuery.ofNeighbours(
        statement, left.scope().inside(neighbours, commonTables), allowed);
  }

  private FromBinder beside(OuterQuery level) {
    return new FromBinder(statement, outer, level, commonTables);
  }

  /** All pairs of rows of items that do not refer to each other. */
  Source product(Source left, Source right, Position position) {
    return product(JoinType.INNER, left, right, level(left, true), position);
  }

  /** The join without a condition yet. */
  private static Source product(
      JoinType type, Source left, Source right, OuterQuery level, Position position) {
    for (Entry entry : right.scope().entries()) {
      if (entry.relation() != null && left.scope().hasRelation(entry.relation().alias())) {
        throw position.error(
            ErrorCode.DUPLICATE_ALIAS,
            "table name \"" + entry.relation().alias() + "\" specified more than once");
      }
    }
    Scope leftScope = type.keepsRight() ? left.scope().asNullable() : left.scope();
    Scope rightScope =
        type == JoinType.LEFT || type == JoinType.FULL ? right.scope().asNullable() : right.scope();
    return new Source(
        new JoinCondition(type, left.plan(), right.plan(), level).join(null),
        leftScope.and(rightScope, left.width()));
  }

  @Override
  public Source visitTable(FromItem.Table item) {
    if (item.allUsers()) {
      return allUsers(item);
    }
    ObjectName name = item.name();
    if (name.namespace() == null) {
      CommonTables.CommonTable.Rows common = commonTables.find(name.name(), item.position());
      if (common != null) {
        return commonTable(common, item);
      }
    }
    ViewDefinition view = statement.catalog().view(tableId(name));
    if (view != null) {
      return view(view, item);
    }
    TableDefinition table =
        SystemTable.NAMESPACE.equals(tableId(name).namespace()) ? systemTable(name) : table(name);
    requireUser(table, name.position());
    Identifier alias = item.alias() == null ? null : item.alias().name();
    Source source = scan(table, alias == null ? null : alias.name());
    return item.alias() == null ? source : renamed(source, item.alias().columns(), item.position());
  }

  /** {@code ALL USERS OF t}: the rows of every partition, and whose each is. */
  private Source allUsers(FromItem.Table item) {
    Position position = item.position();
    Role role = statement.context().role();
    if (!role.includes(Role.SERVICE)) {
      throw position.error(
          ErrorCode.INSUFFICIENT_PRIVILEGE,
          "ALL USERS OF is not allowed for role " + role.sqlName());
    }
    TableDefinition table = target(item.name());
    if (table.type() == TableType.STREAM) {
      throw position.error(
          ErrorCode.FEATURE_NOT_SUPPORTED,
          "ALL USERS OF a stream table is not supported: \"" + table.id().name() + "\"");
    }
    if (table.type() != TableType.USER) {
      throw position.error(
          ErrorCode.WRONG_OBJECT_TYPE, "\"" + table.id().name() + "\" is not a user table");
    }
    if (table.schema().indexOf(TableDefinition.USER_COLUMN) >= 0) {
      throw position
          .error(
              ErrorCode.DUPLICATE_COLUMN,
              "\""
                  + table.id().name()
                  + "\" has a column "
                  + TableDefinition.USER_COLUMN
                  + " of its own, as ALL USERS OF would add")
          .withHint("Rename that column.");
    }
    FromItem.Alias alias = item.alias();
    Source source = scan(table.ofAllUsers(), alias == null ? null : alias.name().name());
    return alias == null ? source : renamed(source, alias.columns(), position);
  }

  private Source view(ViewDefinition view, FromItem.Table item) {
    statement.noteRead(view.id());
    LogicalPlan plan = ViewBinder.expand(statement, view, item.name().position());
    FromItem.Alias alias = item.alias();
    return alias == null
        ? derived(plan, new Relation(statement.nextRelation(), view.id().name(), view.id()))
        : renamed(derived(plan, alias.name().name()), alias.columns(), item.position());
  }

  private Source commonTable(CommonTables.CommonTable.Rows common, FromItem.Table item) {
    if (common.working()) {
      statement.noteRecursion(common.id(), common.name());
    }
    FromItem.Alias alias = item.alias();
    Source source = derived(common.scan(), alias == null ? common.name() : alias.name().name());
    return alias == null ? source : renamed(source, alias.columns(), item.position());
  }

  private TableId tableId(ObjectName name) {
    return statement.context().path().idOf(name, statement.catalog());
  }

  /** The table of the name, to write to. */
  TableDefinition target(ObjectName name) {
    ViewDefinition view = statement.catalog().view(tableId(name));
    if (view != null) {
      throw name.position()
          .error(
              ErrorCode.OBJECT_NOT_IN_PREREQUISITE_STATE,
              "cannot change rows of view \"" + view.id().name() + "\"")
          .withHint("Change the rows of its tables.");
    }
    return table(name);
  }

  /** The table of the name in namespace system, to read. */
  private TableDefinition systemTable(ObjectName name) {
    TableId id = tableId(name);
    TableDefinition table;
    try {
      table = statement.catalog().systemTable(id);
    } catch (KalamException e) {
      throw e.at(name.position().line(), name.position().column());
    }
    if (table == null) {
      throw name.position()
          .error(ErrorCode.UNDEFINED_TABLE, "relation \"" + name + "\" does not exist");
    }
    statement.noteRead(id);
    return table;
  }

  /** The table of the name, which is a stored one. */
  TableDefinition table(ObjectName name) {
    TableId id = tableId(name);
    if (id.namespace().equals(SystemTable.NAMESPACE)) {
      throw name.position()
          .error(
              ErrorCode.INSUFFICIENT_PRIVILEGE,
              "permission denied for table " + name.name() + ": system tables are only read");
    }
    TableDefinition table = statement.catalog().table(id);
    if (table != null) {
      statement.noteRead(id);
      return table;
    }
    NamespaceId namespace = id.namespace();
    KalamException error =
        name.position()
            .error(ErrorCode.UNDEFINED_TABLE, "relation \"" + name + "\" does not exist");
    Set<String> names =
        statement.catalog().tables().stream()
            .filter(other -> other.id().namespace().equals(namespace))
            .map(other -> other.id().name())
            .collect(Collectors.toCollection(LinkedHashSet::new));
    String near = Suggestions.nearest(name.name(), names);
    if (near != null) {
      throw error.withHint("Perhaps you meant the table \"" + near + "\".");
    }
    TableDefinition elsewhere =
        statement.catalog().tables().stream()
            .filter(other -> other.id().name().equals(name.name()))
            .filter(other -> !NameRules.isTemporary(other.id().namespace()))
            .findFirst()
            .orElse(null);
    throw elsewhere == null
        ? error
        : error.withHint("There is a table " + elsewhere.id() + " in another namespace.");
  }

  void requireUser(TableDefinition table, Position position) {
    if (table.type().isPerUser() && statement.context().user() == null) {
      throw position
          .error(
              ErrorCode.INSUFFICIENT_PRIVILEGE,
              "permission denied for table "
                  + table.id().name()
                  + ": it holds the rows of each user apart and this session has no user")
          .withHint("Open a session of a user with db.session(user).");
    }
  }

  /** All columns of the table, {@code _seq} and {@code _deleted}: the row layout. */
  Source scan(TableDefinition table, @Nullable String alias) {
    return scan(table, alias, List.of());
  }

  /** The row layout and further system columns, which no name reaches. */
  Source scan(TableDefinition table, @Nullable String alias, List<SystemColumn> further) {
    TableSchema schema = table.schema();
    List<Integer> numbers = new ArrayList<>();
    for (int i = 0; i < schema.columns().size(); i++) {
      numbers.add(i);
    }
    if (SystemTable.of(table) == null) {
      numbers.add(SystemColumn.SEQ.scanNumber());
      numbers.add(SystemColumn.DELETED.scanNumber());
    }
    int named = numbers.size();
    further.forEach(column -> numbers.add(column.scanNumber()));

    String shown = alias == null ? table.id().name() : alias;
    Relation relation =
        new Relation(statement.nextRelation(), shown, alias == null ? table.id() : null);
    Scan scan = Scan.of(relation.number(), table, shown, numbers);
    List<PlanColumn> columns = scan.columns();
    List<Entry> entries = new ArrayList<>();
    for (int i = 0; i < named; i++) {
      boolean visible = i < schema.visibleColumns();
      entries.add(
          new Entry(relation, columns.get(i).name(), i, columns.get(i), true, visible, visible));
    }
    return new Source(scan, new Scope(entries));
  }

  private Source derived(LogicalPlan plan, String alias) {
    return derived(plan, new Relation(statement.nextRelation(), alias, null));
  }

  private static Source derived(LogicalPlan plan, Relation relation) {
    List<Entry> entries = new ArrayList<>();
    for (PlanColumn column : plan.columns()) {
      entries.add(new Entry(relation, column.name(), entries.size(), column, true, true, true));
    }
    return new Source(plan, new Scope(entries));
  }

  /** The first shown columns under the names of {@code AS t(a, b)}. */
  private static Source renamed(Source source, List<Identifier> names, Position position) {
    if (names.isEmpty()) {
      return source;
    }
    List<Entry> entries = new ArrayList<>();
    int next = 0;
    for (Entry entry : source.scope().entries()) {
      boolean rename = entry.starred() && next < names.size();
      entries.add(
          rename
              ? new Entry(
                  entry.relation(),
                  names.get(next++).name(),
                  entry.index(),
                  entry.column(),
                  entry.bare(),
                  entry.starred(),
                  entry.relationStarred())
              : entry);
    }
    if (next < names.size()) {
      throw position.error(
          ErrorCode.INVALID_COLUMN_REFERENCE,
          "there are " + next + " columns available but " + names.size() + " columns specified");
    }
    return new Source(source.plan(), new Scope(entries));
  }

  @Override
  public Source visitSubquery(FromItem.Subquery item) {
    LogicalPlan plan =
        new QueryBinder(statement, item.lateral() ? neighbours : outer, commonTables)
            .bind(item.query());
    FromItem.Alias alias = item.alias();
    Source source = derived(plan, alias == null ? "unnamed_subquery" : alias.name().name());
    return alias == null ? source : renamed(source, alias.columns(), item.position());
  }

  /** A function of one column names it as the item is named. */
  @Override
  public Source visitFunction(FromItem.Function item) {
    LogicalPlan plan = functionRows(item);
    FromItem.Alias alias = item.alias();
    String name = alias == null ? item.call().name() : alias.name().name();
    Source source = derived(plan, name);
    int values = plan.columns().size() - (item.ordinality() ? 1 : 0);
    if (values == 1 && plan.columns().get(0).name().equals(item.call().name())) {
      source = renamed(source, List.of(new Identifier(name, item.position())), item.position());
    }
    return alias == null ? source : renamed(source, alias.columns(), item.position());
  }

  private LogicalPlan functionRows(FromItem.Function item) {
    ParsedExpression.FunctionCall call = item.call();
    PlanInProgress input = new PlanInProgress(Values.oneEmptyRow());
    Scope scope = Scope.EMPTY.inside(neighbours, commonTables);
    ExpressionBinder binder = new ExpressionBinder(statement, scope, Clause.FROM, input, null);
    if (!TableFunctionRegistry.contains(call.name())) {
      Expression value = binder.bindSettled(call);
      if (item.ordinality()) {
        throw item.position()
            .error(
                ErrorCode.FEATURE_NOT_SUPPORTED,
                "WITH ORDINALITY of a function of one value is not supported");
      }
      return new Project(
          input.plan(), List.of(value), List.of(PlanColumn.computed(call.name(), value.type())));
    }
    Expand.Call bound = binder.bindTableFunction(call);
    Expand expand = Expand.of(input.plan(), List.of(bound), item.ordinality());
    int first = input.plan().columns().size();
    List<Integer> added = new ArrayList<>();
    for (int i = first; i < expand.columns().size(); i++) {
      added.add(i);
    }
    return first == 0 ? expand : Project.ofColumns(expand, added);
  }

  @Override
  public Source visitJoin(FromItem.Join item) {
    JoinType type =
        switch (item.type()) {
          case INNER, CROSS -> JoinType.INNER;
          case LEFT -> JoinType.LEFT;
          case RIGHT -> JoinType.RIGHT;
          case FULL -> JoinType.FULL;
        };
    Source left = recursionChecked(item.left(), type.keepsRight(), this);
    OuterQuery level = level(left, !type.keepsRight());
    boolean missing = type == JoinType.LEFT || type == JoinType.FULL;
    Source right = recursionChecked(item.right(), missing, beside(level));
    Source joined = product(type, left, right, level, item.right().position());
    JoinCondition condition = new JoinCondition(type, left.plan(), right.plan(), level);
    if (item.natural()) {
      joined = merge(joined, condition, left, right, commonNames(left, right), item.position());
    } else if (!item.using().isEmpty()) {
      joined = merge(joined, condition, left, right, item.using(), item.position());
      joined = item.usingAlias() == null ? joined : withUsingAlias(joined, item, item.usingAlias());
    } else if (item.on() != null) {
      // Both sides' own columns: outside the join they may be NULL, in its condition not.
      Scope scope = left.scope().and(right.scope(), left.width()).inside(outer, commonTables);
      Expression bound =
          new ExpressionBinder(statement, scope, Clause.JOIN, condition, null)
              .bindCondition(item.on());
      joined = new Source(condition.join(bound), joined.scope());
    }
    return item.alias() == null ? joined : underOneName(joined, item.alias(), item.position());
  }

  /** A recursive query cannot name itself on the side of an outer join that may be missing. */
  private Source recursionChecked(FromItem item, boolean forbidden, FromBinder binder) {
    return forbidden
        ? statement.withoutRecursion("an outer join", item.position(), () -> item.accept(binder))
        : item.accept(binder);
  }

  /** {@code USING (a) AS j}: {@code j.a} is the merged column. */
  private Source withUsingAlias(Source joined, FromItem.Join item, Identifier alias) {
    if (joined.scope().hasRelation(alias.name())) {
      throw alias
          .position()
          .error(
              ErrorCode.DUPLICATE_ALIAS,
              "table name \"" + alias.name() + "\" specified more than once");
    }
    Relation relation = new Relation(statement.nextRelation(), alias.name(), null);
    List<Entry> entries = new ArrayList<>(joined.scope().entries());
    for (Entry merged : joined.scope().entries().subList(0, item.using().size())) {
      entries.add(
          new Entry(relation, merged.name(), merged.index(), merged.column(), false, false, true));
    }
    return new Source(joined.plan(), new Scope(entries));
  }

  private Source underOneName(Source joined, FromItem.Alias alias, Position position) {
    Relation relation = new Relation(statement.nextRelation(), alias.name().name(), null);
    List<Entry> entries = new ArrayList<>();
    for (Entry entry : joined.scope().entries()) {
      if (entry.starred()) {
        entries.add(
            new Entry(relation, entry.name(), entry.index(), entry.column(), true, true, true));
      }
    }
    return renamed(new Source(joined.plan(), new Scope(entries)), alias.columns(), position);
  }

  private static List<Identifier> commonNames(Source left, Source right) {
    List<Identifier> names = new ArrayList<>();
    for (Entry entry : left.scope().entries()) {
      boolean both =
          entry.starred()
              && right.scope().entries().stream()
                  .anyMatch(other -> other.starred() && other.name().equals(entry.name()));
      if (both) {
        names.add(new Identifier(entry.name(), Position.START));
      }
    }
    return names;
  }

  /** Joins on equality of the named columns and shows each of them once. */
  private Source merge(
      Source joined,
      JoinCondition condition,
      Source left,
      Source right,
      List<Identifier> names,
      Position position) {
    JoinType type = condition.type();
    List<Expression> conditions = new ArrayList<>();
    List<Entry> merged = new ArrayList<>();
    Set<String> mergedNames = new LinkedHashSet<>();
    List<Expression> appended = new ArrayList<>(Expressions.columnsOf(joined.plan()));
    List<PlanColumn> columns = new ArrayList<>(joined.plan().columns());
    for (Identifier name : names) {
      Entry a = usingColumn(left, name, "left");
      Entry b = usingColumn(right, name, "right");
      if (!mergedNames.add(name.name())) {
        throw name.position()
            .error(
                ErrorCode.DUPLICATE_COLUMN,
                "column name \"" + name.name() + "\" appears more than once in USING clause");
      }
      Column first = left.scope().column(a);
      Column second =
          new Column(b.index() + left.width(), b.type(), right.scope().column(b).name());
      conditions.add(equality(first, second, position));
      Entry shown = type == JoinType.RIGHT ? b.at(second.index()) : a;
      int index = shown.index();
      PlanColumn column = shown.column();
      if (type == JoinType.FULL) {
        DataType common = TypeRules.commonType(List.of(a.type(), b.type()), "JOIN/USING");
        index = appended.size();
        column = PlanColumn.computed(name.name(), common);
        appended.add(
            new Coalesce(
                List.of(
                    TypeRules.coerce(first, common, CastContext.IMPLICIT),
                    TypeRules.coerce(second, common, CastContext.IMPLICIT)),
                common));
        columns.add(column);
      }
      merged.add(new Entry(null, name.name(), index, column, true, true, false));
    }
    List<Entry> entries = new ArrayList<>(merged);
    for (Entry entry : joined.scope().entries()) {
      entries.add(mergedNames.contains(entry.name()) ? entry.qualifiedOnly() : entry);
    }
    LogicalPlan plan = condition.join(Expressions.conjunction(conditions));
    if (type == JoinType.FULL) {
      plan = new Project(plan, appended, columns);
    }
    return new Source(plan, new Scope(entries));
  }

  private Expression equality(Column first, Column second, Position position) {
    try {
      return statement.functions().resolveComparison(ComparisonOperator.EQUAL, first, second);
    } catch (KalamException e) {
      throw e.at(position.line(), position.column());
    }
  }

  private static Entry usingColumn(Source source, Identifier name, String side) {
    Entry entry;
    try {
      entry = source.scope().findBare(name.name());
    } catch (KalamException e) {
      throw e.at(name.position().line(), name.position().column());
    }
    if (entry == null) {
      throw name.position()
          .error(
              ErrorCode.UNDEFINED_COLUMN,
              "column \""
                  + name.name()
                  + "\" specified in USING clause does not exist in "
                  + side
                  + " table");
    }
    return entry;
  }
}
