package org.kalamdb.internal.exec;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import org.apache.arrow.vector.BigIntVector;
import org.jspecify.annotations.Nullable;
import org.kalamdb.error.ErrorCode;
import org.kalamdb.error.KalamException;
import org.kalamdb.internal.expr.AggregateFunction;
import org.kalamdb.internal.vector.ColumnView;
import org.kalamdb.internal.vector.RecordBatch;
import org.kalamdb.internal.vector.RowHasher;
import org.kalamdb.schema.DataType;

/**
 * Groups rows by hash and aggregates them; without group columns, all rows into one.
 *
 * <p>Once the groups in memory have used up their share of the budget no group is added any more:
 * rows of the groups that are there are still taken in, all others go to temporary files by the
 * hash of their group. Each file is then aggregated in the same way by itself, so no state of an
 * aggregate ever has to be written. Where groups grow with their rows this would not help: their
 * rows are kept beside them, and go to files all together when memory is full. Groups in memory
 * come out in order of first sight.
 *
 * <p>Where the input can be forked each thread aggregates what it reads in a table of its own, if
 * the aggregates do not care about the order of rows; those tables are merged into the one here
 * when the input has ended, or before no group is added any more.
 */
final class AggregateOperator implements Operator {
  private final Operator input;
  private final List<LaneAggregate> lanes = new ArrayList<>();
  private @Nullable Operator gathered;
  private final List<DataType> groupTypes;
  private final List<Call> calls;
  private final ExecutionContext context;
  private final MemoryBudget.Share memory;
  private final Deque<Spilled> spilled = new ArrayDeque<>();
  private @Nullable AggregateTable table;
  private boolean begun;
  private int next;

  /** Rows that were counted and not read. */
  private long counted;

  /**
   * One aggregate over columns of the input.
   *
   * @param arguments positions
   * @param filter position of a BOOLEAN, or -1
   */
  record Call(AggregateFunction function, List<Integer> arguments, int filter) {}

  /** Rows of groups that no pass has seen yet. */
  private record Spilled(SpillFile file, List<DataType> types, int level) implements AutoCloseable {
    @Override
    public void close() {
      file.close();
    }
  }

  /** The first columns of the input are the groups. */
  AggregateOperator(
      Operator input, List<DataType> groupTypes, List<Call> calls, ExecutionContext context) {
    this.input = input;
    this.groupTypes = groupTypes;
    this.calls = calls;
    this.context = context;
    this.memory = context.memory().share();
  }

  @Override
  public @Nullable RecordBatch next() {
    if (!begun) {
      begun = true;
      if (onlyCountsRows()) {
        input.leaveOutCounted(rows -> counted += rows);
      }
      Operator rows = gather();
      aggregate(rows, 0);
      rows.close();
    }
    while (true) {
      AggregateTable current = table;
      if (current != null) {
        int from = next;
        int to = Math.min(from + RecordBatch.MAX_ROWS, current.groupCount());
        if (from < to) {
          next = to;
          return withCounted(current.take(from, to));
        }
        dropTable();
      }
      Spilled rows = spilled.poll();
      if (rows == null) {
        return null;
      }
      try (Spilled owned = rows;
          Operator source = owned.file().read(owned.types(), context.allocator())) {
        aggregate(source, owned.level());
      }
    }
  }

  private boolean onlyCountsRows() {
    return groupTypes.isEmpty()
        && !calls.isEmpty()
        && calls.stream().allMatch(call -> call.filter() < 0 && call.function().isCountOfRows());
  }

  /** Counts of read rows, and of those that were not read. */
  private RecordBatch withCounted(RecordBatch batch) {
    for (int i = 0; counted > 0 && i < batch.columnCount(); i++) {
      BigIntVector count = (BigIntVector) batch.column(i);
      count.set(0, count.get(0) + counted);
    }
    return batch;
  }

  /** The input, run by several threads where that can be. */
  private Operator gather() {
    if (!context.usesThreads() || !input.isForkable()) {
      return input;
    }
    boolean mergeable;
    try (AggregateTable trial = newTable()) {
      mergeable = trial.isMergeable();
    }
    Operator rows =
        mergeable
            ? new GatherOperator(input, this::newLane, false, context)
            : new GatherOperator(input, context);
    gathered = rows;
    return rows;
  }

  private AggregateTable newTable() {
    return new AggregateTable(groupTypes, calls, memory, context);
  }

  private Operator newLane(Operator rows) {
    // All lanes together are not to take more than is ours.
    long maxBytes = memory.guaranteed() / 2 / context.threads();
    LaneAggregate lane = new LaneAggregate(rows, newTable(), maxBytes);
    lanes.add(lane);
    return lane;
  }

  /** Takes in what the threads have aggregated; from now on they only pass rows on. */
  private void mergeLanes(AggregateTable groups) {
    for (LaneAggregate lane : lanes) {
      try (AggregateTable part = lane.takeTable()) {
        if (part != null) {
          groups.merge(part);
        }
      }
    }
    lanes.clear();
  }

  private void dropTable() {
    AggregateTable old = table;
    table = null;
    if (old != null) {
      old.close();
    }
    memory.close();
  }

