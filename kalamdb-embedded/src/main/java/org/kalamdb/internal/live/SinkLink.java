package org.kalamdb.internal.live;

import org.jspecify.annotations.Nullable;

/**
 * A sink's place in a chain of those that a partition finds together: by one value of a column, or
 * because they ask for none. Guarded by the partition's monitor.
 *
 * <p>A sink that is found by one value is a link itself, so that its place costs no object.
 */
interface SinkLink {
  ChangeSink sink();

  /** The value it is found by; null: none. */
  @Nullable Object value();

  /** Whether its sink is found by this value too. */
  default boolean isAlsoFoundBy(Object other) {
    return false;
  }

  @Nullable SinkLink next();

  void setNext(@Nullable SinkLink link);

  @Nullable SinkLink previous();

  void setPrevious(@Nullable SinkLink link);

  /** The first link of another chain in the same slot of an index. */
  @Nullable SinkLink nextValue();

  void setNextValue(@Nullable SinkLink link);

  /** Puts a link behind the first one of a chain. */
  static void insertAfter(SinkLink first, SinkLink link) {
    SinkLink second = first.next();
    link.setPrevious(first);
    link.setNext(second);
    first.setNext(link);
    if (second != null) {
      second.setPrevious(link);
    }
  }

  /**
   * Takes a link out of its chain; returns the chain's first link then, null if nothing is left.
   */
  static @Nullable SinkLink unlink(SinkLink link, SinkLink first) {
    SinkLink previous = link.previous();
    SinkLink next = link.next();
    if (next != null) {
      next.setPrevious(previous);
    }
    if (previous != null) {
      previous.setNext(next);
    }
    link.setPrevious(null);
    link.setNext(null);
    return link == first ? next : first;
  }
}
