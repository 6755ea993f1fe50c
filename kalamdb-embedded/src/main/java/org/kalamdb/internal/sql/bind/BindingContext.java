package org.kalamdb.internal.sql.bind;

import org.jspecify.annotations.Nullable;
import org.kalamdb.schema.NamespaceId;
import org.kalamdb.schema.UserId;

/**
 * What of a session decides what a statement means.
 *
 * @param namespace where unqualified table names are looked up
 * @param user whose partitions the session sees; null for a session without a user
 * @param role folded name of the session's role
 */
public record BindingContext(NamespaceId namespace, @Nullable UserId user, String role) {}
