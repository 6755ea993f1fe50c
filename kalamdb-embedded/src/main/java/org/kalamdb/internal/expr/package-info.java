/** Bound expressions and the one evaluator of them. */
@NullMarked
package org.kalamdb.internal.expr;

import org.jspecify.annotations.NullMarked;
