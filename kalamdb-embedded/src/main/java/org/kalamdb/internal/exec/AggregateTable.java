package org.kalamdb.internal.exec;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.FieldVector;
import org.jspecify.annotations.Nullable;
import org.kalamdb.internal.exec.AggregateOperator.Call;
import org.kalamdb.internal.expr.AggregateFunction;
import org.kalamdb.internal.expr.Aggregator;
import org.kalamdb.internal.vector.ColumnView;
import org.kalamdb.internal.vector.ColumnWriter;
import org.kalamdb.internal.vector.DictionaryCodes;
import org.kalamdb.internal.vector.RecordBatch;
import org.kalamdb.internal.vector.SelectionVector;
import org.kalamdb.schema.DataType;

/**
 * Groups in memory with the running states of their aggregates; without group columns, one group of
 * all rows. Groups are in order of first sight.
 */
final class AggregateTable implements AutoCloseable {
  private final List<DataType> groupTypes;
  private final List<Call> calls;
  private final BufferAllocator allocator;

  /** Of the table's own state, so that it can be told from what goes through. */
  private final BufferAllocator state;

  private final @Nullable GroupTable groups;
  private final List<Aggregator> aggregators = new ArrayList<>();

  /** Of each call; null where equal arguments all count. */
  private final List<@Nullable DistinctArguments> distinct = new ArrayList<>();

  private int[] groupIds = new int[RecordBatch.MAX_ROWS];
  private int[] filteredRows = new int[RecordBatch.MAX_ROWS];
  private int[] filteredGroups = new int[RecordBatch.MAX_ROWS];
  private int[] known = new int[0];

  /** The first columns of the input are the groups. */
  AggregateTable(
      List<DataType> groupTypes,
      List<Call> calls,
      MemoryBudget.Share memory,
      ExecutionContext context) {
    this.groupTypes = groupTypes;
    this.calls = calls;
    this.allocator = context.allocator();
    this.state = allocator.newChildAllocator("aggregate", 0, Long.MAX_VALUE);
    this.groups = groupTypes.isEmpty() ? null : GroupTable.create(groupTypes, state);
    try {
      for (Call call : calls) {
        AggregateFunction function = call.function();
        Aggregator aggregator = function.createPlainAggregator(state);
        aggregators.add(aggregator);
        distinct.add(
            function.distinctMatters()
                ? new DistinctArguments(function.arguments(), aggregator, memory, context)
                : null);
      }
      ensureGroups();
    } catch (Throwable e) {
      Closeables.closeAfter(e, owned());
      throw e;
    }
  }

  int groupCount() {
    return groups == null ? 1 : groups.groupCount();
  }

  /** Memory held; some of it is on the heap, where the allocator does not see it. */
  long bytes() {
    long bytes = state.getAllocatedMemory() + heapBytes();
    for (DistinctArguments arguments : distinct) {
      bytes += arguments == null ? 0 : arguments.bytes();
    }
    return bytes;
  }

  /** Whether groups become larger by the rows they take in. */
  boolean isGrowing() {
    return aggregators.stream().anyMatch(Aggregator::isGrowing);
  }

  /** Whether tables of parts of the rows, {@linkplain #merge merged}, are as one of all rows. */
  boolean isMergeable() {
    return distinct.stream().allMatch(Objects::isNull)
        && aggregators.stream().allMatch(each -> each.isOrderFree() && !each.isGrowing());
  }

  /** Takes in the groups of a table of the same calls, which stays the caller's. */
  void merge(AggregateTable other) {
    int count = other.groupCount();
    int[] from = new int[RecordBatch.MAX_ROWS];
    for (int start = 0; start < count; start += RecordBatch.MAX_ROWS) {
      int n = Math.min(RecordBatch.MAX_ROWS, count - start);
      for (int i = 0; i < n; i++) {
        from[i] = start + i;
      }
      reserve(n);
      Arrays.fill(groupIds, 0, n, 0);
      assign(other, start, n);
      for (int i = 0; i < aggregators.size(); i++) {
        aggregators.get(i).merge(other.aggregators.get(i), from, groupIds, n);
      }
    }
  }

  /** Sets {@link #groupIds} to our numbers of some groups of another table. */
  private void assign(AggregateTable other, int start, int n) {
    GroupTable ours = groups;
    GroupTable theirs = other.groups;
    if (ours == null || theirs == null) {
      return;
    }
    List<FieldVector> vectors = new ArrayList<>();
    try {
      ColumnView[] keys = new ColumnView[groupTypes.size()];
      for (int i = 0; i < keys.length; i++) {
        vectors.add(theirs.takeKeys(i, start, start + n, allocator));
        keys[i] = ColumnView.of(vectors.get(i), groupTypes.get(i));
      }
      ours.assign(keys, SelectionVector.all(n).viewRows(), n, groupIds);
    } finally {
      Closeables.closeAll(vectors);
    }
    ensureGroups();
  }

  /** Arguments of DISTINCT aggregates that are new are put aside from now on. */
  void freezeDistinct() {
    for (DistinctArguments arguments : distinct) {
      if (arguments != null) {
        arguments.freeze();
      }
    }
  }

  /** To be called after the last row and before the first {@link #take}. */
  void finish() {
    for (DistinctArguments arguments : distinct) {
      if (arguments != null) {
        arguments.drain();
      }
    }
  }

  /** Bytes taken for a while when a batch of new groups comes, beside its keys. */
  long growth() {
    return groups == null ? 0 : groups.growth(RecordBatch.MAX_ROWS);
  }

  long heapBytes() {
    long bytes = 0;
    for (Aggregator aggregator : aggregators) {
      bytes += aggregator.retainedBytes();
    }
    return bytes;
  }

