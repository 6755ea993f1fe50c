package org.kalamdb.internal.exec;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.FieldVector;
import org.jspecify.annotations.Nullable;
import org.kalamdb.internal.expr.Aggregator;
import org.kalamdb.internal.vector.ColumnView;
import org.kalamdb.internal.vector.ColumnWriter;
import org.kalamdb.internal.vector.RecordBatch;
import org.kalamdb.internal.vector.RowHasher;
import org.kalamdb.internal.vector.SelectionVector;
import org.kalamdb.internal.vector.VectorCopier;
import org.kalamdb.schema.DataType;

/**
 * The arguments that an aggregate with DISTINCT has seen in each group: only the first of equal
 * ones reaches the aggregate. Once {@link #freeze frozen}, arguments that are new go to temporary
 * files, from which {@link #drain} takes them when all rows have been seen.
 */
final class DistinctArguments implements AutoCloseable {
  private final List<DataType> types = new ArrayList<>();
  private final Aggregator aggregator;
  private final ExecutionContext context;
  private final MemoryBudget.Share memory;
  private final BufferAllocator state;
  private final ColumnWriter groupColumn;
  private final Deque<Spilled> spilled = new ArrayDeque<>();
  private GroupTable seen;
  private @Nullable SpillPartitions partitions;
  private int level;
  private int[] entries = new int[RecordBatch.MAX_ROWS];
  private int[] freshRows = new int[RecordBatch.MAX_ROWS];
  private int[] freshGroups = new int[RecordBatch.MAX_ROWS];

  /** Arguments, each behind its group, of which none has been seen. */
  private record Spilled(SpillFile file, int level) implements AutoCloseable {
    @Override
    public void close() {
      file.close();
    }
  }

  /**
   * @param aggregator of the call, without its DISTINCT; stays the caller's
   * @param memory share of the operator; stays the caller's
   */
  DistinctArguments(
      List<DataType> arguments,
      Aggregator aggregator,
      MemoryBudget.Share memory,
      ExecutionContext context) {
    this.types.add(DataType.INTEGER);
    this.types.addAll(arguments);
    this.aggregator = aggregator;
    this.memory = memory;
    this.context = context;
    this.state = context.allocator().newChildAllocator("distinct", 0, Long.MAX_VALUE);
    this.groupColumn = new ColumnWriter(DataType.INTEGER, state);
    this.seen = GroupTable.create(types, state);
  }

  long bytes() {
    return state.getAllocatedMemory() + seen.growth(RecordBatch.MAX_ROWS);
  }

  /** Keeps no further arguments in memory. */
  void freeze() {
    if (partitions == null && level <= SpillPartitions.MAX_LEVEL) {
      partitions = new SpillPartitions(context, level);
    }
  }

  /** As {@link Aggregator#update}. */
  void update(ColumnView[] arguments, int[] groupIds, int[] rows, int n) {
    if (n == 0) {
      return;
    }
    int rowCount = rows[n - 1] + 1;
    groupColumn.begin(rowCount);
    groupColumn.setAllValid(rowCount);
    for (int i = 0; i < n; i++) {
      groupColumn.setInt(rows[i], groupIds[i]);
    }
    ColumnView[] keys = new ColumnView[arguments.length + 1];
    keys[0] = groupColumn.finish(rowCount);
    System.arraycopy(arguments, 0, keys, 1, arguments.length);
    update(keys, arguments, groupIds, rows, n);
  }

  private void update(
      ColumnView[] keys, ColumnView[] arguments, int[] groupIds, int[] rows, int n) {
    if (entries.length < n) {
      entries = new int[n];
      freshRows = new int[n];
      freshGroups = new int[n];
    }
    SpillPartitions open = partitions;
    if (open != null) {
      putAside(keys, rows, n, open);
      return;
    }
    int before = seen.groupCount();
    seen.assign(keys, rows, n, entries);
    int fresh = 0;
    for (int i = 0; i < n; i++) {
      if (entries[i] == before + fresh) {
        freshRows[fresh] = rows[i];
        freshGroups[fresh++] = groupIds[i];
      }
    }
    aggregator.update(arguments, freshGroups, freshRows, fresh);
  }

  private void putAside(ColumnView[] keys, int[] rows, int n, SpillPartitions open) {
    seen.find(keys, rows, n, entries);
    int unknown = 0;
    for (int i = 0; i < n; i++) {
      if (entries[i] < 0) {
        freshRows[unknown++] = rows[i];
      }
    }
    if (unknown == 0) {
      return;
    }
    long[] hashes = new long[unknown];
    RowHasher.hash(keys, freshRows, unknown, hashes);
    List<FieldVector> vectors = new ArrayList<>();
    try {
      for (ColumnView key : keys) {
        vectors.add(VectorCopier.copyRows(key, freshRows, unknown, context.allocator()));
      }
    } catch (Throwable e) {
      Closeables.closeAfter(e, vectors);
      throw e;
    }
    try (RecordBatch batch = new RecordBatch(types, vectors, unknown)) {
      open.add(batch, SelectionVector.all(unknown).viewRows(), hashes, unknown);
    }
  }

  /** Hands what was put aside to the aggregate: call it after the last row, before any result. */
  void drain() {
    takeFiles();
    while (!spilled.isEmpty()) {
      try (Spilled next = spilled.pop()) {
        level = next.level();
        seen.close();
        seen = GroupTable.create(types, state);
        drain(next.file());
      }
      takeFiles();
    }
    seen.close();
  }

  private void takeFiles() {
    SpillPartitions written = partitions;
    partitions = null;
    if (written != null) {
      written.takeAll().forEach(file -> spilled.push(new Spilled(file, level + 1)));
    }
  }

  private void drain(SpillFile file) {
    try (Operator source = file.read(types, context.allocator())) {
      RecordBatch batch;
      while ((batch = source.next()) != null) {
        try (RecordBatch owned = batch) {
          context.cancel().check();
          ColumnView[] keys = RowStore.viewsOf(owned);
          ColumnView[] arguments = Arrays.copyOfRange(keys, 1, keys.length);
          int n = owned.rowCount();
          int[] groupIds = new int[n];
          for (int i = 0; i < n; i++) {
            groupIds[i] = keys[0].getInt(i);
          }
          update(keys, arguments, groupIds, SelectionVector.all(n).viewRows(), n);
        }
        if (!memory.fits(bytes())) {
          freeze();
        }
      }
    }
  }

  @Override
  public void close() {
    List<@Nullable AutoCloseable> owned = new ArrayList<>();
    owned.add(state);
    owned.add(groupColumn);
    owned.add(seen);
    owned.add(partitions);
    owned.addAll(spilled);
    partitions = null;
    spilled.clear();
    Closeables.closeAll(owned);
  }
}
