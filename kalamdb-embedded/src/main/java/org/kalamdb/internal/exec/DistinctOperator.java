package org.kalamdb.internal.exec;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.apache.arrow.memory.BufferAllocator;
import org.jspecify.annotations.Nullable;
import org.kalamdb.internal.vector.ColumnView;
import org.kalamdb.internal.vector.RecordBatch;
import org.kalamdb.internal.vector.RowHasher;
import org.kalamdb.internal.vector.SelectionVector;
import org.kalamdb.schema.DataType;

/**
 * Lets the first row of each kind through, as it comes. Kinds that are new when the share of the
 * memory budget is used up go to temporary files by their hash, which have their turn when the
 * input has ended.
 */
final class DistinctOperator implements Operator {
  private final List<DataType> types;
  private final ExecutionContext context;
  private final MemoryBudget.Share memory;
  private final Deque<Spilled> spilled = new ArrayDeque<>();
  private final BufferAllocator state;
  private Operator source;
  private GroupTable seen;
  private int level;
  private @Nullable SpillFile sourceFile;
  private @Nullable SpillPartitions partitions;
  private boolean rowSeen;

  /** Rows of kinds that have not been seen yet. */
  private record Spilled(SpillFile file, int level) implements AutoCloseable {
    @Override
    public void close() {
      file.close();
    }
  }

  DistinctOperator(Operator input, List<DataType> types, ExecutionContext context) {
    this.source = input;
    this.types = types;
    this.context = context;
    this.memory = context.memory().share();
    this.state = context.allocator().newChildAllocator("distinct", 0, Long.MAX_VALUE);
    this.seen = GroupTable.create(types, state);
  }

  @Override
  public @Nullable RecordBatch next() {
    while (true) {
      RecordBatch batch = source.next();
      if (batch == null) {
        if (!nextSource()) {
          return null;
        }
        continue;
      }
      try {
        batch.select(select(batch));
      } catch (Throwable e) {
        Closeables.closeAfter(e, List.of(batch));
        throw e;
      }
      if (partitions == null || batch.selection().size() > 0) {
        return batch;
      }
      batch.close();
      context.cancel().check();
    }
  }

  /** Goes on with the rows of a file; false if there are no more. */
  private boolean nextSource() {
    source.close();
    closeFile();
    SpillPartitions written = partitions;
    partitions = null;
    if (written != null) {
      written.takeAll().forEach(file -> spilled.push(new Spilled(file, level + 1)));
    }
    seen.close();
    memory.close();
    seen = GroupTable.create(types, state);
    Spilled rows = spilled.poll();
    if (rows == null) {
      return false;
    }
    level = rows.level();
    sourceFile = rows.file();
    source = rows.file().read(types, context.allocator());
    return true;
  }

  private void closeFile() {
    SpillFile file = sourceFile;
    sourceFile = null;
    if (file != null) {
      file.close();
    }
  }

  private SelectionVector select(RecordBatch batch) {
    if (types.isEmpty()) {
      return firstRow(batch.selection());
    }
    SpillPartitions open = partitions;
    if (open != null) {
      putAside(batch, open);
      return SelectionVector.all(0);
    }
    SelectionVector fresh = firstSeen(batch);
    long bytes = state.getAllocatedMemory() + seen.growth(RecordBatch.MAX_ROWS);
    if (!memory.fits(bytes) && level <= SpillPartitions.MAX_LEVEL) {
      partitions = new SpillPartitions(context, level);
    }
    return fresh;
  }

  private SelectionVector firstSeen(RecordBatch batch) {
    SelectionVector rows = batch.selection();
    int before = seen.groupCount();
    int[] groups = new int[rows.size()];
    seen.assign(RowStore.viewsOf(batch), rows.viewRows(), rows.size(), groups);
    int[] fresh = new int[seen.groupCount() - before];
    int n = 0;
    for (int i = 0; i < groups.length && n < fresh.length; i++) {
      if (groups[i] == before + n) {
        fresh[n++] = rows.get(i);
      }
    }
    return SelectionVector.of(fresh, n);
  }

  /** Writes the rows of kinds that are not in memory to their files. */
  private void putAside(RecordBatch batch, SpillPartitions open) {
    SelectionVector rows = batch.selection();
    ColumnView[] views = RowStore.viewsOf(batch);
    int[] groups = new int[rows.size()];
    seen.find(views, rows.viewRows(), rows.size(), groups);
    int[] unknown = new int[rows.size()];
    int n = 0;
    for (int i = 0; i < groups.length; i++) {
      if (groups[i] < 0) {
        unknown[n++] = rows.get(i);
      }
    }
    long[] hashes = new long[n];
    RowHasher.hash(views, unknown, n, hashes);
    open.add(batch, unknown, hashes, n);
  }

  /** Rows without columns are all equal. */
  private SelectionVector firstRow(SelectionVector rows) {
    if (rowSeen || rows.size() == 0) {
      return SelectionVector.all(0);
    }
    rowSeen = true;
    return SelectionVector.of(new int[] {rows.get(0)}, 1);
  }

  @Override
  public void close() {
    List<@Nullable AutoCloseable> owned = new ArrayList<>();
    owned.add(memory);
    owned.add(state);
    owned.add(seen);
    owned.add(partitions);
    owned.addAll(spilled);
    owned.add(sourceFile);
    owned.add(source);
    partitions = null;
    sourceFile = null;
    spilled.clear();
    Closeables.closeAll(owned);
  }
}
