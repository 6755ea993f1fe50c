package org.kalamdb.internal.sql.bind;

import org.jspecify.annotations.Nullable;
import org.kalamdb.schema.Role;
import org.kalamdb.schema.UserId;

/**
 * What of a session decides what a statement means.
 *
 * @param path where table names are looked up
 * @param user whose partitions the session sees; null for a session without a user
 * @param role the session's
 */
public record BindingContext(SearchPath path, @Nullable UserId user, Role role) {}
