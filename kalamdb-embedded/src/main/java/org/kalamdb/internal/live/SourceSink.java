package org.kalamdb.internal.live;

import java.util.Arrays;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.kalamdb.error.KalamException;
import org.kalamdb.internal.catalog.TableDefinition;
import org.kalamdb.internal.live.ResultRequest.ResultSource;
import org.kalamdb.internal.live.incremental.IncrementalQuery;

/** One table of a query with state: filters and projects its changed rows for the query. */
final class SourceSink implements ChangeSink {
  private final ResultPipeline owner;
  private final ResultSource source;
  private boolean collected;
  private @Nullable SchemaAdapter adapter;

  SourceSink(ResultPipeline owner, ResultSource source) {
    this.owner = owner;
    this.source = source;
  }

  ResultSource source() {
    return source;
  }

  @Override
  public TableDefinition table() {
    return source.rows().table();
  }

  @Override
  public @Nullable EqualityCondition requiredEquality() {
    return source.rows().requiredEquality();
  }

  @Override
  public boolean collect(RowDelta delta) {
    adapter = SchemaAdapter.between(delta.schema(), source.rows(), adapter);
    @Nullable Object @Nullable [] before = seen(delta.oldRow());
    @Nullable Object @Nullable [] after = seen(delta.newRow());
    @Nullable Object @Nullable [] oldValues = valuesOf(before);
    @Nullable Object @Nullable [] newValues = valuesOf(after);
    if (oldValues == null && newValues == null) {
      return false;
    }
    IncrementalQuery.Source into = source.into();
    if (into == null && Arrays.deepEquals(oldValues, newValues)) {
      return false; // nothing that the query uses
    }
    boolean first = !collected;
    collected = true;
    if (into != null) {
      owner.collect(
          into,
          keyOf(into, before == null ? after : before),
          oldValues,
          newValues,
          before != null && after != null && (oldValues == null) != (newValues == null));
    }
    return first;
  }

  /** What the query sees of a row; null if there is none or it does not match. */
  private @Nullable Object @Nullable [] valuesOf(@Nullable Object @Nullable [] row) {
    return row != null && source.rows().matches(row) ? source.rows().project(row) : null;
  }

  private @Nullable Object @Nullable [] seen(@Nullable Object @Nullable [] row) {
    return row == null || adapter == null ? row : adapter.adapt(row);
  }

  private static @Nullable Object[] keyOf(
      IncrementalQuery.Source into, @Nullable Object @Nullable [] row) {
    @Nullable Object[] key = new Object[into.keyColumns().size()];
    for (int i = 0; row != null && i < key.length; i++) {
      key[i] = row[into.keyColumns().get(i)];
    }
    return key;
  }

  @Override
  public void finish(long seq, DispatchOutcome outcome) {
    collected = false;
    outcome.touched(owner);
  }

  @Override
  public void discardCollected() {
    collected = false;
    owner.discardCollected();
  }

  @Override
  public void forEachSubscription(Consumer<LiveSubscription> action) {
    owner.forEachSubscription(action);
  }

  @Override
  public void failed(KalamException error) {
    owner.fail(error);
  }

  @Override
  public void reset(String reason, DispatchOutcome outcome) {
    owner.reset(reason, outcome::ready);
  }
}
