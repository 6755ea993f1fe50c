package org.kalamdb.internal.live;

import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.kalamdb.error.KalamException;

/**
 * What follows from dispatching one commit; reused from commit to commit by the dispatching thread.
 */
final class DispatchOutcome {
  /** More turns than this need not wait for the rest of the commit. */
  private static final int FULL = 512;

  private final Consumer<List<Runnable>> early;
  private final List<Runnable> ready = new ArrayList<>();
  private final List<ChangeSink> scratch = new ArrayList<>();
  private final Set<ResultPipeline> touched = new LinkedHashSet<>();
  private final Map<ChangeSink, KalamException> failed = new IdentityHashMap<>(2);

  /**
   * @param early runs turns while the commit is still being dispatched; keeps no list
   */
  DispatchOutcome(Consumer<List<Runnable>> early) {
    this.early = early;
  }

  /** A subscription, or a query, that had nothing to do and now has. */
  void ready(Runnable turn) {
    ready.add(turn);
    if (ready.size() == FULL) {
      early.accept(ready);
      ready.clear();
    }
  }

  /** A query with state, parts of which the commit changed. */
  void touched(ResultPipeline query) {
    touched.add(query);
  }

  /** Lets the touched queries apply the commit; not to be called under a partition's monitor. */
  void commitTouched(long seq) {
    if (!touched.isEmpty()) {
      for (ResultPipeline query : touched) {
        query.commit(seq, this);
      }
      touched.clear();
    }
  }

  void failed(ChangeSink sink, KalamException error) {
    failed.putIfAbsent(sink, error);
  }

  boolean hasFailed(ChangeSink sink) {
    return !failed.isEmpty() && failed.containsKey(sink);
  }

  List<Runnable> ready() {
    return ready;
  }

  /** An empty list for the partition to work with; left empty. */
  List<ChangeSink> scratch() {
    return scratch;
  }

  /**
   * Ends the subscriptions of queries that failed; not to be called under a partition's monitor.
   */
  void endFailed() {
    if (failed.isEmpty()) {
      return;
    }
    failed.forEach(ChangeSink::failed);
    failed.clear();
  }
}
