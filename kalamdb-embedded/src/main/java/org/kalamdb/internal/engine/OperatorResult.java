package org.kalamdb.internal.engine;

import java.util.ArrayDeque;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.concurrent.locks.ReentrantLock;
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

/**
 * The rows of running operators, read as they come. Holds its snapshot and memory until closed. One
 * thread reads it; any thread may close it, which stops what runs: native memory is only touched
 * under the result's lock.
 */
final class OperatorResult extends AbstractResult {
  /** How many rows are made of a batch at a time, under one taking of the lock. */
  private static final int ROWS_AT_ONCE = 32;

  private final List<ResultColumn> columns;
  private final Operator root;
  private final ExecutionContext context;
  private final Runnable release;
  private final Engine engine;
  private final OpenStorage storage;
  private final ReentrantLock lock = new ReentrantLock();
  private @Nullable RecordBatch batch;
  private int position;
  private @Nullable LentBatch lent;
  private volatile boolean closed;

  /** Rows made and not yet handed out; the reading thread's. */
  private final ArrayDeque<Row> ready = new ArrayDeque<>(ROWS_AT_ONCE);

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

  private void checkOpen() {
    if (closed) {
      throw new KalamException(ErrorCode.CONNECTION_DOES_NOT_EXIST, "The result is closed");
    }
  }

  /** Whether there are rows to hand out, after making more as needed. */
  private boolean hasReady() {
    if (!ready.isEmpty()) {
      return true;
    }
    lock.lock();
    try {
      checkOpen();
      while (batch == null || position == batch.selection().size()) {
        dropBatch();
        batch = fetch();
        if (batch == null) {
          return false;
        }
      }
      RecordBatch current = batch;
      int end = Math.min(current.selection().size(), position + ROWS_AT_ONCE);
      while (position < end) {
        ready.add(new Row(columns, Rows.read(current, current.selection().get(position++))));
      }
      return true;
    } finally {
      lock.unlock();
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
      closeAfter(e);
      throw e;
    }
  }

  /** What stops the query is not to be hidden by what it leaves: memory ran out, most of all. */
  private void closeAfter(Throwable first) {
    try {
      close();
    } catch (RuntimeException | Error e) {
      if (e != first) {
        first.addSuppressed(e);
      }
    }
  }

  private void dropBatch() {
    RecordBatch old = batch;
    batch = null;
    LentBatch given = lent;
    lent = null;
    if (given != null) {
      given.close();
    }
    if (old != null) {
      old.close();
    }
  }

  @Override
  public Iterator<Row> iterator() {
    return new Iterator<>() {
      @Override
      public boolean hasNext() {
        return hasReady();
      }

      @Override
      public Row next() {
        if (!hasReady()) {
          throw new NoSuchElementException();
        }
        return ready.remove();
      }
    };
  }

  @Override
  public @Nullable ResultBatch nextBatch() {
    lock.lock();
    try {
      checkOpen();
      if (batch != null || !ready.isEmpty()) {
        throw new IllegalStateException("Read a result by rows or by batches, not both");
      }
      dropBatch();
      while (true) {
        RecordBatch next = fetch();
        if (next == null) {
          return null;
        }
        try (RecordBatch current = next) {
          if (current.selection().size() > 0) {
            LentBatch dense = new LentBatch(VectorCopier.copyBatch(current, context.allocator()));
            lent = dense;
            return dense;
          }
        }
      }
    } finally {
      lock.unlock();
    }
  }

  @Override
  public void close() {
    if (closed) {
      return;
    }
    if (!lock.tryLock()) {
      context.cancel().cancel(); // another thread reads it
      lock.lock();
    }
    try {
      if (!closed) {
        closed = true;
        release();
      }
    } finally {
      lock.unlock();
    }
  }

  private void release() {
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
