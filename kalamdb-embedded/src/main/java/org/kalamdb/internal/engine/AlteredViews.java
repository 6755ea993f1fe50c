package org.kalamdb.internal.engine;

import java.util.List;
import java.util.Set;
import org.kalamdb.error.ErrorCode;
import org.kalamdb.error.KalamException;
import org.kalamdb.internal.catalog.CatalogSnapshot;
import org.kalamdb.internal.catalog.TableDefinition;
import org.kalamdb.internal.catalog.ViewDefinition;
import org.kalamdb.internal.expr.FunctionRegistry;
import org.kalamdb.internal.sql.bind.Binder;
import org.kalamdb.internal.sql.bind.BindingContext;
import org.kalamdb.internal.sql.bind.SearchPath;
import org.kalamdb.internal.sql.parse.Position;
import org.kalamdb.internal.sql.parse.SelectStatement;
import org.kalamdb.internal.sql.parse.SqlParser;
import org.kalamdb.internal.sql.plan.PlanColumn;
import org.kalamdb.schema.DataType;
import org.kalamdb.schema.Role;

/** Views over a table that is altered: each must still mean what it did. */
final class AlteredViews {
  private AlteredViews() {}

  /** Refuses (2BP01) a change after which a view has lost a column or would have another type. */
  static void check(
      CatalogSnapshot before, CatalogSnapshot after, TableDefinition table, Position position) {
    for (ViewDefinition view : before.viewsOver(Set.of(table.id()))) {
      if (!isAsBefore(view, after)) {
        throw position
            .error(
                ErrorCode.DEPENDENT_OBJECTS_EXIST,
                "cannot alter table "
                    + table.id().name()
                    + " so because view "
                    + view.id().name()
                    + " depends on it")
            .withHint("Drop the view first and create it again.");
      }
    }
  }

  private static boolean isAsBefore(ViewDefinition view, CatalogSnapshot catalog) {
    List<PlanColumn> columns;
    try {
      SelectStatement query = (SelectStatement) SqlParser.parse(view.sql()).get(0).statement();
      columns =
          new Binder(
                  catalog,
                  FunctionRegistry.instance(),
                  new BindingContext(SearchPath.of(view), ViewExecutor.ANY_USER, Role.DBA))
              .bindView(query.query())
              .columns();
    } catch (KalamException e) {
      return false;
    }
    return view.columns().stream()
        .allMatch(column -> columns.stream().anyMatch(now -> isColumn(now, column)));
  }

  private static boolean isColumn(PlanColumn now, ViewDefinition.Column column) {
    return now.name().equals(column.source())
        && (now.type().equals(column.type()) || now.type().equals(DataType.UNKNOWN));
  }
}
