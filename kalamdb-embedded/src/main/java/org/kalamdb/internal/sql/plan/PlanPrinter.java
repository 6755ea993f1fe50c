package org.kalamdb.internal.sql.plan;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.kalamdb.internal.sql.plan.KeyCondition.Bound;
import org.kalamdb.internal.sql.plan.LogicalPlan.Aggregate;
import org.kalamdb.internal.sql.plan.LogicalPlan.BufferedRows;
import org.kalamdb.internal.sql.plan.LogicalPlan.Distinct;
import org.kalamdb.internal.sql.plan.LogicalPlan.DistinctOn;
import org.kalamdb.internal.sql.plan.LogicalPlan.Filter;
import org.kalamdb.internal.sql.plan.LogicalPlan.Join;
import org.kalamdb.internal.sql.plan.LogicalPlan.Limit;
import org.kalamdb.internal.sql.plan.LogicalPlan.LimitWithTies;
import org.kalamdb.internal.sql.plan.LogicalPlan.Project;
import org.kalamdb.internal.sql.plan.LogicalPlan.Sort;
import org.kalamdb.internal.sql.plan.LogicalPlan.TopN;
import org.kalamdb.internal.sql.plan.LogicalPlan.Union;
import org.kalamdb.internal.sql.plan.LogicalPlan.Values;
import org.kalamdb.internal.sql.plan.LogicalPlan.Window;
import org.kalamdb.schema.TableSchema;

/**
 * Prints a plan as an indented tree, one operator a line with its conditions below it: the text of
 * EXPLAIN. The same plan always prints the same.
 */
public final class PlanPrinter implements PlanVisitor<List<String>> {
  private final Function<LogicalPlan, List<String>> notes;

  private PlanPrinter(Function<LogicalPlan, List<String>> notes) {
    this.notes = notes;
  }

  /** The lines of the plan. */
  public static List<String> print(LogicalPlan plan) {
    return print(plan, node -> List.of());
  }

  /** The lines of the plan with further lines under each operator. */
  public static List<String> print(LogicalPlan plan, Function<LogicalPlan, List<String>> notes) {
    List<String> lines = new ArrayList<>();
    new PlanPrinter(notes).add(plan, 0, lines);
    return lines;
  }

  /** An operator's own lines: its head, then {@code name: value} for each detail. */
  public static List<String> describe(LogicalPlan operator) {
    return operator.accept(new PlanPrinter(node -> List.of()));
  }

  /** An operator's lines: the first is its head, the others are about it. */
  private void add(LogicalPlan plan, int depth, List<String> lines) {
    String indent = "  ".repeat(depth);
    List<String> own = plan.accept(this);
    lines.add(indent + own.get(0));
    for (String detail : own.subList(1, own.size())) {
      lines.add(indent + "    " + detail);
    }
    for (String note : notes.apply(plan)) {
      lines.add(indent + "    " + note);
    }
    for (LogicalPlan input : plan.inputs()) {
      add(input, depth + 1, lines);
    }
  }

  @Override
  public List<String> visitScan(Scan scan) {
    List<String> lines = new ArrayList<>();
    String alias = scan.alias().equals(scan.table().id().name()) ? "" : " as " + scan.alias();
    String order =
        switch (scan.order()) {
          case ANY -> "";
          case ASCENDING -> ", in key order";
          case DESCENDING -> ", in key order backwards";
        };
    String deleted = scan.includeDeleted() ? ", with deleted rows" : "";
    String all = scan.table().partitioned() == null ? "" : "all users of ";
    lines.add("Scan " + all + scan.table().id() + alias + order + deleted);
    if (!scan.keys().isEmpty()) {
      lines.add("keys: " + joined(scan.keys(), key -> key(key, scan), " AND "));
    }
    if (!scan.predicates().isEmpty()) {
      lines.add("skips by: " + joined(scan.predicates(), p -> predicate(p, scan), " AND "));
    }
    IndexAccess index = scan.index();
    if (index != null) {
      lines.add("index: " + index(index, scan));
    }
    if (scan.limit() != null) {
      lines.add("at most: " + limit(scan.limit()));
    }
    lines.add("columns: " + joined(scan.columns(), PlanColumn::name, ", "));
    return lines;
  }

  private static String index(IndexAccess access, Scan scan) {
    String conditions =
        access.conditions().isEmpty()
            ? ""
            : " where " + joined(access.conditions(), key -> key(key, scan), " AND ");
    RowLimit first = access.first();
    String part = first == null ? "" : access.descending() ? ", last " : ", first ";
    return access.index().name() + conditions + (first == null ? "" : part + limit(first));
  }

