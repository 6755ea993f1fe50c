package org.kalamdb.internal.live;

import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.kalamdb.error.KalamException;
import org.kalamdb.internal.catalog.TableDefinition;

/**
 * What a partition shows its changed rows to, transaction by transaction. Guarded by the
 * partition's monitor.
 */
interface ChangeSink {
  TableDefinition table();

  /** A condition every row of interest fulfils, or null. */
  @Nullable EqualityCondition requiredEquality();

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
}
