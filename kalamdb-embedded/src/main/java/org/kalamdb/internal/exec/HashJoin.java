package org.kalamdb.internal.exec;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.kalamdb.internal.vector.ColumnView;
import org.kalamdb.internal.vector.RecordBatch;
import org.kalamdb.internal.vector.RowHasher;
import org.kalamdb.internal.vector.SelectionVector;

/**
 * Joins by holding the right side in a {@link JoinTable} and streaming the left one past it.
 *
 * <p>When the right side does not fit into memory both sides are parted by the hash of their keys:
 * as many parts as fit stay in memory and are joined at once, the others go to files and are joined
 * by themselves afterwards, parted further if need be. Where parting does not help (one key has too
 * many rows, or there are no keys) the right side is taken in blocks that fit, and the left one is
 * read once for each.
 */
final class HashJoin implements Operator {
  private final JoinShape shape;
  private final Input input;
  private final @Nullable BatchCondition residual;
  private final JoinFacts facts;
  private final MemoryBudget.Share memory;
  private final ExecutionContext context;
  private final Deque<JoinSpill.Part> parts = new ArrayDeque<>();
  private RowStore rows;
  private JoinTable table;
  private JoinProbe probe;
  private @Nullable JoinSpill spill;
  private @Nullable BlockLoop blocks;
  private @Nullable HashJoin partJoin;
  private JoinSpill.@Nullable Part part;
  private Stage stage = Stage.BUILD;
  private boolean probing;
  private int nextRight;

  private enum Stage {
    BUILD,
    PROBE,
    UNMATCHED,
    PARTS,
    END
  }

  /**
   * What a join reads, and owns.
   *
   * @param level how often the rows have been parted
   * @param filters told what is held before the left side is asked for a row
   */
  record Input(Operator left, Operator right, int level, List<ProbeFilter> filters)
      implements AutoCloseable {
    @Override
    public void close() {
      Closeables.closeAll(left, right);
    }
  }

  /** Residual, facts and memory stay the caller's. */
  HashJoin(
      JoinShape shape,
      Input input,
      @Nullable BatchCondition residual,
      JoinFacts facts,
      MemoryBudget.Share memory,
      ExecutionContext context) {
    this.shape = shape;
    this.input = input;
    this.residual = residual;
    this.facts = facts;
    this.memory = memory;
    this.context = context;
    this.rows = new RowStore(context.allocator());
    this.table = newTable(rows);
    this.probe = newProbe();
  }

  private JoinTable newTable(RowStore stored) {
    return new JoinTable(stored, shape.rightKeys(), shape.keyTypes(), context.allocator());
  }

  private JoinProbe newProbe() {
    return new JoinProbe(shape, rows, table, facts, residual, context);
  }

  @Override
  public @Nullable RecordBatch next() {
    while (true) {
      RecordBatch batch =
          switch (stage) {
            case BUILD -> {
              build();
              yield null;
            }
            case PROBE -> probe();
            case UNMATCHED -> unmatchedRight();
            case PARTS -> joinParts();
            case END -> null;
          };
      if (batch != null || stage == Stage.END) {
        return batch;
      }
    }
  }

  private void build() {
    RecordBatch batch;
    while (blocks == null && (batch = input.right().next()) != null) {
      addRight(batch);
      context.cancel().check();
      if (!isInMemory()) {
        makeRoom();
      }
    }
    if (blocks == null) {
      input.right().close();
    }
    table.build(context.cancel());
    if (spill == null && blocks == null) {
      input.filters().forEach(filter -> filter.fill(rows, shape.rightKeys(), maxFilterBytes()));
    }
    boolean pointless = rows.rowCount() == 0 && spill == null && !shape.showsLeftAlone();
    stage = pointless ? Stage.UNMATCHED : Stage.PROBE;
  }

  private boolean isInMemory() {
    return memory.fits(rows.bytes() + (long) table.rowBytes() * rows.rowCount());
  }

  /** A small part of what the query may hold. */
  private long maxFilterBytes() {
    return context.allocator().getLimit() / 128;
  }

  /** Takes the batch. Rows that find no partner are kept only if they are put out nevertheless. */
  private void addRight(RecordBatch batch) {
    try {
      if (batch.selection().size() > 0) {
        facts.noteRows();
        dropNullKeys(batch);
      }
    } catch (Throwable e) {
      Closeables.closeAfter(e, List.of(batch));
      throw e;
    }
    if (spill != null) {
      spill.addRight(batch, rows);
    } else {
      rows.add(batch);
    }
  }

