package org.kalamdb.internal.sql.bind;

import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.kalamdb.error.ErrorCode;
import org.kalamdb.internal.catalog.CatalogSnapshot;
import org.kalamdb.internal.catalog.ViewDefinition;
import org.kalamdb.internal.expr.FunctionRegistry;
import org.kalamdb.internal.sql.parse.Position;
import org.kalamdb.internal.sql.parse.Query;
import org.kalamdb.internal.sql.plan.LogicalPlan;
import org.kalamdb.internal.sql.plan.Scan;
import org.kalamdb.internal.storage.SystemColumn;
import org.kalamdb.schema.TableId;

/** What the binders of one statement share. Not thread-safe. */
final class StatementBinding {
  private static final int MAX_VIEW_DEPTH = 64;

  private final CatalogSnapshot catalog;
  private final FunctionRegistry functions;
  private final BindingContext context;
  private final ParameterTypes parameters;
  private final Set<Integer> relationsWithDeleted;
  private final AtomicInteger relations;
  private final AtomicInteger outerColumns;
  private final AtomicInteger commonTables;
  private final RecursiveReferences recursion;
  private final Set<TableId> reads = new LinkedHashSet<>();
  private final int viewDepth;

  StatementBinding(CatalogSnapshot catalog, FunctionRegistry functions, BindingContext context) {
    this.catalog = catalog;
    this.functions = functions;
    this.context = context;
    this.parameters = new ParameterTypes();
    this.relationsWithDeleted = new HashSet<>();
    this.relations = new AtomicInteger();
    this.outerColumns = new AtomicInteger();
    this.commonTables = new AtomicInteger();
    this.recursion = new RecursiveReferences();
    this.viewDepth = 0;
  }

  private StatementBinding(StatementBinding around, SearchPath path) {
    this.catalog = around.catalog;
    this.functions = around.functions;
    this.context = new BindingContext(path, around.context.user(), around.context.role());
    this.parameters = around.parameters;
    this.relationsWithDeleted = around.relationsWithDeleted;
    this.relations = around.relations;
    this.outerColumns = around.outerColumns;
    this.commonTables = around.commonTables;
    this.recursion = around.recursion;
    this.viewDepth = around.viewDepth + 1;
  }

  /** The same statement within a view, whose names are looked up in another namespace. */
  StatementBinding inside(ViewDefinition view, Position position) {
    if (viewDepth == MAX_VIEW_DEPTH) {
      throw position.error(
          ErrorCode.STATEMENT_TOO_COMPLEX, "views are nested deeper than " + MAX_VIEW_DEPTH);
    }
    return new StatementBinding(this, SearchPath.of(view));
  }

  /** The statement, or the view in it, names the table or view itself. */
  void noteRead(TableId id) {
    reads.add(id);
  }

  /** What {@link #noteRead} was told, in the order of first naming. */
  List<TableId> reads() {
    return List.copyOf(reads);
  }

  CatalogSnapshot catalog() {
    return catalog;
  }

  FunctionRegistry functions() {
    return functions;
  }

  BindingContext context() {
    return context;
  }

  ParameterTypes parameters() {
    return parameters;
  }

  int nextRelation() {
    return relations.getAndIncrement();
  }

  int nextOuterColumn() {
    return outerColumns.getAndIncrement();
  }

  int nextCommonTable() {
    return commonTables.getAndIncrement();
  }

  /** A recursive query has named itself. */
  void noteRecursion(int workingTable, String name) {
    recursion.note(workingTable, name);
  }

  /** Runs {@code binding}, in which no recursive query around it may name itself. */
  <T> T withoutRecursion(String where, Position position, Supplier<T> binding) {
    return recursion.forbidden(where, position, nextCommonTable(), binding);
  }

  LogicalPlan bindSubquery(Query query, OuterQuery outer) {
    return new QueryBinder(this, outer, outer.commonTables()).bind(query);
  }

  /** A WHERE that names {@code _deleted} sees deleted rows. */
  void noteNamedInWhere(Scope.Entry entry) {
    if (entry.relation() != null && entry.name().equals(SystemColumn.DELETED.columnName())) {
      relationsWithDeleted.add(entry.relation().number());
    }
  }

  /** The plan with tombstones in those scans whose WHERE asks for them. */
  LogicalPlan withDeletedRows(LogicalPlan plan) {
    if (relationsWithDeleted.isEmpty()) {
      return plan;
    }
    if (plan instanceof Scan scan) {
      return relationsWithDeleted.contains(scan.relation()) ? scan.withDeleted() : scan;
    }
    return plan.withInputs(plan.inputs().stream().map(this::withDeletedRows).toList());
  }
}
