/** What a killed process keeps of acknowledged commits, in KalamDB and in its rivals. */
@NullMarked
package org.kalamdb.benchmarks.durability;

import org.jspecify.annotations.NullMarked;
