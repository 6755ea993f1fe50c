/** When hot rows become segments and segments fewer, and how. */
@NullMarked
package org.kalamdb.internal.flush;

import org.jspecify.annotations.NullMarked;
