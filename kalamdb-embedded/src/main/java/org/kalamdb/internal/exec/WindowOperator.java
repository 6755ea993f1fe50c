package org.kalamdb.internal.exec;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.apache.arrow.vector.FieldVector;
import org.jspecify.annotations.Nullable;
import org.kalamdb.error.ErrorCode;
import org.kalamdb.error.KalamException;
import org.kalamdb.internal.exec.FrameCursor.FrameShape;
import org.kalamdb.internal.expr.AggregateFunction;
import org.kalamdb.internal.expr.WindowFunction;
import org.kalamdb.internal.sql.plan.WindowFrame.BoundKind;
import org.kalamdb.internal.sql.plan.WindowFrame.Exclusion;
import org.kalamdb.internal.vector.ColumnView;
import org.kalamdb.internal.vector.ColumnWriter;
import org.kalamdb.internal.vector.RecordBatch;
import org.kalamdb.internal.vector.SelectionVector;
import org.kalamdb.internal.vector.VectorCopier;
import org.kalamdb.schema.DataType;

/**
 * Appends the results of window functions to rows that come sorted by partition and order. Holds as
 * many whole partitions as one batch ends, or the one partition that goes over several batches. If
 * that outgrows the operator's memory, it goes to files ({@link SpooledWindow}).
 */
final class WindowOperator implements Operator {
  /** What evaluating takes for the bytes of the rows: columns laid out, runs, states. */
  private static final int WORKING_FACTOR = 3;

  private final Operator input;
  private final Shape shape;
  private final ExecutionContext context;
  private final List<DataType> types;
  private final List<WindowEvaluator> evaluators = new ArrayList<>();
  private final MemoryBudget.Share memory;
  private final boolean spools;
  private @Nullable SpooledWindow spooled;
  private @Nullable RecordBatch carried;
  private @Nullable WindowRows rows;
  private boolean ended;
  private int next;

  /**
   * What to compute from which columns of the input.
   *
   * @param shown types of the input's first columns, which are put out
   * @param inputTypes types of all of them
   */
  record Shape(
      List<DataType> shown,
      List<DataType> inputTypes,
      int[] partitionBy,
      int[] orderBy,
      List<Call> calls) {}

  /**
   * One function.
   *
   * @param arguments positions
   * @param filter position of a BOOLEAN, or -1
   * @param wholePartition whether each frame is the partition
   */
  record Call(
      WindowFunction function,
      int[] arguments,
      int filter,
      FrameShape frame,
      boolean wholePartition) {}

  WindowOperator(Operator input, Shape shape, ExecutionContext context) {
    this.input = input;
    this.shape = shape;
    this.context = context;
    this.memory = context.memory().share();
    this.spools = SpooledWindow.supports(shape, context);
    this.types = new ArrayList<>(shape.shown());
    shape.calls().forEach(call -> types.add(call.function().type()));
  }

  @Override
  public @Nullable RecordBatch next() {
    WindowRows current = rows;
    if (current == null || next == current.rowCount()) {
      RecordBatch batch = nextSpooled();
      if (batch != null) {
        return batch;
      }
      current = nextPartitions();
      if (current == null) {
        return nextSpooled();
      }
    }
    int to = Math.min(next + RecordBatch.MAX_ROWS, current.rowCount());
    RecordBatch batch = take(current, next, to);
    next = to;
    return batch;
  }

  private @Nullable RecordBatch nextSpooled() {
    SpooledWindow partition = spooled;
    RecordBatch batch = partition == null ? null : partition.next();
    if (partition != null && batch == null) {
      spooled = null;
      partition.close();
    }
    return batch;
  }

  /** Null if there are no more, or if they have been spooled. */
  private @Nullable WindowRows nextPartitions() {
    closePartitions();
    memory.close();
    RowStore store = new RowStore(context.allocator());
    try {
      read(store);
      if (store.rowCount() == 0) {
        store.close();
        return null;
      }
    } catch (Throwable e) {
      Closeables.closeAfter(e, List.of(store));
      throw e;
    }
    WindowRows read =
        new WindowRows(store, shape.inputTypes(), shape.partitionBy(), shape.orderBy(), context);
    rows = read;
    next = 0;
    for (Call call : shape.calls()) {
      evaluators.add(evaluator(call, read));
    }
    return read;
  }

  /** Reads until a partition begins behind those that are whole, or to the end. */
  private void read(RowStore store) {
    boolean more = true;
    while (more) {
      RecordBatch batch = carried;
      carried = null;
      if (batch == null) {
        batch = ended ? null : input.next();
      }
      if (batch == null) {
        ended = true;
        more = false;
      } else {
        more = !addUpToPartition(store, batch);
        spoolIfMuch(store, more);
      }
    }
    if (spooled != null) {
      spooled.add(store);
      spooled.begin();
    }
  }

  /** Adds the batch's rows before the last partition that begins in it; whether one does. */
  private boolean addUpToPartition(RowStore store, RecordBatch batch) {
    int cut;
    try {
      cut =
          spooled == null
              ? WindowRows.lastPartitionStart(batch, shape.partitionBy(), store)
              : spooled.nextPartitionStart(batch);
      if (cut >= 0) {
        carried = split(batch, cut);
      }
    } catch (Throwable e) {
      Closeables.closeAfter(e, List.of(batch));
      throw e;
    }
    store.add(batch);
    return cut >= 0;
  }

