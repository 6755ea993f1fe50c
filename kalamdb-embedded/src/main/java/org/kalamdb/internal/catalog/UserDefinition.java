package org.kalamdb.internal.catalog;

import org.jspecify.annotations.Nullable;
import org.kalamdb.schema.UserId;

/**
 * What the catalog knows of a user; immutable. A user of whom nothing is to be noted has no entry:
 * the application vouches for its users.
 *
 * @param storageId where the user's partitions of tables with USE_USER_STORAGE are; null: where
 *     their tables are
 */
public record UserDefinition(UserId id, @Nullable String storageId) {}
