package org.kalamdb.internal.exec;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.jspecify.annotations.Nullable;
import org.kalamdb.error.KalamException;
import org.kalamdb.internal.catalog.CatalogSnapshot;
import org.kalamdb.internal.catalog.TableDefinition;
import org.kalamdb.internal.common.SnowflakeIds;
import org.kalamdb.internal.expr.EvaluationContext;
import org.kalamdb.internal.expr.FunctionRegistry;
import org.kalamdb.internal.expr.Values;
import org.kalamdb.internal.sql.bind.Binder;
import org.kalamdb.internal.sql.bind.BindingContext;
import org.kalamdb.internal.sql.bind.SearchPath;
import org.kalamdb.internal.sql.optimize.Optimizer;
import org.kalamdb.internal.sql.parse.SqlParser;
import org.kalamdb.internal.sql.parse.Statement;
import org.kalamdb.internal.sql.plan.BoundStatement;
import org.kalamdb.internal.sql.plan.BoundStatement.BoundQuery;
import org.kalamdb.internal.sql.plan.LogicalPlan;
import org.kalamdb.internal.vector.RecordBatch;
import org.kalamdb.internal.vector.VectorTypes;
import org.kalamdb.schema.DataType;
import org.kalamdb.schema.NamespaceId;
import org.kalamdb.schema.Role;
import org.kalamdb.schema.TableType;
import org.kalamdb.schema.UserId;

/** A small database without storage: tables in memory, SQL in, rows out. Close checks for leaks. */
final class TestBed implements AutoCloseable {
  static final UserId ALICE = new UserId("alice");
  static final UserId BOB = new UserId("bob");

  private final BufferAllocator root = new RootAllocator();
  private final List<TableDefinition> tables = new ArrayList<>();
  private final InMemoryTableReader reader;
  private Optimizer optimizer = Optimizer.standard(root);
  private @Nullable UserId user = ALICE;
  private WorkerPool workers = new WorkerPool(0);
  private final InMemoryFileStore spillFiles = new InMemoryFileStore();
  private long memoryLimit = 64 << 20;

  TestBed(long seed) {
    reader = new InMemoryTableReader(seed);
  }

  InMemoryTableReader reader() {
    return reader;
  }

  /** Where operators spill to. */
  InMemoryFileStore spillFiles() {
    return spillFiles;
  }

  BufferAllocator allocator() {
    return root;
  }

  TestBed user(@Nullable UserId other) {
    user = other;
    return this;
  }

  TestBed memoryLimit(long bytes) {
    memoryLimit = bytes;
    return this;
  }

  /** Has so many threads beside the caller's run queries, over parts of about so many rows. */
  TestBed threads(int helpers, int partRows) {
    workers.close();
    workers = new WorkerPool(helpers);
    reader.partRows(helpers == 0 ? 0 : partRows);
    return this;
  }

  /** Leaves queries to the threads that ask. */
  void closeWorkers() {
    workers.close();
  }

  TestBed without(String... passes) {
    optimizer = Optimizer.standard(root).without(Set.of(passes));
    return this;
  }

  /** No pass at all: the plan as bound. */
  TestBed withoutOptimizer() {
    Optimizer all = Optimizer.standard(root);
    optimizer = all.without(Set.copyOf(all.passNames()));
    return this;
  }

  TestBed withOptimizer() {
    optimizer = Optimizer.standard(root);
    return this;
  }

  TableDefinition shared(String name, List<Integer> key, Object... namesAndTypes) {
    return create(TableType.SHARED, name, key, namesAndTypes);
  }

  TableDefinition create(TableType type, String name, List<Integer> key, Object... namesAndTypes) {
    TableDefinition table = InMemoryTableReader.table(type, name, key, namesAndTypes);
    tables.add(table);
    return table;
  }

  Binder binder() {
    return new Binder(
        CatalogSnapshot.of(1, tables),
        FunctionRegistry.instance(),
        new BindingContext(new SearchPath(NamespaceId.DEFAULT, null), user, Role.USER));
  }

