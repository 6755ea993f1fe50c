package org.kalamdb.internal.exec;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.arrow.vector.FieldVector;
import org.jspecify.annotations.Nullable;
import org.kalamdb.internal.exec.FrameCursor.FrameShape;
import org.kalamdb.internal.expr.WindowFunction;
import org.kalamdb.internal.sql.plan.WindowFrame.BoundKind;
import org.kalamdb.internal.vector.ColumnView;
import org.kalamdb.internal.vector.ColumnWriter;
import org.kalamdb.internal.vector.RecordBatch;
import org.kalamdb.schema.DataType;

/**
 * One partition that is too large for memory: its rows in one file, the columns that functions work
 * on once more in another. The results are computed page by page, for which each function keeps
 * some places in the second file open.
 */
final class SpooledWindow implements AutoCloseable {
  /** So many pages a function has open at most; as many again for what is on its way. */
  private static final int PAGES_OF_CALL = 6;

  private final WindowOperator.Shape shape;
  private final List<DataType> types;
  private final long bytes;
  private final ExecutionContext context;
  private final SpooledRows shown;
  private final SpooledRows worked;
  private final List<Integer> shownColumns;
  private final List<Integer> workedColumns;

  /** Where a column of the input is among those worked on. */
  private final TreeMap<Integer, Integer> places = new TreeMap<>();

  private final List<SpooledEvaluator> evaluators = new ArrayList<>();
  private @Nullable RecordBatch lastRow;
  private @Nullable Operator reader;
  private long next;

  /**
   * A partition without rows.
   *
   * @param types of what is put out
   * @param bytes that the pages in memory may take, about
   */
  SpooledWindow(
      WindowOperator.Shape shape, List<DataType> types, long bytes, ExecutionContext context) {
    this.shape = shape;
    this.types = types;
    this.bytes = bytes;
    this.context = context;
    this.shownColumns = range(shape.shown().size());
    placeColumns();
    this.workedColumns = List.copyOf(places.keySet());
    this.shown = new SpooledRows(shape.shown(), context);
    this.worked =
        new SpooledRows(
            workedColumns.stream().map(column -> shape.inputTypes().get(column)).toList(), context);
  }

  /** Whether all functions can be computed in this way. */
  static boolean supports(WindowOperator.Shape shape, ExecutionContext context) {
    return shape.calls().stream().allMatch(call -> supports(call, context));
  }

  private static boolean supports(WindowOperator.Call call, ExecutionContext context) {
    return switch (call.function().kind()) {
      case FIRST_VALUE, LAST_VALUE, NTH_VALUE -> SpooledFrame.supports(call.frame());
      case AGGREGATE ->
          SpooledFrame.supports(call.frame())
              && SpooledAggregate.supports(
                  call.function().requireAggregate(), startMoves(call), context);
      default -> true;
    };
  }

  private static boolean startMoves(WindowOperator.Call call) {
    return !call.wholePartition() && call.frame().startKind() != BoundKind.UNBOUNDED_PRECEDING;
  }

  private static List<Integer> range(int size) {
    List<Integer> range = new ArrayList<>();
    for (int i = 0; i < size; i++) {
      range.add(i);
    }
    return range;
  }

  private void placeColumns() {
    place(shape.partitionBy());
    place(shape.orderBy());
    for (WindowOperator.Call call : shape.calls()) {
      place(call.arguments());
      FrameShape frame = call.frame();
      place(call.filter(), frame.rangeKey(), frame.startLimit(), frame.endLimit());
    }
    int place = 0;
    for (Map.Entry<Integer, Integer> entry : places.entrySet()) {
      entry.setValue(place++);
    }
  }

  private void place(int... columns) {
    for (int column : columns) {
      if (column >= 0) {
        places.put(column, 0);
      }
    }
  }

  private int[] placesOf(int[] columns) {
    return Arrays.stream(columns).map(this::placeOf).toArray();
  }

  private int placeOf(int column) {
    return column < 0 ? -1 : places.getOrDefault(column, -1);
  }

  /** Takes the rows out of the store, which is empty then. */
  void add(RowStore store) {
    int count = store.rowCount();
    if (count == 0) {
      return;
    }
    int[] addresses = new int[count];
    for (int row = 0; row < count; row++) {
      addresses[row] = store.address(row);
    }
    long pages = 2L * PAGES_OF_CALL * shape.calls().size();
    long rowBytes = Math.max(1, store.bytes() / count);
    int size = (int) Math.max(16, Math.min(RecordBatch.MAX_ROWS, bytes / pages / rowBytes));
    for (int from = 0; from < count; from += size) {
      context.cancel().check();
      int[] page = Arrays.copyOfRange(addresses, from, Math.min(count, from + size));
      addPage(store, shown, shownColumns, page);
      addPage(store, worked, workedColumns, page);
    }
    int[] last = {addresses[count - 1]};
    RecordBatch row = store.gatherColumns(shape.inputTypes(), workedColumns, last, 1);
    RecordBatch before = lastRow;
    lastRow = row;
    Closeables.closeAll(before, store);
  }

