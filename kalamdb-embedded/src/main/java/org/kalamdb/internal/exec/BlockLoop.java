package org.kalamdb.internal.exec;

import java.util.BitSet;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.kalamdb.internal.vector.RecordBatch;
import org.kalamdb.schema.DataType;

/**
 * What a join needs to take its right side in blocks: the left rows in a file, to be read once for
 * each block, and which of them have found a partner so far.
 */
final class BlockLoop implements AutoCloseable {
  private final HashJoin.Input input;
  private final ExecutionContext context;
  private final BitSet matched = new BitSet();
  private final BitSet unknown = new BitSet();
  private @Nullable SpillFile file;
  private @Nullable Operator left;
  private @Nullable RecordBatch pendingRight;
  private List<DataType> leftTypes = List.of();
  private BitSet batchMatched = new BitSet();
  private BitSet batchUnknown = new BitSet();
  private int firstRow;
  private int batchRows;
  private boolean last;

  /** The input stays the caller's. */
  BlockLoop(HashJoin.Input input, ExecutionContext context) {
    this.input = input;
    this.context = context;
  }

  /** Begins the next left batch of the block in hand; false when there are no more. */
  boolean beginLeft(JoinProbe probe) {
    Operator rows = left;
    if (rows == null) {
      last = !hasRight();
      rows = spooled().read(leftTypes, context.allocator());
      left = rows;
      firstRow = 0;
    }
    RecordBatch batch = rows.next();
    if (batch == null) {
      return false;
    }
    batchRows = batch.rowCount();
    batchMatched = matched.get(firstRow, firstRow + batchRows);
    batchUnknown = unknown.get(firstRow, firstRow + batchRows);
    probe.begin(batch, batchMatched, batchUnknown, last);
    return true;
  }

  /** The left batch has been joined with the block: keeps what is known of its rows. */
  void endLeft() {
    copy(batchMatched, matched);
    copy(batchUnknown, unknown);
    firstRow += batchRows;
  }

  private void copy(BitSet from, BitSet to) {
    for (int row = from.nextSetBit(0); row >= 0; row = from.nextSetBit(row + 1)) {
      to.set(firstRow + row);
    }
  }

  /** The left rows in a file, all of which are active there. */
  private SpillFile spooled() {
    SpillFile known = file;
    if (known != null) {
      return known;
    }
    SpillFile written = context.spill().create();
    file = written;
    RecordBatch batch;
    while ((batch = input.left().next()) != null) {
      try (RecordBatch owned = batch) {
        context.cancel().check();
        leftTypes = owned.types();
        written.write(owned, context.allocator());
      }
    }
    input.left().close();
    return written;
  }

  /** Whether right rows are left for a further block. */
  boolean hasRight() {
    while (pendingRight == null) {
      RecordBatch batch = input.right().next();
      if (batch == null) {
        return false;
      }
      if (batch.selection().size() > 0) {
        pendingRight = batch;
      } else {
        batch.close();
      }
    }
    return true;
  }

  /** The next right batch, which the caller closes. */
  @Nullable RecordBatch nextRight() {
    if (!hasRight()) {
      return null;
    }
    RecordBatch batch = pendingRight;
    pendingRight = null;
    return batch;
  }

  /** The left rows are read from the beginning for the next block. */
  void rewindLeft() {
    Operator rows = left;
    left = null;
    if (rows != null) {
      rows.close();
    }
  }

  @Override
  public void close() {
    RecordBatch open = pendingRight;
    pendingRight = null;
    Closeables.closeAll(file, left, open);
  }
}
