/** Rewrites of logical plans, one named pass each. */
@NullMarked
package org.kalamdb.internal.sql.optimize;

import org.jspecify.annotations.NullMarked;
