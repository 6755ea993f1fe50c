package org.kalamdb.internal.exec;

import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.apache.arrow.memory.BufferAllocator;
import org.jspecify.annotations.Nullable;
import org.kalamdb.internal.catalog.TableDefinition;
import org.kalamdb.internal.expr.EvaluationContext;
import org.kalamdb.internal.sql.estimate.PlanEstimator;
import org.kalamdb.internal.sql.plan.LogicalPlan;
import org.kalamdb.internal.storage.TableReader;
import org.kalamdb.internal.vector.RecordBatch;
import org.kalamdb.schema.UserId;

/**
 * What the operators of one run share: the data they read, the session's user, memory, parameters
 * and the wish to stop. Owns the query's allocator; close it after the operators and the batches
 * they gave. One thread at a time.
 */
public final class ExecutionContext implements AutoCloseable {
  private static final int BATCHES_IN_MEMORY = 32;
  private static final int WIDE_ROW_BYTES = 128;
  private static final int LEAST_BATCH_ROWS = 128;

  /** What each thread may well hold in batches on their way. */
  private static final long MEMORY_PER_THREAD = 16 << 20;

  private static final double LONG_SCAN_ROWS = 100_000;

  private final TableReader reader;
  private final @Nullable UserId user;
  private final BufferAllocator allocator;
  private final MemoryBudget memory;
  private final SpillSpace spill;
  private final WorkerPool workers;
  private int threads = 1;
  private double longScanRows = LONG_SCAN_ROWS;
  private final EvaluationContext evaluation;
  private final CancelToken cancel;
  private int nextOuterColumn = Integer.MIN_VALUE;
  private final Map<Integer, CommonRows> commonTables = new HashMap<>();
  private @Nullable PlanEstimator estimates;
  private final Map<LogicalPlan, OperatorStatistics> statistics = new IdentityHashMap<>();
  private final Map<Integer, List<@Nullable Object[]>> buffered = new HashMap<>();

  /**
   * Starts a run.
   *
   * @param reader one snapshot for all scans; stays the caller's
   * @param user whose partitions of USER and STREAM tables are read; null: none
   * @param resources what to take memory and temporary files from
   */
  public ExecutionContext(
      TableReader reader,
      @Nullable UserId user,
      QueryResources resources,
      EvaluationContext evaluation,
      CancelToken cancel) {
    this.reader = reader;
    this.user = user;
    this.allocator = resources.database().newChildAllocator("query", 0, resources.queryMemory());
    this.memory = new MemoryBudget(resources.queryMemory());
    this.spill = resources.spill();
    this.workers = resources.workers();
    this.evaluation = evaluation;
    this.cancel = cancel;
    evaluation.interruptedBy(cancel::check);
  }

  TableReader reader() {
    return reader;
  }

  @Nullable UserId user() {
    return user;
  }

  public BufferAllocator allocator() {
    return allocator;
  }

  /** How the operators divide the query's memory. */
  MemoryBudget memory() {
    return memory;
  }

  /** The most rows an operator that makes batches of its own puts into one; fewer if memory is. */
  int batchRows() {
    long fitting = allocator.getLimit() / BATCHES_IN_MEMORY / WIDE_ROW_BYTES;
    return (int) Math.max(LEAST_BATCH_ROWS, Math.min(RecordBatch.MAX_ROWS, fitting));
  }

  /**
   * Lets other threads take part in the run. Only for a run during which nothing changes what it
   * sees.
   */
  public ExecutionContext useThreads() {
    long fitting = Math.max(1, allocator.getLimit() / MEMORY_PER_THREAD);
    threads = (int) Math.min(workers.threads() + 1, fitting);
    return this;
  }

  /** As {@link #useThreads()}, also for scans of few rows and with little memory: for tests. */
  ExecutionContext useThreads(double leastRows) {
    threads = workers.threads() + 1;
    longScanRows = leastRows;
    return this;
  }

  boolean usesThreads() {
    return threads > 1;
  }

  /** The most threads that take part, that of the query among them. */
  int threads() {
    return threads;
  }

  /** From so many rows on it pays to have other threads take part: few are read sooner without. */
  double longScanRows() {
    return longScanRows;
  }

  WorkerPool workers() {
    return workers;
  }

  SpillSpace spill() {
    return spill;
  }

  public EvaluationContext evaluation() {
    return evaluation;
  }

  /** Stops the run. */
  public CancelToken cancel() {
    return cancel;
  }

  /** A number for an outer column that no plan has. */
  int nextOuterColumn() {
    return nextOuterColumn++;
  }

  /** Lets scans of the common table with the number read the rows, until others take its place. */
  void share(int commonTable, CommonRows rows) {
    commonTables.put(commonTable, rows);
  }

  /** The rows shared under the number. */
  CommonRows shared(int commonTable) {
    return Objects.requireNonNull(commonTables.get(commonTable), "common table");
  }

  /** How many rows operators put out, about; samples tables when it is first asked. */
  public PlanEstimator estimates() {
    PlanEstimator known = estimates;
    if (known == null) {
      known =
          new PlanEstimator(
              scan -> {
                TableDefinition table = scan.table();
                return reader.estimate(table, table.type().isPerUser() ? user : null, allocator);
              },
              allocator.getLimit());
      estimates = known;
    }
    return known;
  }

  /** Gives the rows of the {@code BufferedRows} of the number; they must stay as they are. */
  public void provide(int number, List<@Nullable Object[]> rows) {
    buffered.put(number, rows);
  }

  List<@Nullable Object[]> buffered(int number) {
    List<@Nullable Object[]> rows = buffered.get(number);
    if (rows == null) {
      throw new IllegalStateException("No rows were provided for number " + number);
    }
    return rows;
  }

  /** Counters of the operator that runs the plan node; made on first use. */
  public OperatorStatistics statistics(LogicalPlan plan) {
    return statistics.computeIfAbsent(plan, p -> new OperatorStatistics());
  }

  @Override
  public void close() {
    allocator.close();
  }
}
