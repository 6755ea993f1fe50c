/** Tables that are not stored: what the database tells of itself when it is asked. */
@NullMarked
package org.kalamdb.internal.system;

import org.jspecify.annotations.NullMarked;
