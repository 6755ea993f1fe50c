package org.kalamdb.internal.live;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.kalamdb.internal.catalog.TableDefinition;
import org.kalamdb.live.ChangeEvent;
import org.kalamdb.live.ChangeEvent.Kind;
import org.kalamdb.live.ChangeEvent.RowChange;
import org.kalamdb.query.ResultColumn;
import org.kalamdb.query.Row;
import org.kalamdb.schema.SeqId;

/**
 * One distinct live query on one partition and everybody who listens to it: a commit is filtered
 * and projected once, however many they are. Guarded by the partition's monitor.
 */
final class Pipeline {
  private static final LiveSubscription[] NONE = {};

  private final Partition partition;
  private final String sql;
  private final CompiledSubscription compiled;
  private final @Nullable Object shareKey;

  private LiveSubscription[] subscribers = NONE;
  private int subscriberCount;

  /**
   * Its neighbours among the pipelines found together; a chain costs less heap than a list of one.
   */
  private @Nullable Pipeline previous;

  private @Nullable Pipeline next;

  /** What the commit being dispatched changed in the result so far; null between commits. */
  private @Nullable List<RowChange> collected;

  private @Nullable SchemaAdapter adapter;
  private @Nullable Set<String> allColumns;

  Pipeline(Partition partition, SubscriptionRequest request) {
    this.partition = partition;
    this.sql = request.sql();
    this.compiled = request.compiled();
    this.shareKey = request.shareKey();
  }

  Partition partition() {
    return partition;
  }

  String sql() {
    return sql;
  }

  List<ResultColumn> columns() {
    return compiled.columns();
  }

  TableDefinition table() {
    return compiled.table();
  }

  /** Whether it looks at the column with this id. */
  boolean uses(int columnId) {
    int position = table().schema().positionOf(columnId);
    return position >= 0 && compiled.uses(position);
  }

  @Nullable EqualityCondition requiredEquality() {
    return compiled.requiredEquality();
  }

  boolean sharesWith(@Nullable Object key) {
    return shareKey != null && shareKey.equals(key);
  }

  // Pipelines that are found together form a chain, known by its first.

  @Nullable Pipeline next() {
    return next;
  }

  /** Puts it in front of a chain, of which it then is the first. */
  void linkBefore(@Nullable Pipeline first) {
    next = first;
    if (first != null) {
      first.previous = this;
    }
  }

  /** Takes it out of its chain; returns what is the first then, null if nothing is left. */
  @Nullable Pipeline unlinkFrom(Pipeline first) {
    if (next != null) {
      next.previous = previous;
    }
    if (previous != null) {
      previous.next = next;
    }
    return first == this ? next : first;
  }

  // Subscribers: an array with the last one moved into the gap, so that neither opening nor closing
  // the ten-thousandth costs more than the first.

  void add(LiveSubscription subscription) {
    if (subscriberCount == subscribers.length) {
      subscribers = Arrays.copyOf(subscribers, subscriberCount == 0 ? 1 : subscriberCount * 2);
    }
    subscription.slot = subscriberCount;
    subscribers[subscriberCount++] = subscription;
  }

  /** False if it was not in the list (any more). */
  boolean remove(LiveSubscription subscription) {
    int gap = subscription.slot;
    if (gap < 0) {
      return false;
    }
    LiveSubscription last = subscribers[--subscriberCount];
    subscribers[gap] = last;
    last.slot = gap;
    subscription.slot = -1;
    Arrays.fill(subscribers, subscriberCount, subscriberCount + 1, null);
    if (subscriberCount < subscribers.length / 4) {
      subscribers = Arrays.copyOf(subscribers, subscribers.length / 2);
    }
    return true;
  }

  boolean hasNoSubscribers() {
    return subscriberCount == 0;
  }

  int subscriberCount() {
    return subscriberCount;
  }

  LiveSubscription subscriber(int index) {
    return subscribers[index];
  }

  /** Nobody listens any more. */
  void close() {
    compiled.close();
  }

  // Evaluation.

  /**
   * Takes note of one changed row; true if it is the first of this commit the result is changed by.
   */
  boolean collect(RowDelta delta) {
    RowChange change = changeOf(delta);
    if (change == null) {
      return false;
    }
    boolean first = collected == null;
    if (collected == null) {
      collected = new ArrayList<>(1);
    }
    collected.add(change);
    return first;
  }

  /** The collected changes as an event; starts over. */
  ChangeEvent.Changes takeEvent(long seq) {
    List<RowChange> changes = Objects.requireNonNull(collected, "nothing collected");
    collected = null;
    return new ChangeEvent.Changes(new SeqId(seq), changes);
  }

  /** Forgets what was collected of a commit whose evaluation failed. */
  void discardCollected() {
    collected = null;
  }

  private @Nullable RowChange changeOf(RowDelta delta) {
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
    @Nullable Object[] seen = row;
    if (delta.schema().version() != compiled.table().schema().version()) {
      if (adapter == null || adapter.version() != delta.schema().version()) {
        adapter = new SchemaAdapter(compiled, delta.schema());
      }
      seen = adapter.adapt(row);
    }
    return compiled.matches(seen) ? seen : null;
  }

  private RowChange whole(
      Kind kind, @Nullable Object @Nullable [] before, @Nullable Object @Nullable [] after) {
    return new RowChange(kind, rowOf(before), rowOf(after), allColumns());
  }

  private @Nullable Row rowOf(@Nullable Object @Nullable [] matching) {
    return matching == null ? null : new Row(columns(), compiled.project(matching));
  }

  private Set<String> allColumns() {
    if (allColumns == null) {
      Set<String> names = new HashSet<>();
      for (ResultColumn column : columns()) {
        names.add(column.name());
      }
      allColumns = Set.copyOf(names);
    }
    return allColumns;
  }

  private @Nullable RowChange update(@Nullable Object[] before, @Nullable Object[] after) {
    Set<String> changed = Set.of();
    for (int i = 0; i < before.length; i++) {
      if (!Objects.deepEquals(before[i], after[i])) {
        if (changed.isEmpty()) {
          changed = new HashSet<>();
        }
        changed.add(columns().get(i).name());
      }
    }
    return changed.isEmpty()
        ? null
        : new RowChange(
            Kind.UPDATE, new Row(columns(), before), new Row(columns(), after), changed);
  }
}
