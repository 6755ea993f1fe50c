package org.kalamdb.internal.sql.plan;

import org.jspecify.annotations.Nullable;
import org.kalamdb.internal.expr.Expression;

/**
 * LIMIT and OFFSET as BIGINT expressions without columns, computed when the query starts. A null or
 * NULL limit is no limit; a null or NULL offset is 0.
 */
public record RowLimit(@Nullable Expression limit, @Nullable Expression offset) {}
