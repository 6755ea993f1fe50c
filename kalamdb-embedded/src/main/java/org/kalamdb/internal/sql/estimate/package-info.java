/** How many rows the operators of a plan put out, from what is known of the tables. */
@NullMarked
package org.kalamdb.internal.sql.estimate;

import org.jspecify.annotations.NullMarked;
