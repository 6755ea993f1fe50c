/** Segments: writing, pruning and reading Parquet. */
@NullMarked
package org.kalamdb.internal.storage.cold;

import org.jspecify.annotations.NullMarked;
