package org.kalamdb.internal.engine;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.kalamdb.internal.common.DaemonThreads;

/**
 * The transactions that sessions have open, and the clock of those that may not rest for ever. Has
 * a thread only once a transaction with a limit was opened. Thread-safe.
 */
final class OpenTransactions implements AutoCloseable {
  private final Map<SessionTransaction, Opened> open = new ConcurrentHashMap<>();
  private final AtomicLong numbers = new AtomicLong();
  private @Nullable ScheduledThreadPoolExecutor timer;
  private boolean closed;

  /**
   * One that is open.
   *
   * @param number one more than that of the one opened before it, since the database was opened
   * @param session whose it is
   */
  record Opened(SessionTransaction transaction, long number, EngineSession session) {}

  void opened(SessionTransaction transaction, EngineSession session, Duration idleLimit) {
    open.put(transaction, new Opened(transaction, numbers.incrementAndGet(), session));
    if (!idleLimit.isZero()) {
      watch(transaction, idleLimit.toNanos(), idleLimit.toNanos());
    }
  }

  void ended(SessionTransaction transaction) {
    open.remove(transaction);
  }

  /** Those that are open now, in no order. */
  List<Opened> list() {
    return List.copyOf(open.values());
  }

  private synchronized void watch(SessionTransaction transaction, long limit, long wait) {
    if (closed) {
      return;
    }
    ScheduledThreadPoolExecutor executor = timer;
    if (executor == null) {
      executor = new ScheduledThreadPoolExecutor(1, DaemonThreads.named("kalamdb-idle"));
      executor.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
      timer = executor;
    }
    ScheduledFuture<?> look =
        executor.schedule(() -> look(transaction, limit), wait, TimeUnit.NANOSECONDS);
    if (look.isCancelled()) {
      throw new IllegalStateException("The clock of idle transactions was stopped");
    }
  }

  private void look(SessionTransaction transaction, long limit) {
    if (!open.containsKey(transaction)) {
      return;
    }
    long left = limit - transaction.idleNanos();
    if (left > 0 || !transaction.expire()) {
      watch(transaction, limit, Math.max(left, TimeUnit.MILLISECONDS.toNanos(1)));
    } else {
      open.remove(transaction);
    }
  }

  @Override
  public synchronized void close() {
    closed = true;
    if (timer != null) {
      timer.shutdownNow();
    }
  }
}
