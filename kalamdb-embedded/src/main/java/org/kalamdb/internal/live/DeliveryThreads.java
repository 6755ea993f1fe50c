package org.kalamdb.internal.live;

import java.util.ArrayDeque;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
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
 *
 * <p><b>When commits follow each other closely</b>, waking a thread for each would cost the
 * committing thread more than the commit. Then a watch looks every millisecond whether work stands
 * still, and wakes a thread if it does; in return nobody else is woken for work that a running
 * thread will come to at once, and a thread out of work looks out for more a little longer before
 * it sleeps.
 */
final class DeliveryThreads {
  private static final Logger log = LoggerFactory.getLogger(DeliveryThreads.class);
  private static final long KEEP_ALIVE_NANOS = TimeUnit.SECONDS.toNanos(30);

  /** So many turns at once are worth a second thread. */
  private static final int MANY = 32;

  /** A thread that took work less than this ago will soon be back for more. */
  private static final long SOON_NANOS = TimeUnit.MICROSECONDS.toNanos(50);

  private static final long LOOK_OUT_NANOS = TimeUnit.MICROSECONDS.toNanos(50);
  private static final long WATCH_NANOS = TimeUnit.MILLISECONDS.toNanos(1);

  /** The watch decides every so many looks whether it is still busy. */
  private static final int WATCH_LOOKS = 100;

  /** It is busy while threads are woken, or take work, this many times in that time. */
  private static final int BUSY = 50;

  private static final boolean SEVERAL_PROCESSORS = Runtime.getRuntime().availableProcessors() > 1;

  private final Runnable dispatch;
  private final int core;
  private final int max;

  private final Object lock = new Object();

  /** Turns, and many turns at once, which stay while one of them is left. */
  private final ArrayDeque<Runnable> ready = new ArrayDeque<>();

  /** Parked workers, the last one first, as its caches are warmest. */
  private final ArrayDeque<Worker> idle = new ArrayDeque<>();

  /** Turns and dispatches taken so far. */
  private final LongAdder taken = new LongAdder();

  private volatile boolean dispatchWanted;
  private int threads;
  private int running;
  private int busy;
  private long lastTakenNanos;
  private long named;
  private boolean watched;
  private boolean retiring;

  /** Somebody is looking out for work, and is told so by {@link #seen}. */
  private boolean lookingOut;

  private volatile boolean seen;

  /** Threads woken since {@link #wakesSinceNanos}. */
  private int wakes;

