/** INSERT, UPDATE and DELETE: defaults, constraints, row changes. */
@NullMarked
package org.kalamdb.internal.write;

import org.jspecify.annotations.NullMarked;
