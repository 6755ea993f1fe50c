package org.kalamdb.internal.exec;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.kalamdb.internal.vector.ColumnView;
import org.kalamdb.internal.vector.RecordBatch;
import org.kalamdb.internal.vector.RowHasher;
import org.kalamdb.internal.vector.SelectionVector;
import org.kalamdb.internal.vector.VectorCopier;
import org.kalamdb.schema.DataType;

/**
 * The parts of a join whose right rows are not in memory: those of both sides by the hash of their
 * keys. The first parts stay in memory, at the beginning all of them.
 */
final class JoinSpill implements AutoCloseable {
  /** A part with more of its parent's rows than this is one key mostly: parting it is no use. */
  private static final double SKEWED = 0.75;

  private final JoinShape shape;
  private final int level;
  private final ExecutionContext context;
  private final SpillPartitions left;
  private final SpillPartitions right;
  private List<DataType> leftTypes = List.of();
  private List<DataType> rightTypes = List.of();
  private int inMemory = SpillPartitions.COUNT;
  private long rightRows;

  /**
   * A part in files, which it owns.
   *
   * @param level of the join of the part
   */
  record Part(
      @Nullable SpillFile left,
      List<DataType> leftTypes,
      @Nullable SpillFile right,
      List<DataType> rightTypes,
      int level)
      implements AutoCloseable {
    /** The rows of both sides, which the caller closes. */
    HashJoin.Input open(ExecutionContext context) {
      return new HashJoin.Input(
          read(left, leftTypes, context), read(right, rightTypes, context), level, List.of());
    }

    private static Operator read(
        @Nullable SpillFile file, List<DataType> types, ExecutionContext context) {
      return file == null ? new NoRows() : file.read(types, context.allocator());
    }

    @Override
    public void close() {
      Closeables.closeAll(left, right);
    }
  }

  JoinSpill(JoinShape shape, int level, ExecutionContext context) {
    this.shape = shape;
    this.level = level;
    this.context = context;
    this.left = new SpillPartitions(context, level);
    this.right = new SpillPartitions(context, level);
  }

  boolean canShrink() {
    return inMemory > 0;
  }

  /** Leaves half of the parts in memory and returns their rows; the given ones are consumed. */
  RowStore shrink(RowStore rows) {
    inMemory /= 2;
    RowStore kept = new RowStore(context.allocator());
    try {
      rows.takeBatches(batch -> addRight(batch, kept));
      rows.close();
      return kept;
    } catch (Throwable e) {
      Closeables.closeAfter(e, List.of(kept));
      throw e;
    }
  }

  /** Takes a right batch: the rows of parts in memory go to the store, the others to files. */
  void addRight(RecordBatch batch, RowStore memory) {
    RecordBatch kept;
    try (batch) {
      rightTypes = batch.types();
      rightRows += batch.selection().size();
      SelectionVector inside = putAside(batch, views(batch, shape.rightKeys()), right);
      rightRows -= inside.size();
      batch.select(inside);
      kept = inside.size() == 0 ? null : VectorCopier.copyBatch(batch, context.allocator());
    }
    if (kept != null) {
      memory.add(kept);
    }
  }

  /** Leaves only the rows active whose partners are in memory; the others go to files. */
  void putAsideLeft(RecordBatch batch, JoinProbe probe) {
    try {
      leftTypes = batch.types();
      batch.select(putAside(batch, probe.keysOf(batch), left));
    } catch (Throwable e) {
      Closeables.closeAfter(e, List.of(batch));
      throw e;
    }
  }

  private static ColumnView[] views(RecordBatch batch, int[] columns) {
    ColumnView[] views = new ColumnView[columns.length];
    for (int i = 0; i < views.length; i++) {
      views[i] = ColumnView.of(batch.column(columns[i]), batch.types().get(columns[i]));
    }
    return views;
  }

  /** Writes rows of parts in files to those and returns the others. */
  private SelectionVector putAside(
      RecordBatch batch, ColumnView[] keys, SpillPartitions partitions) {
    SelectionVector rows = batch.selection();
    int n = rows.size();
    long[] hashes = new long[n];
    RowHasher.hash(keys, rows.viewRows(), n, hashes);
    int[] inside = new int[n];
    int[] outside = new int[n];
    int insideCount = 0;
    int outsideCount = 0;
    for (int i = 0; i < n; i++) {
      if (SpillPartitions.partition(hashes[i], level) < inMemory) {
        inside[insideCount++] = rows.get(i);
      } else {
        hashes[outsideCount] = hashes[i];
        outside[outsideCount++] = rows.get(i);
      }
    }
    partitions.add(batch, outside, hashes, outsideCount);
    return SelectionVector.of(Arrays.copyOf(inside, insideCount), insideCount);
  }

  /** The parts in files, which are the caller's from now on. */
  List<Part> takeParts() {
    List<Part> parts = new ArrayList<>();
    for (int p = inMemory; p < SpillPartitions.COUNT; p++) {
      SpillFile leftFile = left.take(p);
      SpillFile rightFile = right.take(p);
      if (leftFile == null && rightFile == null) {
        continue;
      }
      boolean skewed = rightFile != null && rightFile.rowCount() > SKEWED * rightRows;
      parts.add(
          new Part(
              leftFile,
              leftTypes,
              rightFile,
              rightTypes,
              skewed ? SpillPartitions.MAX_LEVEL + 1 : level + 1));
    }
    return parts;
  }

  @Override
  public void close() {
    Closeables.closeAll(left, right);
  }
}
