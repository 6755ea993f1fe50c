package org.kalamdb.internal.exec;

import java.util.concurrent.ExecutorService;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.kalamdb.internal.common.DaemonThreads;

/**
 * The threads that help those of the application with their queries; none is made before it is
 * needed. Thread-safe.
 */
public final class WorkerPool implements AutoCloseable {
  private static final long IDLE_SECONDS = 10;
  private static final long CLOSE_SECONDS = 5;

  private final ExecutorService threads;
  private final int helpers;
  private volatile boolean closed;

  /**
   * @param helpers the most threads; zero: each query is on its own
   */
  public WorkerPool(int helpers) {
    ThreadPoolExecutor pool =
        new ThreadPoolExecutor(
            Math.max(1, helpers),
            Math.max(1, helpers),
            IDLE_SECONDS,
            TimeUnit.SECONDS,
            new LinkedBlockingQueue<>(),
            DaemonThreads.named("kalamdb-query"));
    pool.allowCoreThreadTimeOut(true);
    this.threads = pool;
    this.helpers = helpers;
  }

  /** The most threads. */
  int threads() {
    return helpers;
  }

  /** Whether what runs in the pool is to end as soon as it can. */
  boolean isClosed() {
    return closed;
  }

  /** Runs the task some time; false if the pool is closed. */
  boolean tryExecute(Runnable task) {
    try {
      threads.execute(task);
      return true;
    } catch (RejectedExecutionException e) {
      return false;
    }
  }

  /** Waits for what is running, which ends with the batch in hand. */
  @Override
  public void close() {
    closed = true;
    threads.shutdown();
    boolean interrupted = false;
    try {
      if (!threads.awaitTermination(CLOSE_SECONDS, TimeUnit.SECONDS)) {
        throw new IllegalStateException("A thread of a query does not end");
      }
    } catch (InterruptedException e) {
      interrupted = true;
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
