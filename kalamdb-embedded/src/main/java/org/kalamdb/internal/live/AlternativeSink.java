package org.kalamdb.internal.live;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.kalamdb.error.KalamException;
import org.kalamdb.internal.catalog.TableDefinition;

/**
 * The place of a query with {@code column IN (constants)} among those that ask for one of the
 * constants: it stands for the query there. Of what concerns the query as a whole only the place at
 * the first constant hears.
 */
final class AlternativeSink implements ChangeSink {
  private final ChangeSink target;
  private final EqualityCondition condition;
  private final EqualityCondition all;
  private @Nullable ChangeSink previous;
  private @Nullable ChangeSink next;

  private AlternativeSink(ChangeSink target, Object value, EqualityCondition all) {
    this.target = target;
    this.condition = new EqualityCondition(all.columnId(), value);
    this.all = all;
  }

  /** One for each constant. */
  static List<AlternativeSink> of(ChangeSink target, EqualityCondition all) {
    List<AlternativeSink> places = new ArrayList<>(1 + all.others().size());
    places.add(new AlternativeSink(target, all.value(), all));
    all.others().forEach(other -> places.add(new AlternativeSink(target, other, all)));
    return places;
  }

  private boolean isFirst() {
    return condition.value().equals(all.value());
  }

  @Override
  public ChangeSink target() {
    return target;
  }

  @Override
  public TableDefinition table() {
    return target.table();
  }

  @Override
  public EqualityCondition requiredEquality() {
    return condition;
  }

  @Override
  public boolean isFoundBy(Object value) {
    return all.allows(value);
  }

  @Override
  public boolean collect(RowDelta delta) {
    return target.collect(delta);
  }

  @Override
  public void finish(long seq, DispatchOutcome outcome) {
    target.finish(seq, outcome);
  }

  @Override
  public void discardCollected() {
    target.discardCollected();
  }

  @Override
  public void forEachSubscription(Consumer<LiveSubscription> action) {
    if (isFirst()) {
      target.forEachSubscription(action);
    }
  }

  @Override
  public void failed(KalamException error) {
    target.failed(error);
  }

  @Override
  public void reset(String reason, DispatchOutcome outcome) {
    if (isFirst()) {
      target.reset(reason, outcome);
    }
  }

  @Override
  public @Nullable ChangeSink next() {
    return next;
  }

  @Override
  public void setNext(@Nullable ChangeSink sink) {
    next = sink;
  }

  @Override
  public @Nullable ChangeSink previous() {
    return previous;
  }

  @Override
  public void setPrevious(@Nullable ChangeSink sink) {
    previous = sink;
  }
}
