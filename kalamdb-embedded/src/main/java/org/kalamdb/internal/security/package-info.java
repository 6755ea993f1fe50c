/** Who may do what. */
@NullMarked
package org.kalamdb.internal.security;

import org.jspecify.annotations.NullMarked;
