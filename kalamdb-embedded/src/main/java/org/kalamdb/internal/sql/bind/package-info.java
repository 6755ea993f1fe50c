/** Names and types: from parsed statements to logical plans. */
@NullMarked
package org.kalamdb.internal.sql.bind;

import org.jspecify.annotations.NullMarked;
