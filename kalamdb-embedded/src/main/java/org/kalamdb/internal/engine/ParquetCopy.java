package org.kalamdb.internal.engine;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.kalamdb.error.ErrorCode;
import org.kalamdb.internal.engine.CopyOptions.ParquetFormat;
import org.kalamdb.internal.expr.Expression;
import org.kalamdb.internal.expr.TypeRules;
import org.kalamdb.internal.expr.TypeRules.CastContext;
import org.kalamdb.internal.sql.parse.Position;
import org.kalamdb.internal.sql.plan.BoundStatement.BoundQuery;
import org.kalamdb.internal.sql.plan.Expressions;
import org.kalamdb.internal.sql.plan.LogicalPlan;
import org.kalamdb.internal.sql.plan.LogicalPlan.Project;
import org.kalamdb.internal.sql.plan.PlanColumn;
import org.kalamdb.internal.storage.cold.ParquetExport;
import org.kalamdb.internal.storage.file.OutsideFiles;
import org.kalamdb.internal.storage.file.WritableFile;
import org.kalamdb.schema.DataType;

/**
 * COPY TO a Parquet file. Types that are no single Parquet column, ZONED_TIMESTAMP and INTERVAL,
 * are written as their texts.
 */
final class ParquetCopy {
  private final ParquetFormat format;
  private final Position position;

  ParquetCopy(ParquetFormat format, Position position) {
    this.format = format;
    this.position = position;
  }

  /** Writes the rows into a new file and syncs it; gives their number. */
  long write(BoundQuery query, StatementRows source, Path file) {
    LogicalPlan plan = flat(query.plan());
    List<String> names = plan.columns().stream().map(PlanColumn::name).toList();
    List<DataType> types = plan.columns().stream().map(PlanColumn::type).toList();
    checkNames(names);
    long[] count = new long[1];
    try (WritableFile out = OutsideFiles.create(file);
        ParquetExport export =
            new ParquetExport(out, names, types, format.compression(), format.rowGroupRows())) {
      source.forEachBatch(
          plan,
          batch -> {
            count[0] += batch.selection().size();
            export.append(batch);
          });
      export.finish();
      out.sync();
    }
    return count[0];
  }

  private void checkNames(List<String> names) {
    if (names.isEmpty()) {
      throw position.error(
          ErrorCode.FEATURE_NOT_SUPPORTED, "a Parquet file needs at least one column");
    }
    Set<String> seen = new HashSet<>();
    for (String name : names) {
      if (!seen.add(name)) {
        throw position.error(
            ErrorCode.DUPLICATE_COLUMN, "column \"" + name + "\" is copied more than once");
      }
    }
  }

  private static LogicalPlan flat(LogicalPlan plan) {
    List<Expression> expressions = new ArrayList<>();
    List<PlanColumn> columns = new ArrayList<>();
    boolean same = true;
    for (Expression column : Expressions.columnsOf(plan)) {
      PlanColumn from = plan.columns().get(columns.size());
      boolean asText =
          from.type().kind() == DataType.Kind.ZONED_TIMESTAMP
              || from.type().kind() == DataType.Kind.INTERVAL;
      same &= !asText;
      expressions.add(
          asText ? TypeRules.coerce(column, DataType.TEXT, CastContext.EXPLICIT) : column);
      columns.add(
          asText ? new PlanColumn(from.name(), DataType.TEXT, null, null, from.nullable()) : from);
    }
    return same ? plan : new Project(plan, expressions, columns);
  }
}