  static Statement parse(String sql) {
    return SqlParser.parse(sql).get(0).statement();
  }

  BoundStatement bind(String sql) {
    return binder().bind(parse(sql));
  }

  BoundQuery optimized(String sql) {
    return optimizer.optimize((BoundQuery) bind(sql));
  }

  LogicalPlan optimize(LogicalPlan plan) {
    return optimizer.optimize(plan);
  }

  String explain(String sql) {
    return String.join("\n", Explain.plan(optimized(sql).plan()));
  }

  /** The plan that would run in the context. */
  LogicalPlan arranged(String sql, ExecutionContext context) {
    return optimizer.arrange(optimized(sql).plan(), context.estimates());
  }

  /** The rows of the query. */
  List<List<@Nullable Object>> query(String sql, @Nullable Object... parameters) {
    BoundQuery query = optimized(sql);
    List<@Nullable Object> values = new ArrayList<>();
    for (int i = 0; i < parameters.length; i++) {
      values.add(Values.coerceParameter(parameters[i], query.parameterTypes().get(i)));
    }
    return run(query.plan(), values, CancelToken.create());
  }

  List<List<@Nullable Object>> run(
      LogicalPlan plan, List<@Nullable Object> parameters, CancelToken cancel) {
    List<List<@Nullable Object>> rows = new ArrayList<>();
    try (ExecutionContext context = context(parameters, cancel);
        Operator operator =
            PhysicalPlanner.plan(optimizer.arrange(plan, context.estimates()), context)) {
      RecordBatch batch;
      while ((batch = operator.next()) != null) {
        try (RecordBatch owned = batch) {
          addRows(owned, rows);
        }
      }
    }
    return rows;
  }

  ExecutionContext context(List<@Nullable Object> parameters, CancelToken cancel) {
    EvaluationContext evaluation =
        EvaluationContext.builder(new SnowflakeIds(1)).parameters(parameters).user("alice").build();
    ExecutionContext context =
        new ExecutionContext(
            reader,
            user,
            new QueryResources(root, memoryLimit, new SpillSpace(spillFiles), workers),
            evaluation,
            cancel);
    return workers.threads() > 0 ? context.useThreads(0) : context;
  }

  static void addRows(RecordBatch batch, List<List<@Nullable Object>> rows) {
    if (batch.rowCount() > RecordBatch.MAX_ROWS) {
      throw new AssertionError("a batch of " + batch.rowCount() + " rows");
    }
    for (int i = 0; i < batch.selection().size(); i++) {
      @Nullable Object[] row = new Object[batch.columnCount()];
      for (int c = 0; c < row.length; c++) {
        DataType type = batch.types().get(c);
        row[c] = VectorTypes.readValue(batch.column(c), type, batch.selection().get(i));
      }
      rows.add(Arrays.asList(row));
    }
  }

  /** The error of the statement as {@code SQLSTATE line:column reason [hint]}. */
  String error(String sql, @Nullable Object... parameters) {
    try {
      if (bind(sql) instanceof BoundQuery) {
        query(sql, parameters);
      }
    } catch (KalamException e) {
      String hint = e.hint() == null ? "" : " [" + e.hint() + "]";
      return e.sqlState() + " " + e.line() + ":" + e.column() + " " + e.reason() + hint;
    }
    return "no error";
  }

  static List<@Nullable Object> row(@Nullable Object... values) {
    return Arrays.asList(values);
  }

  @Override
  public void close() {
    workers.close();
    if (reader.openSources() != 0) {
      throw new AssertionError(reader.openSources() + " scans were not closed");
    }
    if (!spillFiles.list("").isEmpty() || spillFiles.openHandles() != 0) {
      throw new AssertionError("temporary files were left: " + spillFiles.list(""));
    }
    root.close(); // throws if a byte is still allocated
  }
}
