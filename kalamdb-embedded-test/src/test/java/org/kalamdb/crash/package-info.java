/** Processes killed, power cut and files that fail: what is acknowledged is there afterwards. */
@NullMarked
package org.kalamdb.crash;

import org.jspecify.annotations.NullMarked;
