package org.kalamdb.live;

import org.kalamdb.schema.SeqId;

/** A running live query. Thread-safe. */
public interface Subscription extends AutoCloseable {
  /** Short id, as shown to operators. */
  String id();

  String sql();

  /** The last commit the listener has been told of. */
  SeqId lastSeq();

  /** False after {@link #close()} or once the database ended it. */
  boolean isOpen();

  /**
   * Ends it and waits for a running callback, unless called from that callback; afterwards no
   * callback begins except for the {@link ChangeEvent.Closed} event. Idempotent.
   */
  @Override
  void close();
}