  private long wakesSinceNanos;

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
      woken = helperUnlessSoon();
    }
    wake(woken);
  }

  /** Gives a subscription, or a query with state, its turn. */
  void run(Runnable turn) {
    Worker woken;
    synchronized (lock) {
      ready.addLast(turn);
      woken = helperUnlessSoon();
    }
    wake(woken);
  }

  /** Runs many subscriptions; the list is copied. */
  void runMany(List<Runnable> turns) {
    Worker woken;
    synchronized (lock) {
      ready.addLast(new ManyTurns(turns.toArray(new Runnable[0])));
      woken = helper();
    }
    wake(woken);
  }

  /**
   * Runs subscriptions; called by the dispatch. Unless it goes on dispatching, its own thread is
   * the first to take one.
   */
  void runAfterDispatch(List<Runnable> turns, boolean dispatchGoesOn) {
    if (turns.size() >= MANY) {
      runMany(turns);
      return;
    }
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

  /** As {@link #helper}, or null if one that is awake will come to it at once. */
  private @Nullable Worker helperUnlessSoon() {
    boolean soon = watched && busy > 0 && System.nanoTime() - lastTakenNanos < SOON_NANOS;
    return soon ? null : helper();
  }

  /**
   * A thread for waiting work, taken from the idle ones or new; null if there is none to be had, or
   * one is looking out for it.
   */
  private @Nullable Worker helper() {
    if (lookingOut) {
      seen = true;
      return null;
    }
    Worker worker = idle.pollLast();
    if (worker != null) {
      worker.parked = false;
      wakes++;
      return worker;
    }
    if (threads < core) {
      return newWorker();
    }
    watch();
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
    while (ready.peekFirst() instanceof ManyTurns many && many.isExhausted()) {
      ready.pollFirst();
    }
    return dispatchWanted || (!ready.isEmpty() && running < max - 1);
  }

  // ---- the watch

  /** Starts the watch if threads are woken all the time. */
  private void watchIfBusy() {
    if (watched || wakes < BUSY) {
      return;
    }
    long now = System.nanoTime();
    if (now - wakesSinceNanos < WATCH_LOOKS * WATCH_NANOS) {
      watch();
    }
    wakes = 0;
    wakesSinceNanos = now;
  }

  private void watch() {
    if (watched) {
      return;
    }
    Thread watch = new Thread(this::keepWatch, "kalamdb-live-watch");
    watch.setDaemon(true);
    try {
      watch.start();
      watched = true;
    } catch (OutOfMemoryError e) {
      log.atError().setCause(e).log("The watch over delivery threads could not be started");
    }
  }

  /** Wakes or adds threads while work waits and nobody takes any; ends when little happens. */
  private void keepWatch() {
    long takenBefore = -1;
    long takenAtStart = taken.sum();
    for (int look = 1; ; look++) {
      LockSupport.parkNanos(WATCH_NANOS);
      long takenNow = taken.sum();
      Worker added = null;
      synchronized (lock) {
        if (look % WATCH_LOOKS == 0) {
          if (!hasWork() && takenNow - takenAtStart < BUSY) {
            watched = false;
            return;
          }
          takenAtStart = takenNow;
        }
        if (hasWork() && takenNow == takenBefore) {
          added = helper();
          if (added == null && !lookingOut && threads < max) {
            added = newWorker();
          }
        }
      }
      takenBefore = takenNow;
      wake(added);
    }
  }

  /** Turns that came together; threads take one after the other without the lock. */
  private final class ManyTurns implements Runnable {
    private final Runnable[] turns;
    private final AtomicInteger next = new AtomicInteger();

    private ManyTurns(Runnable[] turns) {
      this.turns = turns;
    }

    private boolean isExhausted() {
      return next.get() >= turns.length;
    }

    /** Takes turns until none is left or a commit is to be dispatched. */
    @Override
    public void run() {
      for (int i = next.getAndIncrement(); i < turns.length; i = next.getAndIncrement()) {
        taken.increment();
        runSafely(turns[i]);
        if (dispatchWanted) {
          return;
        }
      }
    }
  }

  private static void runSafely(Runnable task) {
    try {
      task.run();
    } catch (RuntimeException | Error e) {
      log.atError().setCause(e).log("Delivering to live queries failed");
    }
    // What a listener left behind must not disturb the next one, nor the reading of files.
    Thread.interrupted();
  }

  /** One delivery thread. */
  private final class Worker extends Thread {
    /**
     * Touched by whoever holds the worker: the one that made it, then those that took it from idle.
     */
    private boolean started;

    /** Guarded by lock: in the idle list. */
    private boolean parked;

    /** The last turn took long, and others waited meanwhile. */
    private boolean wasSlow;

    /** It has looked out for work in vain. */
    private boolean sleepy;

    private Worker(String name) {
      super(null, null, name, 0, false);
      setDaemon(true);
    }

    @Override
    public void run() {
      while (true) {
        Runnable task = null;
        boolean turn = false;
        boolean leaves = false;
        boolean looks = false;
        Worker woken = null;
        synchronized (lock) {
          if (dispatchWanted) {
            dispatchWanted = false;
            task = dispatch;
          } else if (hasWork()) {
            task = takeTurn();
            turn = true;
            running++;
            leaves = hasWork();
            woken = leaves && isWorthAnother() ? helper() : null;
          } else if (retiring || (threads > core && idle.size() >= core)) {
            threads--;
            return;
          } else if (watched && !sleepy && !lookingOut && SEVERAL_PROCESSORS) {
            lookingOut = true;
            seen = false;
            looks = true;
          } else {
            idle.addLast(this);
            parked = true;
          }
          watchIfBusy();
          if (task != null) {
            busy++;
            lastTakenNanos = System.nanoTime();
          }
        }
        wake(woken);
        if (task != null) {
          work(task, turn, leaves);
        } else if (looks) {
          lookOut();
        } else if (!awaitWork()) {
          return;
        }
      }
    }

    private @Nullable Runnable takeTurn() {
      return ready.peekFirst() instanceof ManyTurns many ? many : ready.pollFirst();
    }

    /** Whether what is left behind should not wait for this thread. */
    private boolean isWorthAnother() {
      return !watched
          || wasSlow
          || dispatchWanted
          || ready.size() >= MANY
          || ready.peekFirst() instanceof ManyTurns;
    }

    private void work(Runnable task, boolean turn, boolean leaves) {
      if (!(task instanceof ManyTurns)) {
        taken.increment();
      }
      long start = leaves ? System.nanoTime() : 0;
      runSafely(task);
      wasSlow = leaves && System.nanoTime() - start > SOON_NANOS;
      sleepy = false;
      synchronized (lock) {
        busy--;
        if (turn) {
          running--;
        }
      }
    }

    /** Waits awake for a moment. */
    private void lookOut() {
      long start = System.nanoTime();
      while (!seen && System.nanoTime() - start < LOOK_OUT_NANOS) {
        Thread.onSpinWait();
      }
      synchronized (lock) {
        sleepy = !seen;
        lookingOut = false;
      }
    }

    /** False if nothing came for long and the thread is to end. */
    private boolean awaitWork() {
      long deadline = System.nanoTime() + KEEP_ALIVE_NANOS;
      sleepy = false;
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
