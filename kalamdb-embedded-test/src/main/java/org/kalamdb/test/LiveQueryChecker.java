package org.kalamdb.test;

import java.math.BigDecimal;
import java.math.MathContext;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.kalamdb.Session;
import org.kalamdb.live.ChangeEvent;
import org.kalamdb.live.ChangeEvent.Changes;
import org.kalamdb.live.ChangeEvent.Closed;
import org.kalamdb.live.ChangeEvent.Degraded;
import org.kalamdb.live.ChangeEvent.Ready;
import org.kalamdb.live.ChangeEvent.Reset;
import org.kalamdb.live.ChangeEvent.RowChange;
import org.kalamdb.live.ChangeEvent.SchemaChanged;
import org.kalamdb.live.ChangeEvent.SnapshotRows;
import org.kalamdb.live.Subscription;
import org.kalamdb.live.SubscriptionOptions;
import org.kalamdb.query.Result;
import org.kalamdb.query.Row;

/**
 * Holds a live query to its law: the snapshot and the changes told since add up to what the query
 * gives when it is run. Subscribes when made; {@link #check} after a commit waits until the two
 * agree, and {@link #misfits} lists what broke the rules on the way: changes of rows that were not
 * there, places that do not exist, two events of one commit, commits out of order.
 *
 * <p>A query with LIMIT needs an ORDER BY that tells all rows apart, else any of several results is
 * right. Floating-point numbers are compared to 9 digits, since sums depend on the order of rows.
 *
 * <pre>{@code
 * try (LiveQueryChecker checker = new LiveQueryChecker(session, "SELECT g, count(*) FROM t GROUP BY g")) {
 *   session.execute("INSERT INTO t VALUES (1, 1)");
 *   checker.check();
 * }
 * }</pre>
 */
public final class LiveQueryChecker implements AutoCloseable {
  /** How long the two may take to agree. */
  public static final Duration PATIENCE = Duration.ofSeconds(20);

  private static final MathContext DIGITS = new MathContext(9);

  private final Session session;
  private final String sql;
  private final @Nullable Object[] parameters;
  private final Subscription subscription;
  private final List<Row> rows = new ArrayList<>();
  private final List<String> misfits = new ArrayList<>();
  private long events;
  private long lastSeq = -1;
  private boolean ready;
  private boolean ordered;
  private boolean degraded;
  private @Nullable Closed closed;

  /** Subscribes with default options. The session is used by the calling thread alone. */
  public LiveQueryChecker(Session session, String sql, @Nullable Object... parameters) {
    this(SubscriptionOptions.defaults(), session, sql, parameters);
  }

  public LiveQueryChecker(
      SubscriptionOptions options, Session session, String sql, @Nullable Object... parameters) {
    this.session = session;
    this.sql = sql;
    this.parameters = parameters;
    this.subscription = session.subscribe(sql, options, this::onEvent, parameters);
  }

  private synchronized void onEvent(ChangeEvent event) {
    if (closed != null) {
      misfits.add("event after the end: " + event);
    }
    if (event instanceof SnapshotRows snapshot) {
      if (ready) {
        misfits.add("snapshot without a reset: " + event);
      }
      rows.addAll(snapshot.rows());
    } else if (event instanceof Ready) {
      ready = true;
      lastSeq = event.seq().value();
    } else if (event instanceof Changes changes) {
      events++;
      if (!ready || event.seq().value() <= lastSeq) {
        misfits.add("commit " + event.seq() + " after " + lastSeq + ", ready: " + ready);
      }
      lastSeq = event.seq().value();
      apply(changes);
    } else if (event instanceof Reset) {
      rows.clear();
      ready = false;
    } else if (event instanceof SchemaChanged) {
      if (event.seq().value() < lastSeq) {
        misfits.add("altered in commit " + event.seq() + " after " + lastSeq);
      }
    } else if (event instanceof Degraded) {
      degraded = true;
    } else if (event instanceof Closed end) {
      closed = end;
    }
    notifyAll();
  }

  private void apply(Changes event) {
    List<RowChange> changes = event.changes();
    ordered |= changes.stream().anyMatch(c -> c.oldIndex() >= 0 || c.newIndex() >= 0);
    if (ordered) {
      applyInOrder(changes);
      return;
    }
    for (RowChange change : changes) {
      if (change.oldRow() != null && !rows.remove(change.oldRow())) {
        misfits.add(change.kind() + " of a row that was not there: " + change.oldRow());
      }
      if (change.newRow() != null) {
        rows.add(change.newRow());
      }
    }
  }

