package org.kalamdb.internal.engine;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.kalamdb.internal.exec.CancelToken;
import org.kalamdb.internal.exec.ExecutionContext;
import org.kalamdb.internal.exec.Operator;
import org.kalamdb.internal.exec.PhysicalPlanner;
import org.kalamdb.internal.exec.PointRead;
import org.kalamdb.internal.expr.EvaluationContext;
import org.kalamdb.internal.sql.plan.LogicalPlan;
import org.kalamdb.internal.sql.plan.LogicalPlan.BufferedRows;
import org.kalamdb.internal.storage.hot.RowBytes;
import org.kalamdb.internal.storage.hot.WriteSet;
import org.kalamdb.internal.storage.table.TableSnapshot;
import org.kalamdb.internal.vector.RecordBatch;
import org.kalamdb.internal.vector.Rows;
import org.kalamdb.schema.UserId;

/** Runs the plans inside a writing statement and gives their rows as Java values. */
final class StatementRows {
  private final Engine engine;
  private final @Nullable UserId user;
  private final TableSnapshot snapshot;
  private final EvaluationContext evaluation;
  private final CancelToken cancel;
  private final Map<Integer, List<@Nullable Object[]>> parts = new HashMap<>();
  private long held;

  StatementRows(
      Engine engine,
      @Nullable UserId user,
      TableSnapshot snapshot,
      EvaluationContext evaluation,
      CancelToken cancel) {
    this.engine = engine;
    this.user = user;
    this.snapshot = snapshot;
    this.evaluation = evaluation;
    this.cancel = cancel;
  }

  /** Gives the rows of a part of the statement to the plans of later ones. */
  void provide(int number, List<@Nullable Object[]> partRows) {
    parts.put(number, partRows);
  }

  /**
   * All rows, each in an array of its own.
   *
   * @throws org.kalamdb.error.KalamException 53200 if a transaction may not hold so many
   */
  List<@Nullable Object[]> read(LogicalPlan plan) {
    List<@Nullable Object[]> rows = new ArrayList<>();
    forEach(
        plan,
        row -> {
          keep(row);
          rows.add(row);
        });
    return rows;
  }

  /** Counts a row that the statement holds until its end. */
  void keep(@Nullable Object[] row) {
    held += RowBytes.of(row);
    long limit = engine.options().transactionMemoryBytes();
    if (held > limit) {
      throw WriteSet.tooLarge(limit);
    }
  }

  /** The rows one after the other while the plan runs. */
  void forEach(LogicalPlan plan, Consumer<@Nullable Object[]> each) {
    PointRead point = engine.plans().pointRead(plan);
    if (point != null) {
      readPoint(point, each);
      return;
    }
    try (ExecutionContext context = context()) {
      run(plan, context, each);
    }
  }

  /** The batches one after the other; they stay this object's. */
  void forEachBatch(LogicalPlan plan, Consumer<RecordBatch> each) {
    try (ExecutionContext context = context();
        Operator root = PhysicalPlanner.plan(engine.plans().arrange(plan, context), context)) {
      for (RecordBatch batch = root.next(); batch != null; batch = root.next()) {
        try (RecordBatch current = batch) {
          each.accept(current);
        }
      }
    }
  }

  private void readPoint(PointRead point, Consumer<@Nullable Object[]> each) {
    try (RowEvaluators evaluators = new RowEvaluators(evaluation, engine.allocator())) {
      @Nullable Object[] row = new PointReader(snapshot, user).read(point, evaluators);
      if (row != null) {
        each.accept(row);
      }
    }
  }

  /**
   * The rows with their ordinals and the values of subqueries appended.
   *
   * @param plan over one {@link BufferedRows} whose last column is the ordinal; null: there is
   *     nothing to append
   */
  List<@Nullable Object[]> widened(@Nullable LogicalPlan plan, List<@Nullable Object[]> rows) {
    if (plan == null || rows.isEmpty()) {
      return rows;
    }
    int width = rows.get(0).length;
    List<@Nullable Object[]> numbered = new ArrayList<>(rows.size());
    for (@Nullable Object[] row : rows) {
      @Nullable Object[] copy = Arrays.copyOf(row, width + 1);
      copy[width] = (long) numbered.size();
      numbered.add(copy);
    }
    @Nullable Object[][] widened = new @Nullable Object[rows.size()][];
    try (ExecutionContext context = context()) {
      provide(plan, numbered, context);
      run(
          plan,
          context,
          row -> widened[Math.toIntExact((Long) Objects.requireNonNull(row[width]))] = row);
    }
    return Arrays.asList(widened);
  }

  private void provide(LogicalPlan plan, List<@Nullable Object[]> rows, ExecutionContext context) {
    if (plan instanceof BufferedRows buffered && !parts.containsKey(buffered.number())) {
      context.provide(buffered.number(), rows);
    }
    plan.inputs().forEach(input -> provide(input, rows, context));
  }

  private ExecutionContext context() {
    ExecutionContext context =
        new ExecutionContext(
            engine.reader(snapshot, QueryExecutor.viewer(evaluation, user)),
            user,
            engine.resources(),
            evaluation,
            cancel);
    parts.forEach(context::provide);
    return context;
  }

  private void run(LogicalPlan plan, ExecutionContext context, Consumer<@Nullable Object[]> each) {
    try (Operator root = PhysicalPlanner.plan(engine.plans().arrange(plan, context), context)) {
      for (RecordBatch batch = root.next(); batch != null; batch = root.next()) {
        try (RecordBatch current = batch) {
          for (int i = 0; i < current.selection().size(); i++) {
            each.accept(Rows.read(current, current.selection().get(i)));
          }
        }
      }
    }
  }
}
