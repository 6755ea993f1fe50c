package org.kalamdb.internal.live;

import org.kalamdb.live.ChangeListener;
import org.kalamdb.live.Subscription;

/** Subscribes a listener to what the application asked for. */
@FunctionalInterface
public interface SubscriptionOpening {
  /**
   * @throws org.kalamdb.error.KalamException as {@link org.kalamdb.Session#subscribe}
   */
  Subscription open(ChangeListener listener);
}
