package org.kalamdb.internal.live;

import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.kalamdb.error.KalamException;
import org.kalamdb.internal.catalog.TableDefinition;

/**
 * What a partition shows its changed rows to, transaction by transaction. Guarded by the
 * partition's monitor. Those that are found together form a chain, known by its first, which costs
 * less heap than a list of one.
 */
interface ChangeSink {
  TableDefinition table();

  /** A condition every row of interest fulfils, or null. */
  @Nullable EqualityCondition requiredEquality();

  /** What is shown the rows: another one if this only stands for it. */
  default ChangeSink target() {
    return this;
  }

  /** Whether it has another place, at this value of the column it is found by. */
  default boolean isFoundBy(Object value) {
    return false;
  }

  /**
   * Takes note of one changed row; true if it is the first of this transaction that matters here.
   *
   * @throws KalamException if the query fails over the row
   */
  boolean collect(RowDelta delta);

  /** The transaction's rows have all been shown. */
  void finish(long seq, DispatchOutcome outcome);

  /** The transaction cannot be dispatched: forget what was collected. */
  void discardCollected();

  void forEachSubscription(Consumer<LiveSubscription> action);

  /** The query failed over a row: its subscriptions end. Called under no monitor. */
  void failed(KalamException error);

  /** Changes were lost: its subscriptions start over. Called under the partition's monitor. */
  void reset(String reason, DispatchOutcome outcome);

  @Nullable ChangeSink next();

  void setNext(@Nullable ChangeSink sink);

  @Nullable ChangeSink previous();

  void setPrevious(@Nullable ChangeSink sink);

  /** Puts a sink in front of a chain, of which it then is the first. */
  static void linkBefore(ChangeSink sink, @Nullable ChangeSink first) {
    sink.setNext(first);
    if (first != null) {
      first.setPrevious(sink);
    }
  }

  /** Takes a sink out of its chain; returns what is the first then, null if nothing is left. */
  static @Nullable ChangeSink unlink(ChangeSink sink, ChangeSink first) {
    ChangeSink next = sink.next();
    ChangeSink previous = sink.previous();
    if (next != null) {
      next.setPrevious(previous);
    }
    if (previous != null) {
      previous.setNext(next);
    }
    return first == sink ? next : first;
  }
}
