package org.kalamdb.internal.feed;

/**
 * Takes every committed batch in commit order, once it is durable and visible to new readers.
 * Called by one thread at a time, on the path of a commit: it must only hand over, and never throw
 * or block except where a subscription asked for back-pressure.
 */
public interface ChangeConsumer {
  void accept(ChangeBatch batch);
}