  private void dropNullKeys(RecordBatch batch) {
    ColumnView[] keys = new ColumnView[shape.rightKeys().length];
    boolean nulls = false;
    for (int i = 0; i < keys.length; i++) {
      int column = shape.rightKeys()[i];
      keys[i] = ColumnView.of(batch.column(column), batch.types().get(column));
      nulls |= keys[i].mayHaveNulls();
    }
    if (!nulls) {
      return;
    }
    SelectionVector selection = batch.selection();
    int[] kept = new int[selection.size()];
    int n = 0;
    for (int i = 0; i < kept.length; i++) {
      if (!RowHasher.hasNull(keys, selection.get(i))) {
        kept[n++] = selection.get(i);
      }
    }
    if (n < kept.length) {
      facts.noteNullKey();
      if (!shape.keepsRight()) {
        batch.select(SelectionVector.of(kept, n));
      }
    }
  }

  private void makeRoom() {
    boolean parting = shape.rightKeys().length > 0 && input.level() <= SpillPartitions.MAX_LEVEL;
    if (!parting) {
      blocks = new BlockLoop(input, context);
      return;
    }
    JoinSpill open = spill;
    if (open == null) {
      open = new JoinSpill(shape, input.level(), context);
      spill = open;
    }
    while (!isInMemory() && open.canShrink()) {
      rows = open.shrink(rows);
    }
    JoinTable old = table;
    table = newTable(rows);
    old.close();
    probe = newProbe();
  }

  private @Nullable RecordBatch probe() {
    while (true) {
      if (probing) {
        RecordBatch joined = probe.next(context.cancel());
        if (joined != null) {
          return joined;
        }
        probing = false;
        if (blocks != null) {
          blocks.endLeft();
        }
      }
      context.cancel().check();
      if (!nextLeft()) {
        stage = Stage.UNMATCHED;
        return null;
      }
    }
  }

  /** Begins the next left batch; false if there is none. */
  private boolean nextLeft() {
    BlockLoop loop = blocks;
    if (loop != null) {
      return probing = loop.beginLeft(probe);
    }
    RecordBatch batch = input.left().next();
    if (batch == null) {
      return false;
    }
    if (spill != null) {
      spill.putAsideLeft(batch, probe);
    }
    probing = true;
    probe.begin(batch);
    return true;
  }

  private @Nullable RecordBatch unmatchedRight() {
    if (shape.endsWithRight()) {
      JoinProbe.Unmatched unmatched = probe.unmatchedRight(nextRight);
      nextRight = unmatched.next();
      if (unmatched.batch() != null) {
        return unmatched.batch();
      }
    }
    nextRight = 0;
    closeTable();
    if (blocks != null && nextBlock()) {
      stage = Stage.PROBE;
      return null;
    }
    if (spill != null) {
      parts.addAll(spill.takeParts());
    }
    stage = Stage.PARTS;
    return null;
  }

  private void closeTable() {
    Closeables.closeAll(probe, table, rows);
    memory.close();
  }

  /** Fills the table with the next block of right rows; false if there are none. */
  private boolean nextBlock() {
    BlockLoop loop = blocks;
    if (loop == null || !loop.hasRight()) {
      return false;
    }
    rows = new RowStore(context.allocator());
    table = newTable(rows);
    probe = newProbe();
    RecordBatch batch;
    while ((batch = loop.nextRight()) != null) {
      addRight(batch);
      context.cancel().check();
      if (!isInMemory()) {
        break;
      }
    }
    table.build(context.cancel());
    loop.rewindLeft();
    return true;
  }

  private @Nullable RecordBatch joinParts() {
    while (true) {
      HashJoin running = partJoin;
      if (running != null) {
        RecordBatch batch = running.next();
        if (batch != null) {
          return batch;
        }
        closePart();
      }
      JoinSpill.Part next = parts.poll();
      if (next == null) {
        stage = Stage.END;
        return null;
      }
      part = next;
      partJoin = new HashJoin(shape, next.open(context), residual, facts, memory, context);
    }
  }

  private void closePart() {
    HashJoin running = partJoin;
    JoinSpill.Part files = part;
    partJoin = null;
    part = null;
    Closeables.closeAll(files, running);
  }

  @Override
  public void close() {
    stage = Stage.END;
    List<@Nullable AutoCloseable> owned = new ArrayList<>();
    owned.add(input);
    owned.addAll(parts);
    owned.add(spill);
    owned.add(blocks);
    owned.add(rows);
    owned.add(table);
    owned.add(probe);
    owned.add(this::closePart);
    parts.clear();
    Closeables.closeAll(owned);
  }
}
