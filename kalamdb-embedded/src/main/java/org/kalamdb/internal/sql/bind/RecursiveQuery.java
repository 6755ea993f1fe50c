package org.kalamdb.internal.sql.bind;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.kalamdb.error.ErrorCode;
import org.kalamdb.error.KalamException;
import org.kalamdb.internal.expr.TypeRules;
import org.kalamdb.internal.sql.bind.CommonTables.CommonTable;
import org.kalamdb.internal.sql.parse.ParsedExpression;
import org.kalamdb.internal.sql.parse.Query;
import org.kalamdb.internal.sql.parse.QueryBody;
import org.kalamdb.internal.sql.plan.CommonScans;
import org.kalamdb.internal.sql.plan.LogicalPlan;
import org.kalamdb.internal.sql.plan.PlanColumn;
import org.kalamdb.internal.sql.plan.RecursiveUnion;
import org.kalamdb.schema.DataType;

/** Binds {@code non-recursive-term UNION [ALL] recursive-term} under a name of WITH RECURSIVE. */
final class RecursiveQuery {
  /** Digits after the point of a number that grows from round to round. */
  private static final int GROWING_SCALE = 16;

  private final StatementBinding statement;
  private final @Nullable OuterQuery outer;
  private final Query.CommonTable table;
  private final QueryBody.SetOperation union;
  private final String name;

  RecursiveQuery(
      StatementBinding statement,
      @Nullable OuterQuery outer,
      Query.CommonTable table,
      QueryBody.SetOperation union) {
    this.statement = statement;
    this.outer = outer;
    this.table = table;
    this.union = union;
    this.name = table.name().name();
  }

  LogicalPlan bind(CommonTables around) {
    CommonTable self =
        new CommonTable.Forbidden(
            name,
            ErrorCode.INVALID_RECURSION,
            "recursive reference to query \""
                + name
                + "\" must not appear within its non-recursive term");
    WithClause with =
        WithClause.bind(table.query().with(), table.query().recursive(), statement, outer, around);
    LogicalPlan base =
        new QueryBinder(statement, outer, with.tables().with(self)).bind(union.left());
    int workingTable = statement.nextCommonTable();
    LogicalPlan step = bindStep(workingTable, types(base), base, with.tables());
    if (CommonScans.count(step, workingTable) == 0) {
      return new QueryBinder(statement, outer, around).bind(table.query());
    }
    refuseClauses();
    List<DataType> types = new ArrayList<>();
    boolean wider = false;
    for (int i = 0; i < base.columns().size(); i++) {
      DataType type = columnType(i, base, step);
      wider |= !type.equals(base.columns().get(i).type());
      types.add(type);
    }
    if (wider) {
      step = bindStep(workingTable, types, base, with.tables());
    }
    List<PlanColumn> columns = new ArrayList<>();
    for (int i = 0; i < types.size(); i++) {
      columns.add(PlanColumn.computed(base.columns().get(i).name(), types.get(i)));
    }
    return with.around(
        new RecursiveUnion(
            workingTable,
            name,
            SetOperations.coerced(base, types, union.left().position()),
            SetOperations.coerced(step, types, union.right().position()),
            !union.all(),
            columns));
  }

  private static List<DataType> types(LogicalPlan plan) {
    return plan.columns().stream().map(PlanColumn::type).toList();
  }

  private LogicalPlan bindStep(
      int workingTable, List<DataType> types, LogicalPlan base, CommonTables visible) {
    List<PlanColumn> columns = new ArrayList<>();
    for (int i = 0; i < types.size(); i++) {
      String column =
          i < table.columns().size() ? table.columns().get(i).name() : base.columns().get(i).name();
      columns.add(PlanColumn.computed(column, types.get(i)));
    }
    CommonTable self = new CommonTable.Rows(workingTable, name, columns, true);
    LogicalPlan step =
        new QueryBinder(statement, outer, visible.with(self)).bindOpen(union.right());
    if (CommonScans.count(step, workingTable) > 1) {
      throw union
          .right()
          .position()
          .error(
              ErrorCode.INVALID_RECURSION,
              "recursive reference to query \"" + name + "\" must not appear more than once");
    }
    if (step.columns().size() != types.size()) {
      throw union
          .right()
          .position()
          .error(ErrorCode.SYNTAX_ERROR, "each UNION query must have the same number of columns");
    }
    return step;
  }

  /** The type that the non-recursive term has, or a wider one of the same kind. */
  private DataType columnType(int column, LogicalPlan base, LogicalPlan step) {
    DataType first = base.columns().get(column).type();
    DataType second = step.columns().get(column).type();
    DataType overall;
    try {
      overall = TypeRules.commonType(List.of(first, second), "UNION");
    } catch (KalamException e) {
      throw e.at(union.right().position().line(), union.right().position().column());
    }
    if (overall.equals(first)) {
      return first;
    }
    if (overall.kind() == DataType.Kind.DECIMAL && first.kind() == DataType.Kind.DECIMAL) {
      return DataType.decimal(
          TypeRules.mostDigits(overall),
          Math.min(DataType.MAX_DECIMAL_PRECISION, Math.max(GROWING_SCALE, overall.scale())));
    }
    if (overall.isText() && first.isText()) {
      return DataType.TEXT;
    }
    throw union
        .left()
        .position()
        .error(
            ErrorCode.DATATYPE_MISMATCH,
            "recursive query \""
                + name
                + "\" column "
                + (column + 1)
                + " has type "
                + TypeRules.sqlName(first)
                + " in non-recursive term but type "
                + TypeRules.sqlName(overall)
                + " overall")
        .withHint("Cast the output of the non-recursive term to the correct type.");
  }

  private void refuseClauses() {
    Query query = table.query();
    if (!query.orderBy().isEmpty()) {
      throw refused(query.orderBy().get(0).value(), "ORDER BY");
    }
    if (query.offset() != null) {
      throw refused(query.offset(), "OFFSET");
    }
    if (query.limit() != null) {
      throw refused(query.limit(), "LIMIT");
    }
  }

  private static KalamException refused(ParsedExpression at, String what) {
    return at.position()
        .error(ErrorCode.FEATURE_NOT_SUPPORTED, what + " in a recursive query is not implemented");
  }
}
