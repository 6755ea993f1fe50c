/** Live queries with state: operators that turn changes of tables into changes of a result. */
@NullMarked
package org.kalamdb.internal.live.incremental;

import org.jspecify.annotations.NullMarked;
