package org.kalamdb.internal.engine;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.kalamdb.internal.catalog.CheckConstraint;
import org.kalamdb.internal.catalog.TableDefinition;
import org.kalamdb.internal.expr.Expression;
import org.kalamdb.internal.sql.bind.Binder;
import org.kalamdb.internal.sql.parse.SqlParser;
import org.kalamdb.internal.write.RowExpression;
import org.kalamdb.internal.write.TableRules;
import org.kalamdb.schema.ColumnSchema;
import org.kalamdb.schema.TableSchema;

/**
 * A table's DEFAULT, GENERATED and CHECK expressions, bound once for each revision; immutable.
 *
 * @param defaults for each column its DEFAULT, or null
 * @param generated for each column what it is computed by, or null
 * @param checks in the order they are looked at
 */
record BoundRules(
    TableDefinition table,
    List<@Nullable Expression> defaults,
    List<@Nullable Expression> generated,
    List<BoundCheck> checks) {
  record BoundCheck(String name, Expression condition) {}

  /** Binds them; an error tells what is wrong with the stored text. */
  static BoundRules bind(TableDefinition table) {
    Binder binder = Binder.ofStoredExpressions();
    TableSchema schema = table.schema();
    List<@Nullable Expression> generated = new ArrayList<>();
    List<@Nullable Expression> defaults = new ArrayList<>();
    List<BoundCheck> checks = new ArrayList<>();
    for (ColumnSchema column : schema.columns()) {
      String defaultSql = column.defaultSql();
      defaults.add(defaultSql == null ? null : binder.bindDefault(defaultSql, column));
      String generatedSql = column.generatedSql();
      generated.add(
          generatedSql == null
              ? null
              : binder.bindGenerated(SqlParser.parseExpression(generatedSql), column, schema));
    }
    for (CheckConstraint check : table.constraints().checks()) {
      checks.add(new BoundCheck(check.name(), binder.bindCheck(check.sql(), schema)));
    }
    return new BoundRules(table, defaults, generated, checks);
  }

  /** The rules ready to compute within one statement. */
  TableRules prepare(RowEvaluators evaluators) {
    List<@Nullable RowExpression> computed = new ArrayList<>();
    for (Expression expression : defaults) {
      computed.add(expression == null ? null : row -> evaluators.constant(expression));
    }
    List<TableRules.Generated> columns = new ArrayList<>();
    for (int i = 0; i < generated.size(); i++) {
      Expression expression = generated.get(i);
      if (expression != null) {
        columns.add(new TableRules.Generated(i, evaluators.overRow(expression)));
      }
    }
    List<TableRules.Check> conditions = new ArrayList<>();
    for (BoundCheck check : checks) {
      conditions.add(new TableRules.Check(check.name(), evaluators.overRow(check.condition())));
    }
    return new TableRules(computed, columns, conditions);
  }
}
