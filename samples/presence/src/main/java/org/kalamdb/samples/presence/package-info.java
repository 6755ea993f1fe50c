/** Who is in a room: heartbeats that expire, and a live query that hears of it. */
@NullMarked
package org.kalamdb.samples.presence;

import org.jspecify.annotations.NullMarked;
