/** Rows in the key-value store. */
@NullMarked
package org.kalamdb.internal.storage.hot;

import org.jspecify.annotations.NullMarked;