  /** One pass: the groups that fit into memory; rows of the others go to files. */
  private void aggregate(Operator source, int level) {
    AggregateTable groups = newTable();
    table = groups;
    next = 0;
    boolean parts = !groupTypes.isEmpty() && level <= SpillPartitions.MAX_LEVEL;
    if (parts && groups.isGrowing()) {
      aggregateGrowing(source, groups, level);
    } else if (aggregateWhileRoom(source, groups)) {
      mergeLanes(groups);
      groups.freezeDistinct();
      if (parts) {
        aggregateKnown(source, groups, level);
      } else {
        aggregateAll(source, groups);
      }
    }
    AggregateTable left = table;
    if (left != null) {
      mergeLanes(left);
      left.finish();
    }
  }

  /** Takes in rows until the source ends (false) or memory is used up (true). */
  private boolean aggregateWhileRoom(Operator source, AggregateTable groups) {
    RecordBatch batch;
    while ((batch = source.next()) != null) {
      try (RecordBatch owned = batch) {
        context.cancel().check();
        groups.add(owned);
      }
      if (!memory.fits(groups.bytes() + groups.growth())) {
        return true;
      }
    }
    return false;
  }

  /** Takes in all rows, whatever memory they need. */
  private void aggregateAll(Operator source, AggregateTable groups) {
    RecordBatch batch;
    while ((batch = source.next()) != null) {
      try (RecordBatch owned = batch) {
        context.cancel().check();
        groups.add(owned);
      }
      checkMemory(groups);
    }
  }

  /** The rest of a pass in which no group is added any more. */
  private void aggregateKnown(Operator source, AggregateTable groups, int level) {
    try (Parting parting = new Parting(level)) {
      RecordBatch batch;
      while ((batch = source.next()) != null) {
        try (RecordBatch owned = batch) {
          context.cancel().check();
          int[] others = new int[owned.selection().size()];
          parting.add(owned, others, groups.addKnown(owned, others));
        }
        checkMemory(groups);
      }
      parting.finish();
    }
  }

  /** A pass that keeps its rows, so that it can part them when the groups have become too large. */
  private void aggregateGrowing(Operator source, AggregateTable groups, int level) {
    try (RowStore rows = new RowStore(context.allocator());
        Parting parting = new Parting(level)) {
      RecordBatch batch;
      while ((batch = source.next()) != null) {
        try {
          context.cancel().check();
          groups.add(batch);
        } catch (Throwable e) {
          Closeables.closeAfter(e, List.of(batch));
          throw e;
        }
        rows.add(batch);
        if (!memory.fits(groups.bytes() + groups.growth() + rows.bytes())) {
          if (groups.groupCount() == 1) {
            rows.close(); // One group cannot be parted.
            checkMemory(groups);
            aggregateAll(source, groups);
            return;
          }
          dropTable();
          rows.takeBatches(parting::addAll);
          while ((batch = source.next()) != null) {
            parting.addAll(batch);
            context.cancel().check();
          }
        }
      }
      parting.finish();
    }
  }

  /** Writes rows to files by their group. */
  private final class Parting implements AutoCloseable {
    private final SpillPartitions partitions;
    private final int level;
    private List<DataType> types = List.of();
    private long[] hashes = new long[RecordBatch.MAX_ROWS];

    Parting(int level) {
      this.level = level;
      this.partitions = new SpillPartitions(context, level);
    }

    /** Some rows of a batch, which stays the caller's. */
    void add(RecordBatch batch, int[] rows, int n) {
      types = batch.types();
      if (hashes.length < n) {
        hashes = new long[n];
      }
      ColumnView[] keys = Arrays.copyOf(RowStore.viewsOf(batch), groupTypes.size());
      RowHasher.hash(keys, rows, n, hashes);
      partitions.add(batch, rows, hashes, n);
    }

    /** Takes the batch, all its rows. */
    void addAll(RecordBatch batch) {
      try (batch) {
        add(batch, batch.selection().viewRows(), batch.selection().size());
      }
    }

    /** The files have their turn after what is in memory. */
    void finish() {
      partitions.takeAll().forEach(file -> spilled.push(new Spilled(file, types, level + 1)));
    }

    @Override
    public void close() {
      partitions.close();
    }
  }

  /** The state of a single group may need more than there is, and a part of it is on the heap. */
  private void checkMemory(AggregateTable groups) {
    long bytes = context.allocator().getAllocatedMemory() + groups.heapBytes();
    if (bytes > context.allocator().getLimit()) {
      throw new KalamException(
              ErrorCode.OUT_OF_MEMORY, "the query needs more memory than its limit allows")
          .withHint("Aggregate fewer values into one, or raise the memory limit of queries.");
    }
  }

  @Override
  public void close() {
    AggregateTable open = table;
    table = null;
    List<@Nullable AutoCloseable> owned = new ArrayList<>();
    owned.add(input);
    owned.add(gathered);
    owned.add(open);
    owned.addAll(spilled);
    owned.add(memory);
    spilled.clear();
    Closeables.closeAll(owned);
  }
}
