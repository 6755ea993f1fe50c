/** SQL text to statements; the only place that knows JSqlParser. */
@NullMarked
package org.kalamdb.internal.sql.parse;

import org.jspecify.annotations.NullMarked;
