package org.kalamdb.internal.txn;

import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Which views are open, and what waits for old ones to go: files of a dropped table or a replaced
 * segment are deleted once nobody can read them any more. Thread-safe.
 */
public final class ViewRegistry {
  private static final Logger LOG = LoggerFactory.getLogger(ViewRegistry.class);

  private final TreeMap<Long, Integer> openBySeq = new TreeMap<>();
  private final List<Pending> pending = new ArrayList<>();

  private record Pending(long seq, Runnable action) {}

  synchronized void opened(ReadView view) {
    openBySeq.merge(view.seq(), 1, Integer::sum);
  }

  void closed(ReadView view) {
    List<Runnable> due;
    synchronized (this) {
      openBySeq.computeIfPresent(view.seq(), (seq, count) -> count == 1 ? null : count - 1);
      due = takeDue();
    }
    due.forEach(ViewRegistry::run);
  }

  /**
   * Runs the action once no open view is older than commit {@code seq}: now, or on a later close.
   */
  public void afterReadersBefore(long seq, Runnable action) {
    List<Runnable> due;
    synchronized (this) {
      pending.add(new Pending(seq, action));
      due = takeDue();
    }
    due.forEach(ViewRegistry::run);
  }

  private List<Runnable> takeDue() {
    if (pending.isEmpty()) {
      return List.of();
    }
    long oldest = openBySeq.isEmpty() ? Long.MAX_VALUE : openBySeq.firstKey();
    List<Runnable> due = new ArrayList<>();
    pending.removeIf(p -> p.seq <= oldest && due.add(p.action));
    return due;
  }

  private static void run(Runnable action) {
    try {
      action.run();
    } catch (RuntimeException e) {
      // What could not be deleted is an orphan and is swept at the next open.
      LOG.atWarn().setCause(e).log("Deferred clean-up failed");
    }
  }

  /** Whether an action waits for a view to be closed. */
  public synchronized boolean isAwaited() {
    return !pending.isEmpty();
  }

  /** Views held by somebody, the published one included. */
  public synchronized int openViews() {
    return openBySeq.values().stream().mapToInt(Integer::intValue).sum();
  }
}
