/**
 * Random queries over random data, asked of KalamDB and of its rivals DuckDB and H2 in the same
 * process. One query value renders to each dialect.
 */
@NullMarked
package org.kalamdb.differential;

import org.jspecify.annotations.NullMarked;
