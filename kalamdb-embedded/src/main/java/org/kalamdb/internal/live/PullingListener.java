package org.kalamdb.internal.live;

import org.kalamdb.live.ChangeListener;

/**
 * A listener that is given as many events as it has asked for with {@link
 * LiveSubscription#request}, and the end in any case. What it has not asked for waits in its
 * subscription's queue, under its overflow policy; before it first asks, no snapshot is read. It
 * listens to one subscription.
 */
abstract class PullingListener implements ChangeListener {
  /**
   * Events it may still be given, or {@code Long.MAX_VALUE}; guarded by the subscription's lock.
   */
  private long demand;

  final boolean isSated() {
    return demand == 0;
  }

  final void ask(long events) {
    demand = events > Long.MAX_VALUE - demand ? Long.MAX_VALUE : demand + events;
  }

  final void given() {
    if (demand != Long.MAX_VALUE && demand > 0) {
      demand--;
    }
  }
}
