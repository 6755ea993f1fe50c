/**
 * Measurements of KalamDB beside SQLite: the same data, the same questions, the same run.
 *
 * <p>{@link org.kalamdb.benchmarks.BenchmarkRun} measures and {@link org.kalamdb.benchmarks.Report}
 * writes; {@code benchmarks/run} starts them.
 */
@NullMarked
package org.kalamdb.benchmarks;

import org.jspecify.annotations.NullMarked;
