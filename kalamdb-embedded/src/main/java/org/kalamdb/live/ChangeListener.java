package org.kalamdb.live;

/**
 * Receives a subscription's events, one at a time, on the subscription's executor, never on the
 * thread that commits. An exception is logged and counted and harms no other subscription.
 */
@FunctionalInterface
public interface ChangeListener {
  void onEvent(ChangeEvent event);
}
