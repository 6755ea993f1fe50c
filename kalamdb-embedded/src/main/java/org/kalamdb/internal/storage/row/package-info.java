/** The bytes of a hot row. */
@NullMarked
package org.kalamdb.internal.storage.row;

import org.jspecify.annotations.NullMarked;
