package org.kalamdb.internal.live;

import java.util.ArrayDeque;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The threads that dispatch commits and run subscriptions: daemons, started when first needed, gone
 * when idle for a while.
 *
 * <p>A commit wakes one thread, which dispatches it and then itself runs the first of the
 * subscriptions it found, so that a change reaches its listener with a single hand-over between
 * threads. Whoever takes a subscription and leaves others behind wakes one more thread; dispatching
 * goes before running. There are {@code core} threads as long as work gets done. A slow or blocked
 * listener holds its thread; if for a while all of them stand still with work waiting, a watch adds
 * another, up to {@code max}, of which the last never runs a listener: commits are always
 * dispatched.
 */
final class DeliveryThreads {
  private static final Logger log = LoggerFactory.getLogger(DeliveryThreads.class);
  private static final long KEEP_ALIVE_NANOS = TimeUnit.SECONDS.toNanos(30);
  private static final long WATCH_NANOS = TimeUnit.MILLISECONDS.toNanos(5);

  private final Runnable dispatch;
  private final int core;
  private final int max;

  private final Object lock = new Object();
  private final ArrayDeque<Runnable> ready = new ArrayDeque<>();

  /** Parked workers, the last one first, as its caches are warmest. */
  private final ArrayDeque<Worker> idle = new ArrayDeque<>();

  private boolean dispatchWanted;
  private int threads;
  private int running;
  private long taken;
  private long named;
  private boolean watched;
  private boolean retiring;

  /** {@code dispatch} is run by one thread at a time if asked for by one thread at a time. */
  DeliveryThreads(Runnable dispatch, int core, int max) {
    this.dispatch = dispatch;
    this.core = core;
    this.max = max;
  }

  /** Asks for one run of the dispatch. */
  void dispatch() {
    Worker woken;
    synchronized (lock) {
      dispatchWanted = true;
      woken = helper();
    }
    wake(woken);
  }

  /** Gives a subscription, or a query with state, its turn. */
  void run(Runnable turn) {
    Worker woken;
    synchronized (lock) {
      ready.addLast(turn);
      woken = helper();
    }
    wake(woken);
  }

  /**
   * Runs subscriptions; called by the dispatch. Unless it goes on dispatching, its own thread is
   * the first to take one.
   */
  void runAfterDispatch(List<Runnable> turns, boolean dispatchGoesOn) {
    Worker woken = null;
    synchronized (lock) {
      ready.addAll(turns);
      if (dispatchGoesOn) {
        woken = helper();
      }
    }
    wake(woken);
  }

  /** Lets idle threads go now, and others as soon as they are idle; work is still taken. */
  void retire() {
    synchronized (lock) {
      retiring = true;
      for (Worker worker : idle) {
        LockSupport.unpark(worker);
      }
    }
  }

  int threadCount() {
    synchronized (lock) {
      return threads;
    }
  }

  /**
   * A thread for waiting work, taken from the idle ones or new; null if there is none to be had.
   */
  private @Nullable Worker helper() {
    Worker worker = idle.pollLast();
    if (worker != null) {
      worker.parked = false;
      return worker;
    }
    if (threads < core) {
      return newWorker();
    }
    if (!watched) {
      watched = true;
      Thread watch = new Thread(this::watch, "kalamdb-live-watch");
      watch.setDaemon(true);
      watch.start();
    }
    return null;
  }

  private Worker newWorker() {
    threads++;
    return new Worker("kalamdb-live-" + ++named);
  }

  private void wake(@Nullable Worker worker) {
    if (worker == null) {
      return;
    }
    if (worker.started) {
      LockSupport.unpark(worker);
      return;
    }
    worker.started = true;
    try {
      worker.start();
    } catch (OutOfMemoryError e) {
      // No thread to be had now: a committing thread must not pay for it. The work stays, for the
      // next thread that comes by.
      synchronized (lock) {
        threads--;
      }
      log.atError().setCause(e).log("A delivery thread could not be started");
    }
  }

  /** True if there is something a further thread could do. */
  private boolean hasWork() {
    return dispatchWanted || (!ready.isEmpty() && running < max - 1);
  }

  /** Adds threads while work waits and nobody takes any; ends when none has waited for a while. */
  private void watch() {
    long takenBefore = -1;
    int quietRounds = 0;
    while (true) {
      LockSupport.parkNanos(WATCH_NANOS);
      Worker added = null;
      synchronized (lock) {
        quietRounds = hasWork() ? 0 : quietRounds + 1;
        if (quietRounds > 20) {
          watched = false;
          return;
        }
        if (hasWork() && taken == takenBefore && idle.isEmpty() && threads < max) {
          added = newWorker();
        }
        takenBefore = taken;
      }
      wake(added);
    }
  }

  /** One delivery thread. */
  private final class Worker extends Thread {
    /**
     * Touched by whoever holds the worker: the one that made it, then those that took it from idle.
     */
    private boolean started;

    /** Guarded by lock: in the idle list. */
    private boolean parked;

    private Worker(String name) {
      super(null, null, name, 0, false);
      setDaemon(true);
    }

    @Override
    public void run() {
      while (true) {
        boolean dispatching = false;
        Runnable turn = null;
        Worker woken = null;
        synchronized (lock) {
          if (dispatchWanted) {
            dispatchWanted = false;
            dispatching = true;
          } else if (hasWork()) {
            turn = ready.pollFirst();
            running++;
            woken = hasWork() ? helper() : null;
          } else if (retiring || (threads > core && idle.size() >= core)) {
            threads--;
            return;
          } else {
            idle.addLast(this);
            parked = true;
          }
          taken++;
        }
        wake(woken);
        if (dispatching) {
          work(dispatch);
        } else if (turn != null) {
          work(turn);
          synchronized (lock) {
            running--;
          }
        } else if (!awaitWork()) {
          return;
        }
      }
    }

    private void work(Runnable task) {
      try {
        task.run();
      } catch (RuntimeException | Error e) {
        log.atError().setCause(e).log("Delivering to live queries failed");
      }
      // What a listener left behind must not disturb the next one, nor the reading of files.
      Thread.interrupted();
    }

    /** False if nothing came for long and the thread is to end. */
    private boolean awaitWork() {
      long deadline = System.nanoTime() + KEEP_ALIVE_NANOS;
      while (true) {
        LockSupport.parkNanos(this, Math.max(1, deadline - System.nanoTime()));
        Thread.interrupted();
        synchronized (lock) {
          if (!parked) {
            return true;
          }
          if (retiring || System.nanoTime() - deadline >= 0) {
            idle.remove(this);
            threads--;
            return false;
          }
        }
      }
    }
  }
}
