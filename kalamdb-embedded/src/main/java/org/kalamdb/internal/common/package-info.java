/** Small pieces without a subject of their own. */
@NullMarked
package org.kalamdb.internal.common;

import org.jspecify.annotations.NullMarked;
