/** Logical plans. */
@NullMarked
package org.kalamdb.internal.sql.plan;

import org.jspecify.annotations.NullMarked;
