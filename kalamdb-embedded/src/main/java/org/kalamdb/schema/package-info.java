/** Names, ids and types of what a database holds. */
@NullMarked
package org.kalamdb.schema;

import org.jspecify.annotations.NullMarked;