  private void addPage(RowStore store, SpooledRows rows, List<Integer> columns, int[] page) {
    try (RecordBatch batch = store.gatherColumns(shape.inputTypes(), columns, page, page.length)) {
      rows.add(batch);
    }
  }

  /** The first place in the batch that does not belong to the partition; -1 if all do. */
  int nextPartitionStart(RecordBatch batch) {
    RecordBatch before = lastRow;
    if (before == null) {
      return -1;
    }
    ColumnView[] last = RowStore.viewsOf(before);
    ColumnView[] views = RowStore.viewsOf(batch);
    for (int i = 0; i < batch.selection().size(); i++) {
      for (int column : shape.partitionBy()) {
        int row = batch.selection().get(i);
        if (!WindowRows.isSame(last[placeOf(column)], 0, views[column], row)) {
          return i;
        }
      }
    }
    return -1;
  }

  /** All rows are there: the first may be asked for. */
  void begin() {
    for (WindowOperator.Call call : shape.calls()) {
      evaluators.add(evaluator(call));
    }
    reader = shown.read();
  }

  private SpooledEvaluator evaluator(WindowOperator.Call call) {
    int[] arguments = placesOf(call.arguments());
    WindowFunction.Kind kind = call.function().kind();
    int[] orderBy = placesOf(shape.orderBy());
    return switch (kind) {
      case ROW_NUMBER, RANK, DENSE_RANK, PERCENT_RANK, CUME_DIST, NTILE ->
          new SpooledRank(worked, new SpooledPeers(worked, orderBy), kind, arguments);
      case LAG, LEAD -> new SpooledNeighbour(worked, kind == WindowFunction.Kind.LAG, arguments);
      case FIRST_VALUE, LAST_VALUE, NTH_VALUE ->
          new SpooledFrameValue(worked, frame(call, orderBy), kind, arguments);
      case AGGREGATE ->
          new SpooledAggregate(
              worked,
              frame(call, orderBy),
              startMoves(call),
              arguments,
              placeOf(call.filter()),
              call.function().requireAggregate(),
              context);
    };
  }

  private SpooledFrame frame(WindowOperator.Call call, int[] orderBy) {
    FrameShape old = call.frame();
    FrameShape frame =
        new FrameShape(
            old.units(),
            call.wholePartition() ? BoundKind.UNBOUNDED_PRECEDING : old.startKind(),
            old.startOffset(),
            call.wholePartition() ? BoundKind.UNBOUNDED_FOLLOWING : old.endKind(),
            old.endOffset(),
            old.exclusion(),
            placeOf(old.rangeKey()),
            placeOf(old.startLimit()),
            placeOf(old.endLimit()),
            old.descending(),
            old.nullsFirst());
    return new SpooledFrame(worked, orderBy, frame);
  }

  /** The next rows with their results, which the caller closes; null at the end. */
  @Nullable RecordBatch next() {
    RecordBatch page = reader == null ? null : reader.next();
    if (page == null) {
      return null;
    }
    List<FieldVector> vectors = new ArrayList<>();
    try (RecordBatch owned = page) {
      int n = owned.rowCount();
      vectors.addAll(owned.takeColumns());
      for (int i = 0; i < evaluators.size(); i++) {
        context.cancel().check();
        DataType type = shape.calls().get(i).function().type();
        try (ColumnWriter out = new ColumnWriter(type, context.allocator())) {
          out.begin(n);
          evaluators.get(i).evaluate(out, next, n);
          vectors.add(out.takeVector(n));
        }
      }
      checkMemory();
      next += n;
      return new RecordBatch(types, vectors, n);
    } catch (Throwable e) {
      Closeables.closeAfter(e, vectors);
      throw e;
    }
  }

  private void checkMemory() {
    long held = context.allocator().getAllocatedMemory();
    for (SpooledEvaluator evaluator : evaluators) {
      held += evaluator.retainedBytes();
    }
    if (held > context.allocator().getLimit()) {
      throw WindowOperator.outOfMemory();
    }
  }

  @Override
  public void close() {
    List<@Nullable AutoCloseable> owned = new ArrayList<>(evaluators);
    owned.add(reader);
    owned.add(lastRow);
    owned.add(shown);
    owned.add(worked);
    evaluators.clear();
    reader = null;
    lastRow = null;
    Closeables.closeAll(owned);
  }
}
