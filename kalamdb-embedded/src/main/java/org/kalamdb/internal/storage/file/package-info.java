/** Files of the cold tier and the paths they get. */
@NullMarked
package org.kalamdb.internal.storage.file;

import org.jspecify.annotations.NullMarked;
