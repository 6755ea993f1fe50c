/** Subscriptions: a query result that stays true. */
@NullMarked
package org.kalamdb.internal.live;

import org.jspecify.annotations.NullMarked;