  /** Rows that are one partition so far go to files once they are too many. */
  private void spoolIfMuch(RowStore store, boolean more) {
    if (spooled != null) {
      if (store.bytes() > memory.guaranteed() / 2) {
        spooled.add(store);
      }
    } else if (more && spools && !memory.fits(WORKING_FACTOR * store.bytes())) {
      spooled = new SpooledWindow(shape, types, memory.guaranteed(), context);
      spooled.add(store);
      memory.close();
    }
  }

  /** Cuts the batch off before the given place and hands out a copy of the rest. */
  private RecordBatch split(RecordBatch batch, int cut) {
    int[] selected = batch.selection().viewRows();
    int size = batch.selection().size();
    batch.select(SelectionVector.of(Arrays.copyOfRange(selected, cut, size), size - cut));
    RecordBatch rest = VectorCopier.copyBatch(batch, context.allocator());
    batch.select(SelectionVector.of(Arrays.copyOf(selected, cut), cut));
    return rest;
  }

  private WindowEvaluator evaluator(Call call, WindowRows over) {
    ColumnView[] arguments = new ColumnView[call.arguments().length];
    for (int i = 0; i < arguments.length; i++) {
      arguments[i] = over.column(call.arguments()[i]);
    }
    WindowFunction.Kind kind = call.function().kind();
    return switch (kind) {
      case ROW_NUMBER, RANK, DENSE_RANK, PERCENT_RANK, CUME_DIST, NTILE ->
          new RankEvaluator(over, kind, arguments);
      case LAG, LEAD -> new NeighbourEvaluator(over, kind == WindowFunction.Kind.LAG, arguments);
      case FIRST_VALUE, LAST_VALUE, NTH_VALUE ->
          new FrameValueEvaluator(new FrameCursor(over, call.frame()), kind, arguments);
      case AGGREGATE -> aggregate(call, arguments, over);
    };
  }

  private WindowEvaluator aggregate(Call call, ColumnView[] arguments, WindowRows over) {
    AggregateFunction function = call.function().requireAggregate();
    ColumnView filter = call.filter() < 0 ? null : over.column(call.filter());
    AggregateInput rowsIn = new AggregateInput(arguments, filter);
    if (call.wholePartition()) {
      return new PartitionAggregateEvaluator(over, rowsIn, function, context);
    }
    FrameCursor frame = new FrameCursor(over, call.frame());
    return canSlide(call.frame(), function)
        ? new SlidingAggregateEvaluator(frame, rowsIn, function, context)
        : new SegmentTreeEvaluator(frame, over.rowCount(), rowsIn, function, context);
  }

  private boolean canSlide(FrameShape frame, AggregateFunction function) {
    if (frame.exclusion() != Exclusion.NO_OTHERS) {
      return false;
    }
    if (frame.startKind() == BoundKind.UNBOUNDED_PRECEDING) {
      return true;
    }
    try (var state = function.createAggregator(context.allocator())) {
      return state.isRemovable();
    }
  }

  private RecordBatch take(WindowRows from, int first, int to) {
    List<FieldVector> vectors = new ArrayList<>();
    try {
      from.gatherInto(vectors, shape.shown(), first, to);
      for (int i = 0; i < evaluators.size(); i++) {
        context.cancel().check();
        DataType type = shape.calls().get(i).function().type();
        try (ColumnWriter out = new ColumnWriter(type, context.allocator())) {
          out.begin(to - first);
          evaluators.get(i).evaluate(out, first, to);
          vectors.add(out.takeVector(to - first));
        }
      }
      checkMemory();
      return new RecordBatch(types, vectors, to - first);
    } catch (Throwable e) {
      Closeables.closeAfter(e, vectors);
      throw e;
    }
  }

  /** Aggregators keep their state on the heap, which the allocator does not see. */
  private void checkMemory() {
    long bytes = context.allocator().getAllocatedMemory();
    for (WindowEvaluator evaluator : evaluators) {
      bytes += evaluator.retainedBytes();
    }
    if (bytes > context.allocator().getLimit()) {
      throw outOfMemory();
    }
  }

  static KalamException outOfMemory() {
    return new KalamException(
            ErrorCode.OUT_OF_MEMORY, "the query needs more memory than its limit allows")
        .withHint("Use smaller window partitions, or raise the memory limit of queries.");
  }

  private void closePartitions() {
    List<@Nullable AutoCloseable> owned = new ArrayList<>();
    owned.add(rows);
    owned.addAll(evaluators);
    rows = null;
    evaluators.clear();
    Closeables.closeAll(owned);
  }

  @Override
  public void close() {
    RecordBatch rest = carried;
    carried = null;
    try {
      closePartitions();
    } finally {
      SpooledWindow partition = spooled;
      spooled = null;
      Closeables.closeAll(input, rest, partition, memory);
    }
  }
}
