package org.kalamdb.internal.live;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.kalamdb.error.KalamException;
import org.kalamdb.internal.catalog.TableDefinition;
import org.kalamdb.live.ChangeEvent;
import org.kalamdb.live.ChangeEvent.RowChange;
import org.kalamdb.query.ResultColumn;
import org.kalamdb.schema.SeqId;

/**
 * One distinct live query on one partition and everybody who listens to it: a commit is filtered
 * and projected once, however many they are. Guarded by the partition's monitor.
 */
final class Pipeline extends SubscriberGroup implements ChangeSink, SinkLink {
  private final Partition partition;
  private final String sql;
  private final CompiledSubscription compiled;
  private final @Nullable Object shareKey;
  private final SnapshotSource source;

  private @Nullable Object value;
  private @Nullable SinkLink previous;
  private @Nullable SinkLink next;
  private @Nullable SinkLink nextValue;

  /** Made when a first change comes. */
  private @Nullable RowEvaluation evaluation;

  /** What the commit being dispatched changed in the result so far; null between commits. */
  private @Nullable List<RowChange> collected;

  Pipeline(Partition partition, SubscriptionRequest request) {
    this.partition = partition;
    this.sql = request.sql();
    this.compiled = request.compiled();
    this.shareKey = request.shareKey();
    this.source = request.source();
  }

  Partition partition() {
    return partition;
  }

  @Override
  String sql() {
    return sql;
  }

  @Override
  List<ResultColumn> columns() {
    return compiled.columns();
  }

  @Override
  String tables() {
    return table().id().toString();
  }

  @Override
  SnapshotSource source() {
    return source;
  }

  @Override
  SubscriptionInfo.Way way() {
    return SubscriptionInfo.Way.ROWS;
  }

  /** The primary key, if the query shows all of it. */
  @Override
  @Nullable List<Integer> keyColumns() {
    List<Integer> shown = new ArrayList<>();
    for (int key : table().schema().primaryKey()) {
      int at = shownAt(table().schema().column(key).name());
      if (at < 0) {
        return null;
      }
      shown.add(at);
    }
    return shown.isEmpty() ? null : shown;
  }

  private int shownAt(String name) {
    for (int i = 0; i < columns().size(); i++) {
      ResultColumn column = columns().get(i);
      if (table().id().equals(column.table()) && name.equals(column.tableColumn())) {
        return i;
      }
    }
    return -1;
  }

  @Override
  Object guard() {
    return partition;
  }

  @Override
  public TableDefinition table() {
    return compiled.table();
  }

  @Override
  boolean knows(ChangeEvent.SchemaChanged event) {
    return knows(table(), event);
  }

  @Override
  boolean uses(int tableNumber, int columnId) {
    return tableNumber == table().stored().number() && compiled.usesColumn(columnId);
  }

  @Override
  public @Nullable EqualityCondition requiredEquality() {
    return compiled.requiredEquality();
  }

  @Override
  boolean isEphemeral() {
    return table().options().ephemeral();
  }

  boolean sharesWith(@Nullable Object key) {
    return shareKey != null && shareKey.equals(key);
  }

  @Override
  public ChangeSink sink() {
    return this;
  }

  @Override
  public @Nullable Object value() {
    return value;
  }

  /** It is found by this value alone. */
  void setValue(Object only) {
    value = only;
  }

  @Override
  public @Nullable SinkLink next() {
    return next;
  }

  @Override
  public void setNext(@Nullable SinkLink link) {
    next = link;
  }

  @Override
  public @Nullable SinkLink previous() {
    return previous;
  }

  @Override
  public void setPrevious(@Nullable SinkLink link) {
    previous = link;
  }

  @Override
  public @Nullable SinkLink nextValue() {
    return nextValue;
  }

  @Override
  public void setNextValue(@Nullable SinkLink link) {
    nextValue = link;
  }

  @Override
  public void forEachSubscription(Consumer<LiveSubscription> action) {
    for (int i = 0; i < subscriberCount(); i++) {
      action.accept(subscriber(i));
    }
  }

  /** Nobody listens any more. */
  void close() {
    compiled.close();
  }

  // Evaluation.

  /**
   * Takes note of one changed row; true if it is the first of this commit the result is changed by.
   */
  @Override
  public boolean collect(RowDelta delta) {
    RowEvaluation with = evaluation;
    if (with == null) {
      with = new RowEvaluation(compiled);
      evaluation = with;
    }
    RowChange change = with.changeOf(delta);
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

  /** Puts the collected changes into the subscribers' queues. */
  @Override
  public void finish(long seq, DispatchOutcome outcome) {
    List<RowChange> changes = Objects.requireNonNull(collected, "nothing collected");
    collected = null;
    ChangeEvent.Changes event = new ChangeEvent.Changes(new SeqId(seq), changes);
    long bytes = EventSize.ofEvent(changes);
    for (int i = 0; i < subscriberCount(); i++) {
      LiveSubscription subscription = subscriber(i);
      if (subscription.offer(event, bytes)) {
        outcome.ready(subscription);
      }
    }
  }

  @Override
  public void failed(KalamException error) {
    List<LiveSubscription> victims = new ArrayList<>();
    synchronized (partition) {
      forEachSubscription(victims::add);
    }
    victims.forEach(subscription -> subscription.end(error.reason(), error));
  }

  @Override
  public void reset(String reason, DispatchOutcome outcome) {
    forEachSubscription(
        subscription -> {
          if (subscription.reset(reason)) {
            outcome.ready(subscription);
          }
        });
  }

  /** Forgets what was collected of a commit whose evaluation failed. */
  @Override
  public void discardCollected() {
    collected = null;
  }
}
