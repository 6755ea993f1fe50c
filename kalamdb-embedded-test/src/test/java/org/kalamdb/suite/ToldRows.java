package org.kalamdb.suite;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.kalamdb.live.ChangeEvent;
import org.kalamdb.live.ChangeEvent.Changes;
import org.kalamdb.live.ChangeEvent.Closed;
import org.kalamdb.live.ChangeEvent.Kind;
import org.kalamdb.live.ChangeEvent.Ready;
import org.kalamdb.live.ChangeEvent.Reset;
import org.kalamdb.live.ChangeEvent.RowChange;
import org.kalamdb.live.ChangeEvent.SnapshotRows;
import org.kalamdb.live.ChangeListener;
import org.kalamdb.query.Row;
import org.kalamdb.schema.SeqId;

/**
 * Keeps the rows that a chain of subscriptions, each going on where the last one stopped, adds up
 * to. The result's first column is its key. Thread-safe; one subscription at a time.
 */
final class ToldRows implements ChangeListener {
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private final Map<Object, Row> rows = new HashMap<>();
  private final List<String> misfits = new ArrayList<>();
  private final List<String> resets = new ArrayList<>();
  private List<Changes> changes = new ArrayList<>();
  private List<ChangeEvent> events = new ArrayList<>();
  private SeqId seq = SeqId.ZERO;
  private boolean ready;
  private boolean closed;

  /** What comes before Ready may be told from rows: changes of rows never told. */
  private boolean resuming;

  /** A new subscription from {@link #seq()} follows; the last one has been closed. */
  synchronized void resumes() {
    // It may still be told that it is closed, which must not be taken for the new one's.
    await("Closed", told -> told.closed || told.events.isEmpty());
    closed = false;
    resuming = true;
    ready = false;
    changes = new ArrayList<>();
    events = new ArrayList<>();
  }

  @Override
  public synchronized void onEvent(ChangeEvent event) {
    events.add(event);
    if (event instanceof SnapshotRows snapshot) {
      for (Row row : snapshot.rows()) {
        if (resuming || ready || rows.put(row.get(0), row) != null) {
          misfits.add("snapshot row " + row + (resuming ? " without a reset" : " twice"));
        }
      }
    } else if (event instanceof Ready) {
      if (event.seq().compareTo(seq) < 0 || ready) {
        misfits.add("Ready of " + event.seq() + " after " + seq);
      }
      seq = event.seq();
      ready = true;
      resuming = false;
    } else if (event instanceof Changes told) {
      if (told.seq().compareTo(seq) <= 0 || (!ready && !resuming)) {
        misfits.add("commit " + told.seq() + " after " + seq);
      }
      seq = told.seq();
      changes.add(told);
      told.changes().forEach(this::apply);
    } else if (event instanceof Reset reset) {
      resets.add(reset.reason());
      rows.clear();
      seq = SeqId.ZERO;
      ready = false;
      resuming = false;
    } else if (event instanceof Closed) {
      closed = true;
    }
    notifyAll();
  }

  private void apply(RowChange change) {
    Row before = change.oldRow();
    Row after = change.newRow();
    boolean fromRows = resuming;
    if (before != null) {
      Row known = rows.remove(before.get(0));
      if (!fromRows && !before.equals(known)) {
        misfits.add(change.kind() + " of " + before + ", known is " + known);
      }
    }
    if (after != null) {
      Row known = rows.put(after.get(0), after);
      if (known != null && change.kind() != Kind.UPSERT) {
        misfits.add(change.kind() + " of " + after + ", known is " + known);
      }
    }
  }

  synchronized SeqId seq() {
    return seq;
  }

  synchronized List<String> resets() {
    return List.copyOf(resets);
  }

  synchronized List<String> misfits() {
    return List.copyOf(misfits);
  }

  /** Changes since {@link #resumes}. */
  synchronized List<Changes> changes() {
    return List.copyOf(changes);
  }

  synchronized List<ChangeEvent> events() {
    return List.copyOf(events);
  }

  /** Row changes since {@link #resumes}: {@code DELETE 1|a->}. */
  synchronized List<String> texts() {
    List<String> texts = new ArrayList<>();
    for (Changes told : changes) {
      for (RowChange change : told.changes()) {
        texts.add(change.kind() + " " + text(change.oldRow()) + "->" + text(change.newRow()));
      }
    }
    return texts;
  }

  private static String text(Row row) {
    return row == null ? "" : Sql.text(row);
  }

  /** The rows as {@link Sql#rows} gives them, sorted. */
  synchronized List<String> rows() {
    return rows.values().stream().map(Sql::text).sorted().toList();
  }

  void awaitReady() {
    await("Ready", told -> told.ready);
  }

  /** Waits for this many changes since {@link #resumes}. */
  void awaitChanges(int count) {
    await(count + " Changes", told -> told.changes.size() >= count);
  }

  void awaitReset() {
    await("Reset", told -> !told.resets.isEmpty());
  }

  /** Waits until the rows are these, sorted. */
  void awaitRows(List<String> expected) {
    await("rows " + expected, told -> told.ready && told.rows().equals(expected));
  }

  synchronized void await(String what, Predicate<ToldRows> state) {
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    while (!state.test(this)) {
      long millis = (deadline - System.nanoTime()) / 1_000_000;
      if (millis <= 0) {
        throw new AssertionError(
            "Waited for "
                + what
                + "; rows "
                + rows()
                + ", last events "
                + events.subList(Math.max(0, events.size() - 20), events.size())
                + ", misfits "
                + misfits);
      }
      try {
        wait(millis);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new AssertionError("Interrupted while waiting for " + what, e);
      }
    }
  }
}
