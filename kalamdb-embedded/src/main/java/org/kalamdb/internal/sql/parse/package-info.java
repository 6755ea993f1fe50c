/** SQL text to statements: tokens, then recursive descent, then trees with positions. */
@NullMarked
package org.kalamdb.internal.sql.parse;

import org.jspecify.annotations.NullMarked;
