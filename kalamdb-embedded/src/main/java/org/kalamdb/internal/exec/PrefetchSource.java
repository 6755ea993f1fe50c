package org.kalamdb.internal.exec;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.kalamdb.internal.storage.BatchSource;
import org.kalamdb.internal.storage.ScanStatistics;
import org.kalamdb.internal.vector.RecordBatch;

/**
 * Reads a source ahead in a thread of the pool, a few batches, in the source's order. Who asks for
 * a batch that nobody is reading yet reads it itself, so a busy pool holds nobody up. An error
 * comes where its batch would have come.
 */
final class PrefetchSource implements BatchSource {
  private static final int DEPTH = 4;

  private final BatchSource source;
  private final WorkerPool workers;
  private final Deque<RecordBatch> ready = new ArrayDeque<>();
  private State state = State.IDLE;
  private @Nullable Throwable failure;
  private boolean ended;
  private boolean closed;

  /** Who has the source: nobody, nobody yet, one thread. */
  private enum State {
    IDLE,
    SCHEDULED,
    READING
  }

  /** Takes the source over. */
  PrefetchSource(BatchSource source, WorkerPool workers) {
    this.source = source;
    this.workers = workers;
  }

  @Override
  public @Nullable RecordBatch next() {
    synchronized (this) {
      while (true) {
        RecordBatch batch = ready.poll();
        if (batch != null) {
          schedule();
          return batch;
        }
        rethrow();
        if (ended) {
          return null;
        }
        if (state != State.READING) {
          state = State.READING;
          break;
        }
        awaitWhile(() -> state == State.READING && ready.isEmpty() && failure == null && !ended);
      }
    }
    read();
    synchronized (this) {
      state = State.IDLE;
      rethrow();
      RecordBatch batch = ready.poll();
      schedule();
      return batch;
    }
  }

  private void rethrow() {
    Throwable thrown = failure;
    if (thrown instanceof RuntimeException unchecked) {
      throw unchecked;
    }
    if (thrown instanceof Error error) {
      throw error;
    }
  }

  /**
   * Waits while something is so that the reading thread changes; an interrupt is kept for later.
   */
  private synchronized void awaitWhile(BooleanSupplier condition) {
    boolean interrupted = false;
    while (condition.getAsBoolean()) {
      try {
        // What is waited for is one batch that is being read: it is short.
        wait();
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private void schedule() {
    if (state == State.IDLE && !ended && !closed && failure == null && ready.size() < DEPTH / 2) {
      state = State.SCHEDULED;
      if (!workers.tryExecute(this::readAhead)) {
        state = State.IDLE;
      }
    }
  }

  private void readAhead() {
    synchronized (this) {
      if (state != State.SCHEDULED || closed) {
        return; // Somebody could not wait.
      }
      state = State.READING;
    }
    while (true) {
      read();
      synchronized (this) {
        boolean more = !ended && failure == null && !closed && ready.size() < DEPTH;
        if (!more || workers.isClosed()) {
          state = State.IDLE;
          notifyAll();
          return;
        }
      }
    }
  }

  /** Reads one batch; for the thread that has the source. */
  private void read() {
    RecordBatch batch = null;
    Throwable thrown = null;
    try {
      batch = source.next();
      if (batch != null) {
        batch.load();
      }
    } catch (RuntimeException | Error e) {
      if (batch != null) {
        Closeables.closeAfter(e, List.of(batch));
        batch = null;
      }
      thrown = e;
    }
    synchronized (this) {
      if (batch != null) {
        ready.add(batch);
      }
      failure = thrown;
      ended = batch == null && thrown == null;
      notifyAll();
    }
  }

  @Override
  public ScanStatistics statistics() {
    awaitIdle();
    return source.statistics();
  }

  /** Waits until no thread has the source; none gets it then. */
  private synchronized void awaitIdle() {
    closed = true;
    awaitWhile(() -> state == State.READING);
  }

  @Override
  public void close() {
    awaitIdle();
    List<AutoCloseable> owned;
    synchronized (this) {
      owned = new ArrayList<>(ready);
      ready.clear();
    }
    owned.add(source);
    Closeables.closeAll(owned);
  }
}
