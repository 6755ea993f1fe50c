package org.kalamdb.internal.engine;

import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import org.apache.arrow.vector.FieldVector;
import org.jspecify.annotations.Nullable;
import org.kalamdb.error.ErrorCode;
import org.kalamdb.error.KalamException;
import org.kalamdb.internal.exec.ExecutionContext;
import org.kalamdb.internal.exec.Operator;
import org.kalamdb.internal.vector.RecordBatch;
import org.kalamdb.internal.vector.Rows;
import org.kalamdb.internal.vector.VectorCopier;
import org.kalamdb.query.ResultBatch;
import org.kalamdb.query.ResultColumn;
import org.kalamdb.query.Row;

/** The rows of running operators, read as they come. Holds its snapshot and memory until closed. */
final class OperatorResult extends AbstractResult {
  private final List<ResultColumn> columns;
  private final Operator root;
  private final ExecutionContext context;
  private final Runnable release;
  private final Engine engine;
  private final OpenStorage storage;
  private @Nullable RecordBatch batch;
  private int position;
  private boolean closed;

  OperatorResult(
      List<ResultColumn> columns,
      Operator root,
      ExecutionContext context,
      Runnable release,
      Engine engine) {
    this.columns = List.copyOf(columns);
    this.root = root;
    this.context = context;
    this.release = release;
    this.engine = engine;
    this.storage = engine.storage();
    engine.resultOpened(this, storage);
  }

  @Override
  public List<ResultColumn> columns() {
    return columns;
  }

  @Override
  public long updateCount() {
    return -1;
  }

  /** Whether there is a current row, after fetching batches as needed. */
  private boolean positioned() {
    while (true) {
      RecordBatch current = batch;
      if (current != null && position < current.selection().size()) {
        return true;
      }
      dropBatch();
      if (closed) {
        return false;
      }
      batch = fetch();
      if (batch == null) {
        return false;
      }
    }
  }

  private @Nullable RecordBatch fetch() {
    position = 0;
    try {
      engine.enter(storage);
      try {
        context.cancel().resume();
        try {
          return root.next();
        } finally {
          context.cancel().pause();
        }
      } finally {
        engine.exit();
      }
    } catch (RuntimeException | Error e) {
      close();
      throw e;
    }
  }

  private void dropBatch() {
    RecordBatch old = batch;
    batch = null;
    if (old != null) {
      old.close();
    }
  }

  @Override
  public Iterator<Row> iterator() {
    return new Iterator<>() {
      @Override
      public boolean hasNext() {
        return positioned();
      }

      @Override
      public Row next() {
        RecordBatch current = positioned() ? batch : null;
        if (current == null) {
          throw new NoSuchElementException();
        }
        return new Row(columns, Rows.read(current, current.selection().get(position++)));
      }
    };
  }

  @Override
  public @Nullable ResultBatch nextBatch() {
    if (batch != null && position > 0) {
      throw new IllegalStateException("Read a result by rows or by batches, not both");
    }
    dropBatch();
    while (!closed) {
      RecordBatch next = fetch();
      if (next == null) {
        return null;
      }
      try (RecordBatch current = next) {
        if (current.selection().size() > 0) {
          RecordBatch dense = VectorCopier.copyBatch(current, context.allocator());
          batch = dense;
          return new LentBatch(dense);
        }
      }
    }
    throw new KalamException(ErrorCode.CONNECTION_DOES_NOT_EXIST, "The result is closed");
  }

  record LentBatch(RecordBatch batch) implements ResultBatch {
    @Override
    public int rowCount() {
      return batch.rowCount();
    }

    @Override
    public FieldVector column(int index) {
      return batch.column(index);
    }
  }

  @Override
  public void close() {
    if (closed) {
      return;
    }
    closed = true;
    engine.resultClosed(this, storage);
    try (AutoCloseable last = release::run;
        ExecutionContext memory = context;
        Operator operators = root) {
      dropBatch();
    } catch (RuntimeException e) {
      throw e;
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }
}
