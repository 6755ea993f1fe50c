package org.kalamdb.internal.live;

import org.jspecify.annotations.Nullable;
import org.kalamdb.schema.Role;
import org.kalamdb.schema.UserId;

/**
 * What to keep true for a subscriber, ready to run.
 *
 * @param sql as the user wrote it
 * @param user whose partition of the table; null for a shared table
 * @param owner who asked; null if no user did
 * @param role of the session that asked
 * @param compiled filter and projection; closed by the registry
 * @param source where its rows come from
 * @param shareKey requests on one partition with equal keys are evaluated once for all of them (SQL
 *     text and parameters, say); null if the query must not be shared
 */
public record SubscriptionRequest(
    String sql,
    @Nullable UserId user,
    @Nullable UserId owner,
    Role role,
    CompiledSubscription compiled,
    SnapshotSource source,
    @Nullable Object shareKey) {
  /** A request of the user whose partition it is. */
  public SubscriptionRequest(
      String sql,
      @Nullable UserId user,
      CompiledSubscription compiled,
      SnapshotSource source,
      @Nullable Object shareKey) {
    this(sql, user, user, user == null ? Role.DBA : Role.USER, compiled, source, shareKey);
  }
}
