package org.kalamdb.internal.engine;

import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.kalamdb.internal.catalog.CatalogCodec;
import org.kalamdb.internal.catalog.CatalogKeys;
import org.kalamdb.internal.catalog.CatalogSnapshot;
import org.kalamdb.internal.catalog.TableDefinition;
import org.kalamdb.internal.exec.CancelToken;
import org.kalamdb.internal.expr.EvaluationContext;
import org.kalamdb.internal.expr.TypeRules;
import org.kalamdb.internal.sql.ddl.QueryTableBuilder;
import org.kalamdb.internal.sql.ddl.StorageOptions;
import org.kalamdb.internal.sql.parse.CatalogStatement.CreateTable;
import org.kalamdb.internal.sql.parse.Query;
import org.kalamdb.internal.sql.plan.BoundStatement.BoundQuery;
import org.kalamdb.internal.sql.plan.PlanColumn;
import org.kalamdb.internal.storage.kv.KeyFamily;
import org.kalamdb.internal.storage.table.TableSnapshot;
import org.kalamdb.internal.write.TableWriter;
import org.kalamdb.schema.DataType;
import org.kalamdb.schema.TableId;

/**
 * CREATE TABLE AS: a table and the rows of a query in it, in one commit, or in the transaction that
 * is open.
 */
final class CreateTableAs {
  private final Engine engine;
  private final EngineSession session;
  private final CancelToken cancel;

  CreateTableAs(Engine engine, EngineSession session, CancelToken cancel) {
    this.cancel = cancel;
    this.engine = engine;
    this.session = session;
  }

  /** Runs the statement and gives the number of rows. */
  long run(CreateTable statement, Query query, @Nullable Object[] parameters) {
    SessionTransaction open = session.transaction();
    if (open != null) {
      open.checkWritable("CREATE TABLE AS");
      return create(statement, query, parameters, open);
    }
    try (SessionTransaction own = session.beginStatement()) {
      long rows = create(statement, query, parameters, own);
      new QueryExecutor(engine, session, cancel).commit(own);
      return rows;
    }
  }

  private long create(
      CreateTable statement,
      Query query,
      @Nullable Object[] parameters,
      SessionTransaction transaction) {
    TableId id = session.path().newId(statement.name());
    CatalogSnapshot catalog = transaction.catalog();
    if (DdlExecutor.isThere(statement, id, DdlExecutor.withTemporary(catalog, null, id))) {
      return 0;
    }
    BoundQuery bound = engine.plans().plan(query, session, catalog);
    List<String> names = bound.plan().columns().stream().map(PlanColumn::name).toList();
    List<DataType> types = bound.plan().columns().stream().map(CreateTableAs::kept).toList();
    QueryTableBuilder.build(statement, names, types, id, 0);
    TableDefinition table =
        QueryTableBuilder.build(statement, names, types, id, engine.ddl().reserveTableNumber());
    transaction.stage(entry(statement, table));
    return statement.withData() ? fill(table, bound, transaction, parameters) : 0;
  }

  /** The table in the catalog; if another commit was first, its rows are left out with it. */
  private static CatalogStep entry(CreateTable statement, TableDefinition table) {
    return CatalogStep.of(
        (before, batch) -> {
          CatalogSnapshot catalog = DdlExecutor.withTemporary(before, batch, table.id());
          if (DdlExecutor.isThere(statement, table.id(), catalog)) {
            return catalog;
          }
          StorageOptions.check(catalog, statement.options());
          batch.put(
              KeyFamily.CATALOG, CatalogKeys.table(table.number()), CatalogCodec.encode(table));
          return catalog.withTable(table);
        });
  }

  /** Of a computed number only the scale is known: later rows may need more digits before it. */
  private static DataType kept(PlanColumn column) {
    DataType type = column.type();
    return type.kind() == DataType.Kind.DECIMAL && column.column() == null
        ? DataType.decimal(TypeRules.mostDigits(type), type.scale())
        : type;
  }

  private long fill(
      TableDefinition table,
      BoundQuery bound,
      SessionTransaction transaction,
      @Nullable Object[] parameters) {
    transaction.beginWrite();
    long[] rows = new long[1];
    EvaluationContext evaluation =
        QueryExecutor.evaluation(engine, session, bound.parameterTypes(), parameters);
    TableSnapshot snapshot =
        new TableSnapshot(
            engine.tables(),
            transaction.view().snapshot(),
            transaction.view().seq(),
            evaluation.statementTime().toEpochMilli(),
            transaction.visibleWrites(),
            transaction.reads());
    int width = table.schema().columns().size();
    try (RowEvaluators evaluators = new RowEvaluators(evaluation, engine.allocator())) {
      TableWriter writer =
          new TableWriter(
              table,
              BoundRules.bind(table).prepare(evaluators),
              null,
              transaction.writes(),
              new SnapshotRows(snapshot, transaction.drafted()),
              null);
      new StatementRows(engine, session.userId(), snapshot, evaluation, cancel)
          .forEach(
              bound.plan(),
              values -> {
                @Nullable Object[] row = Arrays.copyOf(values, width);
                row[width - 1] = writer.defaultOf(width - 1);
                writer.insert(row);
                rows[0]++;
              });
    }
    return rows[0];
  }
}
