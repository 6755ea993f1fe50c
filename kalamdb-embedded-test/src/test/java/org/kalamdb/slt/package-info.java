/** Runs sqllogictest files: our own and the shared pack of third-party records. */
@NullMarked
package org.kalamdb.slt;

import org.jspecify.annotations.NullMarked;
