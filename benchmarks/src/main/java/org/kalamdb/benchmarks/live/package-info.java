/** Live queries: how long a change takes to be told, and what being told costs. */
@NullMarked
package org.kalamdb.benchmarks.live;

import org.jspecify.annotations.NullMarked;
