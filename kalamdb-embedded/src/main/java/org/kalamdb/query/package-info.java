/** Results of statements. */
@NullMarked
package org.kalamdb.query;

import org.jspecify.annotations.NullMarked;
