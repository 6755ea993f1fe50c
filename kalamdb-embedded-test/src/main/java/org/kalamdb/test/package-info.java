/** Test kit: stand-ins that fail on demand. */
@NullMarked
package org.kalamdb.test;

import org.jspecify.annotations.NullMarked;
