package org.kalamdb.internal.sql.bind;

import java.util.HashSet;
import java.util.Set;
import org.kalamdb.internal.catalog.CatalogSnapshot;
import org.kalamdb.internal.expr.FunctionRegistry;
import org.kalamdb.internal.sql.parse.Query;
import org.kalamdb.internal.sql.plan.LogicalPlan;
import org.kalamdb.internal.storage.SystemColumn;

/** What the binders of one statement share. Not thread-safe. */
final class StatementBinding {
  private final CatalogSnapshot catalog;
  private final FunctionRegistry functions;
  private final BindingContext context;
  private final ParameterTypes parameters = new ParameterTypes();
  private final Set<Integer> relationsWithDeleted = new HashSet<>();
  private final RecursiveReferences recursion = new RecursiveReferences();
  private int relations;
  private int outerColumns;
  private int commonTables;

  StatementBinding(CatalogSnapshot catalog, FunctionRegistry functions, BindingContext context) {
    this.catalog = catalog;
    this.functions = functions;
    this.context = context;
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
    return relations++;
  }

  int nextOuterColumn() {
    return outerColumns++;
  }

  int nextCommonTable() {
    return commonTables++;
  }

  /** Counts references to the working tables of recursive queries. */
  RecursiveReferences recursion() {
    return recursion;
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
    if (plan instanceof LogicalPlan.Scan scan) {
      return relationsWithDeleted.contains(scan.relation()) ? scan.withDeleted() : scan;
    }
    return plan.withInputs(plan.inputs().stream().map(this::withDeletedRows).toList());
  }
}
