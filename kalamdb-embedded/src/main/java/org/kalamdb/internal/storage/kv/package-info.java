/** The seam to an ordered key-value store. */
@NullMarked
package org.kalamdb.internal.storage.kv;

import org.jspecify.annotations.NullMarked;
