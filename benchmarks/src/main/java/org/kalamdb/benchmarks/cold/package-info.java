/** Reads and writes of the cold tier beside DuckDB, which reads and writes Parquet files. */
@NullMarked
package org.kalamdb.benchmarks.cold;

import org.jspecify.annotations.NullMarked;
