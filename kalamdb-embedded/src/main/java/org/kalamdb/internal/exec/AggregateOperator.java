package org.kalamdb.internal.exec;

import java.util.ArrayList;
import java.util.List;
import org.apache.arrow.vector.FieldVector;
import org.jspecify.annotations.Nullable;
import org.kalamdb.error.ErrorCode;
import org.kalamdb.error.KalamException;
import org.kalamdb.internal.expr.AggregateFunction;
import org.kalamdb.internal.expr.Aggregator;
import org.kalamdb.internal.vector.ColumnView;
import org.kalamdb.internal.vector.ColumnWriter;
import org.kalamdb.internal.vector.RecordBatch;
import org.kalamdb.internal.vector.SelectionVector;
import org.kalamdb.schema.DataType;

/**
 * Groups rows by hash and aggregates them; without group columns, all rows into one. The groups
 * come out in order of first sight.
 */
final class AggregateOperator implements Operator {
  private final Operator input;
  private final List<DataType> groupTypes;
  private final List<Call> calls;
  private final ExecutionContext context;
  private final @Nullable GroupTable groups;
  private final List<Aggregator> aggregators = new ArrayList<>();
  private int[] groupIds = new int[RecordBatch.MAX_ROWS];
  private int[] filteredRows = new int[RecordBatch.MAX_ROWS];
  private int[] filteredGroups = new int[RecordBatch.MAX_ROWS];
  private boolean consumed;
  private int next;

  /**
   * One aggregate over columns of the input.
   *
   * @param arguments positions
   * @param filter position of a BOOLEAN, or -1
   */
  record Call(AggregateFunction function, List<Integer> arguments, int filter) {}

  /** The first columns of the input are the groups. */
  AggregateOperator(
      Operator input, List<DataType> groupTypes, List<Call> calls, ExecutionContext context) {
    this.input = input;
    this.groupTypes = groupTypes;
    this.calls = calls;
    this.context = context;
    this.groups = groupTypes.isEmpty() ? null : GroupTable.create(groupTypes, context.allocator());
    for (Call call : calls) {
      aggregators.add(call.function().createAggregator(context.allocator()));
    }
  }

  @Override
  public @Nullable RecordBatch next() {
    if (!consumed) {
      consumeAll();
      consumed = true;
    }
    int from = next;
    int to = Math.min(from + RecordBatch.MAX_ROWS, groupCount());
    if (from == to) {
      return null;
    }
    next = to;
    return take(from, to);
  }

  private int groupCount() {
    return groups == null ? 1 : groups.groupCount();
  }

  private void consumeAll() {
    ensureGroups();
    RecordBatch batch;
    while ((batch = input.next()) != null) {
      try (RecordBatch owned = batch) {
        consume(owned);
      }
    }
  }

  private void ensureGroups() {
    for (Aggregator aggregator : aggregators) {
      aggregator.ensureGroups(groupCount());
    }
  }

  private void consume(RecordBatch batch) {
    SelectionVector rows = batch.selection();
    int n = rows.size();
    if (groupIds.length < n) {
      groupIds = new int[n];
      filteredRows = new int[n];
      filteredGroups = new int[n];
    }
    ColumnView[] views = RowStore.viewsOf(batch);
    if (groups != null) {
      ColumnView[] keys = java.util.Arrays.copyOf(views, groupTypes.size());
      groups.assign(keys, rows.viewRows(), n, groupIds);
      ensureGroups();
    }
    for (int i = 0; i < calls.size(); i++) {
      update(calls.get(i), aggregators.get(i), views, rows);
    }
    checkMemory();
  }

  private void update(Call call, Aggregator aggregator, ColumnView[] views, SelectionVector rows) {
    ColumnView[] arguments = new ColumnView[call.arguments().size()];
    for (int i = 0; i < arguments.length; i++) {
      arguments[i] = views[call.arguments().get(i)];
    }
    if (call.filter() < 0) {
      aggregator.update(arguments, groupIds, rows.viewRows(), rows.size());
      return;
    }
    ColumnView filter = views[call.filter()];
    int n = 0;
    for (int i = 0; i < rows.size(); i++) {
      int row = rows.get(i);
      if (!filter.isNull(row) && filter.getBoolean(row)) {
        filteredRows[n] = row;
        filteredGroups[n++] = groupIds[i];
      }
    }
    aggregator.update(arguments, filteredGroups, filteredRows, n);
  }

  /** Aggregators keep their state on the heap, which the allocator does not see. */
  private void checkMemory() {
    long bytes = context.allocator().getAllocatedMemory();
    for (Aggregator aggregator : aggregators) {
      bytes += aggregator.retainedBytes();
    }
    if (bytes > context.allocator().getLimit()) {
      throw new KalamException(
              ErrorCode.OUT_OF_MEMORY, "the query needs more memory than its limit allows")
          .withHint("Group by fewer distinct values, or raise the memory limit of queries.");
    }
  }

  private RecordBatch take(int from, int to) {
    List<DataType> types = new ArrayList<>(groupTypes);
    List<FieldVector> vectors = new ArrayList<>();
    try {
      if (groups != null) {
        for (int i = 0; i < groupTypes.size(); i++) {
          vectors.add(groups.takeKeys(i, from, to));
        }
      }
      for (int i = 0; i < calls.size(); i++) {
        DataType type = calls.get(i).function().type();
        types.add(type);
        try (ColumnWriter out = new ColumnWriter(type, context.allocator())) {
          out.begin(to - from);
          aggregators.get(i).finish(out, from, to);
          vectors.add(out.takeVector(to - from));
        }
      }
      return new RecordBatch(types, vectors, to - from);
    } catch (Throwable e) {
      Closeables.closeAfter(e, vectors);
      throw e;
    }
  }

  @Override
  public void close() {
    List<@Nullable AutoCloseable> owned = new ArrayList<>();
    owned.add(input);
    owned.add(groups);
    owned.addAll(aggregators);
    aggregators.clear();
    Closeables.closeAll(owned);
  }
}
