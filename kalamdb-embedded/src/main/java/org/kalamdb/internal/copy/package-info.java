/** Rows as text files: CSV in PostgreSQL's dialect, and JSON objects line by line. */
@NullMarked
package org.kalamdb.internal.copy;

import org.jspecify.annotations.NullMarked;
