package org.kalamdb.internal.engine;

import java.util.concurrent.TimeUnit;

/** Counts what is running, so that a close can refuse more and wait for the rest. Thread-safe. */
final class RunningWork {
  private int running;
  private boolean closed;

  /** False once closed; else {@link #exit} must follow. */
  synchronized boolean tryEnter() {
    if (closed) {
      return false;
    }
    running++;
    return true;
  }

  /** Counts what cannot be refused; {@link #exit} must follow. */
  synchronized void enter() {
    running++;
  }

  synchronized void exit() {
    running--;
    if (running == 0) {
      notifyAll();
    }
  }

  /** Nothing enters any more. */
  synchronized void close() {
    closed = true;
  }

  /**
   * Waits until everything has left, but not beyond the deadline of {@link System#nanoTime} and not
   * when interrupted.
   *
   * @return how many are still inside
   */
  synchronized int awaitNone(long deadline) {
    boolean interrupted = false;
    while (running > 0 && !interrupted) {
      long left = deadline - System.nanoTime();
      if (left <= 0) {
        break;
      }
      try {
        TimeUnit.NANOSECONDS.timedWait(this, left);
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
    return running;
  }
}
