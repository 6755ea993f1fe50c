/** The queries of TPC-H on KalamDB and, over the same files, on DuckDB. */
@NullMarked
package org.kalamdb.benchmarks.tpch;

import org.jspecify.annotations.NullMarked;
