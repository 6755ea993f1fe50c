package org.kalamdb.internal.live;

import org.jspecify.annotations.Nullable;
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
    long coalesced) {}
