/** Puts the parts together behind the public API. */
@NullMarked
package org.kalamdb.internal.engine;

import org.jspecify.annotations.NullMarked;
