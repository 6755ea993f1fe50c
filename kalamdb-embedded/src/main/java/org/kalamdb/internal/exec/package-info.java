/** Operators that turn a plan into batches. */
@NullMarked
package org.kalamdb.internal.exec;

import org.jspecify.annotations.NullMarked;
