package org.kalamdb.internal.exec;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.apache.arrow.vector.FieldVector;
import org.jspecify.annotations.Nullable;
import org.kalamdb.internal.expr.Expression;
import org.kalamdb.internal.expr.ExpressionEvaluator;
import org.kalamdb.internal.expr.TableFunction;
import org.kalamdb.internal.sql.plan.Expand;
import org.kalamdb.internal.sql.plan.PlanColumn;
import org.kalamdb.internal.vector.ColumnView;
import org.kalamdb.internal.vector.ColumnWriter;
import org.kalamdb.internal.vector.RecordBatch;
import org.kalamdb.internal.vector.VectorCopier;
import org.kalamdb.schema.DataType;

/** Calls table functions for each input row and puts their rows beside it, a batch at a time. */
final class ExpandOperator implements Operator {
  private final Operator input;
  private final ExecutionContext context;
  private final List<DataType> inputTypes;
  private final List<DataType> addedTypes;
  private final boolean ordinality;
  private final List<Call> calls = new ArrayList<>();
  private final int[] sources = new int[RecordBatch.MAX_ROWS];
  private @Nullable RecordBatch batch;
  private int position;
  private boolean opened;
  private long ordinal;

  ExpandOperator(Expand expand, Operator input, ExecutionContext context) {
    this.input = input;
    this.context = context;
    this.inputTypes = expand.input().columns().stream().map(PlanColumn::type).toList();
    this.addedTypes = expand.added().stream().map(PlanColumn::type).toList();
    this.ordinality = expand.ordinality();
    int first = 0;
    try {
      for (Expand.Call call : expand.calls()) {
        calls.add(new Call(call, first));
        first += call.function().outputs().size();
      }
    } catch (Throwable e) {
      Closeables.closeAfter(e, calls);
      throw e;
    }
  }

  /** One function: what computes its arguments and the rows of the call in hand. */
  private final class Call implements AutoCloseable {
    private final TableFunction function;
    private final int firstColumn;
    private final List<ExpressionEvaluator> arguments = new ArrayList<>();
    private final List<ColumnView> values = new ArrayList<>();
    private TableFunction.Cursor cursor = TableFunction.Cursor.EMPTY;
    private boolean ended;

    Call(Expand.Call call, int firstColumn) {
      this.function = call.function();
      this.firstColumn = firstColumn;
      try {
        for (Expression argument : call.arguments()) {
          arguments.add(ExpressionEvaluator.compile(argument, context.allocator()));
        }
      } catch (Throwable e) {
        Closeables.closeAfter(e, arguments);
        throw e;
      }
    }

    void begin(RecordBatch rows) {
      values.clear();
      for (ExpressionEvaluator argument : arguments) {
        values.add(argument.evaluate(rows, rows.selection(), context.evaluation()));
      }
    }

    void open(int row) {
      @Nullable Object[] given = new @Nullable Object[values.size()];
      boolean anyNull = false;
      for (int i = 0; i < given.length; i++) {
        given[i] = values.get(i).getObject(row);
        anyNull |= given[i] == null;
      }
      cursor =
          anyNull && function.strict()
              ? TableFunction.Cursor.EMPTY
              : function.cursors().open(given, context.evaluation());
      ended = false;
    }

    boolean next(List<ColumnWriter> columns, int row) {
      ended =
          ended
              || !cursor.next(
                  columns.subList(firstColumn, firstColumn + function.outputs().size()), row);
      return !ended;
    }

    @Override
    public void close() {
      Closeables.closeAll(arguments);
    }
  }

  @Override
  public @Nullable RecordBatch next() {
    while (batch != null || nextInput()) {
      context.cancel().check();
      RecordBatch made = fill(Objects.requireNonNull(batch));
      if (made != null) {
        return made;
      }
    }
    return null;
  }

  private boolean nextInput() {
    RecordBatch next = input.next();
    if (next == null) {
      return false;
    }
    batch = next;
    position = 0;
    opened = false;
    for (Call call : calls) {
      call.begin(next);
    }
    return true;
  }

  /** The next rows of the batch in hand; null, and the batch closed, if there are none. */
  private @Nullable RecordBatch fill(RecordBatch rows) {
    List<ColumnWriter> writers = new ArrayList<>();
    List<FieldVector> vectors = new ArrayList<>();
    try {
      for (DataType type : addedTypes) {
        ColumnWriter writer = new ColumnWriter(type, context.allocator());
        writers.add(writer);
        writer.begin(RecordBatch.MAX_ROWS);
      }
      int n = fillRows(rows, writers);
      if (n == 0) {
        batch = null;
        rows.close();
        return null;
      }
      for (int i = 0; i < inputTypes.size(); i++) {
        ColumnView source = ColumnView.of(rows.column(i), inputTypes.get(i));
        vectors.add(VectorCopier.copyRows(source, sources, n, context.allocator()));
      }
      for (ColumnWriter writer : writers) {
        vectors.add(writer.takeVector(n));
      }
      List<DataType> types = new ArrayList<>(inputTypes);
      types.addAll(addedTypes);
      return new RecordBatch(types, vectors, n);
    } catch (Throwable e) {
      Closeables.closeAfter(e, vectors);
      throw e;
    } finally {
      Closeables.closeAll(writers);
    }
  }

  private int fillRows(RecordBatch rows, List<ColumnWriter> writers) {
    int n = 0;
    while (n < RecordBatch.MAX_ROWS && position < rows.selection().size()) {
      int row = rows.selection().get(position);
      if (!opened) {
        calls.forEach(call -> call.open(row));
        opened = true;
        ordinal = 0;
      }
      boolean any = false;
      for (Call call : calls) {
        any |= call.next(writers, n);
      }
      if (!any) {
        position++;
        opened = false;
        continue;
      }
      if (ordinality) {
        ColumnWriter writer = writers.get(writers.size() - 1);
        writer.setLong(n, ++ordinal);
        writer.setValid(n);
      }
      sources[n++] = row;
    }
    return n;
  }

  @Override
  public void close() {
    RecordBatch open = batch;
    batch = null;
    List<@Nullable AutoCloseable> owned = new ArrayList<>(calls);
    owned.add(open);
    owned.add(input);
    Closeables.closeAll(owned);
  }
}
