package org.kalamdb.internal.engine;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.kalamdb.error.ErrorCode;
import org.kalamdb.error.KalamException;
import org.kalamdb.internal.catalog.TableDefinition;
import org.kalamdb.internal.exec.CancelToken;
import org.kalamdb.internal.exec.ExecutionContext;
import org.kalamdb.internal.exec.Operator;
import org.kalamdb.internal.exec.PhysicalPlanner;
import org.kalamdb.internal.expr.EvaluationContext;
import org.kalamdb.internal.live.SnapshotReaders;
import org.kalamdb.internal.sql.plan.LogicalPlan;
import org.kalamdb.internal.sql.plan.PlanExpressions;
import org.kalamdb.internal.sql.plan.Scan;
import org.kalamdb.internal.storage.hot.WriteSet;
import org.kalamdb.internal.storage.table.TableSnapshot;
import org.kalamdb.internal.storage.table.TableStore;
import org.kalamdb.internal.txn.CommitPipeline;
import org.kalamdb.internal.txn.ReadView;
import org.kalamdb.internal.vector.RecordBatch;
import org.kalamdb.internal.vector.Rows;
import org.kalamdb.schema.ColumnSchema;
import org.kalamdb.schema.TableType;
import org.kalamdb.schema.UserId;

/** Runs the plans of one live query, as its user, over snapshots of the database. */
final class LiveReaders implements SnapshotReaders {
  private final Engine engine;
  private final @Nullable UserId user;
  private final Supplier<EvaluationContext> evaluations;
  private final LogicalPlan bound;

  /**
   * @param bound the plan of the whole query
   */
  LiveReaders(
      Engine engine,
      @Nullable UserId user,
      Supplier<EvaluationContext> evaluations,
      LogicalPlan bound) {
    this.engine = engine;
    this.user = user;
    this.evaluations = evaluations;
    this.bound = bound;
  }

  @Override
  public @Nullable String changedSince(long seq) {
    if (!PlanExpressions.isImmutable(bound)) {
      return LiveChanges.DEPENDS_ON_START;
    }
    try (ReadView view = engine.pipeline().acquireView()) {
      return changedSince(seq, bound, view);
    }
  }

  private @Nullable String changedSince(long seq, LogicalPlan plan, ReadView view) {
    String changed = plan instanceof Scan scan ? changedSince(seq, scan.table(), view) : null;
    for (LogicalPlan input : plan.inputs()) {
      changed = changed == null ? changedSince(seq, input, view) : changed;
    }
    return changed;
  }

  private @Nullable String changedSince(long seq, TableDefinition table, ReadView view) {
    CommitPipeline pipeline = engine.pipeline();
    String broken = pipeline.brokenSince(seq, table.stored());
    if (broken != null) {
      return broken;
    }
    boolean known = seq >= pipeline.foundSeq() && table.type() != TableType.STREAM;
    if (known && !pipeline.tableWrittenSince(table.stored().number(), seq)) {
      return null;
    }
    broken = LiveChanges.brokenSince(engine, view, table, seq);
    if (broken != null) {
      return "table " + table.id() + " may have changed, and " + broken;
    }
    UserId owner = table.type().isPerUser() ? user : null;
    return LiveChanges.hasRowsAfter(engine, view, table, owner, seq)
        ? "rows of table "
            + table.id()
            + " have changed, of which the query's operators keep no"
            + " earlier ones"
        : null;
  }

  @Override
  public SnapshotReader open() {
    return new Reader(engine.pipeline().acquireView());
  }

  private final class Reader implements SnapshotReader {
    private final ReadView view;
    private final CancelToken token;

    private Reader(ReadView view) {
      this.view = view;
      this.token = CancelToken.until(engine.storage().shutdown());
    }

    @Override
    public long seq() {
      return view.seq();
    }

    @Override
    public void read(LogicalPlan plan, Consumer<@Nullable Object[]> rows) {
      EvaluationContext evaluation = evaluations.get();
      TableSnapshot snapshot =
          new TableSnapshot(
              engine.tables(),
              view.snapshot(),
              view.seq(),
              TableStore.EVERY_EVENT, // until their end is told
              new WriteSet());
      try (ExecutionContext context =
          new ExecutionContext(
              engine.reader(snapshot, QueryExecutor.viewer(evaluation, user)),
              user,
              engine.resources(),
              evaluation,
              token)) {
        context.useThreads();
        LogicalPlan optimized = engine.plans().optimizer().optimize(withNewestTables(plan));
        LogicalPlan arranged = engine.plans().arrange(optimized, context);
        try (Operator root = PhysicalPlanner.plan(arranged, context)) {
          for (RecordBatch batch = root.next(); batch != null; batch = root.next()) {
            try (RecordBatch current = batch) {
              for (int i = 0; i < current.selection().size(); i++) {
                rows.accept(Rows.read(current, current.selection().get(i)));
              }
            }
          }
        }
      }
    }

    /** Over the tables as the view has them, where columns that the plan uses may have moved. */
    private LogicalPlan withNewestTables(LogicalPlan plan) {
      return isUpToDate(plan)
          ? plan
          : rewritten(engine.plans().optimizer().pruning().optimize(plan));
    }

    private boolean isUpToDate(LogicalPlan plan) {
      return plan instanceof Scan scan
          ? scan.table().hasSameColumns(view.catalog().current(scan.table()))
          : plan.inputs().stream().allMatch(this::isUpToDate);
    }

    private LogicalPlan rewritten(LogicalPlan plan) {
      if (!(plan instanceof Scan scan)) {
        List<LogicalPlan> inputs = new ArrayList<>();
        for (LogicalPlan input : plan.inputs()) {
          inputs.add(rewritten(input));
        }
        return plan.withInputs(inputs);
      }
      TableDefinition bound = scan.table();
      TableDefinition now = view.catalog().current(bound);
      if (now == null) {
        throw new KalamException(ErrorCode.UNDEFINED_TABLE, "table " + bound.id() + " was dropped");
      }
      List<Integer> columns = new ArrayList<>();
      for (int number : scan.scanColumns()) {
        columns.add(number < 0 ? number : positionOf(bound.schema().column(number), now));
      }
      return Scan.of(scan.relation(), now, scan.alias(), columns);
    }

    private static int positionOf(ColumnSchema column, TableDefinition now) {
      int position = now.schema().positionOf(column.id());
      if (position < 0 || !now.schema().column(position).type().equals(column.type())) {
        throw new KalamException(
            ErrorCode.OBJECT_NOT_IN_PREREQUISITE_STATE,
            "Table " + now.id() + " was altered: column \"" + column.name() + "\" has changed");
      }
      return position;
    }

    @Override
    public void cancel() {
      token.cancel();
    }

    @Override
    public void awaitPublished() {
      engine.pipeline().awaitHandedOut(view.seq());
    }

    @Override
    public void close() {
      view.close();
    }
  }
}
