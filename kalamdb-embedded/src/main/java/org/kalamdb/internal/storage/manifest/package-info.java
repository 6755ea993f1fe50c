/** Which segments make up a partition. */
@NullMarked
package org.kalamdb.internal.storage.manifest;

import org.jspecify.annotations.NullMarked;
