/** How row keys are laid out and ordered. */
@NullMarked
package org.kalamdb.internal.storage.key;

import org.jspecify.annotations.NullMarked;
