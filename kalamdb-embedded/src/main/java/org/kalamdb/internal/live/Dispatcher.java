package org.kalamdb.internal.live;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.kalamdb.internal.catalog.TableDefinition;
import org.kalamdb.internal.feed.Change;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Commits on their way from the committing threads to the subscriptions' queues. Adding is all a
 * committing thread does; evaluating happens on a delivery thread, one commit after the other.
 *
 * <p>The way is bounded: beyond {@value #MAX_QUEUED_CHANGES} changes a partition's subscriptions
 * are reset instead, except where writers are held back anyway.
 */
final class Dispatcher {
  private static final Logger log = LoggerFactory.getLogger(Dispatcher.class);

  static final int MAX_QUEUED_CHANGES = 200_000;

  /** A commit's changes of one partition that has subscriptions. */
  record RoutedChanges(
      Partition partition, List<Change> changes, LiveSubscription[] reserved, long reservedBytes) {
    private void release() {
      for (LiveSubscription subscription : reserved) {
        subscription.release(changes.size(), reservedBytes);
      }
    }
  }

  /** The part of a commit somebody may care about. */
  record RoutedBatch(long seq, List<RoutedChanges> parts, List<TableDefinition> altered) {
    private boolean isEmpty() {
      return parts.isEmpty() && altered.isEmpty();
    }

    int changeCount() {
      int count = 0;
      for (RoutedChanges part : parts) {
        count += part.changes.size();
      }
      return count;
    }
  }

  /** Tells those who listen to a table that it was altered. */
  interface Alterations {
    void tell(long seq, TableDefinition altered, DispatchOutcome outcome);
  }

  private final DeliveryThreads threads;
  private final Alterations alterations;

  /** Used by the dispatching thread alone; handed from one to the next by {@code lock}. */
  private final DispatchOutcome outcome;

  private final Object lock = new Object();
  private final ArrayDeque<RoutedBatch> queue = new ArrayDeque<>();
  private final Set<Partition> overrun = new LinkedHashSet<>();
  private int queuedChanges;
  private long added;
  private long dispatched;
  private boolean scheduled;

  Dispatcher(Alterations alterations, int coreThreads, int maxThreads) {
    this.alterations = alterations;
    this.threads = new DeliveryThreads(this::dispatchAll, coreThreads, maxThreads);
    this.outcome = new DispatchOutcome(threads::runMany);
  }

  DeliveryThreads threads() {
    return threads;
  }

  /** Queues a commit; called in commit order. */
  void add(RoutedBatch batch) {
    synchronized (lock) {
      if (queuedChanges >= MAX_QUEUED_CHANGES) {
        markOverrun(batch);
      }
      RoutedBatch kept = overrun.isEmpty() ? batch : withoutOverrun(batch);
      if (!kept.isEmpty()) {
        queue.addLast(kept);
        added++;
        queuedChanges += kept.changeCount();
      }
      if (scheduled) {
        return;
      }
      scheduled = true;
    }
    threads.dispatch();
  }

  private void markOverrun(RoutedBatch batch) {
    for (RoutedChanges part : batch.parts) {
      if (part.reserved.length == 0) {
        overrun.add(part.partition);
      }
    }
  }

  /** What comes after a gap is of no use: the snapshot that follows the reset contains it. */
  private RoutedBatch withoutOverrun(RoutedBatch batch) {
    List<RoutedChanges> kept = new ArrayList<>(batch.parts.size());
    for (RoutedChanges part : batch.parts) {
      if (overrun.contains(part.partition)) {
        part.release();
      } else {
        kept.add(part);
      }
    }
    return new RoutedBatch(batch.seq, kept, batch.altered);
  }

  /** Waits until every commit added so far has been dispatched. Not for the dispatching thread. */
  void awaitDispatched() {
    boolean interrupted = false;
    synchronized (lock) {
      long until = added;
      while (dispatched < until) {
        try {
          lock.wait();
        } catch (InterruptedException e) {
          interrupted = true;
        }
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private void dispatchAll() {
    while (true) {
      RoutedBatch batch;
      List<Partition> lost = List.of();
      synchronized (lock) {
        batch = queue.pollFirst();
        if (batch == null && !overrun.isEmpty()) {
          lost = new ArrayList<>(overrun);
          overrun.clear();
        } else if (batch == null) {
          scheduled = false;
          return;
        } else {
          queuedChanges -= batch.changeCount();
        }
      }
      dispatch(batch, lost);
      boolean more;
      synchronized (lock) {
        if (batch != null) {
          dispatched++;
          lock.notifyAll();
        }
        more = !queue.isEmpty() || !overrun.isEmpty();
      }
      if (!outcome.ready().isEmpty()) {
        threads.runAfterDispatch(outcome.ready(), more);
        outcome.ready().clear();
      }
    }
  }

  private void dispatch(@Nullable RoutedBatch batch, List<Partition> lost) {
    for (Partition partition : lost) {
      partition.resetAll("more commits waited to be told than the database keeps", outcome);
    }
    if (batch != null) {
      batch.altered.forEach(table -> alterations.tell(batch.seq, table, outcome));
      for (RoutedChanges part : batch.parts) {
        dispatch(batch.seq, part);
      }
      outcome.commitTouched(batch.seq);
    }
    outcome.endFailed();
  }

  private void dispatch(long seq, RoutedChanges part) {
    try {
      part.partition.dispatch(seq, NetChanges.of(part.changes, seq), outcome);
    } catch (RuntimeException | Error e) {
      // Part of the commit may have been told: only a new snapshot is certain to be right.
      log.atError()
          .setCause(e)
          .addKeyValue("seq", seq)
          .log("Dispatching a commit to live queries failed");
      part.partition.resetAll("an internal error", outcome);
    } finally {
      part.release();
    }
  }
}
