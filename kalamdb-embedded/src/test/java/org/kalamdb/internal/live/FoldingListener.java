package org.kalamdb.internal.live;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.kalamdb.live.ChangeEvent;
import org.kalamdb.live.ChangeEvent.RowChange;
import org.kalamdb.live.ChangeListener;
import org.kalamdb.query.Row;

/**
 * Keeps the result as the events tell it and notes every event that cannot be right: a row that
 * came twice, one that left without having been there, an old row that is not the one last told, a
 * seq that does not rise, two callbacks at once, anything after Closed.
 */
final class FoldingListener implements ChangeListener {
  private final TreeMap<Long, List<@Nullable Object>> rows = new TreeMap<>();
  private final List<ChangeEvent> events = new ArrayList<>();
  private final List<String> complaints = new ArrayList<>();
  private final AtomicBoolean inside = new AtomicBoolean();
  private final boolean keepEvents;
  private long lastSeq = -1;
  private boolean ready;
  private boolean closed;
  private int resets;

  FoldingListener() {
    this(true);
  }

  FoldingListener(boolean keepEvents) {
    this.keepEvents = keepEvents;
  }

  @Override
  public void onEvent(ChangeEvent event) {
    boolean alone = inside.compareAndSet(false, true);
    synchronized (this) {
      if (!alone) {
        complaints.add("two callbacks at once: " + event);
      }
      if (keepEvents) {
        events.add(event);
      }
      if (closed) {
        complaints.add("after Closed: " + event);
      }
      apply(event);
      notifyAll();
    }
    inside.set(false);
  }

  private void apply(ChangeEvent event) {
    if (event instanceof ChangeEvent.SnapshotRows snapshot) {
      check(!ready, "snapshot after Ready");
      snapshot
          .rows()
          .forEach(
              row -> check(rows.put(id(row), values(row)) == null, "twice in snapshot " + row));
    } else if (event instanceof ChangeEvent.Ready) {
      check(!ready, "Ready twice");
      ready = true;
      lastSeq = event.seq().value();
    } else if (event instanceof ChangeEvent.Changes changes) {
      check(ready, "Changes before Ready");
      check(event.seq().value() > lastSeq, "seq " + event.seq() + " after " + lastSeq);
      lastSeq = event.seq().value();
      check(!changes.changes().isEmpty(), "empty Changes");
      changes.changes().forEach(this::apply);
    } else if (event instanceof ChangeEvent.Reset) {
      resets++;
      ready = false;
      rows.clear();
    } else if (event instanceof ChangeEvent.Closed) {
      closed = true;
    }
  }

  private void apply(RowChange change) {
    Row oldRow = change.oldRow();
    Row newRow = change.newRow();
    switch (change.kind()) {
      case INSERT, ENTER -> {
        check(oldRow == null && newRow != null, "rows of " + change);
        check(
            newRow != null && rows.put(id(newRow), values(newRow)) == null, "was there: " + change);
      }
      case DELETE, LEAVE -> {
        check(oldRow != null && newRow == null, "rows of " + change);
        check(
            oldRow != null && values(oldRow).equals(rows.remove(id(oldRow))),
            "was not there: " + change);
      }
      case UPDATE -> {
        check(
            oldRow != null && newRow != null && !change.changedColumns().isEmpty(),
            "rows of " + change);
        check(
            oldRow != null
                && newRow != null
                && values(oldRow).equals(rows.put(id(newRow), values(newRow))),
            "old row differs: " + change);
      }
    }
  }

  private void check(boolean right, String complaint) {
    if (!right) {
      complaints.add(complaint);
    }
  }

  private static long id(Row row) {
    return row.getLong(0);
  }

  private static List<@Nullable Object> values(Row row) {
    return Arrays.asList(row.toArray());
  }

  /** Waits until the condition holds, looking again after each event; fails after ten seconds. */
  synchronized void await(String what, Predicate<FoldingListener> condition)
      throws InterruptedException {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(10);
    while (!condition.test(this)) {
      long millis = (deadline - System.nanoTime()) / 1_000_000;
      assertThat(millis)
          .as("waiting for %s; events %s, rows %s", what, events, rows.size())
          .isPositive();
      wait(millis);
    }
  }

  void awaitReady() throws InterruptedException {
    await("Ready", f -> f.ready);
  }

  void awaitSeq(long seq) throws InterruptedException {
    await("seq " + seq, f -> f.lastSeq >= seq);
  }

  void awaitClosed() throws InterruptedException {
    await("Closed", f -> f.closed);
  }

  synchronized List<ChangeEvent> events() {
    return new ArrayList<>(events);
  }

  /** All row changes told so far. */
  synchronized List<RowChange> changes() {
    List<RowChange> all = new ArrayList<>();
    for (ChangeEvent event : events) {
      if (event instanceof ChangeEvent.Changes changes) {
        all.addAll(changes.changes());
      }
    }
    return all;
  }

  /** All row changes told since the last call. */
  synchronized List<RowChange> takeChanges() {
    List<RowChange> all = changes();
    events.clear();
    return all;
  }

  synchronized TreeMap<Long, List<@Nullable Object>> rows() {
    return new TreeMap<>(rows);
  }

  synchronized int resets() {
    return resets;
  }

  synchronized boolean isReady() {
    return ready;
  }

  synchronized boolean isClosed() {
    return closed;
  }

  synchronized boolean hasRow(long id) {
    return rows.containsKey(id);
  }

  /** Column v of the row; null if it is not there. */
  synchronized @Nullable Object valueOf(long id) {
    List<@Nullable Object> row = rows.get(id);
    return row == null ? null : row.get(2);
  }

  synchronized void assertNoComplaints() {
    assertThat(complaints).isEmpty();
  }
}
