package org.kalamdb.internal.storage.file;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.kalamdb.internal.common.DaemonThreads;

/**
 * Syncs many files or directories side by side. A sync waits for the disk, and file systems put
 * what waits at the same time on it together: eight threads take a third of the time of one.
 */
final class SyncThreads {
  private static final int THREADS = 8;

  /** Fewer are done one after the other, in their order. */
  private static final int FEWEST = 8;

  private SyncThreads() {}

  /** Ends when all are done, or with the first failure, after which no other is begun. */
  static <T> void forEach(List<T> items, Consumer<? super T> action) {
    if (items.size() < FEWEST) {
      items.forEach(action);
      return;
    }
    AtomicInteger next = new AtomicInteger();
    AtomicReference<Throwable> failure = new AtomicReference<>();
    Runnable work =
        () -> {
          try {
            for (int i = next.getAndIncrement();
                i < items.size() && failure.get() == null;
                i = next.getAndIncrement()) {
              action.accept(items.get(i));
            }
          } catch (RuntimeException | Error e) {
            failure.compareAndSet(null, e);
          }
        };
    List<Thread> helpers = new ArrayList<>();
    for (int i = 1; i < THREADS; i++) {
      Thread helper = DaemonThreads.named("kalamdb-sync").newThread(work);
      helper.start();
      helpers.add(helper);
    }
    work.run();
    joinAll(helpers);
    Throwable first = failure.get();
    if (first instanceof Error error) {
      throw error;
    }
    if (first != null) {
      throw (RuntimeException) first;
    }
  }

  private static void joinAll(List<Thread> threads) {
    boolean interrupted = false;
    for (Thread thread : threads) {
      while (true) {
        try {
          thread.join();
          break;
        } catch (InterruptedException e) {
          interrupted = true;
        }
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
