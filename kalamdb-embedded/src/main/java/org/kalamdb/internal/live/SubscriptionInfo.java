package org.kalamdb.internal.live;

import org.jspecify.annotations.Nullable;
import org.kalamdb.schema.SeqId;
import org.kalamdb.schema.UserId;

/**
 * One open subscription as {@code system.live_queries} shows it.
 *
 * @param tables names of the tables it looks at
 * @param phase WAITING, OPENING, SNAPSHOT, STREAMING or ENDED
 * @param lastSeq last commit the listener has been told of
 * @param pending row changes that wait for the listener or that it is working on
 * @param delivered events the listener has been given
 * @param resets how often it had to start over
 * @param failures how often the listener threw
 * @param pendingBytes estimated heap of what waits for the listener
 * @param coalesced row changes that the listener was spared by merging
 * @param way how it is kept true
 * @param fallback why it is run again; null if it is not
 * @param listeners how many subscriptions are served by one evaluation of it
 * @param stateBytes estimated heap of the rows kept for it, for all its listeners together
 * @param openedMillis when it was opened, in epoch milliseconds
 * @param oldestQueued the oldest commit that waits for the listener; null if none does
 */
public record SubscriptionInfo(
    String id,
    String sql,
    String tables,
    @Nullable UserId user,
    String phase,
    long lastSeq,
    int pending,
    long delivered,
    int resets,
    int failures,
    long pendingBytes,
    long coalesced,
    Way way,
    @Nullable String fallback,
    int listeners,
    long stateBytes,
    long openedMillis,
    @Nullable SeqId oldestQueued) {
  /** How a live query is kept true. */
  public enum Way {
    /** Each changed row is filtered and projected. */
    ROWS,
    /** Operators with state turn changes of tables into changes of the result. */
    OPERATORS,
    /** It is run again when its tables have changed. */
    RERUN
  }
}