  private void applyInOrder(List<RowChange> changes) {
    changes.stream()
        .filter(change -> change.oldRow() != null)
        .sorted(Comparator.comparing(RowChange::oldIndex).reversed())
        .forEach(
            change -> {
              int at = change.oldIndex();
              if (at < 0 || at >= rows.size() || !rows.get(at).equals(change.oldRow())) {
                misfits.add(change + " does not fit " + rows);
              } else {
                rows.remove(at);
              }
            });
    changes.stream()
        .filter(change -> change.newRow() != null)
        .sorted(Comparator.comparing(RowChange::newIndex))
        .forEach(
            change -> {
              int at = change.newIndex();
              if (at < 0 || at > rows.size()) {
                misfits.add(change + " does not fit " + rows);
              } else {
                rows.add(at, change.newRow());
              }
            });
  }

  /** Waits for the snapshot. */
  public LiveQueryChecker awaitReady() {
    await("the snapshot", () -> ready);
    return this;
  }

  /**
   * Waits until what was told adds up to what the query gives now; nobody else may write meanwhile.
   *
   * @throws AssertionError if that does not come to pass, or something was told that cannot be
   */
  public void check() {
    List<List<Object>> fresh;
    try (Result result = session.query(sql, parameters)) {
      fresh = comparable(result.list());
    }
    List<List<Object>> bag = sorted(fresh);
    await(
        "the rows " + fresh,
        () -> {
          if (!ready || closed != null) {
            return closed != null;
          }
          List<List<Object>> told = comparable(rows);
          return ordered ? told.equals(fresh) : sorted(told).equals(bag);
        });
    synchronized (this) {
      if (closed != null || !misfits.isEmpty()) {
        throw new AssertionError(sql + ": " + misfits + " " + closed);
      }
    }
  }

  private static List<List<Object>> comparable(List<Row> from) {
    List<List<Object>> all = new ArrayList<>(from.size());
    for (Row row : from) {
      List<Object> values = new ArrayList<>(row.size());
      for (int i = 0; i < row.size(); i++) {
        values.add(comparable(row.get(i)));
      }
      all.add(values);
    }
    return all;
  }

  private static Object comparable(@Nullable Object value) {
    if (value == null) {
      return "NULL";
    }
    if (value instanceof Double || value instanceof Float) {
      double number = ((Number) value).doubleValue();
      return Double.isFinite(number)
          ? new BigDecimal(number).round(DIGITS).stripTrailingZeros()
          : number;
    }
    if (value instanceof BigDecimal decimal) {
      return decimal.stripTrailingZeros();
    }
    if (value instanceof byte[] bytes) {
      return Arrays.toString(bytes);
    }
    return value instanceof float[] floats ? Arrays.toString(floats) : value;
  }

  private static List<List<Object>> sorted(List<List<Object>> from) {
    return from.stream().sorted(Comparator.comparing(List::toString)).toList();
  }

  private interface Condition {
    boolean holds();
  }

  private synchronized void await(String what, Condition condition) {
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    while (!condition.holds()) {
      long millis = (deadline - System.nanoTime()) / 1_000_000;
      if (millis <= 0) {
        throw new AssertionError(
            sql
                + ": waited "
                + PATIENCE
                + " for "
                + what
                + ", told "
                + rows
                + " "
                + misfits
                + " "
                + closed);
      }
      try {
        wait(millis);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new AssertionError("Interrupted while waiting for " + what, e);
      }
    }
  }

  /** The rows told until now, in the query's order if changes had places. */
  public synchronized List<Row> rows() {
    return List.copyOf(rows);
  }

  /** What cannot be told; empty is right. */
  public synchronized List<String> misfits() {
    return List.copyOf(misfits);
  }

  /** Change events until now. */
  public synchronized long events() {
    return events;
  }

  /** Whether the query took too much memory and is run again since. */
  public synchronized boolean isDegraded() {
    return degraded;
  }

  /** The subscription under test. */
  public Subscription subscription() {
    return subscription;
  }

  @Override
  public void close() {
    subscription.close();
  }
}