  private static String key(KeyCondition condition, Scan scan) {
    TableSchema schema = scan.table().schema();
    String name = schema.column(condition.column()).name();
    List<String> parts = new ArrayList<>();
    condition.equal().forEach(values -> parts.add(name + equal(values)));
    condition.lower().forEach(bound -> parts.add(name + " >" + bound(bound)));
    condition.upper().forEach(bound -> parts.add(name + " <" + bound(bound)));
    return String.join(" AND ", parts);
  }

  private static String equal(List<org.kalamdb.internal.expr.Expression> values) {
    return values.size() == 1
        ? " = " + ExpressionPrinter.print(values.get(0))
        : " IN (" + ExpressionPrinter.printAll(values) + ")";
  }

  private static String bound(Bound bound) {
    return (bound.inclusive() ? "= " : " ") + ExpressionPrinter.print(bound.value());
  }

  private static String predicate(ScanPredicate predicate, Scan scan) {
    String name = scan.table().schema().column(predicate.column()).name();
    return predicate.values().size() == 1
        ? name
            + " "
            + predicate.operator().sql()
            + " "
            + ExpressionPrinter.print(predicate.values().get(0))
        : name + equal(predicate.values());
  }

  private static <T> String joined(List<T> items, Function<T, String> print, String separator) {
    return items.stream().map(print).collect(Collectors.joining(separator));
  }

  private static String limit(RowLimit limit) {
    List<String> parts = new ArrayList<>();
    if (limit.limit() != null) {
      parts.add(ExpressionPrinter.print(limit.limit()));
    }
    if (limit.offset() != null) {
      parts.add("offset " + ExpressionPrinter.print(limit.offset()));
    }
    return String.join(" ", parts);
  }

  @Override
  public List<String> visitValues(Values values) {
    int rows = values.rows().size();
    return List.of("Values " + rows + (rows == 1 ? " row" : " rows"));
  }

  @Override
  public List<String> visitBufferedRows(BufferedRows rows) {
    return List.of("Buffered rows " + joined(rows.columns(), PlanColumn::name, ", "));
  }

  @Override
  public List<String> visitFilter(Filter filter) {
    return List.of("Filter " + ExpressionPrinter.print(filter.condition()));
  }

  @Override
  public List<String> visitProject(Project project) {
    List<String> items = new ArrayList<>();
    for (int i = 0; i < project.expressions().size(); i++) {
      String text = ExpressionPrinter.print(project.expressions().get(i));
      String name = project.columns().get(i).name();
      boolean plain = text.equals(name) || text.endsWith("." + name) || name.equals("?column?");
      items.add(plain ? text : text + " AS " + name);
    }
    return List.of("Project " + String.join(", ", items));
  }

  @Override
  public List<String> visitAggregate(Aggregate aggregate) {
    List<String> lines = new ArrayList<>();
    String groups =
        aggregate.groups().isEmpty() ? "" : " by " + ExpressionPrinter.printAll(aggregate.groups());
    lines.add("Aggregate" + groups);
    if (!aggregate.calls().isEmpty()) {
      lines.add("computes: " + joined(aggregate.calls(), PlanPrinter::call, ", "));
    }
    return lines;
  }

  private static String call(AggregateCall call) {
    String arguments =
        call.arguments().isEmpty() ? "*" : ExpressionPrinter.printAll(call.arguments());
    if (!call.function().order().isEmpty()) {
      arguments +=
          " ORDER BY "
              + joined(
                  call.function().order(),
                  key ->
                      sortKey(
                          new SortKey(
                              call.arguments().get(key.argument()),
                              key.descending(),
                              key.nullsFirst())),
                  ", ");
    }
    String distinct = call.function().distinct() ? "DISTINCT " : "";
    String filter =
        call.filter() == null
            ? ""
            : " FILTER (WHERE " + ExpressionPrinter.print(call.filter()) + ")";
    return call.function().name() + "(" + distinct + arguments + ")" + filter;
  }

  @Override
  public List<String> visitExpandSets(ExpandSets expand) {
    return List.of(
        "Expand to grouping sets "
            + joined(
                expand.sets(),
                set ->
                    "("
                        + joined(set, key -> ExpressionPrinter.print(expand.keys().get(key)), ", ")
                        + ")",
                ", "));
  }

  @Override
  public List<String> visitWindow(Window window) {
    List<String> over = new ArrayList<>();
    if (!window.partitionBy().isEmpty()) {
      over.add("by " + ExpressionPrinter.printAll(window.partitionBy()));
    }
    if (!window.orderBy().isEmpty()) {
      over.add("in order of " + joined(window.orderBy(), PlanPrinter::sortKey, ", "));
    }
    return List.of(
        over.isEmpty() ? "Window over all rows" : "Window " + String.join(" ", over),
        "computes: " + joined(window.calls(), PlanPrinter::windowCall, ", "));
  }

