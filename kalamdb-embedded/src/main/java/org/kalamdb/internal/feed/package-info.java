/** Committed changes in commit order. */
@NullMarked
package org.kalamdb.internal.feed;

import org.jspecify.annotations.NullMarked;
