package org.kalamdb.internal.live;

import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.kalamdb.live.ChangeEvent.Kind;
import org.kalamdb.live.ChangeEvent.RowChange;
import org.kalamdb.query.Row;

/** From changed rows of a table to changed rows of a live query's result; for one thread. */
final class RowEvaluation {
  private final CompiledSubscription compiled;
  private @Nullable SchemaAdapter adapter;

  RowEvaluation(CompiledSubscription compiled) {
    this.compiled = compiled;
  }

  /** What the delta changes in the result; null if nothing. */
  @Nullable RowChange changeOf(RowDelta delta) {
    @Nullable Object @Nullable [] before = matching(delta, delta.oldRow());
    @Nullable Object @Nullable [] after = matching(delta, delta.newRow());
    if (before == null) {
      return after == null
          ? null
          : whole(delta.oldRow() == null ? Kind.INSERT : Kind.ENTER, null, after);
    }
    if (after == null) {
      return whole(delta.newRow() == null ? Kind.DELETE : Kind.LEAVE, before, null);
    }
    return update(compiled.project(before), compiled.project(after));
  }

  /** The row as the query was bound to see it; null if there is none or it does not match. */
  private @Nullable Object @Nullable [] matching(
      RowDelta delta, @Nullable Object @Nullable [] row) {
    if (row == null) {
      return null;
    }
    adapter = SchemaAdapter.between(delta.schema(), compiled, adapter);
    @Nullable Object[] seen = adapter == null ? row : adapter.adapt(row);
    return compiled.matches(seen) ? seen : null;
  }

  private RowChange whole(
      Kind kind, @Nullable Object @Nullable [] before, @Nullable Object @Nullable [] after) {
    return new RowChange(kind, rowOf(before), rowOf(after), compiled.columnNames());
  }

  private @Nullable Row rowOf(@Nullable Object @Nullable [] matching) {
    return matching == null ? null : new Row(compiled.columns(), compiled.project(matching));
  }

  private @Nullable RowChange update(@Nullable Object[] before, @Nullable Object[] after) {
    Set<String> changed = ChangedColumns.between(compiled.columns(), before, after);
    return changed.isEmpty()
        ? null
        : new RowChange(
            Kind.UPDATE,
            new Row(compiled.columns(), before),
            new Row(compiled.columns(), after),
            changed);
  }
}
