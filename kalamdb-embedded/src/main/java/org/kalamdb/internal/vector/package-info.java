/** Batches of rows as Arrow vectors, and how SQL types map to them. */
@NullMarked
package org.kalamdb.internal.vector;

import org.jspecify.annotations.NullMarked;
