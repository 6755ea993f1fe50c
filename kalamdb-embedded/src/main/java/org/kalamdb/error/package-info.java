/** The one exception of KalamDB and its SQLSTATE codes. */
@NullMarked
package org.kalamdb.error;

import org.jspecify.annotations.NullMarked;