  private void ensureGroups() {
    for (Aggregator aggregator : aggregators) {
      aggregator.ensureGroups(groupCount());
    }
  }

  /** Takes in all active rows of the batch. */
  void add(RecordBatch batch) {
    SelectionVector rows = batch.selection();
    if (rows.size() == 0) {
      return;
    }
    reserve(rows.size());
    if (groups != null) {
      DictionaryCodes[] codes = codesOf(batch);
      if (codes == null
          || !groups.assignByCodes(
              codes, () -> keysOf(batch), rows.viewRows(), rows.size(), groupIds)) {
        groups.assign(keysOf(batch), rows.viewRows(), rows.size(), groupIds);
      }
      ensureGroups();
    }
    update(argumentsOf(batch), rows.viewRows(), rows.size());
  }

  /** Numbers that stand for the keys; null if a key has none. */
  private DictionaryCodes @Nullable [] codesOf(RecordBatch batch) {
    DictionaryCodes[] codes = new DictionaryCodes[groupTypes.size()];
    for (int i = 0; i < codes.length; i++) {
      DictionaryCodes known = batch.codes(i);
      if (known == null) {
        return null;
      }
      codes[i] = known;
    }
    return codes;
  }

  private ColumnView[] keysOf(RecordBatch batch) {
    ColumnView[] keys = new ColumnView[groupTypes.size()];
    Arrays.setAll(keys, i -> ColumnView.of(batch.column(i), batch.types().get(i)));
    return keys;
  }

  /** The columns that the calls look at, at their positions. */
  private @Nullable ColumnView[] argumentsOf(RecordBatch batch) {
    @Nullable ColumnView[] views = new ColumnView[batch.columnCount()];
    for (Call call : calls) {
      for (int argument : call.arguments()) {
        lookAt(argument, batch, views);
      }
      if (call.filter() >= 0) {
        lookAt(call.filter(), batch, views);
      }
    }
    return views;
  }

  private static void lookAt(int column, RecordBatch batch, @Nullable ColumnView[] views) {
    if (views[column] == null) {
      views[column] = ColumnView.of(batch.column(column), batch.types().get(column));
    }
  }

  /**
   * Takes in the active rows whose group is in the table.
   *
   * @param others room for all active rows; gets those that belong to other groups
   * @return how many there are of them
   */
  int addKnown(RecordBatch batch, int[] others) {
    SelectionVector rows = batch.selection();
    reserve(rows.size());
    if (known.length < rows.size()) {
      known = new int[rows.size()];
    }
    if (groups == null) {
      throw new IllegalStateException("without group columns there is no other group");
    }
    groups.find(keysOf(batch), rows.viewRows(), rows.size(), groupIds);
    int n = 0;
    int unknown = 0;
    for (int i = 0; i < rows.size(); i++) {
      if (groupIds[i] < 0) {
        others[unknown++] = rows.get(i);
      } else {
        groupIds[n] = groupIds[i];
        known[n++] = rows.get(i);
      }
    }
    update(argumentsOf(batch), known, n);
    return unknown;
  }

  private void reserve(int rows) {
    if (groupIds.length < rows) {
      groupIds = new int[rows];
      filteredRows = new int[rows];
      filteredGroups = new int[rows];
    }
  }

  private void update(@Nullable ColumnView[] views, int[] rows, int n) {
    for (int i = 0; i < calls.size(); i++) {
      update(i, views, rows, n);
    }
  }

  private void update(int index, @Nullable ColumnView[] views, int[] rows, int n) {
    Call call = calls.get(index);
    ColumnView[] arguments = new ColumnView[call.arguments().size()];
    for (int i = 0; i < arguments.length; i++) {
      arguments[i] = Objects.requireNonNull(views[call.arguments().get(i)]);
    }
    if (call.filter() < 0) {
      update(index, arguments, groupIds, rows, n);
      return;
    }
    ColumnView filter = Objects.requireNonNull(views[call.filter()]);
    int kept = 0;
    for (int i = 0; i < n; i++) {
      int row = rows[i];
      if (!filter.isNull(row) && filter.getBoolean(row)) {
        filteredRows[kept] = row;
        filteredGroups[kept++] = groupIds[i];
      }
    }
    update(index, arguments, filteredGroups, filteredRows, kept);
  }

  private void update(int index, ColumnView[] arguments, int[] groupOfRow, int[] rows, int n) {
    DistinctArguments seen = distinct.get(index);
    if (seen == null && groups == null) {
      aggregators.get(index).updateSingle(arguments, groupOfRow, rows, n);
    } else if (seen == null) {
      aggregators.get(index).update(arguments, groupOfRow, rows, n);
    } else {
      seen.update(arguments, groupOfRow, rows, n);
    }
  }

  /** The keys and results of the groups {@code from} to {@code to - 1}, in a new batch. */
  RecordBatch take(int from, int to) {
    List<DataType> types = new ArrayList<>(groupTypes);
    List<FieldVector> vectors = new ArrayList<>();
    try {
      if (groups != null) {
        for (int i = 0; i < groupTypes.size(); i++) {
          vectors.add(groups.takeKeys(i, from, to, allocator));
        }
      }
      for (int i = 0; i < calls.size(); i++) {
        DataType type = calls.get(i).function().type();
        types.add(type);
        try (ColumnWriter out = new ColumnWriter(type, allocator)) {
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

  private List<@Nullable AutoCloseable> owned() {
    List<@Nullable AutoCloseable> owned = new ArrayList<>();
    owned.add(state);
    owned.add(groups);
    owned.addAll(aggregators);
    owned.addAll(distinct);
    return owned;
  }

  @Override
  public void close() {
    Closeables.closeAll(owned());
  }
}
