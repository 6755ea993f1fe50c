package org.kalamdb.internal.live;

import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A link for sinks that are none themselves, or that are found by several values. */
final class ListedSink implements SinkLink {
  private final ChangeSink sink;
  private final @Nullable Object value;
  private final Set<Object> values;
  private @Nullable SinkLink next;
  private @Nullable SinkLink previous;
  private @Nullable SinkLink nextValue;

  /**
   * @param values all values that the sink is found by
   */
  ListedSink(ChangeSink sink, @Nullable Object value, Set<Object> values) {
    this.sink = sink;
    this.value = value;
    this.values = values;
  }

  @Override
  public ChangeSink sink() {
    return sink;
  }

  @Override
  public @Nullable Object value() {
    return value;
  }

  @Override
  public boolean isAlsoFoundBy(Object other) {
    return values.contains(other);
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
}
