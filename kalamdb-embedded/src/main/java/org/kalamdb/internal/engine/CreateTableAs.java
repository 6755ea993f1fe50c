package org.kalamdb.internal.engine;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.kalamdb.internal.catalog.CatalogCodec;
import org.kalamdb.internal.catalog.CatalogKeys;
import org.kalamdb.internal.catalog.CatalogSnapshot;
import org.kalamdb.internal.catalog.TableDefinition;
import org.kalamdb.internal.exec.CancelToken;
import org.kalamdb.internal.expr.EvaluationContext;
import org.kalamdb.internal.feed.Change;
import org.kalamdb.internal.sql.ddl.QueryTableBuilder;
import org.kalamdb.internal.sql.parse.CatalogStatement.CreateTable;
import org.kalamdb.internal.sql.parse.Query;
import org.kalamdb.internal.sql.plan.BoundStatement.BoundQuery;
import org.kalamdb.internal.sql.plan.PlanColumn;
import org.kalamdb.internal.storage.kv.KeyFamily;
import org.kalamdb.internal.storage.kv.KvWriteBatch;
import org.kalamdb.internal.storage.table.TableSnapshot;
import org.kalamdb.internal.txn.Commit;
import org.kalamdb.internal.txn.TransactionCommit;
import org.kalamdb.internal.write.TableWriter;
import org.kalamdb.schema.DataType;
import org.kalamdb.schema.TableId;

/** CREATE TABLE AS: a table and the rows of a query in it, in one commit. */
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
    TableId id = DdlExecutor.tableId(statement.name(), session.namespaceId());
    try (Transaction transaction = new Transaction(engine.pipeline().acquireView(), false, false)) {
      CatalogSnapshot catalog = transaction.view().catalog();
      if (DdlExecutor.isThere(statement, id, catalog)) {
        return 0;
      }
      BoundQuery bound = engine.plans().plan(query, session, catalog);
      List<String> names = bound.plan().columns().stream().map(PlanColumn::name).toList();
      List<DataType> types = bound.plan().columns().stream().map(CreateTableAs::kept).toList();
      QueryTableBuilder.build(statement, names, types, id, 0);
      TableDefinition table =
          QueryTableBuilder.build(statement, names, types, id, engine.ddl().reserveTableNumber());
      if (statement.withData()) {
        fill(table, bound, transaction, parameters);
      }
      NewTable commit = new NewTable(statement, table, transaction);
      engine.commit(commit);
      if (commit.exists) {
        return 0;
      }
      engine.tableWritten(table);
      return transaction.writes().rows().size();
    }
  }

  /** Of a computed number only the scale is known: later rows may need more digits before it. */
  private static DataType kept(PlanColumn column) {
    DataType type = column.type();
    return type.kind() == DataType.Kind.DECIMAL && column.column() == null
        ? DataType.decimal(DataType.MAX_DECIMAL_PRECISION, type.scale())
        : type;
  }

  private void fill(
      TableDefinition table,
      BoundQuery bound,
      Transaction transaction,
      @Nullable Object[] parameters) {
    EvaluationContext evaluation =
        QueryExecutor.evaluation(engine, session, bound.parameterTypes(), parameters);
    TableSnapshot snapshot =
        new TableSnapshot(
            engine.tables(),
            transaction.view().snapshot(),
            transaction.view().seq(),
            evaluation.statementTime().toEpochMilli(),
            transaction.visibleWrites());
    int width = table.schema().columns().size();
    try (RowEvaluators evaluators = new RowEvaluators(evaluation, engine.allocator())) {
      TableWriter writer =
          new TableWriter(
              table,
              BoundRules.bind(table).prepare(evaluators),
              null,
              transaction.writes(),
              new SnapshotRows(snapshot),
              null);
      new StatementRows(engine, session.userId(), snapshot, evaluation, cancel)
          .forEach(
              bound.plan(),
              values -> {
                @Nullable Object[] row = Arrays.copyOf(values, width);
                row[width - 1] = writer.defaultOf(width - 1);
                writer.insert(row);
              });
    }
  }

  /** The catalog entry and the rows together. */
  private final class NewTable implements Commit {
    private final CatalogChange entry;
    private final TransactionCommit rows;
    private boolean exists;

    NewTable(CreateTable statement, TableDefinition table, Transaction transaction) {
      this.entry =
          new CatalogChange(
              engine.pipeline(),
              (catalog, batch) -> {
                exists = DdlExecutor.isThere(statement, table.id(), catalog);
                if (exists) {
                  return catalog;
                }
                batch.put(
                    KeyFamily.CATALOG,
                    CatalogKeys.table(table.number()),
                    CatalogCodec.encode(table));
                return catalog.withTable(table);
              },
              seq -> {});
      this.rows =
          new TransactionCommit(
              transaction.writes(),
              transaction.view().seq(),
              engine.tables(),
              engine.pipeline(),
              engine.counters(),
              engine.flushes(),
              table);
    }

    @Override
    public void addTo(KvWriteBatch batch, long seq) {
      entry.addTo(batch, seq);
      if (!exists) {
        rows.addTo(batch, seq);
      }
    }

    @Override
    public void applied(long seq) {
      entry.applied(seq);
      if (!exists) {
        rows.applied(seq);
      }
    }

    @Override
    public List<Change> changes() {
      return exists ? new ArrayList<>() : rows.changes();
    }

    @Override
    public @Nullable CatalogSnapshot catalog() {
      return entry.catalog();
    }
  }
}
