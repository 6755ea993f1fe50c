package org.kalamdb.suite;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;

/** Threads of one test; what one throws fails the test. */
final class Threads {
  private static final long JOIN_MILLIS = 25_000;

  private final List<Thread> threads = new ArrayList<>();
  private final ConcurrentLinkedQueue<Throwable> failures = new ConcurrentLinkedQueue<>();

  /** What a thread does. */
  interface Work {
    void run() throws Exception;
  }

  Thread start(Work work) {
    Thread thread =
        new Thread(
            () -> {
              try {
                work.run();
              } catch (Throwable e) {
                failures.add(e);
              }
            });
    thread.setDaemon(true);
    threads.add(thread);
    thread.start();
    return thread;
  }

  /** Waits for all; fails with the first failure, or if a thread does not end. */
  void join() throws InterruptedException {
    for (Thread thread : threads) {
      thread.join(JOIN_MILLIS);
      if (thread.isAlive()) {
        AssertionError stuck = new AssertionError("A thread does not end");
        stuck.setStackTrace(thread.getStackTrace());
        failures.add(stuck);
        break;
      }
    }
    Throwable first = failures.poll();
    if (first != null) {
      failures.forEach(first::addSuppressed);
      throw new AssertionError(first.toString(), first);
    }
  }
}
