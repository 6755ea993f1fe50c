package org.kalamdb.internal.engine;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.kalamdb.internal.catalog.CatalogSnapshot;
import org.kalamdb.internal.catalog.TableDefinition;
import org.kalamdb.internal.expr.Expression;
import org.kalamdb.internal.expr.FunctionRegistry;
import org.kalamdb.internal.sql.bind.Binder;
import org.kalamdb.internal.sql.bind.BindingContext;
import org.kalamdb.internal.write.RowExpression;
import org.kalamdb.internal.write.TableRules;
import org.kalamdb.schema.ColumnSchema;
import org.kalamdb.schema.NamespaceId;
import org.kalamdb.schema.TableSchema;

/**
 * A table's DEFAULT and CHECK expressions, bound once for each schema version; immutable.
 *
 * @param defaults for each column its DEFAULT, or null
 * @param checks in column order
 */
record BoundRules(
    TableSchema schema, List<@Nullable Expression> defaults, List<BoundCheck> checks) {
  record BoundCheck(String name, Expression condition) {}

  /** Binds them; an error tells what is wrong with the stored text. */
  static BoundRules bind(TableDefinition table) {
    Binder binder =
        new Binder(
            CatalogSnapshot.of(0, List.of()),
            FunctionRegistry.instance(),
            new BindingContext(NamespaceId.DEFAULT, null, "dba"));
    List<@Nullable Expression> defaults = new ArrayList<>();
    List<BoundCheck> checks = new ArrayList<>();
    for (ColumnSchema column : table.schema().columns()) {
      String defaultSql = column.defaultSql();
      defaults.add(defaultSql == null ? null : binder.bindDefault(defaultSql, column));
      String checkSql = column.checkSql();
      if (checkSql != null) {
        checks.add(
            new BoundCheck(
                table.id().name() + "_" + column.name() + "_check",
                binder.bindCheck(checkSql, table.schema())));
      }
    }
    return new BoundRules(table.schema(), defaults, checks);
  }

  /** The rules ready to compute within one statement. */
  TableRules prepare(RowEvaluators evaluators) {
    List<@Nullable RowExpression> computed = new ArrayList<>();
    for (Expression expression : defaults) {
      computed.add(expression == null ? null : row -> evaluators.constant(expression));
    }
    List<TableRules.Check> conditions = new ArrayList<>();
    for (BoundCheck check : checks) {
      conditions.add(new TableRules.Check(check.name(), evaluators.overRow(check.condition())));
    }
    return new TableRules(computed, conditions);
  }
}
