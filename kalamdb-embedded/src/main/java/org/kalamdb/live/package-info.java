/** Live queries as an application sees them. */
@NullMarked
package org.kalamdb.live;

import org.jspecify.annotations.NullMarked;