  private static String windowCall(WindowCall call) {
    boolean star = call.arguments().isEmpty() && call.function().name().equals("count");
    String arguments = star ? "*" : ExpressionPrinter.printAll(call.arguments());
    String filter =
        call.filter() == null
            ? ""
            : " FILTER (WHERE " + ExpressionPrinter.print(call.filter()) + ")";
    String frame = call.frame().equals(WindowFrame.DEFAULT) ? "" : " " + frame(call.frame());
    return call.function().name() + "(" + arguments + ")" + filter + frame;
  }

  private static String frame(WindowFrame frame) {
    String exclusion =
        frame.exclusion() == WindowFrame.Exclusion.NO_OTHERS
            ? ""
            : " EXCLUDE " + frame.exclusion().name().replace('_', ' ');
    return frame.units() + " " + bound(frame.start()) + " TO " + bound(frame.end()) + exclusion;
  }

  private static String bound(WindowFrame.Bound bound) {
    String kind = bound.kind().name().replace('_', ' ');
    return bound.offset() == null
        ? kind
        : kind.replace("OFFSET", ExpressionPrinter.print(bound.offset()));
  }

  @Override
  public List<String> visitDistinct(Distinct distinct) {
    return List.of("Distinct");
  }

  @Override
  public List<String> visitDistinctOn(DistinctOn distinct) {
    return List.of("Distinct on " + ExpressionPrinter.printAll(distinct.keys()));
  }

  @Override
  public List<String> visitSort(Sort sort) {
    return List.of("Sort by " + joined(sort.keys(), PlanPrinter::sortKey, ", "));
  }

  private static String sortKey(SortKey key) {
    String nulls =
        key.nullsFirst() == key.descending()
            ? ""
            : key.nullsFirst() ? " NULLS FIRST" : " NULLS LAST";
    return ExpressionPrinter.print(key.expression()) + (key.descending() ? " DESC" : "") + nulls;
  }

  @Override
  public List<String> visitLimit(Limit limit) {
    return List.of("Limit " + limit(limit.limit()));
  }

  @Override
  public List<String> visitLimitWithTies(LimitWithTies limit) {
    return List.of(
        "Limit "
            + limit(limit.limit())
            + " with ties by "
            + joined(limit.keys(), PlanPrinter::sortKey, ", "));
  }

  @Override
  public List<String> visitTopN(TopN topN) {
    return List.of(
        "TopN " + limit(topN.limit()) + " by " + joined(topN.keys(), PlanPrinter::sortKey, ", "));
  }

  @Override
  public List<String> visitJoin(Join join) {
    List<String> lines = new ArrayList<>();
    String how = join.keys().isEmpty() ? " nested loop" : join.merged() > 0 ? " merge" : " hash";
    lines.add(join.type().label() + how + (join.holdsLeft() ? " join holding left" : " join"));
    if (!join.keys().isEmpty()) {
      lines.add(
          "keys: "
              + joined(
                  join.keys(),
                  key ->
                      ExpressionPrinter.print(key.left())
                          + " = "
                          + ExpressionPrinter.print(key.right()),
                  " AND "));
    }
    if (join.residual() != null) {
      lines.add("condition: " + ExpressionPrinter.print(join.residual()));
    }
    return lines;
  }

  @Override
  public List<String> visitUnion(Union union) {
    return List.of("Union of " + union.inputs().size());
  }

  @Override
  public List<String> visitApply(Apply apply) {
    List<String> lines = new ArrayList<>();
    lines.add(apply.type().label() + " apply");
    lines.add("for each: " + joined(apply.correlations(), c -> c.column().name(), ", "));
    if (apply.condition() != null) {
      lines.add("condition: " + ExpressionPrinter.print(apply.condition()));
    }
    return lines;
  }

  @Override
  public List<String> visitExpand(Expand expand) {
    String calls =
        joined(
            expand.calls(),
            call ->
                call.function().name() + "(" + ExpressionPrinter.printAll(call.arguments()) + ")",
            ", ");
    return List.of("Expand " + calls + (expand.ordinality() ? " with ordinality" : ""));
  }

  @Override
  public List<String> visitWith(With with) {
    return List.of("With " + with.name());
  }

  @Override
  public List<String> visitCommonScan(CommonScan scan) {
    return List.of(
        "Scan common table " + scan.name(),
        "columns: " + joined(scan.columns(), PlanColumn::name, ", "));
  }

  @Override
  public List<String> visitRecursiveUnion(RecursiveUnion union) {
    return List.of("Recursive union " + union.name() + (union.distinct() ? ", distinct" : ""));
  }
}
