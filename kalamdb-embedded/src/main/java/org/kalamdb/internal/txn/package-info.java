/** Commits: order, durability, visibility. */
@NullMarked
package org.kalamdb.internal.txn;

import org.jspecify.annotations.NullMarked;
